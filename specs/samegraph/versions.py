"""Which samegraph this is, and which specification it follows. Files that are written name both."""

from __future__ import annotations

__version__ = "0.2.0"
SPEC_VERSION = "0.2"
