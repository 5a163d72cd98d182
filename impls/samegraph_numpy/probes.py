"""NumPy asked raw: its values at the points of the divergence ledger. It has no gradients of its own."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import ml_dtypes
import numpy as np
from samegraph.divergences import Probe, Probes

_IDS, _VALUES = [0, 0, 2], [1.0, 2.0, 3.0]
_SUMS = (
    "int32-plus-float32 int64-plus-float32 int32-plus-float64 float32-plus-float64 float16-plus-float32 uint8-plus-int8 "
    "int32-plus-int64 bool-plus-float32 float32-plus-float64-scalar"
)


def _chain(x: Any) -> Any:
    for _ in range(10_000):
        x = x + np.float32(1e-4)
    return x


def _scattered(ids: Any, values: Any) -> Any:
    x = np.zeros(3, np.float32)
    np.add.at(x, ids, values)
    return x


def _set(ids: Any, values: Any) -> Any:
    x = np.zeros(3, np.float32)
    x[ids] = values
    return x


def _added() -> Any:
    x = np.zeros(3, np.float32)
    x[_IDS] += np.array(_VALUES, np.float32)
    return x


def _is_stable(x: Any) -> bool:
    return bool((np.argsort(x) == np.argsort(x, kind="stable")).all())


KINKS: dict[str, Probe] = {
    "relu-as-maximum": lambda x: np.maximum(x, 0),
    "clip-below-only": lambda x: np.clip(x, 0, np.inf),
    "abs-at-0": np.abs,
    "abs-negative-zero-and-nan": np.abs,
    "sign": np.sign,
    "reduce-max-ties": np.max,
    "reduce-max-ties-whole": np.max,
    "reduce-max-ties-axis": lambda x: np.max(x, 0),
    "reduce-max-nan": np.max,
    "reduce-max-all-minus-inf": np.max,
    "reduce-min-ties": np.min,
    "maximum-tie": np.maximum,
    "minimum-tie": np.minimum,
    "maximum-nan": np.maximum,
    "clip-at-bounds": lambda x: np.clip(x, -1, 1),
    "clip-crossed-bounds": lambda x: np.clip(x, 2, 1),
    "clip-nan": lambda x: np.clip(x, -1, 1),
    "floor": np.floor,
    "round": np.round,
    "float-modulo": lambda x: np.mod(x, 2),
    "median-even": np.median,
}
SINGULAR: dict[str, Probe] = {
    "sqrt-at-0": np.sqrt,
    "sqrt-negative": np.sqrt,
    "norm-at-0": np.linalg.norm,
    "sqrt-of-sum-of-squares": lambda x: np.sqrt((x * x).sum()),
    "std-of-constant": np.std,
    "pow-0-0": np.power,
    "pow-0-2": np.power,
    "pow-0-half": np.power,
    "pow-negative-base": np.power,
    "pow-negative-base-half": np.power,
    "pow-0-minus-1": np.power,
    "pow-2-at-negative-zero": lambda x: np.power(x, 2),
    "reciprocal-at-negative-zero": lambda x: 1 / x,
    "times-0-at-inf": lambda x: x * 0,
    "log-at-0": np.log,
    "log-negative": np.log,
    "log1p-at-minus-1": np.log1p,
    "x-log-x-at-0": lambda x: x * np.log(x),
    "divide-1-0": np.divide,
    "divide-0-0": np.divide,
    "divide-no-nan-1-0": lambda a, b: np.where(b == 0, 0, a / b),
    "where-sqrt-dead": lambda x: np.where(x > 0, np.sqrt(x), 0),
    "where-reciprocal-dead": lambda x: np.where(x > 0, 1 / x, 0),
    "atan2-at-origin": np.arctan2,
    "asin-at-1": np.arcsin,
    "acos-outside": np.arccos,
    "reduce-prod-zero": np.prod,
    "cumprod-zero": np.cumprod,
    "tanh-saturated": np.tanh,
    "exp-overflow": np.exp,
    "expm1-saturated": np.expm1,
    "logaddexp-minus-inf": np.logaddexp,
    "mean-of-nothing-gradient": lambda x: x[:0].mean(),
    "squared-difference-inf": lambda a, b: (a - b) ** 2,
    "sin-x-over-x-at-0": lambda x: np.sin(x) / x,
    "tan-at-half-pi": np.tan,
    "sin-of-1e8": np.sin,
    "matmul-overflow": lambda x: (x * np.float32(1e20)).sum(),
    "variance-cancellation": np.var,
    "chain-of-additions": _chain,
    "determinant-singular": np.linalg.det,
}
INTEGERS: dict[str, Probe] = {
    "floordiv-int": operator.floordiv,
    "mod-int": operator.mod,
    "truncatemod-int": np.fmod,
    "truediv-int": operator.truediv,
    "v1-div-int": lambda x, y: np.trunc(x / y),
    "floordiv-int-by-0": operator.floordiv,
    "mod-int-by-0": operator.mod,
    "floordiv-float-by-0": operator.floordiv,
    "mod-float": operator.mod,
    "int32-overflow": operator.add,
    "abs-of-int-min": np.abs,
    "int-min-floordiv-minus-1": operator.floordiv,
    "uint8-overflow": operator.add,
    "int-pow-negative": np.power,
    "int-pow-0-0": np.power,
    "shift-too-far": np.left_shift,
    "cast-float-to-int32": lambda x: x.astype(np.int32),
    "cast-float-to-int64": lambda x: x.astype(np.int64),
    "cast-float-to-uint8": lambda x: x.astype(np.uint8),
    "cast-float-to-bool": lambda x: x.astype(bool),
    "round-half": np.round,
    "bool-minus-bool": operator.sub,
    "bool-plus-bool": operator.add,
    "mean-of-int": np.mean,
    "sum-of-int32": np.sum,
    "sum-of-uint8": np.sum,
    "sum-of-bool": np.sum,
    "sum-of-float16": np.sum,
    "sqrt-of-int": np.sqrt,
    "argmax-dtype": np.argmax,
    "size-dtype": lambda x: np.asarray(x.size),
}
DTYPES: dict[str, Probe] = {
    "float32-plus-python-float": lambda x: x + 1.5,
    "float32-plus-python-int": lambda x: x + 1,
    "int32-plus-python-float": lambda x: x + 1.5,
    "bool-plus-python-int": lambda x: x + 1,
    **dict.fromkeys(_SUMS.split(), operator.add),
    "int8-plus-python-300": lambda x: (x + 300).dtype.name,
    "float16-plus-bfloat16": lambda: np.ones(1, np.float16) + np.ones(1, ml_dtypes.bfloat16),
    "python-float-dtype": lambda: np.asarray(1.5),
    "python-int-dtype": lambda: np.asarray(1),
    "numpy-float64-dtype": lambda: np.asarray(np.ones(1)),
    "arange-dtypes": lambda: (np.arange(3), np.arange(3.0)),
    "feed-float-into-int": lambda: np.asarray(1.7, np.int32),
    "python-int-beyond-int32": lambda: np.asarray(2**40),
    "concat-int-float": lambda: np.concatenate([np.array([1], np.int32), np.array([1.0], np.float32)]),
    "where-int-float": lambda: np.where([True], np.array([1], np.int32), np.array([1.0], np.float32)),
}
REDUCTIONS: dict[str, Probe] = {
    "argmax-ties": np.argmax,
    "argmin-ties": np.argmin,
    "argmax-nan": np.argmax,
    "argmax-all-nan": np.argmax,
    "reduce-max-nan-value": np.max,
    "reduce-min-nan-value": np.min,
    "maximum-nan-either-side": lambda x: (np.maximum(x, 1), np.maximum(1, x)),
    "sort-nan": np.sort,
    "argsort-64-equal": _is_stable,
    "argsort-alternating": _is_stable,
    "top-k-order": lambda x: np.argsort(-x, kind="stable")[:2],
    "unique-order": np.unique,
    "sum-of-empty": np.sum,
    "prod-of-empty": np.prod,
    "max-of-empty": np.max,
    "max-of-empty-axis": lambda x: np.max(x, 0),
    "argmax-of-empty": np.argmax,
    "mean-of-empty": np.mean,
    "sum-over-no-axis": lambda x: np.sum(x, axis=()),
    "variance-default": np.var,
    "std-default": np.std,
    "variance-of-one": np.var,
    "cumsum-dtype": np.cumsum,
    "cumsum-default-axis": np.cumsum,
    "argmax-default-axis": np.argmax,
    "cumsum-inf": np.cumsum,
    "nan-equals-nan": lambda x: (x == x, x != x),
    "sum-of-a-million": np.sum,
    "cumsum-of-a-million": lambda x: np.cumsum(x)[-1],
    "denormal": lambda x: x * np.float32(1),
    "denormal-compiled": lambda x: x * np.float32(1.000001),
    "all-of-ints": np.all,
}
INDEXING: dict[str, Probe] = {
    "gather-scalar-outside": lambda x, i: x[i],
    "gather-outside": np.take,
    "embedding-outside": lambda table, i: table[i],
    "gather-negative": np.take,
    "slice-outside": lambda x: x[1:10],
    "slice-negative-step": lambda x: x[::-1],
    "scatter-update-repeated": lambda: _set(_IDS, _VALUES),
    "scatter-nd-repeated": lambda i, v: _scattered(i[:, 0], v),
    "scatter-add-repeated": _added,
    "scatter-outside": lambda i, v: _set(i[:, 0], v),
    "one-hot-outside": lambda i: np.eye(3)[i],
    "matmul-vectors": np.matmul,
    "matmul-matrix-vector": np.matmul,
    "matmul-batch-shape": lambda x, y: np.matmul(x, y).shape,
    "matmul-inner-0": np.matmul,
    "matmul-int32": np.matmul,
    "matmul-0-inf": np.matmul,
    "reshape-empty-minus-1": lambda x: x.reshape(-1, 0).shape,
    "assign-broadcasts": lambda: _set(slice(None), 5.0),
    "transpose-default": lambda x: np.transpose(x).shape,
    "einsum-diagonal": lambda x: np.einsum("ii->i", x),
    "where-broadcasts": lambda c, y: np.where(c, 1, y),
    "equal-of-other-shape": lambda x, y: x == y,
    "squeeze-of-axis-of-2": lambda x: np.squeeze(x, 0).shape,
    "tile-or-repeat": lambda x: np.repeat(x, 2),
}
DEFAULTS: dict[str, Probe] = {
    "first-normals": lambda: np.random.default_rng(0).standard_normal(2),
}


def _plain(value: Any) -> Any:
    return [_plain(v) for v in value] if isinstance(value, Sequence) and not isinstance(value, str) else value


np.seterr(all="ignore")
probes = Probes(
    framework="numpy",
    version=np.__version__,
    table={**KINKS, **SINGULAR, **INTEGERS, **DTYPES, **REDUCTIONS, **INDEXING, **DEFAULTS},
    native=lambda array: array,
    plain=_plain,
)
