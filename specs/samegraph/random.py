"""The one random stream every backend sees: drawn by NumPy's Philox, handed to a step like a feed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .graph import Graph, Operation, Tensor, get_default_graph
from .op import as_tensor, shape_tensor, static_value
from .registry import OPS
from .types import FLOAT32, FLOATS, INT32, INT64, DType, TensorType, as_dtype, numpy_dtype

_DEFAULT_GRAPH_SEED = 87654321
_BLOCK = 2**16


def set_random_seed(seed: int) -> None:
    """The seed of the default graph's random operations (TF1: tf.set_random_seed)."""
    get_default_graph().seed = seed


def _seeds(seed: int | None) -> tuple[int | None, int | None]:
    """(graph seed, operation seed) by TF1's rules: with neither, a session draws its own."""
    graph = get_default_graph()
    if graph.seed is None and seed is None:
        return None, None
    return (_DEFAULT_GRAPH_SEED if graph.seed is None else graph.seed), (graph.size if seed is None else seed)


def _draw(type: str, shape: Any, dtype: DType, seed: int | None, name: str | None, **attrs: Any) -> Tensor:
    dims = shape_tensor(shape)
    known = dims.type.known
    out = TensorType(known if known is not None else _unknown(dims), dtype)
    graph_seed, op_seed = _seeds(seed)
    attrs = {"seed": graph_seed, "seed2": op_seed, "dtype": dtype, **attrs}
    return get_default_graph().add(type, (dims,), [out], attrs, name or type).outputs[0]


def _unknown(dims: Tensor) -> tuple[None, ...] | None:
    rank = None if dims.type.shape is None else dims.type.shape[0]
    return None if rank is None else (None,) * rank


def drawn_types(op: Operation, dims: TensorType) -> list[TensorType]:
    """The output types of a random operation whose shape operand has the type `dims`."""
    return [
        TensorType(dims.known if dims.known is not None else op.outputs[0].type.shape, t.type.dtype) for t in op.outputs
    ]


def draw_shape(op: Operation) -> tuple[int, ...] | None:
    """The shape that a random operation draws, the numbers of iterations around it first; None when it is not known yet."""
    own: Any = static_value(op.inputs[0].type) if op.inputs else ()
    if own is None:
        return None
    if "each" not in op.attrs:
        return tuple(own)
    inside = draw_shape(op.attrs["each"])
    return None if inside is None else (own, *inside)


def random_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = FLOAT32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Normal values (TF1: tf.random_normal)."""
    dtype = as_dtype(dtype)
    with get_default_graph().name_scope(name or "random_normal") as scope:
        raw = _draw("RandomStandardNormal", shape, dtype, seed, None)
        return _scaled(raw, stddev, mean, dtype, scope)


def truncated_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = FLOAT32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Normal values, those beyond two standard deviations drawn again (TF1: tf.truncated_normal)."""
    dtype = as_dtype(dtype)
    with get_default_graph().name_scope(name or "truncated_normal") as scope:
        raw = _draw("TruncatedNormal", shape, dtype, seed, None)
        return _scaled(raw, stddev, mean, dtype, scope)


def _scaled(raw: Tensor, scale: Any, shift: Any, dtype: DType, scope: str) -> Tensor:
    return OPS["add"](OPS["mul"](raw, as_tensor(scale, dtype)), as_tensor(shift, dtype), name=scope)


def random_uniform(
    shape: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = FLOAT32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Uniform values in [minval, maxval); integers need maxval, a Python number (TF1: tf.random_uniform)."""
    dtype = as_dtype(dtype)
    if dtype not in FLOATS:
        if maxval is None:
            raise ValueError(f"Must specify maxval for integer dtype {dtype.name}")
        return _draw("RandomUniformInt", shape, dtype, seed, name, minval=int(minval), maxval=int(maxval))
    with get_default_graph().name_scope(name or "random_uniform") as scope:
        raw = _draw("RandomUniform", shape, dtype, seed, None)
        low, high = as_tensor(minval, dtype), as_tensor(1.0 if maxval is None else maxval, dtype)
        return OPS["add"](OPS["mul"](raw, OPS["sub"](high, low)), low, name=scope)


def log_uniform_candidates(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """(sampled classes [num_sampled] int64, expected counts of the true classes, of the sampled ones) under Zipf's law.

    P(class) = (log(class + 2) - log(class + 1)) / log(range_max + 1) (TF1: tf.nn.log_uniform_candidate_sampler).
    Raises ValueError when more unique classes are asked for than there are.
    """
    if unique and num_sampled > range_max:
        raise ValueError(f"num_sampled={num_sampled} distinct classes cannot be drawn from range_max={range_max}")
    graph_seed, op_seed = _seeds(seed)
    attrs = {"seed": graph_seed, "seed2": op_seed, "num_sampled": num_sampled, "unique": unique, "range_max": range_max}
    types = [TensorType((num_sampled,), INT64), TensorType((), FLOAT32)]
    graph = get_default_graph()
    with graph.name_scope(name or "LogUniformCandidateSampler"):
        op = graph.add("LogUniformCandidateSampler", (), types, attrs, "LogUniformCandidateSampler")
        sampled, tries = op.outputs
        expected = [_expected_count(c, tries, range_max, unique) for c in (as_tensor(true_classes), sampled)]
    return sampled, expected[0], expected[1]


def _expected_count(classes: Tensor, tries: Tensor, range_max: int, unique: bool) -> Tensor:
    c = OPS["cast"](classes, dtype=FLOAT32)
    # log(c + 2) - log(c + 1), without the cancellation that makes float32 libraries differ in the third digit
    p = OPS["log1p"](1.0 / (c + 1.0)) / float(np.log(range_max + 1))
    if not unique:
        return p * tries
    return -OPS["expm1"](tries * OPS["log1p"](-p))


# What a session draws ---------------------------------------------------------------------------------------------------

Arrays = list[np.ndarray[Any, Any]]


def _normal(rng: np.random.Generator, n: int, shape: tuple[int, ...], op: Operation) -> Arrays:
    return [rng.standard_normal((n, *shape))]


def _truncated(rng: np.random.Generator, n: int, shape: tuple[int, ...], op: Operation) -> Arrays:
    values = rng.standard_normal((n, *shape))
    flat = values.reshape(-1)
    outside = np.flatnonzero(np.abs(flat) > 2.0)
    while outside.size:
        flat[outside] = rng.standard_normal(outside.size)
        outside = outside[np.abs(flat[outside]) > 2.0]
    return [values]


def _uniform(rng: np.random.Generator, n: int, shape: tuple[int, ...], op: Operation) -> Arrays:
    values = rng.random((n, *shape))
    if op.outputs[0].dtype == "float64":
        return [values]
    bits = {"float32": 24, "float16": 11, "bfloat16": 8}[op.outputs[0].dtype.name]
    return [np.floor(values * 2.0**bits) / 2.0**bits]  # rounding up could give 1


def _uniform_int(rng: np.random.Generator, n: int, shape: tuple[int, ...], op: Operation) -> Arrays:
    return [rng.integers(op.attrs["minval"], op.attrs["maxval"], (n, *shape))]


def _log_uniform(rng: np.random.Generator, n: int, shape: tuple[int, ...], op: Operation) -> Arrays:
    count, top = op.attrs["num_sampled"], op.attrs["range_max"]
    sampled, tries = np.empty((n, count), np.int64), np.empty(n)
    for i in range(n):
        sampled[i], tries[i] = _one_log_uniform(rng, count, top, op.attrs["unique"])
    return [sampled, tries]


def _one_log_uniform(rng: np.random.Generator, count: int, top: int, unique: bool) -> tuple[np.ndarray[Any, Any], int]:
    """`count` classes and how many draws they took; with `unique`, classes seen before are drawn again."""
    log_top, drawn = np.log(top + 1), np.empty(0, np.int64)
    while True:
        u = rng.random(2 * count if unique else count)
        drawn = np.concatenate([drawn, np.minimum(np.exp(u * log_top).astype(np.int64) - 1, top - 1)])
        if not unique:
            return drawn, count
        classes, first = np.unique(drawn, return_index=True)
        if len(classes) >= count:
            first.sort()
            return drawn[first[:count]], int(first[count - 1]) + 1


DRAWS: dict[str, Callable[[np.random.Generator, int, tuple[int, ...], Operation], Arrays]] = {
    "RandomStandardNormal": _normal,
    "TruncatedNormal": _truncated,
    "RandomUniform": _uniform,
    "RandomUniformInt": _uniform_int,
    "LogUniformCandidateSampler": _log_uniform,
}
assert INT32


class RandomStream:
    """A session's random draws: equal (graph seed, operation seed, how often drawn) give equal values.

    Values are drawn in blocks ahead, because making a generator costs more than drawing a small block; which draw lies in
    which block depends on the shape alone, so any two sessions agree.
    """

    def __init__(self) -> None:
        self.counts: dict[Operation, int] = {}
        self._entropy = int(np.random.SeedSequence().entropy or 0) % 2**64  # type: ignore[arg-type]
        self._blocks: dict[tuple[Operation, tuple[int, ...]], tuple[int, Arrays]] = {}

    def run(self, op: Operation) -> Arrays:
        """What a run needs of `op`: its next values, or for one inside a loop those of every iteration."""
        times: list[int] = []
        shape = draw_shape(op)
        assert shape is not None
        each = op
        while "each" in each.attrs:
            times.append(shape[len(times)])
            each = each.attrs["each"]
        if not times:
            return self.draw(op.origin, shape)
        drawn = [self.draw(op.origin, shape[len(times) :]) for _ in range(int(np.prod(times)))]
        return [
            np.array([d[i] for d in drawn], numpy_dtype(t.dtype)).reshape(
                *times, *(drawn[0][i].shape if drawn else t.type.dims[len(times) :])
            )
            for i, t in enumerate(op.outputs)
        ]

    def draw(self, op: Operation, shape: tuple[int, ...]) -> Arrays:
        """The next values of `op`, one array an output, owned by the stream and not to be written to."""
        number = self.counts.get(op, 0)
        self.counts[op] = number + 1
        length = max(1, min(64, _BLOCK // max(1, int(np.prod(shape)))))
        block, i = divmod(number, length)
        held = self._blocks.get((op, shape))
        if held is None or held[0] != block:
            values = DRAWS[op.type](self._generator(op, block), length, shape, op)
            held = block, [v.astype(numpy_dtype(t.dtype)) for v, t in zip(values, op.outputs, strict=True)]
            self._blocks[op, shape] = held
        return [v[i] for v in held[1]]

    def state(self) -> dict[str, Any]:
        """What decides the draws to come, as JSON: the seed of graphs without one, and counts by operations' names."""
        return {"entropy": f"{self._entropy:x}", "counts": {op.name: n for op, n in self.counts.items()}}

    def restore(self, state: Mapping[str, Any], graph: Graph) -> None:
        """Goes on where a stream with that `state` stood. An operation without a count there is drawn from its start."""
        drawing = (op for op in graph.get_operations() if op.type in DRAWS)
        counts = {op: state["counts"][op.name] for op in drawing if op.name in state["counts"]}
        self.counts, self._entropy, self._blocks = counts, int(state["entropy"], 16), {}

    def _generator(self, op: Operation, block: int) -> np.random.Generator:
        graph_seed, op_seed = op.attrs["seed"], op.attrs["seed2"]
        if graph_seed is None:
            graph_seed, op_seed = self._entropy, op.name
        key = hashlib.blake2b(f"{graph_seed}/{op_seed}".encode(), digest_size=16).digest()
        return np.random.Generator(np.random.Philox(key=int.from_bytes(key, "little"), counter=[0, 0, block, 0]))
