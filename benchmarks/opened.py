"""Small graphs that the same lines build with samegraph.tf1 and with tf.compat.v1, and sessions of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import samegraph.tf1 as samegraph_tf
from samegraph.session import Session

from .races import SESSION, NotHere

Build = Callable[[Any], Any]
"""Builds in the default graph with the face it is given; answers what its caller needs of it."""


def face(column: str) -> Any:
    """TensorFlow 1's names: its own for its session's column, samegraph's for others. Raises NotHere without TensorFlow."""
    if not column.startswith(SESSION):
        return samegraph_tf
    try:
        import tensorflow
    except ImportError as error:
        raise NotHere(f"TensorFlow is not installed: {error}") from None
    return tensorflow.compat.v1


class Opened:
    """parts: what `build` answered. session: over its graph, with variables initialised."""

    def __init__(self, build: Build, backend: str, column: str, device: str) -> None:
        tf = face(column)
        with tf.Graph().as_default() as self.graph:
            self.parts = build(tf)
            initialize = tf.global_variables_initializer()
        if tf is samegraph_tf:
            self.session: Any = Session(graph=self.graph, backend=backend, device=device)
        else:
            self.session = tf.Session(graph=self.graph)
        self.session.run(initialize)
