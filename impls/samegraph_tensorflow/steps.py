"""Compiled steps: a concrete function for every signature, called by its flat entry, by XLA where that is faster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import tensorflow as tf
from tensorflow.python.eager import context, execute

Step = Callable[..., Any]
Entry = Callable[..., Any]

_SIGNATURES, _XLA_SHAPES, _XLA_OPS = 64, 8, 500
_FUSED = frozenset(
    # Arithmetic, products, sums and what moves elements: XLA fuses these, and their answers are the kernels' own up to rounding.
    "Abs Add AddN AddV2 BiasAdd BiasAddGrad BroadcastGradientArgs BroadcastTo Cast ConcatV2 Const Equal Exp ExpandDims Expm1 "
    "Fill Greater GreaterEqual Identity IdentityN L2Loss Less LessEqual Log Log1p LogSoftmax LogicalAnd LogicalNot LogicalOr "
    "MatMul Max Maximum Mean Min Minimum Mul Neg NoOp NotEqual OnesLike Pack Placeholder Pow PreventGradient RealDiv Reciprocal "
    "ReciprocalGrad Relu ReluGrad Reshape Rsqrt RsqrtGrad SelectV2 Shape Sigmoid SigmoidGrad Sign Size Slice Softmax "
    "SoftmaxCrossEntropyWithLogits Softplus SoftplusGrad Sqrt SqrtGrad Square SquaredDifference Squeeze StopGradient StridedSlice "
    "StridedSliceGrad Sub Sum Tanh TanhGrad Tile Transpose ZerosLike".split()
)
_DTYPES = frozenset((tf.float32, tf.float64, tf.int32, tf.int64, tf.bool))
_everywhere = False


@contextmanager
def xla_everywhere() -> Iterator[None]:
    """Steps compiled meanwhile go through XLA wherever they can, also those that assign nothing."""
    global _everywhere
    before, _everywhere = _everywhere, True
    try:
        yield
    finally:
        _everywhere = before


class CompiledStep:
    """`step`, traced anew for every signature; with dimensions left open once its feeds' shapes have changed.

    What it is traced with are the arguments alone, tables by their handles, so that it serves every session.
    """

    def __init__(self, step: Step) -> None:
        self.step, self.everywhere = step, _everywhere
        self.entries: dict[object, Entry] = {}
        self.open: dict[object, tuple[list[tf.TensorSpec | None], _Traced]] = {}

    def __call__(self, *args: Any) -> Any:
        key = (*map(_signature, args),)
        entry = self.entries.get(key)
        return (self._new(key, args) if entry is None else entry)(args)

    def _new(self, key: tuple[Any, ...], args: Sequence[Any]) -> Entry:
        traced = self._fitting(args)
        entry: Entry | None = None
        if len(self.entries) < _XLA_SHAPES and traced.is_for_xla(self.everywhere):
            entry = traced.by_xla(args)
        if len(self.entries) == _SIGNATURES:
            del self.entries[next(iter(self.entries))]
        self.entries[key] = entry or traced.entry
        return self.entries[key]

    def _fitting(self, args: Sequence[Any]) -> _Traced:
        """The function for these arguments; of those that differ in their sizes alone, the second leaves these open."""
        kinds = (*((a.dtype, a.shape.rank, isinstance(a, tf.Variable)) for a in args),)
        specs = [None if isinstance(a, tf.Variable) else tf.TensorSpec(a.shape, a.dtype) for a in args]
        known, traced = self.open.get(kinds, (specs, None))
        wide = [_wider(a, b) for a, b in zip(known, specs, strict=True)]
        if traced is None or wide != known or traced.tables != _tables(args):
            traced = _Traced(self.step, [a if s is None else s for a, s in zip(args, wide, strict=True)], _tables(args))
            self.open[kinds] = wide, traced
        return traced


class ManySteps:
    """Many steps in one while loop around a step, which a failing step ends; `carried` and `donate` as in the contract.

    By XLA where a step is. It may fuse across the loop's border, which rounds the last bit otherwise than a step alone.
    """

    def __init__(self, step: Step, given: int, carried: Sequence[int | None], donate: Sequence[int]) -> None:
        self.step, self.given, self.carried, self.donate = step, given, carried, donate
        self.entries: dict[object, Entry] = {}

    def __call__(self, count: int, *args: Any) -> Any:
        key = (count, *map(_signature, args))
        entry = self.entries.get(key)
        if entry is None:
            if len(self.entries) == _SIGNATURES:
                del self.entries[next(iter(self.entries))]
            entry = self.entries[key] = self._new(count, args)
        return entry(args)

    def _new(self, count: int, args: Sequence[Any]) -> Entry:
        one = [a if isinstance(a, tf.Variable) else tf.TensorSpec(a.shape, a.dtype) for a in args[self.given :]]
        slices = [tf.TensorSpec(a.shape[1:], a.dtype) for a in args[: self.given]]
        traced = _Traced(self.step, [*slices, *one], _tables(args))
        moving = [i for i, at in enumerate(self.carried) if at is not None and isinstance(one[i], tf.TensorSpec)]
        order = {at: moving.index(i) if i in moving else None for i, at in enumerate(self.carried) if at is not None}

        def results(found: Sequence[Any]) -> Any:
            k = traced.fetched
            new = [None if (i := order[at]) is None else found[k + i] for at in range(len(order))]
            return found[:k], new, found[-2], found[-1]

        def loop(*args: Any) -> list[tf.Tensor]:
            return self._loop(count, traced, moving, args)

        specs = [a if isinstance(a, tf.Variable) else tf.TensorSpec(a.shape, a.dtype) for a in args]
        by_xla = _tried(loop, specs, args, results) if traced.is_for_xla(False) else None
        return by_xla or _entry(tf.function(loop, autograph=False).get_concrete_function(*specs), results)

    def _loop(self, count: int, traced: _Traced, moving: Sequence[int], args: Sequence[Any]) -> list[tf.Tensor]:
        stacked, first = args[: self.given], args[self.given :]
        kept = [self.given + i in self.donate for i in moving]
        fetches = traced.concrete.outputs[: traced.fetched]

        def once(done: tf.Tensor, _: tf.Tensor, arrays: Any, state: Any) -> Any:
            now = dict(enumerate(first)) | dict(zip(moving, state, strict=True))
            out, new, failed = traced.inlined([*(s[done] for s in stacked), *now.values()])
            ok = tf.equal(failed, 0)
            taken = [tf.ensure_shape(new[self.carried[i]], first[i].shape) for i in moving]
            state = tuple(v if k else tf.where(ok, v, old) for v, old, k in zip(taken, state, kept, strict=True))
            arrays = tuple(a.write(done, v) for a, v in zip(arrays, out, strict=True))
            return done + tf.cast(ok, tf.int32), tf.convert_to_tensor(failed, tf.int32), arrays, state

        arrays = tuple(tf.TensorArray(t.dtype, count, element_shape=t.shape) for t in fetches)
        begin = tf.constant(0), tf.constant(0), arrays, tuple(first[i] for i in moving)
        done, failed, arrays, state = tf.while_loop(
            lambda done, failed, *_: (done < count) & tf.equal(failed, 0), once, begin, maximum_iterations=count
        )
        return [*(a.stack() for a in arrays), *state, done, failed]


class _Traced:
    """A step as a concrete function, with how its results are put together again."""

    def __init__(self, step: Step, args: Sequence[Any], tables: tuple[Any, ...]) -> None:
        self.tables = tables
        self.fetched, self.new, self.guarded = 0, 0, False
        self.assigned: list[int] = []

        def flat(*args: Any) -> list[tf.Tensor]:
            out, new, failed = step(*args)
            self.fetched, self.new = len(out), len(new)
            self.assigned = [i for i, v in enumerate(new) if v is not None]
            self.guarded = isinstance(failed, tf.Tensor)
            results = [*out, *(new[i] for i in self.assigned), *((failed,) if self.guarded else ())]
            return [tf.convert_to_tensor(v) for v in results]

        self.concrete = tf.function(flat, autograph=False).get_concrete_function(*args)
        self.entry = _entry(self.concrete, self.results)

    def is_for_xla(self, everywhere: bool) -> bool:
        """Whether XLA computes the same, and faster: steps that train, without tables, of operations that it fuses."""
        operations = self.concrete.graph.get_operations()
        return (
            not self.tables
            and (everywhere or bool(self.assigned))
            and len(operations) <= _XLA_OPS
            and all(op.type in _FUSED and {t.dtype for t in op.outputs} <= _DTYPES for op in operations)
        )

    def by_xla(self, args: Sequence[Any]) -> Entry | None:
        """An entry that goes through XLA, None where XLA refuses."""
        specs = [tf.TensorSpec(a.shape, a.dtype) for a in args]
        return _tried(lambda *args: self._call(args), specs, args, self.results)

    def inlined(self, args: Sequence[Any]) -> Any:
        """The step as a part of the function that is being traced."""
        return self.results(self._call(args))

    def _call(self, args: Sequence[Any]) -> list[tf.Tensor]:
        handles = [a.handle if isinstance(a, tf.Variable) else a for a in args]
        return list(self.concrete.inference_fn.call_flat(*handles, *self.concrete.captured_inputs))

    def results(self, found: Sequence[Any]) -> Any:
        k, end = self.fetched, self.fetched + len(self.assigned)
        new = found[k:end]
        if len(new) < self.new:
            values = dict(zip(self.assigned, new, strict=True))
            new = [values.get(i) for i in range(self.new)]
        return found[:k], new, found[end] if self.guarded else 0


def _tried(fn: Any, specs: Sequence[Any], args: Sequence[Any], results: Entry) -> Entry | None:
    """An entry to `fn` by XLA, None where XLA refuses; trying it changes nothing, for it has no tables."""
    try:
        entry = _entry(tf.function(fn, autograph=False, jit_compile=True).get_concrete_function(*specs), results)
        entry(args)
    except tf.errors.OpError:
        return None
    return entry


def _entry(concrete: Any, results: Entry) -> Entry:
    """Calls the function by its name: `ConcreteFunction.__call__` takes ten times as long as a small step."""
    name, count, captured = concrete.inference_fn.name.decode(), len(concrete.outputs), concrete.captured_inputs
    run = execute.quick_execute
    process: Any = context.context()
    attributes = (*(part for pair in process.function_call_options.as_attrs().items() for part in pair),)

    def entry(args: Sequence[Any], alive: Any = concrete) -> Any:  # its name is known for as long as it is held
        inputs = [a.handle if isinstance(a, tf.Variable) else a for a in args]
        return results(run(name, count, inputs + captured, attributes, process))

    return entry


def _signature(value: Any) -> Any:
    if isinstance(value, tf.Variable):
        return value.dtype, (*value.shape,), True
    return value._datatype_enum(), value._shape_tuple()


def _tables(args: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(_signature(a) for a in args if isinstance(a, tf.Variable))


def _wider(a: tf.TensorSpec | None, b: tf.TensorSpec | None) -> tf.TensorSpec | None:
    """The most exact type that both have."""
    if a is None or b is None:
        return None
    sizes = [m if m == n else None for m, n in zip(a.shape.as_list(), b.shape.as_list(), strict=True)]
    return tf.TensorSpec(sizes, a.dtype)
