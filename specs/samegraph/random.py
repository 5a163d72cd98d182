"""The one random stream every backend sees: drawn by NumPy's Philox, handed to a step like a feed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import numpy as np

from .graph import Graph, Operation, Tensor, get_default_graph
from .op import as_tensor, shape_tensor, static_value
from .registry import OPS
from .types import (
    FLOAT32,
    FLOAT64,
    FLOATS,
    INDICES,
    INT32,
    INT64,
    DType,
    ShapeError,
    TensorType,
    as_dtype,
    numpy_dtype,
    require_shape,
)

_DEFAULT_GRAPH_SEED = 87654321
_BLOCK = 2**16


def set_random_seed(seed: int) -> None:
    """The seed of the default graph's random operations (TF1: tf.set_random_seed)."""
    get_default_graph().seed = seed


def op_seeds(op_seed: int | None) -> tuple[int | None, int | None]:
    """(graph seed, operation seed) by TF1's rules: with neither, a session draws its own (TF1: tf.random.get_seed)."""
    graph = get_default_graph()
    if graph.seed is None and op_seed is None:
        return None, None
    return (_DEFAULT_GRAPH_SEED if graph.seed is None else graph.seed), (graph.size if op_seed is None else op_seed)


def _draw(type: str, shape: Any, dtype: DType, seed: int | None, name: str | None, **attrs: Any) -> Tensor:
    dims = shape_tensor(shape)
    known = dims.type.known
    out = TensorType(known if known is not None else _unknown(dims), dtype)
    graph_seed, op_seed = op_seeds(seed)
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


def multinomial(
    logits: Any, num_samples: Any, seed: int | None = None, name: str | None = None, output_dtype: Any = None
) -> Tensor:
    """Classes drawn by their unnormalised log-probabilities, [batch, num_samples], int64 by default (TF1: tf.multinomial).

    logits: [batch, classes]. The class is the one whose logit plus a Gumbel draw is the greatest; one of -inf is never drawn
    beside others. Raises ShapeError for other logits, TypeError for a dtype other than int32 and int64.
    """
    return _classes(logits, num_samples, output_dtype, seed, name or "multinomial")


def categorical(
    logits: Any, num_samples: Any, dtype: Any = None, seed: int | None = None, name: str | None = None
) -> Tensor:
    """As multinomial, in the argument order of TF1's tf.random.categorical."""
    return _classes(logits, num_samples, dtype, seed, name or "categorical")


def _classes(logits: Any, num_samples: Any, dtype: Any, seed: int | None, scope: str) -> Tensor:
    output = INT64 if dtype is None else as_dtype(dtype)
    if output not in INDICES:
        raise TypeError(f"{scope}: classes are int32 or int64, not {output.name}")
    with get_default_graph().name_scope(scope):
        x = as_tensor(logits, name="logits")
        require_shape(
            x.type.shape is None or len(x.type.shape) == 2,
            f"{scope}: logits are a matrix [batch, classes], got {x.type}",
        )
        count = as_tensor(num_samples)
        require_shape(count.type.shape in (None, ()), f"{scope}: num_samples is a scalar, got {count.type}")
        sizes = OPS["shape"](x)
        noise = _draw("RandomGumbel", [sizes[0], count, sizes[1]], x.dtype, seed, None)
        best = OPS["argmax"](OPS["expand_dims"](x, axis=1) + noise, axis=2, output_type=output, name="Multinomial")
        rows, samples = x.type.shape[0] if x.type.shape is not None else None, count.type.known
        best.set_shape((rows, samples[0] if samples else None))
        return best


def random_shuffle(value: Any, seed: int | None = None, name: str | None = None) -> Tensor:
    """`value` with its first axis in a random order (TF1: tf.random_shuffle). Unlike TF1's it has a gradient."""
    x = as_tensor(value)
    require_shape(x.type.shape != (), f"random_shuffle: a scalar has no order, got {x.type}")
    with get_default_graph().name_scope(name or "RandomShuffle") as scope:
        order = _draw("RandomPermutation", OPS["shape"](x)[:1], INT32, seed, None)
        return OPS["gather"](x, order, name=scope)


def random_crop(value: Any, size: Any, seed: int | None = None, name: str | None = None) -> Tensor:
    """A block of `size` at a random place of `value` (TF1: tf.random_crop). ShapeError for a size that does not fit.

    size: an int for each axis, known before the run.
    """
    with get_default_graph().name_scope(name or "random_crop") as scope:
        x, wanted = as_tensor(value, name="value"), shape_tensor(size).type.known
        if wanted is None or None in wanted:
            raise ShapeError("random_crop: size must be known before the run")
        require_shape(
            x.type.shape is None or len(x.type.shape) == len(wanted),
            f"random_crop: size names {len(wanted)} axes, the value is {x.type}",
        )
        sizes, places = OPS["shape"](x), _draw("RandomUniform", [len(wanted)], FLOAT64, seed, None)
        for axis, (count, held) in enumerate(zip(wanted, x.type.shape or (None,) * len(wanted), strict=True)):
            assert count is not None
            require_shape(held is None or count <= held, f"random_crop: a size of {wanted} does not fit into {x.type}")
            if count == held:
                continue
            room = OPS["cast"](sizes[axis] - (count - 1), dtype=FLOAT64)
            start = OPS["cast"](OPS["floor"](places[axis] * room), dtype=INT32)
            x = OPS["gather"](x, OPS["range"](count) + start, axis=axis)
        return OPS["identity"](x, name=scope)


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


def _gumbel(rng: np.random.Generator, n: int, shape: tuple[int, ...], op: Operation) -> Arrays:
    return [-np.log(rng.standard_exponential((n, *shape)))]


def _permutation(rng: np.random.Generator, n: int, shape: tuple[int, ...], op: Operation) -> Arrays:
    return [np.stack([rng.permutation(shape[0]) for _ in range(n)])]


DRAWS: dict[str, Callable[[np.random.Generator, int, tuple[int, ...], Operation], Arrays]] = {
    "RandomStandardNormal": _normal,
    "TruncatedNormal": _truncated,
    "RandomUniform": _uniform,
    "RandomUniformInt": _uniform_int,
    "RandomGumbel": _gumbel,
    "RandomPermutation": _permutation,
}


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
        length = max(1, min(64, _BLOCK // max(1, prod(shape))))
        block, i = divmod(number, length)
        held = self._blocks.get((op, shape))
        if held is None or held[0] != block:
            values = DRAWS[op.type](self._generator(op, block), length, shape, op)
            held = block, [v.astype(numpy_dtype(t.dtype)) for v, t in zip(values, op.outputs, strict=True)]
            self._blocks[op, shape] = held
        return [v[i] for v in held[1]]

    def generator(self, op: Operation) -> np.random.Generator:
        """The generator of the next values of `op`, for values that cannot be drawn ahead."""
        number = self.counts.get(op, 0)
        self.counts[op] = number + 1
        return self._generator(op, number)

    def state(self) -> dict[str, Any]:
        """What decides the draws to come, as JSON: the seed of graphs without one, and counts by operations' names."""
        return {"entropy": f"{self._entropy:x}", "counts": {op.name: n for op, n in self.counts.items()}}

    def restore(self, state: Mapping[str, Any], graph: Graph) -> None:
        """Goes on where a stream with that `state` stood. An operation without a count there is drawn from its start."""
        drawn = state["counts"]
        counts = {op: drawn[op.name] for op in graph.get_operations() if op.name in drawn}
        self.counts, self._entropy, self._blocks = counts, int(state["entropy"], 16), {}

    def _generator(self, op: Operation, block: int) -> np.random.Generator:
        graph_seed, op_seed = op.attrs["seed"], op.attrs["seed2"]
        if graph_seed is None:
            graph_seed, op_seed = self._entropy, op.name
        key = hashlib.blake2b(f"{graph_seed}/{op_seed}".encode(), digest_size=16).digest()
        return np.random.Generator(np.random.Philox(key=int.from_bytes(key, "little"), counter=[0, 0, block, 0]))
