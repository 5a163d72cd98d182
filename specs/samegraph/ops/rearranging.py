"""Elements moved along axes, or from one axis to another."""

from __future__ import annotations

from ..graph import Tensor
from ..op import TensorLike, op
from ..types import EVERY, INDICES, TensorType, compatible, floats, ints, normal_axis, require_dtype, require_shape
from .arrays import expand_dims, shape
from .indexing import nd_indices_in_range

_FORMATS = ("NHWC", "NCHW")


@op(dtypes=EVERY)
def roll(
    x: TensorLike, *, shift: int | tuple[int, ...], axis: int | tuple[int, ...], name: str | None = None
) -> Tensor:
    """`x` moved `shift` places on along `axis`, one or several, what leaves at an end coming in at the other."""
    ...


def _pairs(shift, axis):
    shifts, axes = ((v,) if isinstance(v, int) else v for v in (shift, axis))
    require_shape(len(shifts) == len(axes), f"shift {shift} and axis {axis} must be equally many")
    return shifts, axes


@roll.type_rule
def _(x, shift, axis):
    for a in _pairs(shift, axis)[1]:
        require_shape(x.rank > 0, f"a scalar cannot be rolled, got {x}")
        normal_axis(a, x.rank)
    return TensorType(x.shape, x.dtype)


roll.refuses("must be equally many", floats(2), shift=(1, 2), axis=0)
roll.refuses("a scalar cannot be rolled", floats(), shift=1, axis=0)
roll.refuses("is not an axis", floats(2), shift=1, axis=1)
roll.infers(floats(), floats(), shift=(), axis=())


@roll.vjp
def _(g, out, x, shift, axis):
    shifts, axes = _pairs(shift, axis)
    return (roll(g, shift=tuple(-n for n in shifts), axis=tuple(axes)),)


@roll.cases
def _(draw, gen):
    x = draw(gen.floats(draw(gen.shapes(min_dims=1, min_side=0))))
    axes = tuple(draw(gen.integers(-x.ndim, x.ndim - 1)) for _ in range(draw(gen.integers(0, 3))))
    shifts = tuple(draw(gen.integers(-6, 6)) for _ in axes)
    one = draw(gen.booleans()) and len(axes) == 1
    return (x,), {"shift": shifts[0] if one else shifts, "axis": axes[0] if one else axes}


roll.point([1.0, 2.0, 3.0, 4.0], shift=(1, 2), axis=(0, 0), value=[2.0, 3.0, 4.0, 1.0], why="shifts of one axis add up")
roll.point([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], shift=(1, -1), axis=(0, 1), value=[[5.0, 6.0, 4.0], [2.0, 3.0, 1.0]])


@op(dtypes=EVERY, apart=["seq_lengths"], stops=["seq_lengths"])
def reverse_sequence(
    x: TensorLike, seq_lengths: TensorLike, *, seq_axis: int, batch_axis: int = 0, name: str | None = None
) -> Tensor:
    """For each index i along `batch_axis` the first seq_lengths[i] elements along `seq_axis` in reverse; the rest stay."""
    ...


@reverse_sequence.type_rule
def _(x, seq_lengths, seq_axis, batch_axis):
    require_dtype(seq_lengths.dtype in INDICES, f"seq_lengths must hold int32 or int64, got {seq_lengths}")
    seq, batch = normal_axis(seq_axis, x.rank), normal_axis(batch_axis, x.rank)
    require_shape(seq != batch, f"seq_axis and batch_axis are both axis {seq}")
    fits = compatible(seq_lengths.dims, (x.dims[batch],))
    require_shape(fits, f"seq_lengths {seq_lengths} must hold one length for each of axis {batch} of {x}")
    return TensorType(x.shape, x.dtype)


reverse_sequence.refuses("seq_lengths must hold int32 or int64", floats(2, 3), floats(2), seq_axis=1)
reverse_sequence.refuses("seq_axis and batch_axis are both axis 0", floats(2, 3), ints(2), seq_axis=0)
reverse_sequence.refuses("must hold one length for each of axis 0", floats(2, 3), ints(3), seq_axis=1)
reverse_sequence.infers(floats(2, 3), floats(2, 3), ints(None), seq_axis=1)
reverse_sequence.infers(floats(2, 3), floats(2, 3), ints(3), seq_axis=0, batch_axis=1)


@reverse_sequence.vjp
def _(g, out, x, seq_lengths, seq_axis, batch_axis):
    return reverse_sequence(g, seq_lengths, seq_axis=seq_axis, batch_axis=batch_axis), None


@reverse_sequence.guard("sequence lengths outside of the tensor")
def _(x, seq_lengths, seq_axis, batch_axis):
    at = normal_axis(seq_axis, x.type.rank)
    return nd_indices_in_range(expand_dims(seq_lengths, axis=-1), shape(x)[at:] + 1)


@reverse_sequence.cases
def _(draw, gen):
    x = draw(gen.floats(draw(gen.shapes(min_dims=2, min_side=0))))
    batch, seq = draw(gen.permutations(x.ndim))[:2]
    lengths = draw(gen.integers_array((x.shape[batch],), 0, x.shape[seq], draw(gen.sampled(["int32", "int64"]))))
    away = draw(gen.sampled([0, x.ndim]))
    return (x, lengths), {"seq_axis": seq - away, "batch_axis": batch}


reverse_sequence.point(
    [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [2, 0], seq_axis=1, value=[[2.0, 1.0, 3.0], [4.0, 5.0, 6.0]], why="0 stays"
)


def _blocks(x, block_size, data_format):
    """The places of height, width and channels among the axes."""
    require_shape(x.rank == 4, f"an image batch has rank 4, got {x}")
    require_shape(data_format in _FORMATS, f"data_format must be one of {', '.join(_FORMATS)}, got {data_format!r}")
    require_shape(block_size > 1, f"block_size must be 2 or more, got {block_size}")
    return (1, 2, 3) if data_format == "NHWC" else (2, 3, 1)


@op(dtypes=EVERY, may_view=True)
def space_to_depth(x: TensorLike, *, block_size: int, data_format: str = "NHWC", name: str | None = None) -> Tensor:
    """Images whose blocks of block_size x block_size pixels became one pixel each, with the channels of all of them."""
    ...


@space_to_depth.type_rule
def _(x, block_size, data_format):
    high, wide, deep = _blocks(x, block_size, data_format)
    dims = list(x.dims)
    for at in (high, wide):
        require_shape(
            dims[at] is None or dims[at] % block_size == 0,
            f"axis {at} of {x} has size {dims[at]}, no multiple of {block_size}",
        )
        dims[at] = None if dims[at] is None else dims[at] // block_size
    dims[deep] = None if dims[deep] is None else dims[deep] * block_size**2
    return TensorType(tuple(dims), x.dtype)


space_to_depth.refuses("an image batch has rank 4", floats(2, 2, 1), block_size=2)
space_to_depth.refuses("data_format must be one of NHWC, NCHW", floats(1, 2, 2, 1), block_size=2, data_format="NWHC")
space_to_depth.refuses("block_size must be 2 or more", floats(1, 2, 2, 1), block_size=1)
space_to_depth.refuses("axis 1 of float32(1, 3, 2, 1) has size 3", floats(1, 3, 2, 1), block_size=2)
space_to_depth.refuses("axis 2 of float32(1, 2, 3, 1) has size 3", floats(1, 2, 3, 1), block_size=2)
space_to_depth.infers(floats(1, None, 2, 12), floats(1, None, 4, 3), block_size=2)
space_to_depth.infers(floats(1, 3, 2, None), floats(1, 6, 4, None), block_size=2)
space_to_depth.infers(floats(1, 36, 1, 2), floats(1, 4, 3, 6), block_size=3, data_format="NCHW")


@space_to_depth.vjp
def _(g, out, x, block_size, data_format):
    return (depth_to_space(g, block_size=block_size, data_format=data_format),)


@space_to_depth.guard("the blocks do not fill the images")
def _(x, block_size, data_format):
    return None


def _drawn_images(draw, gen, spread):
    size = draw(gen.integers(2, 3))
    n, high, wide, deep = draw(gen.sizes(4))
    high, wide, deep = (high % 3, wide % 3 + 1, deep % 2 + 1)
    shape = [n, high * size, wide * size, deep] if spread else [n, high, wide, deep * size**2]
    order = draw(gen.sampled(_FORMATS))
    if order == "NCHW":
        shape = [shape[0], shape[3], *shape[1:3]]
    return (draw(gen.floats(tuple(shape))),), {"block_size": size, "data_format": order}


@space_to_depth.cases
def _(draw, gen):
    return _drawn_images(draw, gen, spread=True)


space_to_depth.point(
    [[[[1.0], [2.0]], [[3.0], [4.0]]]], block_size=2, value=[[[[1.0, 2.0, 3.0, 4.0]]]], why="a block row by row"
)


@op(dtypes=EVERY, may_view=True)
def depth_to_space(x: TensorLike, *, block_size: int, data_format: str = "NHWC", name: str | None = None) -> Tensor:
    """Images whose pixels became blocks of block_size x block_size pixels, which share out the channels."""
    ...


@depth_to_space.type_rule
def _(x, block_size, data_format):
    high, wide, deep = _blocks(x, block_size, data_format)
    dims = list(x.dims)
    require_shape(
        dims[deep] is None or dims[deep] % block_size**2 == 0,
        f"axis {deep} of {x} has size {dims[deep]}, no multiple of {block_size**2}",
    )
    for at in (high, wide):
        dims[at] = None if dims[at] is None else dims[at] * block_size
    dims[deep] = None if dims[deep] is None else dims[deep] // block_size**2
    return TensorType(tuple(dims), x.dtype)


depth_to_space.refuses("axis 3 of float32(1, 2, 2, 6) has size 6, no multiple of 4", floats(1, 2, 2, 6), block_size=2)
depth_to_space.refuses("has size 6, no multiple of 9", floats(1, 2, 2, 6), block_size=3)
depth_to_space.infers(floats(1, None, 6, 2), floats(1, None, 3, 8), block_size=2)
depth_to_space.infers(floats(1, 4, 6, None), floats(1, 2, 3, None), block_size=2)
depth_to_space.infers(floats(1, 2, 3, 6), floats(1, 18, 1, 2), block_size=3, data_format="NCHW")


@depth_to_space.vjp
def _(g, out, x, block_size, data_format):
    return (space_to_depth(g, block_size=block_size, data_format=data_format),)


@depth_to_space.guard("the channels do not fill the blocks")
def _(x, block_size, data_format):
    return None


@depth_to_space.cases
def _(draw, gen):
    return _drawn_images(draw, gen, spread=False)


depth_to_space.point([[[[1.0, 2.0, 3.0, 4.0]]]], block_size=2, value=[[[[1.0], [2.0]], [[3.0], [4.0]]]])
