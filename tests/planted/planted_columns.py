"""Trains as compare's own process does, with faults of 1 in 1,000: in PyTorch's and TensorFlow's autodiff, in JAX's hand-written
rate, and in the column of NumPy's that SAMEGRAPH_TEST_FAULT names: the hand-written rate, or products in float32 (the reference
is computed by the same kernels in float64)."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from importlib.util import find_spec
from runpy import run_module
from typing import Any


def plant(name: str, change: Callable[[Any], None]) -> None:
    """Changes the module as soon as it has been imported."""

    class Finder:
        def find_spec(self, full: str, path: Any = None, target: Any = None) -> Any:
            if full != name:
                return None
            sys.meta_path.remove(self)  # type: ignore[arg-type]
            spec = find_spec(name)
            assert spec is not None and spec.loader is not None
            execute = spec.loader.exec_module

            def exec_module(module: Any) -> None:
                execute(module)
                change(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
            return spec

    sys.meta_path.insert(0, Finder())  # type: ignore[arg-type]


def steeper(module: Any) -> None:
    whole = module.backend.value_and_vjp

    def value_and_vjp(*args: Any) -> Any:
        values, gradients = whole(*args)
        return values, tuple(g * 1.001 for g in gradients)

    module.backend = replace(module.backend, value_and_vjp=value_and_vjp)


def faster(module: Any) -> None:
    for name in ("linear_regression", "softmax_regression", "softmax_textbook"):
        whole = getattr(module, name)
        setattr(module, name, lambda initial, *, rate, whole=whole, **how: whole(initial, rate=rate * 1.001, **how))


def sloppier(module: Any) -> None:
    right = module.backend.kernels["matmul"]

    @wraps(right)
    def matmul(*args: Any, **how: Any) -> Any:
        product = right(*args, **how)
        return product * product.dtype.type(1.001) if product.dtype.name == "float32" else product

    module.backend = replace(module.backend, kernels={**module.backend.kernels, "matmul": matmul})


if __name__ == "__main__":
    plant("samegraph_torch", steeper)
    plant("samegraph_tensorflow", steeper)
    plant("idioms.jax_twins", faster)
    plant(
        *{"idiom": ("idioms.numpy_twins", faster), "rules": ("samegraph_numpy", sloppier)}[
            os.environ["SAMEGRAPH_TEST_FAULT"]
        ]
    )
    run_module("samegraph.compare.worker", run_name="__main__")
