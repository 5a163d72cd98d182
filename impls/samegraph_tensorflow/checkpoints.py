"""TensorFlow's own checkpoints, read for samegraph's Saver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf


def open_checkpoint(
    prefix: str,
) -> tuple[dict[str, tuple[str, tuple[int, ...]]], Callable[[str], np.ndarray[Any, Any]]]:
    """(dtype name and shape by variable name, the function that reads one); TensorFlow's errors for a damaged file."""
    reader = tf.train.load_checkpoint(prefix)
    shapes, dtypes = reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map()
    types = {n: (dtypes[n].name, tuple(shapes[n])) for n in shapes}
    return types, lambda name: np.asarray(reader.get_tensor(name))
