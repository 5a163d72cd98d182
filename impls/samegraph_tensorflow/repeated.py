"""Rows that are put into a table where several are meant for one place: the last wins, as on a CPU."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def last_of_equal(flat: Any, rows: Any) -> Any:
    """Each row replaced by the last that is meant for the same place: on a GPU it is chance which of them is written last."""
    order = tf.argsort(flat, stable=True)
    last = tf.searchsorted(tf.gather(flat, order), flat, side="right") - 1
    return tf.gather(rows, tf.gather(order, last))
