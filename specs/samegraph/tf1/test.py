"""tf.test: what the machine has, and unittest's main and mock, imported when used."""

from __future__ import annotations

import os as _os
from typing import TYPE_CHECKING, Any

from ._absent import absent

if TYPE_CHECKING:
    from unittest import mock as mock

    from ._test_case import TestCase as TestCase

__all__ = ["gpu_device_name", "is_built_with_cuda", "is_gpu_available", "main"]


def main(argv: list[str] | None = None) -> None:
    """Runs the tests of the calling module (TF1: tf.test.main)."""
    import unittest

    unittest.main(argv=argv)


def _gpus() -> list[str]:
    from ..backend import load

    return [d for d in load(_os.environ.get("SAMEGRAPH_BACKEND") or "numpy").devices() if d.startswith("gpu")]


def is_gpu_available(cuda_only: bool = False, min_cuda_compute_capability: Any = None) -> bool:
    """Whether the default backend sees a GPU (TF1: tf.test.is_gpu_available). A required compute capability is not checked."""
    return bool(_gpus())


def gpu_device_name() -> str:
    """TF1's name of the first GPU of the default backend, "" when there is none (TF1: tf.test.gpu_device_name)."""
    return "/device:GPU:0" if _gpus() else ""


def is_built_with_cuda() -> bool:
    """Whether the default backend can use a GPU here (TF1: tf.test.is_built_with_cuda)."""
    return is_gpu_available()


_absent = absent(__name__)


def __getattr__(name: str) -> Any:
    if name == "TestCase":
        from ._test_case import TestCase

        return TestCase
    if name != "mock":
        return _absent(name)
    from unittest import mock

    return mock
