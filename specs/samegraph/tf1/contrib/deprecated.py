"""tf.contrib.deprecated: summaries as they were spelled before TensorFlow 1.0."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...graph import Tensor
from ...host import summaries as _summaries
from ...host.summaries import merge as merge_summary
from ...host.summaries import merge_all as merge_all_summaries
from .._absent import absent

__all__ = ["histogram_summary", "merge_all_summaries", "merge_summary", "scalar_summary"]


def scalar_summary(tags: str, values: Any, collections: Iterable[str] | None = None, name: str | None = None) -> Tensor:
    """tf.summary.scalar under the one tag `tags` (TF1: tf.contrib.deprecated.scalar_summary)."""
    return _summaries.scalar(tags, values, collections)


def histogram_summary(
    tag: str, values: Any, collections: Iterable[str] | None = None, name: str | None = None
) -> Tensor:
    """tf.summary.histogram (TF1: tf.contrib.deprecated.histogram_summary)."""
    return _summaries.histogram(tag, values, collections)


__getattr__ = absent(__name__)
