"""Shapes, slices and constants: what TF1 has at its top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..composed import grids as _grids
from ..graph import Tensor
from ..op import as_tensor, waiting
from ..registry import OPS
from ..types import FLOAT32, INT32, DType, ShapeError, as_dtype, as_shape
from ._table import renamed

__all__ = [
    "broadcast_to",
    "cast",
    "check_numerics",
    "concat",
    "ensure_shape",
    "expand_dims",
    "eye",
    "fill",
    "gather",
    "gather_nd",
    "identity",
    "identity_n",
    "lin_space",
    "linspace",
    "one_hot",
    "ones",
    "ones_like",
    "pad",
    "range",
    "rank",
    "reshape",
    "reverse",
    "reverse_v2",
    "scatter_nd",
    "shape",
    "size",
    "slice",
    "split",
    "squeeze",
    "stack",
    "stop_gradient",
    "strided_slice",
    "tile",
    "to_bfloat16",
    "to_double",
    "to_float",
    "to_int32",
    "to_int64",
    "transpose",
    "unstack",
    "where",
    "where_v2",
    "zeros",
    "zeros_like",
]


def _dtype(given: Any) -> DType | None:
    return None if given is None else as_dtype(given)


# Constants --------------------------------------------------------------------------------------------------------------


def zeros(shape: Any, dtype: Any = FLOAT32, name: str | None = None) -> Tensor:
    """Zeros, False for booleans (TF1: tf.zeros)."""
    return waiting(lambda own: OPS["zeros"](shape, dtype=as_dtype(dtype), name=own), name or "zeros")


def ones(shape: Any, dtype: Any = FLOAT32, name: str | None = None) -> Tensor:
    """Ones, True for booleans (TF1: tf.ones)."""
    return waiting(lambda own: OPS["ones"](shape, dtype=as_dtype(dtype), name=own), name or "ones")


def zeros_like(tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True) -> Tensor:
    """Zeros of the shape of `tensor`, of its dtype unless another is given (TF1: tf.zeros_like)."""
    return OPS["zeros_like"](_of(tensor, dtype), name=name)


def ones_like(tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True) -> Tensor:
    """Ones of the shape of `tensor`, of its dtype unless another is given (TF1: tf.ones_like)."""
    return OPS["ones_like"](_of(tensor, dtype), name=name)


def _of(tensor: Any, dtype: Any) -> Tensor:
    t, wanted = as_tensor(tensor), _dtype(dtype)
    return t if wanted in (None, t.dtype) else OPS["cast"](t, dtype=wanted)


def fill(dims: Any, value: Any, name: str | None = None) -> Tensor:
    """A tensor of the shape `dims` that holds the scalar `value` everywhere (TF1: tf.fill)."""
    return OPS["fill"](dims, value, name=name)


def range(start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str | None = "range") -> Tensor:
    """start, start + delta, ... below limit; from 0 when one bound is given (TF1: tf.range)."""
    return OPS["range"](start, limit, delta, dtype, name)


def eye(
    num_rows: Any, num_columns: Any = None, batch_shape: Any = None, dtype: Any = FLOAT32, name: str | None = None
) -> Tensor:
    """Ones on the diagonal, zeros elsewhere (TF1: tf.eye)."""
    return OPS["eye"](num_rows, num_columns, batch_shape, as_dtype(dtype), name)


def linspace(start: Any, stop: Any, num: Any, name: str | None = None) -> Tensor:
    """`num` values from `start` to `stop`, both included (TF1: tf.linspace)."""
    return OPS["linspace"](start, stop, num=num, name=name)


lin_space = linspace


def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: int | None = None,
    dtype: Any = None,
    name: str | None = None,
) -> Tensor:
    """on_value (1) at the index, off_value (0) elsewhere, along a new axis, the last by default (TF1: tf.one_hot).

    Indices out of range give off_value everywhere. TypeError when the values are not of `dtype`, or of different dtypes.
    """
    wanted = _dtype(dtype)
    given = [as_tensor(v, wanted) for v in (on_value, off_value) if v is not None]
    for v in given:
        if v.dtype != (wanted or given[0].dtype):
            raise TypeError(
                f"one_hot: on_value and off_value must be of dtype {(wanted or given[0].dtype).name}, got {v!r}"
            )
    own = wanted or (given[0].dtype if given else FLOAT32)
    on, off = (as_tensor(default if v is None else v, own) for v, default in ((on_value, 1), (off_value, 0)))
    return OPS["one_hot"](indices, on, off, depth=depth, axis=-1 if axis is None else axis, name=name)


# Shapes -----------------------------------------------------------------------------------------------------------------


def shape(input: Any, name: str | None = None, out_type: Any = INT32) -> Tensor:
    """The run-time shape (TF1: tf.shape)."""
    return OPS["shape"](input, out_type=as_dtype(out_type or INT32), name=name)


def size(input: Any, name: str | None = None, out_type: Any = INT32) -> Tensor:
    """The number of elements (TF1: tf.size)."""
    return OPS["size"](input, out_type=as_dtype(out_type or INT32), name=name)


def rank(input: Any, name: str | None = None) -> Tensor:
    """The number of axes (TF1: tf.rank)."""
    return OPS["rank"](input, name=name)


def reshape(tensor: Any, shape: Any, name: str | None = None) -> Tensor:
    """The elements in C order in another shape; -1 stands for the one size that fits (TF1: tf.reshape)."""
    return OPS["reshape"](tensor, shape, name=name)


def expand_dims(input: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """A new axis of size 1 at `axis` (TF1: tf.expand_dims). dim: the old name of axis. ValueError without either."""
    axis = renamed("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("Must specify an axis argument to tf.expand_dims()")
    return OPS["expand_dims"](input, axis=axis, name=name)


def squeeze(input: Any, axis: Any = None, name: str | None = None, squeeze_dims: Any = None) -> Tensor:
    """Without the axes `axis`, which must have size 1, or all of size 1 (TF1: tf.squeeze). squeeze_dims: axis's old name."""
    return OPS["squeeze"](input, axis=renamed("axis", axis, "squeeze_dims", squeeze_dims), name=name)


def transpose(a: Any, perm: Any = None, name: str | None = "transpose", conjugate: bool = False) -> Tensor:
    """The axes in the order `perm`, reversed when None (TF1: tf.transpose). Real numbers are their own conjugates."""
    return OPS["transpose"](a, perm=perm, name=name)


def broadcast_to(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """`input` repeated to the shape `shape` (TF1: tf.broadcast_to)."""
    return OPS["broadcast_to"](input, shape, name=name)


def tile(input: Any, multiples: Any, name: str | None = None) -> Tensor:
    """`input` as a whole laid side by side, multiples[i] times along axis i (TF1: tf.tile)."""
    return OPS["tile"](input, multiples, name=name)


def pad(
    tensor: Any, paddings: Any, mode: str = "CONSTANT", name: str | None = None, constant_values: Any = 0
) -> Tensor:
    """With paddings[i] = (before, after) elements added along axis i (TF1: tf.pad). mode: CONSTANT, REFLECT, SYMMETRIC."""
    return OPS["pad"](tensor, paddings, mode=mode.upper(), constant_values=constant_values, name=name)


# Joining and splitting --------------------------------------------------------------------------------------------------


def concat(values: Any, axis: Any, name: str | None = "concat") -> Tensor:
    """The `values` one after the other along `axis` (TF1: tf.concat). TypeError for the order of arguments before 1.0."""
    if isinstance(values, int) and isinstance(axis, (list, tuple)):
        raise TypeError("concat(axis, values) was TensorFlow's order before 1.0; write tf.concat(values, axis)")
    values = values if isinstance(values, (list, tuple)) else [values]
    return OPS["concat"](*values, axis=axis, name=name)


def stack(values: Any, axis: int = 0, name: str | None = "stack") -> Tensor:
    """The `values`, all of one shape, along a new axis (TF1: tf.stack)."""
    return OPS["stack"](*(values if isinstance(values, (list, tuple)) else unstack(values)), axis=axis, name=name)


def unstack(value: Any, num: int | None = None, axis: int = 0, name: str | None = "unstack") -> list[Tensor]:
    """The slices along `axis` (TF1: tf.unstack). ValueError when their number is neither given nor known."""
    t = as_tensor(value)
    if num is None:
        num = t.type.dims[axis] if -t.type.rank <= axis < t.type.rank else 0
        if num is None:
            raise ValueError(f"Cannot infer argument `num` from shape {t.shape}")
    return OPS["unstack"](t, num=num, axis=axis, name=name)


def split(
    value: Any, num_or_size_splits: Any, axis: Any = 0, num: int | None = None, name: str | None = "split"
) -> list[Tensor]:
    """Cut along `axis` into so many equal pieces, or into pieces of those sizes (TF1: tf.split).

    TypeError for the order of arguments before 1.0.
    """
    if isinstance(value, int) and isinstance(axis, Tensor):
        raise TypeError("split(axis, num, value) was TensorFlow's order before 1.0; write tf.split(value, num, axis)")
    return OPS["split"](value, num_or_size_splits=num_or_size_splits, axis=axis, name=name)


# Picking ----------------------------------------------------------------------------------------------------------------


def slice(input_: Any, begin: Any, size: Any, name: str | None = None) -> Tensor:
    """size[i] elements from begin[i] on along each axis; -1 means all that are left (TF1: tf.slice)."""
    return OPS["slice"](input_, begin, size, name=name)


def strided_slice(
    input_: Any,
    begin: Any,
    end: Any,
    strides: Any = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    var: Any = None,
    name: str | None = None,
) -> Tensor:
    """What `input_[begin:end:strides]` means, with one bit an axis in the masks (TF1: tf.strided_slice).

    TypeError for `var`: a slice cannot be assigned to.
    """
    if var is not None:
        raise TypeError("strided_slice: samegraph does not assign to slices of a variable")
    begin = as_tensor(begin)
    return OPS["strided_slice"](
        input_,
        begin,
        end,
        OPS["ones_like"](begin) if strides is None else strides,
        begin_mask=begin_mask,
        end_mask=end_mask,
        ellipsis_mask=ellipsis_mask,
        new_axis_mask=new_axis_mask,
        shrink_axis_mask=shrink_axis_mask,
        name=name,
    )


def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    name: str | None = None,
    axis: Any = None,
    batch_dims: int = 0,
) -> Tensor:
    """Slices of `params` along `axis` picked by `indices` (TF1: tf.gather).

    batch_dims: how many first axes both have in common, each index picking within its own part. axis: by default the one
    after those.
    """
    if batch_dims:
        return _grids.gather_batched(params, indices, axis, batch_dims, name)
    return OPS["gather"](params, indices, axis=0 if axis is None else axis, name=name)


def gather_nd(params: Any, indices: Any, name: str | None = None, batch_dims: int = 0) -> Tensor:
    """Slices of `params` picked by the rows of `indices` (TF1: tf.gather_nd). batch_dims: as for gather."""
    if batch_dims:
        return _grids.gather_nd_batched(params, indices, batch_dims, name)
    return OPS["gather_nd"](params, indices, name=name)


def scatter_nd(indices: Any, updates: Any, shape: Any, name: str | None = None) -> Tensor:
    """Zeros of that shape, with `updates` added at the rows of `indices` (TF1: tf.scatter_nd)."""
    return OPS["scatter_nd"](indices, updates, shape, name=name)


def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Tensor:
    """Elements of `x` where `condition` is true, of `y` elsewhere; with neither, the indices of what is true (TF1: tf.where).

    x and y are of one shape; the condition too, or it is a vector that picks rows. where_v2 broadcasts. ValueError for other
    shapes, and for one of `x` and `y` alone.
    """
    if x is None or y is None:
        return _true_places(condition, x, y, name)
    c, a = as_tensor(condition), as_tensor(x)
    b = as_tensor(y, a.dtype)
    if c.type.shape is not None and len(c.type.shape) == 1 and a.type.shape is not None and len(a.type.shape) > 1:
        c = OPS["reshape"](c, [-1] + [1] * (len(a.type.shape) - 1))
    elif not c.shape.is_compatible_with(a.shape) and c.type.shape != ():
        raise ShapeError(f"where: the condition has shape {c.shape} and x {a.shape}; tf.where_v2 broadcasts")
    if not a.shape.is_compatible_with(b.shape):
        raise ShapeError(f"where: x has shape {a.shape} and y {b.shape}; tf.where_v2 broadcasts")
    return OPS["where"](c, a, b, name=name)


def where_v2(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Tensor:
    """Elements of `x` where `condition` is true, of `y` elsewhere, the three broadcast; or indices (TF1: tf.where_v2)."""
    if x is None or y is None:
        return _true_places(condition, x, y, name)
    return OPS["where"](condition, x, y, name=name)


def _true_places(condition: Any, x: Any, y: Any, name: str | None) -> Tensor:
    if x is not y:
        raise ValueError("x and y must both be non-None or both be None.")
    return OPS["where_indices"](condition, name=name)


def reverse(tensor: Any, axis: Any, name: str | None = None) -> Tensor:
    """The order along `axis` turned round (TF1: tf.reverse)."""
    return OPS["reverse"](tensor, axis=axis, name=name)


reverse_v2 = reverse


# Identities -------------------------------------------------------------------------------------------------------------


def identity(input: Any, name: str | None = None) -> Tensor:
    """`input` itself, as an operation of its own (TF1: tf.identity)."""
    return OPS["identity"](input, name=name)


def identity_n(input: Sequence[Any], name: str | None = None) -> list[Tensor]:
    """Each of the tensors itself (TF1: tf.identity_n)."""
    return [OPS["identity"](t, name=name) for t in input]


def stop_gradient(input: Any, name: str | None = None) -> Tensor:
    """`input`, through which no gradient flows (TF1: tf.stop_gradient)."""
    return OPS["stop_gradient"](input, name=name)


def check_numerics(tensor: Any, message: str, name: str | None = None) -> Tensor:
    """`tensor`; a run fails with `message` where it holds NaN or infinity (TF1: tf.check_numerics)."""
    return OPS["check_numerics"](tensor, message=message, name=name)


def ensure_shape(x: Any, shape: Any, name: str | None = None) -> Tensor:
    """`x`, of that static shape from here on; a run fails where it has another (TF1: tf.ensure_shape).

    ShapeError when it is known to have another.
    """
    wanted = as_shape(shape)
    return identity(x, name) if wanted is None else OPS["ensure_shape"](x, shape=wanted, name=name)


def cast(x: Any, dtype: Any, name: str | None = None) -> Tensor:
    """`x` in another dtype; `x` itself when it is of that dtype (TF1: tf.cast)."""
    t, wanted = as_tensor(x), as_dtype(dtype)
    return t if t.dtype == wanted else OPS["cast"](t, dtype=wanted, name=name)


def to_float(x: Any, name: str | None = "ToFloat") -> Tensor:
    """`x` in float32 (TF1: tf.to_float)."""
    return cast(x, "float32", name)


def to_double(x: Any, name: str | None = "ToDouble") -> Tensor:
    """`x` in float64 (TF1: tf.to_double)."""
    return cast(x, "float64", name)


def to_int32(x: Any, name: str | None = "ToInt32") -> Tensor:
    """`x` in int32, towards zero (TF1: tf.to_int32)."""
    return cast(x, "int32", name)


def to_int64(x: Any, name: str | None = "ToInt64") -> Tensor:
    """`x` in int64, towards zero (TF1: tf.to_int64)."""
    return cast(x, "int64", name)


def to_bfloat16(x: Any, name: str | None = "ToBFloat16") -> Tensor:
    """`x` in bfloat16 (TF1: tf.to_bfloat16)."""
    return cast(x, "bfloat16", name)
