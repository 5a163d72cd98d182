"""tf.python.framework.test_util: TensorFlow's own test case, imported when used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..._absent import absent

if TYPE_CHECKING:
    from ..._test_case import TestCase as TensorFlowTestCase

__all__ = ["TensorFlowTestCase"]

_absent = absent(__name__)


def __getattr__(name: str) -> Any:
    if name != "TensorFlowTestCase":
        return _absent(name)
    from ..._test_case import TestCase

    return TestCase
