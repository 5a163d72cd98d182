"""tf.summary: what TensorBoard shows of a run."""

from __future__ import annotations

from ..host.event_file import FileWriter
from ..host.summaries import Summary, histogram, merge, merge_all, scalar
from ._absent import absent

__all__ = ["FileWriter", "Summary", "histogram", "merge", "merge_all", "scalar"]

__getattr__ = absent(__name__)
