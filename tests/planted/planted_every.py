"""The same faults in every backend, made of its own kernels: `torch_swapped_operands` is the PyTorch backend with that one.

Backends are loaded when asked for. A foreign distribution: tests/test_planted_faults.py.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from samegraph.backend import Backend, load

Kernels = Any
FAULTS: dict[str, Callable[[Backend], Backend]] = {}


def fault(make: Callable[[Backend], Backend]) -> Callable[[Backend], Backend]:
    FAULTS[make.__name__] = make
    return make


def kernel(name: str) -> Callable[[Callable[..., Any]], Callable[[Backend], Backend]]:
    """A fault in one kernel: a function of the backend's kernels and the arguments of that one."""

    def take(wrong: Callable[..., Any]) -> Callable[[Backend], Backend]:
        def make(b: Backend) -> Backend:
            right = b.kernels[name]
            planted = functools.wraps(right)(functools.partial(wrong, b.kernels))
            return replace(b, kernels={**b.kernels, name: planted})

        make.__name__ = wrong.__name__
        return fault(make)

    return take


@fault
def whole(b: Backend) -> Backend:
    return b


@fault
def missing_kernel(b: Backend) -> Backend:
    return replace(b, kernels={name: k for name, k in b.kernels.items() if name != "exp"})


@fault
def read_only_fetches(b: Backend) -> Backend:
    def to_numpy(value: Any) -> Any:
        array = b.to_numpy(value)
        array.setflags(write=False)
        return array

    return replace(b, to_numpy=to_numpy)


@kernel("sin")
def negated(k: Kernels, x: Any) -> Any:
    return k["negative"](k["sin"](x))


@kernel("sub")
def swapped_operands(k: Kernels, x: Any, y: Any) -> Any:
    return k["sub"](y, x)


@kernel("reduce_mean")
def dropped_axis(k: Kernels, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return k["reduce_mean"](x, axis=None, keepdims=keepdims)


@kernel("reduce_max")
def kept_dims(k: Kernels, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return k["reduce_max"](x, axis=axis, keepdims=True)


@kernel("argmax")
def narrow_index(k: Kernels, x: Any, **attrs: Any) -> Any:
    return k["cast"](k["argmax"](x, **attrs), dtype="int16")


@kernel("matmul")
def ignored_flag(k: Kernels, a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False) -> Any:
    return k["matmul"](a, b, transpose_a=transpose_a)


@kernel("tanh")
def few_digits(k: Kernels, x: Any) -> Any:
    one = k["ones_like"](x)
    grid = k["exp"](k["exp"](k["add"](one, one)))  # about 1600 steps between 0 and 1
    return k["truediv"](k["round"](k["mul"](k["tanh"](x), grid)), grid)


@kernel("indices_in_range")
def unchecked_ids(k: Kernels, indices: Any, table: Any, axis: int = 0, negative: bool = False) -> Any:
    return k["equal"](k["rank"](table), k["rank"](table))


@kernel("scatter_add_like")
def duplicates_lost(k: Kernels, updates: Any, indices: Any, like: Any, axis: int = 0) -> Any:
    if axis:
        return k["scatter_add_like"](updates, indices, like, axis=axis)
    return k["scatter_rows"](k["zeros_like"](like), indices, updates, how="update")


@kernel("cumsum")
def not_exclusive(k: Kernels, x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False) -> Any:
    return k["cumsum"](x, axis=axis, reverse=reverse)


@kernel("where")
def swapped_branches(k: Kernels, condition: Any, x: Any, y: Any) -> Any:
    return k["where"](condition, y, x)


@kernel("concat")
def reversed_parts(k: Kernels, *values: Any, axis: int) -> Any:
    return k["concat"](*values[::-1], axis=axis)


@kernel("less")
def at_most(k: Kernels, x: Any, y: Any) -> Any:
    return k["less_equal"](x, y)


@kernel("relu")
def leaking(k: Kernels, x: Any) -> Any:
    return k["leaky_relu"](x, alpha=0.01)


def __getattr__(name: str) -> Backend:
    backend, _, wrong = name.partition("_")
    if wrong not in FAULTS:
        raise AttributeError(name)
    return FAULTS[wrong](load(backend))
