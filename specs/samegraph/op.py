"""The one form every op is specified in, and the conversion of what is not a Tensor."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, ParamSpec, TypeVar

import numpy as np

from .graph import Graph, Operation, Tensor, get_default_graph
from .registry import OPS
from .shapes import known_parts, known_values, small_integers
from .types import (
    EVERY,
    FLOATS,
    INTEGERS,
    STRING,
    DType,
    DTypeError,
    Shape,
    ShapeError,
    TensorType,
    as_dtype,
    numpy_dtype,
)

P = ParamSpec("P")
R = TypeVar("R")
TensorLike = Any  # a Tensor, a Variable, or what converts to a constant: number, list, NumPy array


@dataclass(frozen=True)
class Tolerance:
    """How far a kernel may be from the float64 reference, and why if it is not the default.

    ulps: units in the last place (of the dtype computed in) of the largest magnitude that enters a result.
    exceptions: (ulps, reason) by dtype, by kind of device, or by both: {"float16": ..., "gpu": ..., "gpu float32": ...}.
    """

    ulps: float
    reason: str = ""
    exceptions: Mapping[str, tuple[float, str]] = field(default_factory=dict)

    def of(self, dtype: str, device: str) -> float:
        """The ulps allowed in `dtype` on `device`: those of the narrowest exception, else the general ones."""
        kind = device.split(":")[0]
        for key in (f"{kind} {dtype}", kind, dtype):
            if key in self.exceptions:
                return self.exceptions[key][0]
        return self.ulps


# Up to so many operands of unknown rank, all combinations of ranks are tried; of more, only equal ranks.
_RANKS_TRIED_APART = 4

DEFAULT_TOLERANCE = Tolerance(16, "a few roundings an element, and transcendental functions of 1-4 ulps")


@dataclass(frozen=True)
class Point:
    """An exact point: operands, attributes, and what value and gradients of sum(out) must be there (None: not said)."""

    operands: tuple[Any, ...]
    attrs: Mapping[str, Any]
    value: Any
    gradients: tuple[Any, ...] | None
    why: str


@dataclass(frozen=True)
class Refusal:
    """Operands and attributes that the type rule refuses, in a message that holds `words`.

    A TensorType stands for any tensor of that type, None in a shape for a size that is not known before the run.
    """

    words: str
    operands: tuple[Any, ...]
    attrs: Mapping[str, Any]


@dataclass(frozen=True)
class Typing:
    """Operands and attributes, written as in a Refusal, and the types that the rule says of the outputs."""

    types: tuple[TensorType, ...]
    operands: tuple[Any, ...]
    attrs: Mapping[str, Any]


class Op(Generic[P, R]):
    """One op: signature and meaning, then type rule and what it refuses, gradient, guard, exact points, cases and tolerance.

    type: TF1's name of the operation. dtypes: what the main operands may hold. apart: operands whose dtype is their own.
    shapes: operands that hold a shape, handed to kernels as a tuple of ints whenever it is known before the step.
    stops: operands that no gradient flows into. sized: operands of which only the shape counts; one named `like` always is.
    keeps: where the output has the first operand's type, shape and all, it is that operand. reshapes: the output holds the first
    operand's elements in their order. may_view: a kernel may return a view of an operand. dynamic: the shape of an output
    depends on what operands hold, so that no program with this op can be compiled.
    """

    def __init__(
        self,
        fn: Callable[P, R],
        type: str | None = None,
        dtypes: Sequence[DType] = EVERY,
        apart: Iterable[str] = (),
        shapes: Iterable[str] = (),
        stops: Iterable[str] = (),
        may_view: bool = False,
        dynamic: bool = False,
        tolerance: Tolerance = DEFAULT_TOLERANCE,
        sized: Iterable[str] = (),
        keeps: bool = False,
        reshapes: bool = False,
    ) -> None:
        self.name: str = fn.__name__
        self.__doc__ = fn.__doc__
        self.__name__ = fn.__name__
        self.__wrapped__ = fn
        self.signature = inspect.signature(fn)
        self.type = type or "".join(part.capitalize() for part in self.name.split("_"))
        parameters = [p for p in self.signature.parameters.values() if p.name != "name"]
        self.variadic = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), None)
        self.operands = tuple(p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD)
        self.defaults: dict[str, Any] = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
        self.required = frozenset(n for n, d in self.defaults.items() if d is inspect.Parameter.empty)
        self.several = str(self.signature.return_annotation).startswith("list")
        self.dtypes, self.tolerance = tuple(dtypes), tolerance
        self.may_view, self.dynamic = may_view or reshapes, dynamic
        self.keeps, self.reshapes = keeps, reshapes
        self.sized = frozenset(sized) | {"like", "likes"}
        self.shapes, self.stops = frozenset(shapes), frozenset(stops) | frozenset(shapes)
        self.apart = frozenset(apart) | self.shapes
        self.points: list[Point] = []
        self.refusals: list[Refusal] = []
        self.typings: list[Typing] = []
        self.rule: Callable[..., Any] | None = None
        self.gradient: Callable[..., Any] | None = None
        self.drawn: Callable[..., Any] | None = None
        self.check: Callable[..., Any] | None = None
        self.check_message = ""
        self.lack_of_gradient = ""
        self.not_analytic = ""
        OPS[self.name] = self

    # The block --------------------------------------------------------------------------------------------------------

    def type_rule(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """(operand types, **attrs) -> the output's type, or a list of types for several outputs."""
        self.rule = fn
        return fn

    def vjp(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """(g, out, operands, **attrs) -> one gradient an operand, None for those named in `stops` and for integers."""
        self.gradient = fn
        return fn

    def no_gradient(self, reason: str) -> None:
        """Says that the op has none, and why."""
        self.lack_of_gradient = reason

    def no_complex_step(self, reason: str) -> None:
        """Says that the function, computed on complex numbers, does not have its real derivative as its own, and why."""
        self.not_analytic = reason

    def cases(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """(draw, gen) -> (operand arrays, attrs): inputs for the suite, in the vocabulary it hands over."""
        self.drawn = fn
        return fn

    def guard(self, message: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """(operands, **attrs) -> a boolean scalar of the graph; False at run time makes the run fail with `message`."""

        def take(fn: Callable[..., Any]) -> Callable[..., Any]:
            self.check, self.check_message = fn, message
            return fn

        return take

    def point(
        self, *operands: Any, value: Any = None, gradients: tuple[Any, ...] | None = None, why: str = "", **attrs: Any
    ) -> None:
        """Adds an exact point."""
        self.points.append(Point(operands, attrs, value, gradients, why))

    def refuses(self, words: str, /, *operands: Any, **attrs: Any) -> None:
        """Adds operands that the type rule must refuse (see Refusal)."""
        self.refusals.append(Refusal(words, operands, attrs))

    def infers(self, out: TensorType | list[TensorType], /, *operands: Any, **attrs: Any) -> None:
        """Adds operands for which the type rule must say exactly `out`, no less: sizes that may be known are."""
        self.typings.append(Typing(tuple(out if isinstance(out, list) else [out]), operands, attrs))

    # Use --------------------------------------------------------------------------------------------------------------

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.apply(args, kwargs)

    def apply(self, args: Sequence[Any], kwargs: dict[str, Any], default_name: str | None = None) -> Any:
        """Adds the operation to the default graph and returns its output, or the list of its outputs."""
        graph = get_default_graph()
        name = kwargs.pop("name", None) or default_name
        given, attrs = self._bind(args, kwargs)
        inputs = self._convert(given)
        types = self._infer_for_user(inputs, attrs)
        op = graph.add(self.type, inputs, types if isinstance(types, list) else [types], attrs, name, self.name)
        return op.outputs if isinstance(types, list) else op.outputs[0]

    def _bind(self, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Sequence[Any], dict[str, Any]]:
        given, attrs = args, dict(self.defaults)
        if kwargs or (self.variadic is None and len(args) != len(self.operands)):
            named = {k: kwargs.pop(k) for k in self.operands if k in kwargs}
            if (len(args) + len(named) != len(self.operands) and self.variadic is None) or kwargs.keys() - attrs.keys():
                self.signature.bind(*args, **named, **kwargs)  # raises the TypeError Python users know
            given = (*args, *(named[k] for k in self.operands if k in named))
            for key, value in kwargs.items():
                attrs[key] = plain(value)
        for key in self.required:
            if attrs[key] is inspect.Parameter.empty:
                raise TypeError(f"{self.name}() missing a required argument: '{key}'")
        return given, attrs

    def operand_name(self, i: int) -> str:
        return self.operands[i] if i < len(self.operands) else f"{self.variadic}[{i - len(self.operands)}]"

    def is_sized(self, i: int) -> bool:
        return (self.operands[i] if i < len(self.operands) else self.variadic) in self.sized

    def is_apart(self, i: int) -> bool:
        return (self.operands[i] if i < len(self.operands) else self.variadic) in self.apart

    def _convert(self, given: Sequence[Any]) -> tuple[Tensor, ...]:
        hint = next((t.dtype for t in given if isinstance(t, Tensor)), None) if self.variadic else None
        inputs: list[Tensor] = []
        for i, value in enumerate(given):
            apart = self.is_apart(i)
            try:
                shape = i < len(self.operands) and self.operands[i] in self.shapes
                t = shape_tensor(value) if shape else as_tensor(value, None if apart else hint)
            except (TypeError, ValueError) as error:
                if isinstance(value, Tensor) or "samegraph" in getattr(error, "__notes__", ()):
                    raise
                raise type(error)(f"{self.name}: {self.operand_name(i)} cannot be {_short(value)}: {error}") from None
            if not apart and hint is None:
                hint = t.dtype
            inputs.append(t)
        return tuple(inputs)

    def _infer_for_user(self, inputs: tuple[Tensor, ...], attrs: dict[str, Any]) -> Any:
        try:
            return self.infer([t.type for t in inputs], attrs)
        except (ShapeError, DTypeError) as error:
            raise type(error)(f"{self.name}: {error}{self._described(inputs)}") from None

    def _described(self, inputs: tuple[Tensor, ...]) -> str:
        rows = [
            f"\n  {self.operand_name(i)} = {t.name} {t.type}, made at {t.op.made_at}" for i, t in enumerate(inputs[:6])
        ]
        return "".join(rows)

    def infer(self, types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
        """The output's type (a list for several outputs) by the op's own rule; ShapeError, DTypeError."""
        self._check_dtypes(types)
        if any(t.shape is None for t in types):
            return self._infer_unranked(types, attrs)
        assert self.rule is not None, f"{self.name} has no type rule"
        out = self.rule(*types, **attrs)
        if isinstance(out, list):
            parts = known_parts(self.name, types, attrs, out)
            return [replace(t, known=known) if known is not None else t for t, known in zip(out, parts, strict=True)]
        if small_integers(out):
            known = known_values(self.name, types, attrs, out)
            return replace(out, known=known) if known is not None else out
        return out

    def _check_dtypes(self, types: Sequence[TensorType]) -> None:
        main = [(i, t.dtype) for i, t in enumerate(types) if not self.is_apart(i)]
        for i, dtype in main:
            if dtype != main[0][1]:
                raise DTypeError(
                    f"{self.operand_name(main[0][0])} holds {main[0][1].name} and {self.operand_name(i)} holds {dtype.name}; "
                    f"tensors are never converted silently: write tf.cast({self.operand_name(i)}, tf.{main[0][1].name}), or the other way round"
                )
        if main and main[0][1] not in self.dtypes:
            raise DTypeError(
                f"{self.operand_name(main[0][0])} holds {main[0][1].name}, which this op does not take; it takes {', '.join(d.name for d in self.dtypes)}"
            )

    def _infer_unranked(self, types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
        """Tries the ranks that operands of unknown rank may have, each for itself; what all that fit agree on is known."""
        found: list[list[TensorType]] = []
        several, failure = False, None
        unranked = [i for i, t in enumerate(types) if t.shape is None]
        free = sorted({min(i, len(self.operands)) for i in unranked})  # what the variadic operand takes is of one rank
        each_alone = len(free) <= _RANKS_TRIED_APART
        for ranks in itertools.product(range(6), repeat=len(free) if each_alone else 1):
            rank_of = dict(zip(free, itertools.cycle(ranks), strict=False))
            tried = [
                replace(t, shape=(None,) * rank_of[min(i, len(self.operands))]) if t.shape is None else t
                for i, t in enumerate(types)
            ]
            try:
                out = self.infer(tried, attrs)
            except ShapeError as error:
                failure = failure or error
                continue
            several = isinstance(out, list)
            found.append(out if several else [out])
        if not found:
            raise failure or ShapeError("no rank of its operands fits")
        joined = []
        for outputs in zip(*found, strict=False):
            shapes = {t.shape for t in outputs}
            certain = len(shapes) == 1 and each_alone
            joined.append(TensorType(shapes.pop() if certain else None, next(iter(outputs)).dtype))
        return joined if several else joined[0]

    def differentiable(self, op: Operation) -> list[int]:
        """Which inputs of `op` a gradient flows into."""
        if self.gradient is None:
            return []
        return [
            i
            for i, t in enumerate(op.inputs)
            if t.dtype in FLOATS and (self.operands[i] if i < len(self.operands) else self.variadic) not in self.stops
        ]

    def __repr__(self) -> str:
        return f"<op {self.name}>"


def op(
    type: str | None = None,
    *,
    dtypes: Sequence[DType] = EVERY,
    apart: Iterable[str] = (),
    shapes: Iterable[str] = (),
    stops: Iterable[str] = (),
    may_view: bool = False,
    dynamic: bool = False,
    tolerance: Tolerance = DEFAULT_TOLERANCE,
    sized: Iterable[str] = (),
    keeps: bool = False,
    reshapes: bool = False,
) -> Callable[[Callable[P, R]], Op[P, R]]:
    """Makes an Op of a function that gives signature and meaning. See Op for the arguments."""

    def make(fn: Callable[P, R]) -> Op[P, R]:
        return Op(fn, type, dtypes, apart, shapes, stops, may_view, dynamic, tolerance, sized, keeps, reshapes)

    return make


def static_value(t: TensorType) -> Any:
    """The ints (or the int) that a shape operand is known to hold, None when it is not wholly known."""
    if t.known is None or None in t.known or t.dtype not in INTEGERS:
        return None
    return t.known[0] if t.shape == () else tuple(t.known)


def plain(value: Any) -> Any:
    """An attribute as a literal: NumPy scalars and lists become ints, floats and tuples, a known Tensor its value."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return tuple(plain(v) for v in value)
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Tensor):
        known = value.type.known
        if known is None or None in known:
            raise TypeError(f"this argument must be known before the graph runs, and {value.name} is not")
        return known if value.type.shape else known[0]
    if isinstance(value, (np.dtype, type)):
        return as_dtype(value)
    if hasattr(value, "__index__"):
        return int(value)
    raise TypeError(f"an attribute cannot be {_short(value)}")


def _short(value: Any) -> str:
    text = repr(value)
    return f"{text[:60]}... ({type(value).__name__})" if len(text) > 60 else f"{text} ({type(value).__name__})"


def as_tensor(value: Any, dtype: DType | None = None, name: str | None = None, exact: bool = False) -> Tensor:
    """`value` as a Tensor of the default graph.

    A Tensor or Variable keeps its dtype (with `exact`, ValueError when it is not `dtype`). A list that holds tensors is
    stacked. Anything else becomes a constant: of `dtype` when given, float32 / int32 for Python numbers, else its own.
    """
    convert = getattr(value, "_as_tensor", None)
    if convert is not None:
        value = convert()
    if isinstance(value, Tensor):
        if exact and dtype is not None and value.dtype != dtype:
            raise ValueError(
                f"Tensor conversion requested dtype {dtype.name} for Tensor with dtype {value.dtype.name}: {value!r}"
            )
        return value
    if isinstance(value, (list, tuple)) and _holds_tensor(value):
        first = _first_tensor(value)
        items = [as_tensor(v, dtype or first.dtype) for v in value]
        return OPS["stack"](*items, axis=0, name=name)
    return constant(value, dtype, name=name)


def _first_tensor(values: Any) -> Tensor:
    for v in values:
        if isinstance(v, (list, tuple)):
            if _holds_tensor(v):
                return _first_tensor(v)
        elif isinstance(v, Tensor) or hasattr(v, "_as_tensor"):
            return v if isinstance(v, Tensor) else v._as_tensor()
    raise TypeError("no tensor")


def _holds_tensor(values: Any) -> bool:
    return any(
        isinstance(v, Tensor) or hasattr(v, "_as_tensor") or (isinstance(v, (list, tuple)) and _holds_tensor(v))
        for v in values
    )


def shape_tensor(value: Any) -> Tensor:
    """A shape as a Tensor: a TensorShape, ints, or a list that mixes ints, Dimensions and scalar tensors."""
    if isinstance(value, Tensor) or hasattr(value, "_as_tensor"):
        return as_tensor(value)
    if hasattr(value, "as_list"):
        value = value.as_list()
    if isinstance(value, (list, tuple)):
        value = [_size(v) for v in value]
        if _holds_tensor(value):
            return as_tensor(value)
        return constant(np.asarray(value, _index_dtype(value)))
    if isinstance(value, np.ndarray):
        return constant(value)
    return constant(np.asarray(_size(value), "int32"))


def _size(value: Any) -> Any:
    if isinstance(value, Tensor) or hasattr(value, "_as_tensor"):
        return as_tensor(value)
    if isinstance(value, (list, tuple)):
        return [_size(v) for v in value]
    if value is None:
        raise ShapeError("a shape used at run time cannot hold None; use tf.shape(x)[i], or -1 in tf.reshape")
    if not hasattr(value, "__index__"):
        raise TypeError(f"a shape holds integers, got {_short(value)}")
    return value.__index__()


def _index_dtype(values: list[Any]) -> str:
    big = any(isinstance(v, int) and abs(v) > 2**31 - 1 for v in values)
    return "int64" if big else "int32"


def constant(value: Any, dtype: DType | None = None, shape: Shape | None = None, name: str | None = None) -> Tensor:
    """A constant of the default graph; `shape` repeats a scalar, or reshapes (TF1: tf.constant).

    TypeError for a float where integers are asked for, and for values that are not numbers, strings or booleans.
    """
    array = as_array(value, dtype)
    if shape is not None:
        array = _shaped(array, shape)
    array.flags.writeable = False
    return constant_of(get_default_graph(), array, name)


def waiting(make: Callable[[str], Tensor], name: str) -> Tensor:
    """What `make` makes under that name; a constant made under control dependencies runs after them, as in TF1."""
    if not get_default_graph().has_controls:
        return make(name)
    whole = name[-1:] == "/"  # a name as it stands, scope and all
    made = make(f"{name[:-1]}_value/" if whole else f"{name}_value")
    return OPS["identity"](made, name=name)


def _shaped(array: np.ndarray[Any, Any], shape: Shape) -> np.ndarray[Any, Any]:
    sizes = tuple(int(n) for n in shape if n is not None)
    count = int(np.prod(sizes))
    if not count:  # TF1 takes any values for a constant without elements
        return np.empty(sizes, array.dtype)
    if array.size > count or not array.size:
        raise ValueError(f"Too many elements provided. Needed at most {count}, but received {array.size}")
    flat = array.reshape(-1)
    if array.size < count:
        flat = np.concatenate([flat, np.full(count - array.size, flat[-1], flat.dtype)])
    return flat.reshape(sizes)


def constant_of(graph: Graph, array: np.ndarray[Any, Any], name: str | None = None) -> Tensor:
    """A constant of `graph` that holds `array` itself, which nobody may write to."""
    dtype = as_dtype(array.dtype)
    known = tuple(array.reshape(-1).tolist()) if dtype in INTEGERS and array.size <= 64 else None
    t = TensorType(array.shape, dtype, known)
    return graph.add("Const", (), [t], {"value": array, "dtype": dtype}, name or "Const", control_inputs=()).outputs[0]


def as_array(value: Any, dtype: DType | None = None) -> np.ndarray[Any, Any]:
    """`value` as a NumPy array nobody else holds, by the conversion rules of the specification."""
    if dtype == STRING or isinstance(value, (str, bytes)):
        return _as_strings(value, dtype)
    if isinstance(value, (np.ndarray, np.generic)):
        array = np.array(value)
    else:
        if hasattr(value, "__index__") and not isinstance(value, (bool, int)):
            value = int(value)
        try:
            array = np.array(value)
        except ValueError as error:
            raise ValueError(f"its rows differ in length, so it is no array ({error})") from None
        if array.dtype.kind == "O" or (array.dtype.kind in "USc" and dtype not in (None, STRING)):
            raise TypeError("it holds something that is neither number, boolean nor string")
        if array.dtype.kind in "US":
            return _as_strings(value, dtype)
        if dtype is None:
            array = _narrow(array)
    own = as_dtype(array.dtype)
    if dtype is None or own == dtype:
        return array
    if own in FLOATS and dtype not in FLOATS and array.size:
        raise TypeError(
            f"Expected {dtype.name}, got {_short(value)} of type '{own.name}' instead; cast it, or write an integer"
        )
    if (own == "bool") != (dtype == "bool") and array.size:
        raise TypeError(f"Expected {dtype.name}, got {_short(value)} of type '{own.name}' instead; use tf.cast")
    cast = array.astype(numpy_dtype(dtype))
    if own in INTEGERS and dtype in INTEGERS and not np.array_equal(cast, array):
        raise TypeError(f"{_short(value)} does not fit {dtype.name}")
    return cast


def _narrow(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Bare Python numbers are float32 and int32 (int64 where they do not fit)."""
    if array.dtype == np.float64:
        return array.astype(np.float32)
    if array.dtype == np.int64 and (not array.size or (array.min() >= -(2**31) and array.max() < 2**31)):
        return array.astype(np.int32)
    return array


def _as_strings(value: Any, dtype: DType | None) -> np.ndarray[Any, Any]:
    if dtype not in (None, STRING):
        raise TypeError(f"Expected {dtype}, got {_short(value)} of type 'str' instead")
    array = np.array(value, dtype=object)
    for i, item in np.ndenumerate(array):
        if not isinstance(item, (str, bytes)):
            raise TypeError(f"Expected string, got {_short(item)}")
        array[i] = item.encode() if isinstance(item, str) else item
    return array
