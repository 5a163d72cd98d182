"""tf.test.TestCase; apart, because unittest is slow to import and few programs need it."""

from __future__ import annotations

import tempfile
import unittest
from typing import Any

import numpy as np

from ..graph import get_default_graph, reset_default_graph
from ..session import Session


class TestCase(unittest.TestCase):
    """A test with a fresh default graph, sessions on it, and comparisons of arrays (TF1: tf.test.TestCase)."""

    def setUp(self) -> None:
        reset_default_graph()

    def session(self, graph: Any = None, config: Any = None, use_gpu: bool = False, force_gpu: bool = False) -> Session:
        """A session on `graph`, or on the default one, to be used in a `with` statement."""
        return Session(graph=graph or get_default_graph(), config=config)

    test_session = cached_session = session

    def evaluate(self, tensors: Any) -> Any:
        """The values of `tensors` in the default session, or in a new one."""
        from ..session import get_default_session

        return (get_default_session() or self.session()).run(tensors)

    def get_temp_dir(self) -> str:
        """A folder that is removed after the test."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return folder.name

    def assertAllClose(self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: str | None = None) -> None:
        np.testing.assert_allclose(a, b, rtol=rtol, atol=atol, err_msg=msg or "")

    def assertAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        np.testing.assert_array_equal(a, b, err_msg=msg or "")

    def assertNear(self, f1: float, f2: float, err: float, msg: str | None = None) -> None:
        self.assertLessEqual(abs(f1 - f2), err, msg)

    def assertShapeEqual(self, np_array: Any, tf_tensor: Any, msg: str | None = None) -> None:
        self.assertEqual(list(np_array.shape), tf_tensor.get_shape().as_list(), msg)
