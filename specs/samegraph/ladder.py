"""The ladder of a new backend: which kernels to write first, what each must do, and what is trained with them.

Level 0 trains linear regression, level 1 word2vec, level 2 is tier A. The first two are what a step of the program calls
on NumPy with gradients by the rules, in the order called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

import samegraph.tf1 as tf

from .backend import Backend, load
from .errors import OpError
from .op import Op
from .programs import linear_regression, word2vec
from .programs.model import Model
from .registry import OPS
from .session import Session
from .types import as_dtype, numpy_dtype

TIER_A = """
add sub mul negative truediv floordiv mod pow abs sign square squared_difference sqrt rsqrt reciprocal exp expm1 log log1p
sin cos tan asin acos atan sinh cosh tanh floor ceil round maximum minimum clip_by_value divide_no_nan
equal not_equal less less_equal greater greater_equal logical_and logical_or logical_xor logical_not where
is_nan is_inf is_finite reduce_sum reduce_mean reduce_max reduce_min reduce_prod reduce_any reduce_all reduce_logsumexp
argmax argmin cumsum cumprod matmul reshape transpose expand_dims squeeze tile pad reverse concat stack unstack split
slice strided_slice broadcast_to gather gather_nd scatter_nd one_hot top_k argsort unsorted_segment_sum sigmoid softplus
relu relu6 leaky_relu elu selu softsign softmax log_softmax softmax_cross_entropy_with_logits
sparse_softmax_cross_entropy_with_logits sigmoid_cross_entropy_with_logits l2_loss check_numerics stop_gradient identity
cast zeros_like ones_like shape size rank sequence linspace fill
""".split()
"""The ops that every check of the suite covers first."""

_DRAWN = 12
_VOCABULARY = 100


@dataclass(frozen=True)
class Level:
    """number, what its kernels are good for, and their names, without those of the levels below, in the order to write."""

    number: int
    gives: str
    kernels: tuple[str, ...]


@dataclass(frozen=True)
class Failure:
    """The smallest inputs found on which a kernel is missing or wrong. got: None, an array, or what was raised."""

    op: str
    operands: tuple[Any, ...]
    attrs: Mapping[str, Any]
    expected: list[Any]
    got: Any


@cache
def levels() -> tuple[Level, ...]:
    """The rungs, lowest first."""
    goals = (
        ("linear regression trains", _called(_linear_regression)),
        ("word2vec trains", _called(_word2vec)),
        ("tier A is complete", TIER_A),
    )
    seen: dict[str, None] = {}
    out = []
    for i, (gives, names) in enumerate(goals):
        out.append(Level(i, gives, tuple(n for n in names if n not in seen)))
        seen.update(dict.fromkeys(names))
    return tuple(out)


def _linear_regression() -> tuple[Model, Mapping[str, Any]]:
    return linear_regression.DEMO.build(tf.float32), next(linear_regression.DEMO.batches(1))


def _word2vec() -> tuple[Model, Mapping[str, Any]]:
    words = np.arange(word2vec.BATCH, dtype=np.int32) % _VOCABULARY
    return word2vec.build(_VOCABULARY, 1.0, tf.float32), {"inputs": words, "labels": words[:, None]}


def _called(make: Callable[[], tuple[Model, Mapping[str, Any]]]) -> list[str]:
    """The kernels that initialising and one step call, as a backend that compiles and keeps no tables calls them."""
    called: dict[str, None] = {}

    def noting(name: str, fn: Callable[..., Any]) -> Callable[..., Any]:
        def kernel(*args: Any, **attrs: Any) -> Any:
            called[name] = None
            return fn(*args, **attrs)

        return kernel

    numpy = load("numpy")
    kernels = {name: noting(name, fn) for name, fn in numpy.kernels.items()}
    noted = replace(numpy, kernels=kernels, update_rows=None, compile=lambda step, donate: step)
    with tf.Graph().as_default():
        model, batch = make()
        session = Session(graph=model.graph, backend=noted, gradients="rules")
        session.run(model.init)
        session.run([model.train, model.loss], model.feed(batch))
    return list(called)


def next_failure(backend: Backend, level: Level) -> Failure | None:
    """The first kernel of the level that is missing without being declared lacking, or that answers wrongly."""
    names = [n for n in level.kernels if n not in backend.lacks]
    for name in sorted(names, key=lambda n: n in backend.kernels):  # what is missing first: it may be what others need
        found = smallest_failure(backend, OPS[name])
        if found is not None:
            return found
    return None


def smallest_failure(backend: Backend, op: Op[Any, Any]) -> Failure | None:
    """The smallest of a few inputs drawn as the suite draws them on which the backend's kernel fails, in float32; None if none does.

    Inputs that make more than zeros are preferred: they tell more.
    """
    failures = [f for case in _cases(op) if (f := failure(backend, op, *case)) is not None]
    telling = [f for f in failures if all(np.any(e) for e in f.expected)]
    return min(telling or failures, key=_size, default=None)


def _size(f: Failure) -> tuple[int, int]:
    arrays = [np.asarray(v) for v in f.operands]
    return sum(a.size for a in arrays), sum(a.ndim for a in arrays)


@cache
def _cases(op: Op[Any, Any]) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    """The same inputs every time: operands and attributes."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import strategies as st

    from .conformance import strategies

    found = []

    @settings(
        max_examples=_DRAWN,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),  # pyright: ignore[reportArgumentType]
    )
    @given(st.data())
    def draw(data: Any) -> None:
        assert op.drawn is not None
        operands, attrs = op.drawn(data.draw, strategies)
        found.append((tuple(_in_float32(v) for v in operands), dict(attrs)))

    draw()
    return found


def _in_float32(value: Any) -> Any:
    return value.astype(np.float32) if isinstance(value, np.ndarray) and value.dtype == np.float64 else value


def failure(backend: Backend, op: Op[Any, Any], operands: tuple[Any, ...], attrs: Mapping[str, Any]) -> Failure | None:
    """How the backend's kernel answers these operands wrongly; None when it does not, or when NumPy refuses them."""
    from .conformance.checks import assert_close

    expected, got = (_answer(b, op, operands, attrs) for b in (load("numpy"), backend))
    if isinstance(expected, Exception):
        return None
    if op.name not in backend.kernels:
        return Failure(op.name, operands, attrs, expected, None)
    if isinstance(got, Exception):
        return Failure(op.name, operands, attrs, expected, got)
    largest = max((float(np.abs(v).max()) for v in operands if isinstance(v, np.ndarray) and v.size), default=1.0)
    try:
        for g, e in zip(got, expected, strict=True):
            assert g.dtype == e.dtype
            assert_close(g, e, op.tolerance.of("float32", "cpu"), backend.name, largest)
    except AssertionError:
        return Failure(op.name, operands, attrs, expected, got)
    return None


def _answer(backend: Backend, op: Op[Any, Any], operands: tuple[Any, ...], attrs: Mapping[str, Any]) -> Any:
    """The outputs as arrays, or what was raised."""
    feeds: dict[Any, Any] = {}
    with tf.Graph().as_default() as graph:
        given = []
        for i, value in enumerate(operands):
            if i < len(op.operands) and op.operands[i] in op.shapes:
                given.append(value)
                continue
            array = np.asarray(value)
            fed = tf.placeholder(as_dtype(array.dtype), array.shape)
            feeds[fed] = array.astype(numpy_dtype(fed.dtype), copy=False)
            given.append(fed)
        try:
            out = op(*given, **attrs)
            values = Session(graph=graph, backend=backend, gradients="rules").run(out, feeds)
        except (OpError, ValueError, TypeError) as error:
            return error
    return [np.asarray(v) for v in (values if isinstance(out, list) else [values])]
