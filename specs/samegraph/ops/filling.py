"""Tensors made of few numbers: filled, counted, spaced, with ones at indices."""

from __future__ import annotations

import math

from ..graph import Tensor, get_default_graph
from ..op import TensorLike, as_tensor, constant, op, shape_tensor
from ..registry import OPS
from ..types import (
    EVERY,
    FLOATS,
    INDICES,
    INTEGERS,
    NUMBERS,
    STRING,
    UNRANKED,
    TensorType,
    as_dtype,
    floats,
    ints,
    normal_axis,
    require_dtype,
    require_shape,
    size_of,
    typed,
)
from .arrays import broadcast_to, cast, concat, sizes_of
from .reduction import SUMS, reduce_sum

_LARGEST_CONSTANT = 1000


@op("Fill", dtypes=(*EVERY, STRING), shapes=["dims"], tolerance=SUMS)
def fill(dims: TensorLike, value: TensorLike, *, name: str | None = None) -> Tensor:
    """A tensor of shape `dims` whose every element is the scalar `value`."""
    ...


@fill.type_rule
def _(dims, value):
    require_shape(value.dims == (), f"the value to fill with is a scalar, got {value}")
    sizes = sizes_of(dims)
    require_shape(sizes is None or all(n is None or n >= 0 for n in sizes), f"a shape holds sizes, got {sizes}")
    return TensorType(sizes, value.dtype)


fill.refuses("the value to fill with is a scalar", (2,), floats(1))
fill.refuses("a shape holds sizes", (-1, 2), floats())
fill.infers(floats(0), (0,), floats())
fill.infers(floats(None, 2), (None, 2), floats())
fill.infers(UNRANKED, ints(None), floats())


@fill.vjp
def _(g, out, dims, value):
    return None, reduce_sum(g)


@fill.cases
def _(draw, gen):
    return (draw(gen.shapes()), draw(gen.floats(()))), {}


def zeros(shape, dtype="float32", name=None):
    """Zeros (False) of that shape (TF1: tf.zeros)."""
    return _full(shape, 0, dtype, name or "zeros")


def ones(shape, dtype="float32", name=None):
    """Ones (True) of that shape (TF1: tf.ones)."""
    return _full(shape, 1, dtype, name or "ones")


def _full(shape, number, dtype, name):
    """As TF1: a constant when the shape is known and small, a `Fill` operation otherwise."""
    dtype = as_dtype(dtype)
    value = bool(number) if dtype == "bool" else ("" if dtype == STRING else number)
    given = isinstance(shape, Tensor) or hasattr(shape, "_as_tensor")
    dims = None if given else shape_tensor(shape)
    known = dims.type.known if dims is not None else None
    if known is not None and None not in known and size_of(known) < _LARGEST_CONSTANT:
        return constant(value, dtype, tuple(known), name)
    return fill(shape if dims is None else dims, constant(value, dtype), name=name)


@op("Range", dtypes=NUMBERS, shapes=["count"], stops=["start", "delta"])
def sequence(start: TensorLike, delta: TensorLike, count: TensorLike, *, name: str | None = None) -> Tensor:
    """start + i * delta for the first `count` integers i. The scalars `start` and `delta` get no gradient."""
    ...


@sequence.type_rule
def _(start, delta, count):
    require_shape(
        start.dims == delta.dims == count.dims == (), f"three scalars are needed, got {start}, {delta} and {count}"
    )
    number = (count.known or (None,))[0]
    require_shape(number is None or number >= 0, "the limit lies on the other side of the start than delta points to")
    return TensorType((number,), start.dtype)


sequence.refuses("three scalars are needed", floats(1), floats(), 3)
sequence.refuses("three scalars are needed", floats(), floats(1), 3)
sequence.refuses("three scalars are needed", floats(), floats(), (3,))
sequence.refuses("the limit lies on the other side", floats(), floats(), -1)
sequence.infers(floats(0), floats(), floats(), 0)
sequence.infers(floats(None), floats(), floats(), ints())


sequence.no_gradient("TF1 defines none for Range")


@sequence.cases
def _(draw, gen):
    return (draw(gen.floats(())), draw(gen.floats(())), draw(gen.integers(0, 5))), {}


def range_(start, limit=None, delta=1, dtype=None, name="range"):
    """start, start + delta, ... as long as it lies before `limit`; one number alone is the limit (TF1: tf.range).

    Integers give int32 (int64 if one is), a float among them float32 (float64).
    """
    start, limit = (0, start) if limit is None else (start, limit)
    given = [as_tensor(v) for v in (start, limit, delta)]
    wanted = as_dtype(dtype) if dtype is not None else max((t.dtype for t in given), key=_RANGES.index)
    numbers = [
        v if isinstance(v, Tensor) and v.dtype == wanted else _converted(v, wanted) for v in (start, limit, delta)
    ]
    return sequence(numbers[0], numbers[2], _length(*numbers), name=name)


_RANGES = [as_dtype(d) for d in ("int32", "int64", "float32", "float64")]


def _converted(value, dtype):
    return (
        cast(value, dtype=dtype)
        if isinstance(value, Tensor) or hasattr(value, "_as_tensor")
        else as_tensor(value, dtype)
    )


def _length(start, limit, delta):
    """How many numbers there are from `start` to before `limit`: an int where all three are constants."""
    values = [t.op.attrs["value"] if t.op.type == "Const" else None for t in (start, limit, delta)]
    if all(v is not None for v in values):
        low, high, step = values
        require_shape(step != 0, "delta must not be 0")
        if start.dtype in INTEGERS:
            return -((int(low) - int(high)) // int(step))
        return math.ceil((high - low) / step)
    if (
        values[0] is not None
        and values[0] == 0
        and values[2] is not None
        and values[2] == 1
        and start.dtype in INTEGERS
    ):
        return limit
    with get_default_graph().hidden():
        if start.dtype in INTEGERS:
            return OPS["negative"](OPS["floordiv"](OPS["sub"](start, limit), delta))
        return cast(OPS["ceil"](OPS["truediv"](OPS["sub"](limit, start), delta)), dtype="int32")


@op("LinSpace", dtypes=FLOATS)
def linspace(start: TensorLike, stop: TensorLike, *, num: int, name: str | None = None) -> Tensor:
    """`num` numbers in equal steps from the scalar `start` to `stop`, both included; `start` alone for 1."""
    ...


@linspace.type_rule
def _(start, stop, num):
    require_shape(start.dims == stop.dims == (), f"two scalars are needed, got {start} and {stop}")
    require_shape(num > 0, f"num must be 1 or more, got {num}")
    return TensorType((num,), start.dtype)


linspace.refuses("two scalars are needed", floats(1), floats(), num=2)
linspace.refuses("two scalars are needed", floats(), floats(1), num=2)
linspace.refuses("num must be 1 or more", floats(), floats(), num=0)
linspace.infers(floats(1), floats(), floats(), num=1)


@linspace.vjp
def _(g, out, start, stop, num):
    share = linspace(as_tensor(0.0, g.dtype), as_tensor(1.0, g.dtype), num=num)
    return reduce_sum(g * (1.0 - share)), reduce_sum(g * share)


@linspace.cases
def _(draw, gen):
    return (draw(gen.floats(())), draw(gen.floats(()))), {"num": draw(gen.integers(1, 6))}


linspace.point(1.0, 3.0, num=3, value=[1.0, 2.0, 3.0], gradients=(1.5, 1.5), why="the ends share what lies between")
linspace.point(1.0, 3.0, num=1, value=[1.0], gradients=(1.0, 0.0), why="one number: the start")


@op("OneHot", dtypes=(*EVERY, STRING), apart=["indices"], stops=["indices", "on_value", "off_value"])
def one_hot(
    indices: TensorLike,
    on_value: TensorLike,
    off_value: TensorLike,
    *,
    depth: int,
    axis: int = -1,
    name: str | None = None,
) -> Tensor:
    """`on_value` where the new axis of size `depth`, put at `axis` of the result, has the index, `off_value` elsewhere.

    An index outside of the axis gives `off_value` alone. The two scalars get no gradient, as in TF1.
    """
    ...


@one_hot.type_rule
def _(indices, on_value, off_value, depth, axis):
    require_dtype(indices.dtype in (*INDICES, "uint8"), f"indices must hold uint8, int32 or int64, got {indices}")
    require_shape(
        on_value.dims == off_value.dims == (), f"on_value and off_value are scalars, got {on_value} and {off_value}"
    )
    require_shape(depth >= 0, f"depth must not be negative, got {depth}")
    at = normal_axis(axis, indices.rank + 1)
    return TensorType((*indices.dims[:at], depth, *indices.dims[at:]), on_value.dtype)


one_hot.refuses("indices must hold uint8, int32 or int64", floats(2), floats(), floats(), depth=3)
one_hot.refuses("on_value and off_value are scalars", ints(2), floats(1), floats(), depth=3)
one_hot.refuses("on_value and off_value are scalars", ints(2), floats(), floats(1), depth=3)
one_hot.refuses("depth must not be negative", ints(2), floats(), floats(), depth=-1)
one_hot.refuses("is not an axis", ints(2), floats(), floats(), depth=3, axis=2)
one_hot.infers(floats(2, 0), typed("uint8", 2), floats(), floats(), depth=0)
one_hot.infers(floats(2, 3, 4), ints(2, 4), floats(), floats(), depth=3, axis=1)


one_hot.no_gradient("TF1 defines none for OneHot")


@one_hot.cases
def _(draw, gen):
    indices = draw(gen.integers_array(draw(gen.shapes(max_dims=2)), -2, 5, draw(gen.sampled(["int32", "int64"]))))
    axis = draw(gen.integers(-indices.ndim - 1, indices.ndim))
    return (indices, draw(gen.floats(())), draw(gen.floats(()))), {"depth": draw(gen.integers(0, 4)), "axis": axis}


one_hot.point(
    [-1, 1, 3],
    1.0,
    0.0,
    depth=3,
    value=[[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]],
    why="an index out of range gives zeros",
)


def eye(num_rows, num_columns=None, batch_shape=None, dtype="float32", name=None):
    """Ones on the diagonal, zeros elsewhere (TF1: tf.eye). num_rows, num_columns: ints."""
    dtype = as_dtype(dtype)
    columns = num_rows if num_columns is None else num_columns
    with get_default_graph().name_scope(name or "eye") as scope:
        matrix = one_hot(
            range_(num_rows),
            constant(1, dtype),
            constant(0, dtype),
            depth=columns,
            name=scope if batch_shape is None else None,
        )
        if batch_shape is None:
            return matrix
        shape = concat(shape_tensor(batch_shape), constant([num_rows, columns]), axis=0)
        return broadcast_to(matrix, shape, name=scope)


OPS.update(zeros=zeros, ones=ones, range=range_, eye=eye)
