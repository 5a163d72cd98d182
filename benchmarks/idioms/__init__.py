"""Every program of the comparison written by hand in each framework's own style: what samegraph is measured against."""

from .protocol import FRAMEWORKS, PROGRAMS, Batch, Twin, load

__all__ = ["FRAMEWORKS", "PROGRAMS", "Batch", "Twin", "load"]
