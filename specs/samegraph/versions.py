"""Which samegraph this is. The ground floor: files that are written name both, and so do the doors."""

from __future__ import annotations

__version__ = "0.1.0"
SPEC_VERSION = "0.1"
