"""Builds the report of a comparison: one self-contained page, its Markdown twin and a record in JSON.

It reads files only, and knows neither samegraph nor any framework, so that a report is judged by code that had no part
in producing its numbers.
"""

from __future__ import annotations

from .building import Built, build
from .publishing import NotPublished, publish
from .source import Problem

__all__ = ["Built", "NotPublished", "Problem", "build", "publish"]
