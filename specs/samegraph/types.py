"""What is known of a value before it exists: its dtype, its static shape, and small shape tensors' known values."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import ml_dtypes
import numpy as np

Shape = tuple[int | None, ...]
Known = tuple[int | None, ...]


class DType(str):
    """A dtype by its NumPy name, with the attributes TF1 programs read (https://www.tensorflow.org/api_docs/python/tf/dtypes/DType)."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return str.__str__(self)

    @property
    def as_numpy_dtype(self) -> type[Any]:
        return numpy_dtype(self).type

    @property
    def base_dtype(self) -> DType:
        return self

    @property
    def is_floating(self) -> bool:
        return self in FLOATS

    @property
    def is_integer(self) -> bool:
        return self in INTEGERS

    @property
    def is_bool(self) -> bool:
        return self == "bool"

    @property
    def size(self) -> int:
        """Bytes an element takes."""
        return numpy_dtype(self).itemsize

    @property
    def min(self) -> Any:
        return _limits(self).min

    @property
    def max(self) -> Any:
        return _limits(self).max

    def __repr__(self) -> str:
        return f"<dtype: '{self.name}'>"


FLOATS = tuple(map(DType, ("float16", "bfloat16", "float32", "float64")))
INTEGERS = tuple(map(DType, ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")))
NUMBERS = FLOATS + INTEGERS
BOOL, STRING = DType("bool"), DType("string")
EVERY = (*NUMBERS, BOOL)
INDICES = (DType("int32"), DType("int64"))
FLOAT32, FLOAT64, INT32, INT64 = (DType(n) for n in ("float32", "float64", "int32", "int64"))

_BY_NAME: dict[str, DType] = {d.name: d for d in (*EVERY, STRING)} | {
    "float": FLOAT32,
    "double": FLOAT64,
    "int": INT32,
    "half": DType("float16"),
    "str": STRING,
    "bytes": STRING,
    "object": STRING,
}
_NUMPY: dict[str, np.dtype[Any]] = {d.name: np.dtype(d.name) for d in EVERY if d.name != "bfloat16"} | {
    "bfloat16": np.dtype(ml_dtypes.bfloat16),
    "string": np.dtype(object),
}


def _limits(dtype: DType) -> Any:
    if dtype in FLOATS:
        return ml_dtypes.finfo(numpy_dtype(dtype))
    return np.iinfo(numpy_dtype(dtype))


def as_dtype(given: Any) -> DType:
    """The DType that a DType, a NumPy dtype, a Python type or a name stands for; TypeError if it is none."""
    if isinstance(given, DType):
        return given
    if isinstance(given, str) and given in _BY_NAME:
        return _BY_NAME[given]
    if isinstance(given, type) and given in (float, int, bool, str, bytes):
        return _BY_NAME[given.__name__]
    try:
        dtype = np.dtype(given)
    except TypeError:
        dtype = None
    if dtype is not None and dtype.kind in "SU":
        return STRING
    if dtype is None or dtype.name not in _BY_NAME:
        raise DTypeError(f"{given!r} is not a dtype samegraph knows; it knows {', '.join(sorted(_NUMPY))}")
    return _BY_NAME[dtype.name]


def numpy_dtype(dtype: str) -> np.dtype[Any]:
    """NumPy's dtype of that name (ml_dtypes' for bfloat16)."""
    return _NUMPY[str(dtype)]


class ShapeError(ValueError):
    """Operands whose shapes an op refuses."""


class DTypeError(TypeError):
    """Operands whose dtypes an op refuses."""


def require_shape(condition: bool, message: str) -> None:
    if not condition:
        raise ShapeError(message)


def require_dtype(condition: bool, message: str) -> None:
    if not condition:
        raise DTypeError(message)


@dataclass(frozen=True, slots=True)
class TensorType:
    """dtype and static shape of a tensor.

    shape: sizes, None where a size is unknown; None for an unknown rank.
    known: for small integer tensors that may become shapes, their elements in C order, None where unknown.
    """

    shape: Shape | None
    dtype: DType
    known: Known | None = field(default=None, compare=False)

    @property
    def dims(self) -> Shape:
        """The shape of a tensor whose rank is known; ShapeError otherwise."""
        if self.shape is None:
            raise ShapeError("the rank of an operand is not known")
        return self.shape

    @property
    def rank(self) -> int:
        return len(self.dims)

    @property
    def is_static(self) -> bool:
        return self.shape is not None and None not in self.shape

    def __str__(self) -> str:
        return f"{self.dtype.name}{shape_text(self.shape)}"


UNRANKED = TensorType(None, FLOAT32)


def typed(dtype: str, *sizes: int | None) -> TensorType:
    """The type of tensors of that dtype and of those sizes."""
    return TensorType(sizes, as_dtype(dtype))


def floats(*sizes: int | None) -> TensorType:
    """The type of float32 tensors of those sizes."""
    return TensorType(sizes, FLOAT32)


def ints(*sizes: int | None) -> TensorType:
    """The type of int32 tensors of those sizes."""
    return TensorType(sizes, INT32)


def shape_text(shape: Shape | None) -> str:
    if shape is None:
        return "<unknown rank>"
    return "(" + ", ".join("?" if n is None else str(n) for n in shape) + ("," if len(shape) == 1 else "") + ")"


def size_of(shape: Iterable[int | None]) -> int | None:
    """Number of elements, None when a size is unknown."""
    total = 1
    for n in shape:
        if n is None:
            return None
        total *= n
    return total


def broadcast(a: Shape, b: Shape) -> Shape:
    """The shape two shapes broadcast to by NumPy's rule; ShapeError when they do not."""
    rank = max(len(a), len(b))
    out: list[int | None] = []
    for m, n in zip((1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b, strict=True):
        if m == n or n == 1:
            out.append(m)
        elif m == 1:
            out.append(n)
        elif m is None or n is None:
            out.append(n if m is None else m)
        else:
            raise ShapeError(f"shapes {shape_text(a)} and {shape_text(b)} do not broadcast: {m} against {n}")
    return tuple(out)


def compatible(a: Shape | None, b: Shape | None) -> bool:
    """Whether one value can have both shapes."""
    if a is None or b is None:
        return True
    return len(a) == len(b) and all(m == n or m is None or n is None for m, n in zip(a, b, strict=True))


def require_dims(operand: TensorType, dims: Shape | None) -> None:
    """ShapeError unless `operand` can have the shape `dims`."""
    require_shape(compatible(operand.dims, dims), f"{operand} where a shape of {shape_text(dims)} is needed")


def merge(a: Shape | None, b: Shape | None) -> Shape | None:
    """What two compatible shapes say together."""
    if a is None or b is None:
        return b if a is None else a
    return tuple(n if m is None else m for m, n in zip(a, b, strict=True))


def normal_axis(axis: int, rank: int) -> int:
    """`axis` counted from the front; ShapeError when the tensor has no such axis."""
    require_shape(-rank <= axis < rank, f"axis {axis} is not an axis of a tensor of rank {rank}")
    return axis % rank if rank else 0


def normal_axes(axis: int | tuple[int, ...] | None, rank: int) -> tuple[int, ...]:
    """The axes meant, sorted, each once; None means all. ShapeError for an axis named twice."""
    if axis is None:
        return tuple(range(rank))
    axes = [normal_axis(a, rank) for a in ((axis,) if isinstance(axis, int) else axis)]
    require_shape(len(set(axes)) == len(axes), f"an axis is named twice in {axis}")
    return tuple(sorted(axes))


class Dimension:
    """One size of a TF1 shape; `value` is None when unknown (TF1: tf.Dimension)."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value: int | None = value.value if isinstance(value, Dimension) else None if value is None else int(value)

    def __int__(self) -> int:
        if self.value is None:
            raise TypeError("this size is not known before the graph runs; use tf.shape(x)[i] for the run-time size")
        return self.value

    __index__ = __int__

    def __repr__(self) -> str:
        return f"Dimension({self.value})"

    def __str__(self) -> str:
        return "?" if self.value is None else str(self.value)

    def __hash__(self) -> int:
        return hash(self.value)

    def __eq__(self, other: object) -> Any:
        theirs = other.value if isinstance(other, Dimension) else other
        return None if self.value is None or theirs is None else self.value == theirs

    def _with(self, other: Any, how: Callable[[Any, Any], Any], swap: bool = False) -> Dimension:
        theirs = Dimension(other).value
        if self.value is None or theirs is None:
            return Dimension(None)
        return Dimension(how(theirs, self.value) if swap else how(self.value, theirs))

    def __add__(self, other: Any) -> Dimension:
        return self._with(other, operator.add)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Dimension:
        return self._with(other, operator.sub)

    def __rsub__(self, other: Any) -> Dimension:
        return self._with(other, operator.sub, swap=True)

    def __mul__(self, other: Any) -> Dimension:
        return self._with(other, operator.mul)

    __rmul__ = __mul__

    def __floordiv__(self, other: Any) -> Dimension:
        return self._with(other, operator.floordiv)


class TensorShape:
    """A static shape as TF1 programs read it (TF1: tf.TensorShape)."""

    __slots__ = ("_sizes",)

    def __init__(self, sizes: Any) -> None:
        self._sizes = as_shape(sizes)

    @property
    def ndims(self) -> int | None:
        return None if self._sizes is None else len(self._sizes)

    rank = ndims

    @property
    def dims(self) -> list[Dimension] | None:
        return None if self._sizes is None else [Dimension(n) for n in self._sizes]

    def as_list(self) -> list[int | None]:
        """The sizes, None where unknown; ValueError for an unknown rank."""
        if self._sizes is None:
            raise ValueError("as_list() is not defined on an unknown TensorShape.")
        return list(self._sizes)

    def is_fully_defined(self) -> bool:
        return self._sizes is not None and None not in self._sizes

    def num_elements(self) -> int | None:
        return None if self._sizes is None else size_of(self._sizes)

    def is_compatible_with(self, other: Any) -> bool:
        return compatible(self._sizes, as_shape(other))

    def with_rank(self, rank: int) -> TensorShape:
        if self._sizes is not None and len(self._sizes) != rank:
            raise ValueError(f"Shape {self} must have rank {rank}")
        return self if self._sizes is not None else TensorShape([None] * rank)

    def concatenate(self, other: Any) -> TensorShape:
        theirs = as_shape(other)
        return TensorShape(None if self._sizes is None or theirs is None else self._sizes + theirs)

    def __len__(self) -> int:
        return len(self.as_list())

    def __iter__(self) -> Iterator[Dimension]:
        return iter([Dimension(n) for n in self.as_list()])

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return TensorShape(None if self._sizes is None else self._sizes[key])
        return Dimension(None if self._sizes is None else self._sizes[key])

    def __bool__(self) -> bool:
        return self._sizes is not None

    def __eq__(self, other: object) -> bool:
        try:
            return self._sizes == as_shape(other)
        except (TypeError, ValueError):
            return NotImplemented

    def __hash__(self) -> int:
        return hash(self._sizes)

    def __str__(self) -> str:
        return shape_text(self._sizes)

    def __repr__(self) -> str:
        return "TensorShape(None)" if self._sizes is None else f"TensorShape({list(map(Dimension, self._sizes))})"


def as_shape(given: Any) -> Shape | None:
    """A shape written as TF1 allows: None, an int, a TensorShape, a list of ints, None and Dimensions."""
    if given is None:
        return None
    if isinstance(given, TensorShape):
        return given._sizes
    if isinstance(given, (int, np.integer, Dimension)):
        given = (given,)
    sizes: list[int | None] = []
    for n in given:
        value = n.value if isinstance(n, Dimension) else None if n is None else operator.index(n)
        if value is not None and value < 0:
            if value != -1:
                raise ShapeError(f"a size cannot be negative, got {list(given)}")
            raise ShapeError(f"a size cannot be -1 here; write None for an unknown size, got {list(given)}")
        sizes.append(value)
    return tuple(sizes)
