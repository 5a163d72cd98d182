"""Ops that move, join or reinterpret elements without computing with them."""

from __future__ import annotations

from ..graph import Tensor
from ..op import TensorLike, op
from ..shapes import reshaped, split_sizes
from ..types import (
    BOOL,
    EVERY,
    FLOATS,
    INDICES,
    STRING,
    UNRANKED,
    ShapeError,
    TensorType,
    as_dtype,
    broadcast,
    compatible,
    floats,
    ints,
    merge,
    normal_axes,
    normal_axis,
    require_dims,
    require_dtype,
    require_shape,
    shape_text,
    size_of,
)
from .broadcasting import reshape_like, sum_to_like

Axis = int | tuple[int, ...] | None


def require_sizes(shape):
    """Refuses a shape operand that is not a vector of int32 or int64."""
    require_dtype(shape.dtype in INDICES, f"a shape holds int32 or int64, got {shape}")
    require_shape(shape.rank == 1, f"a shape is a vector, got {shape}")


def sizes_of(shape):
    """The sizes that a shape operand holds, None where unknown; None for an unknown number of them."""
    require_sizes(shape)
    if shape.known is not None:
        return shape.known
    return None if shape.dims[0] is None else (None,) * shape.dims[0]


@op("Identity", dtypes=(*EVERY, STRING), may_view=True, keeps=True)
def identity(x: TensorLike, *, name: str | None = None) -> Tensor:
    """`x` itself."""
    ...


@identity.type_rule
def _(x):
    return TensorType(x.shape, x.dtype)


@identity.vjp
def _(g, out, x):
    return (g,)


@identity.cases
def _(draw, gen):
    return (draw(gen.floats()),), {}


@op("Pack", dtypes=(*EVERY, STRING))
def stack(*values: TensorLike, axis: int = 0, name: str | None = None) -> Tensor:
    """The `values`, all of one shape, joined along a new axis (TF1: tf.stack)."""
    ...


@stack.type_rule
def _(*values, axis):
    require_shape(bool(values), "at least one tensor is needed")
    shape = values[0].dims
    for v in values:
        require_shape(
            compatible(shape, v.dims),
            f"all tensors must have one shape, got {shape_text(shape)} and {shape_text(v.dims)}",
        )
        shape = merge(shape, v.dims)
    at = normal_axis(axis, len(shape) + 1)
    return TensorType((*shape[:at], len(values), *shape[at:]), values[0].dtype)


stack.refuses("at least one tensor is needed")
stack.refuses("all tensors must have one shape", floats(2), floats(3))
stack.refuses("all tensors must have one shape", floats(None), floats(2), floats(3))
stack.refuses("is not an axis", floats(2), axis=2)
stack.infers(floats(1, 2), floats(2))
stack.infers(floats(2, 2), floats(None), floats(2))
stack.infers(floats(3, 2), floats(3), floats(3), axis=1)


@stack.vjp
def _(g, out, *values, axis):
    return tuple(unstack(g, num=len(values), axis=axis))


@stack.cases
def _(draw, gen):
    count = draw(gen.integers(1, 3))
    shape = draw(gen.shapes())
    return tuple(draw(gen.floats(shape)) for _ in range(count)), {
        "axis": draw(gen.integers(-len(shape) - 1, len(shape)))
    }


@op("Unpack", may_view=True)
def unstack(value: TensorLike, *, num: int, axis: int = 0, name: str | None = None) -> list[Tensor]:
    """The `num` slices of `value` along `axis` (TF1: tf.unstack)."""
    ...


@unstack.type_rule
def _(value, num, axis):
    at = normal_axis(axis, value.rank)
    size = value.dims[at]
    require_shape(size is None or size == num, f"axis {axis} has size {size}, not {num}")
    return [TensorType(value.dims[:at] + value.dims[at + 1 :], value.dtype)] * num


unstack.refuses("axis 0 has size 2, not 3", floats(2), num=3)
unstack.refuses("is not an axis", floats(2), num=2, axis=1)
unstack.infers([floats(), floats()], floats(None), num=2)
unstack.infers([floats(2, 4)], floats(2, 1, 4), num=1, axis=1)


@unstack.vjp
def _(g, out, value, num, axis):
    return (stack(*g, axis=axis),)


@unstack.cases
def _(draw, gen):
    value = draw(gen.floats(min_dims=1))
    axis = draw(gen.integers(-value.ndim, value.ndim - 1))
    return (value,), {"num": value.shape[axis], "axis": axis}


@op("DeepCopy", stops=["x"])
def owned(x: TensorLike, *, name: str | None = None) -> Tensor:
    """The value of `x` in memory of its own, which a later update of `x` does not change."""
    ...


@owned.type_rule
def _(x):
    return TensorType(x.shape, x.dtype)


owned.no_gradient("programs copy a value with it after all gradients are taken")


@owned.cases
def _(draw, gen):
    return (draw(gen.floats()),), {}


@op("Reshape", dtypes=(*EVERY, STRING), shapes=["shape"], keeps=True, reshapes=True)
def reshape(x: TensorLike, shape: TensorLike, *, name: str | None = None) -> Tensor:
    """The elements of `x` in C order in another shape; -1 stands for the one size that fits."""
    ...


@reshape.type_rule
def _(x, shape):
    wanted = sizes_of(shape)
    if wanted is None:
        return TensorType(None, x.dtype)
    new = reshaped(x.dims, wanted)
    total, rest = size_of(x.dims), size_of(n for n in new if n is not None)
    if new.count(None) == 1 and total is not None and rest:
        require_shape(total % rest == 0, f"{total} elements do not fill the shape {shape_text(new)}")
        new = tuple(total // rest if n is None else n for n in new)
    return TensorType(new, x.dtype)


reshape.refuses("a shape holds int32 or int64", floats(2), floats(1))
reshape.refuses("a shape is a vector", floats(2), ints())
reshape.refuses("6 elements do not fill the shape (?, 4)", floats(6), (None, 4))
reshape.infers(floats(2, 3), floats(6), (None, 3))
reshape.infers(floats(None, None), floats(6), (None, None))
reshape.infers(floats(None, None), floats(6), ints(2))
reshape.infers(floats(None, 3), floats(None), (None, 3))
reshape.infers(floats(None, 0), floats(0), (None, 0))
reshape.infers(UNRANKED, floats(2), ints(None))


@reshape.vjp
def _(g, out, x, shape):
    return reshape_like(g, x), None


@reshape.guard("the elements do not fill the shape")
def _(x, shape):
    return None


@reshape.cases
def _(draw, gen):
    x = draw(gen.floats())
    sizes = [x.shape, (-1,), (1, x.size), (-1, *x.shape[1:]), (x.size, 1, -1)]
    return (x, draw(gen.sampled(sizes))), {}


reshape.point(
    [[1.0, 2.0], [3.0, 4.0]],
    (4, -1),
    value=[[1.0], [2.0], [3.0], [4.0]],
    gradients=([[1.0, 1.0], [1.0, 1.0]], None),
    why="-1",
)


@op("ExpandDims", dtypes=(*EVERY, STRING), reshapes=True)
def expand_dims(x: TensorLike, *, axis: int, name: str | None = None) -> Tensor:
    """`x` with a new axis of size 1 at `axis` of the result."""
    ...


@expand_dims.type_rule
def _(x, axis):
    at = normal_axis(axis, x.rank + 1)
    return TensorType((*x.dims[:at], 1, *x.dims[at:]), x.dtype)


expand_dims.refuses("is not an axis", floats(2), axis=2)
expand_dims.infers(floats(1, 2), floats(2), axis=0)
expand_dims.infers(floats(2, 1), floats(2), axis=1)


@expand_dims.vjp
def _(g, out, x, axis):
    return (reshape_like(g, x),)


@expand_dims.cases
def _(draw, gen):
    x = draw(gen.floats())
    return (x,), {"axis": draw(gen.integers(-x.ndim - 1, x.ndim))}


@op("Squeeze", dtypes=(*EVERY, STRING), reshapes=True)
def squeeze(x: TensorLike, *, axis: Axis = None, name: str | None = None) -> Tensor:
    """`x` without the axes `axis`, which must have size 1; without all axes of size 1 when None."""
    ...


@squeeze.type_rule
def _(x, axis):
    if axis is None:
        return TensorType(None if None in x.dims else tuple(n for n in x.dims if n != 1), x.dtype)
    axes = normal_axes(axis, x.rank)
    for i in axes:
        require_shape(x.dims[i] in (1, None), f"axis {i} of {x} has size {x.dims[i]}, not 1")
    return TensorType(tuple(n for i, n in enumerate(x.dims) if i not in axes), x.dtype)


squeeze.refuses("has size 2, not 1", floats(2), axis=0)
squeeze.infers(floats(2), floats(1, 2, 1))
squeeze.infers(UNRANKED, floats(None, 1))
squeeze.infers(floats(2), floats(None, 2), axis=0)
squeeze.infers(floats(2, 1), floats(1, 2, 1), axis=(0,))


@squeeze.vjp
def _(g, out, x, axis):
    return (reshape_like(g, x),)


@squeeze.guard("an axis to be removed has a size other than 1")
def _(x, axis):
    return None


@squeeze.cases
def _(draw, gen):
    x = draw(gen.floats(max_dims=2))
    axis = draw(gen.integers(-x.ndim - 1, x.ndim))
    shape = list(x.shape)
    shape.insert(axis % (x.ndim + 1), 1)
    return (x.reshape(shape),), {"axis": draw(gen.sampled([None, axis, (axis,)]))}


@op("ConcatV2", dtypes=(*EVERY, STRING))
def concat(*values: TensorLike, axis: int, name: str | None = None) -> Tensor:
    """The `values`, whose sizes differ at most along `axis`, one after the other along it."""
    ...


@concat.type_rule
def _(*values, axis):
    require_shape(bool(values), "at least one tensor is needed")
    require_shape(values[0].rank > 0, f"tensors of rank 0 cannot be joined, got {values[0]}; tf.stack joins them")
    at = normal_axis(axis, values[0].rank)
    rest = values[0].dims
    for v in values:
        fits = v.rank == len(rest) and compatible((*rest[:at], *rest[at + 1 :]), (*v.dims[:at], *v.dims[at + 1 :]))
        require_shape(fits, f"shapes {shape_text(rest)} and {shape_text(v.dims)} differ along another axis than {at}")
        rest = merge((*rest[:at], None, *rest[at + 1 :]), (*v.dims[:at], None, *v.dims[at + 1 :]))
    sizes = [v.dims[at] for v in values]
    return TensorType((*rest[:at], None if None in sizes else sum(sizes), *rest[at + 1 :]), values[0].dtype)


concat.refuses("at least one tensor is needed", axis=0)
concat.refuses("tensors of rank 0 cannot be joined", floats(), floats(), axis=0)
concat.refuses("differ along another axis than 0", floats(2, 3), floats(2, 4), axis=0)
concat.refuses("differ along another axis than 1", floats(2, 3), floats(3, 3), axis=1)
concat.refuses("differ along another axis than 0", floats(2), floats(), axis=0)
concat.refuses("differ along another axis than 0", floats(1, None), floats(1, 2), floats(1, 3), axis=0)
concat.infers(floats(2), floats(2), axis=0)
concat.infers(floats(None, 3), floats(2, None), floats(None, 3), axis=0)
concat.infers(floats(2, 7, 5), floats(2, 3, None), floats(None, 4, 5), axis=1)


@concat.vjp
def _(g, out, *values, axis):
    return tuple(split_like(g, *values, axis=axis))


@concat.cases
def _(draw, gen):
    shape = draw(gen.shapes(min_dims=1))
    axis = draw(gen.integers(-len(shape), len(shape) - 1))
    at = axis % len(shape)
    sizes = draw(gen.sizes(draw(gen.integers(1, 3))))
    return tuple(draw(gen.floats((*shape[:at], n, *shape[at + 1 :]))) for n in sizes), {"axis": axis}


@op(stops=["likes"], may_view=True)
def split_like(x: TensorLike, *likes: TensorLike, axis: int, name: str | None = None) -> list[Tensor]:
    """`x` cut along `axis` into pieces as long as `likes`: the transpose of joining those."""
    ...


@split_like.type_rule
def _(x, *likes, axis):
    require_dims(x, concat.rule(*likes, axis=axis).shape)
    return [TensorType(like.shape, x.dtype) for like in likes]


split_like.refuses("where a shape of (5,) is needed", floats(4), floats(2), floats(3), axis=0)
split_like.infers([floats(2), floats(3)], floats(5), floats(2), floats(3), axis=0)


@split_like.vjp
def _(g, out, x, *likes, axis):
    return (concat(*g, axis=axis), *(None for _ in likes))


@split_like.cases
def _(draw, gen):
    likes, attrs = concat.drawn(draw, gen)
    at = attrs["axis"] % likes[0].ndim
    shape = (*likes[0].shape[:at], sum(v.shape[at] for v in likes), *likes[0].shape[at + 1 :])
    return (draw(gen.floats(shape)), *likes), attrs


@op("Split", dtypes=(*EVERY, STRING), may_view=True)
def split(
    value: TensorLike, *, num_or_size_splits: int | tuple[int, ...], axis: int = 0, name: str | None = None
) -> list[Tensor]:
    """`value` cut along `axis` into that many equal pieces, or into pieces of those sizes (one -1: what is left)."""
    ...


@split.type_rule
def _(value, num_or_size_splits, axis):
    at = normal_axis(axis, value.rank)
    try:
        sizes = split_sizes(value.dims[at], num_or_size_splits)
    except IndexError as error:
        raise ShapeError(str(error)) from None
    return [TensorType((*value.dims[:at], n, *value.dims[at + 1 :]), value.dtype) for n in sizes]


split.refuses("does not split into 2 equal pieces", floats(3), num_or_size_splits=2)
split.infers([floats(2, 2, 5)] * 2, floats(2, 4, 5), num_or_size_splits=2, axis=1)


@split.vjp
def _(g, out, value, num_or_size_splits, axis):
    return (concat(*g, axis=axis),)


@split.guard("the axis does not split into such pieces")
def _(value, num_or_size_splits, axis):
    return None


@split.cases
def _(draw, gen):
    shape = draw(gen.shapes(min_dims=1))
    axis = draw(gen.integers(-len(shape), len(shape) - 1))
    sizes = draw(gen.sizes(3))
    splits = draw(gen.sampled([3, sizes, (sizes[0], -1, sizes[2])]))
    at = axis % len(shape)
    total = 3 * sizes[0] if splits == 3 else sum(sizes)
    value = draw(gen.floats((*shape[:at], total, *shape[at + 1 :])))
    return (value,), {"num_or_size_splits": splits, "axis": axis}


@op("ReverseV2", dtypes=(*EVERY, STRING), may_view=True)
def reverse(x: TensorLike, *, axis: int | tuple[int, ...], name: str | None = None) -> Tensor:
    """`x` with the order along `axis` (one or several) turned round."""
    ...


@reverse.type_rule
def _(x, axis):
    normal_axes(axis, x.rank)
    return TensorType(x.shape, x.dtype)


reverse.refuses("is named twice", floats(2), axis=(0, 0))


@reverse.vjp
def _(g, out, x, axis):
    return (reverse(g, axis=axis),)


@reverse.cases
def _(draw, gen):
    x = draw(gen.floats(min_dims=1))
    return (x,), {"axis": draw(gen.sampled([-1, 0, draw(gen.axes(x.ndim))]))}


@op("BroadcastTo", shapes=["shape"], may_view=True, keeps=True)
def broadcast_to(x: TensorLike, shape: TensorLike, *, name: str | None = None) -> Tensor:
    """`x` repeated to the shape `shape`, to which it must broadcast."""
    ...


@broadcast_to.type_rule
def _(x, shape):
    wanted = sizes_of(shape)
    if wanted is None:
        return TensorType(None, x.dtype)
    require_shape(all(n is None or n >= 0 for n in wanted), f"a shape to broadcast to holds sizes, got {wanted}")
    require_shape(compatible(broadcast(x.dims, wanted), wanted), f"{x} does not broadcast to {shape_text(wanted)}")
    return TensorType(wanted, x.dtype)


broadcast_to.refuses("a shape to broadcast to holds sizes", floats(1), (-1, 1))
broadcast_to.refuses("does not broadcast to (1,)", floats(2), (1,))
broadcast_to.refuses("does not broadcast to (2,)", floats(2, 1), (2,))
broadcast_to.infers(floats(0), floats(1), (0,))
broadcast_to.infers(floats(None, 3), floats(3), (None, 3))
broadcast_to.infers(UNRANKED, floats(2), ints(None))


@broadcast_to.vjp
def _(g, out, x, shape):
    return sum_to_like(g, x), None


@broadcast_to.guard("the tensor does not broadcast to the shape")
def _(x, shape):
    return None


@broadcast_to.cases
def _(draw, gen):
    wide, narrow = draw(gen.wide_and_narrow())
    return (narrow, wide.shape), {}


@op("Cast", dtypes=EVERY, may_view=True, keeps=True)
def cast(x: TensorLike, *, dtype: str, name: str | None = None) -> Tensor:
    """`x` in another dtype: floats become integers towards zero (NaN and what does not fit: undefined), True becomes 1.

    Everything but 0 becomes True. A gradient passes between floats only.
    """
    ...


@cast.type_rule
def _(x, dtype):
    return TensorType(x.shape, as_dtype(dtype))


@cast.vjp
def _(g, out, x, dtype):
    return (cast(g, dtype=x.dtype),)


@cast.cases
def _(draw, gen):
    targets = ["float32", "float64", "int32", "int64", "bool"]
    return (draw(gen.floats()),), {"dtype": draw(gen.sampled(targets))}


cast.point([-1.9, -0.5, 1.9, 2.5], dtype="int32", value=[-1, 0, 1, 2], why="towards zero")
cast.point([0.0, -0.0, 0.3, float("nan")], dtype="bool", value=[False, False, True, True], why="NaN is not 0")


@op("StopGradient", stops=["x"], may_view=True, keeps=True)
def stop_gradient(x: TensorLike, *, name: str | None = None) -> Tensor:
    """`x`, through which no gradient flows."""
    ...


@stop_gradient.type_rule
def _(x):
    return TensorType(x.shape, x.dtype)


stop_gradient.no_gradient("that is what it is for")


@stop_gradient.cases
def _(draw, gen):
    return (draw(gen.floats()),), {}


stop_gradient.point([1.0, 2.0], value=[1.0, 2.0], gradients=(None,), why="not connected")


@op("CheckNumerics", dtypes=FLOATS, may_view=True, keeps=True)
def check_numerics(x: TensorLike, *, message: str, name: str | None = None) -> Tensor:
    """`x`; the run fails with `message` if an element is NaN or infinite."""
    ...


@check_numerics.type_rule
def _(x, message):
    return TensorType(x.shape, x.dtype)


@check_numerics.vjp
def _(g, out, x, message):
    return (g,)


@check_numerics.guard("{message} : Tensor had NaN or Inf values")
def _(x, message):
    return all_finite(x)


@check_numerics.cases
def _(draw, gen):
    return (draw(gen.floats()),), {"message": "x"}


@op(dtypes=FLOATS, stops=["x"])
def all_finite(x: TensorLike, *, name: str | None = None) -> Tensor:
    """Whether no element of `x` is NaN or infinite."""
    ...


@all_finite.type_rule
def _(x):
    return TensorType((), BOOL)


all_finite.no_gradient("the output is a truth value")


@all_finite.cases
def _(draw, gen):
    x = draw(gen.floats())
    return (x / draw(gen.sampled([1.0, 0.5])),), {}


all_finite.point([1.0, float("nan")], value=False, why="NaN")
all_finite.point([1.0, float("-inf")], value=False, why="infinity")
all_finite.point([], value=True, why="nothing is wrong with no elements")


@op("Shape", dtypes=(*EVERY, STRING), stops=["x"], sized=["x"])
def shape(x: TensorLike, *, out_type: str = "int32", name: str | None = None) -> Tensor:
    """The shape of `x` as a vector of `out_type`."""
    ...


@shape.type_rule
def _(x, out_type):
    return TensorType((x.rank,), as_dtype(out_type))


shape.no_gradient("the output does not depend on the values of x")


@shape.cases
def _(draw, gen):
    return (draw(gen.floats()),), {"out_type": draw(gen.sampled(["int32", "int64"]))}


@op("Size", dtypes=(*EVERY, STRING), stops=["x"], sized=["x"])
def size(x: TensorLike, *, out_type: str = "int32", name: str | None = None) -> Tensor:
    """The number of elements of `x` as a scalar of `out_type`."""
    ...


@size.type_rule
def _(x, out_type):
    return TensorType((), as_dtype(out_type))


size.no_gradient("the output does not depend on the values of x")


@size.cases
def _(draw, gen):
    return (draw(gen.floats()),), {"out_type": draw(gen.sampled(["int32", "int64"]))}


@op("Rank", dtypes=(*EVERY, STRING), stops=["x"], sized=["x"])
def rank(x: TensorLike, *, name: str | None = None) -> Tensor:
    """The number of axes of `x` as an int32 scalar."""
    ...


@rank.type_rule
def _(x):
    return TensorType((), as_dtype("int32"))


rank.no_gradient("the output does not depend on the values of x")


@rank.cases
def _(draw, gen):
    return (draw(gen.floats()),), {}
