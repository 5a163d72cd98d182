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


class _Traced:
    """A step as a concrete function, with how its results are put together again."""

    def __init__(self, step: Step, args: Sequence[Any], tables: tuple[Any, ...]) -> None:
        self.tables = tables
        self.assigned: list[int] = []

        def flat(*args: Any) -> list[tf.Tensor]:
            out, new, failed = step(*args)
            self.fetched, self.new = len(out), len(new)
            self.assigned = [i for i, v in enumerate(new) if v is not None]
            self.guarded = isinstance(failed, tf.Tensor)
            results = [*out, *(new[i] for i in self.assigned), *((failed,) if self.guarded else ())]
            return [tf.convert_to_tensor(v) for v in results]

        self.concrete = tf.function(flat, autograph=False).get_concrete_function(*args)
        self.entry = self._entry(self.concrete)

    def is_for_xla(self, everywhere: bool) -> bool:
        """Whether XLA computes the same, and faster: steps that train, without tables, of operations that it fuses."""
        if self.tables or not (everywhere or self.assigned):
            return False
        graph = self.concrete.graph
        operations = graph.get_operations()
        return (
            len(operations) <= _XLA_OPS
            and not graph.as_graph_def(add_shapes=False).library.function
            and all(op.type in _FUSED and {t.dtype for t in op.outputs} <= _DTYPES for op in operations)
        )

    def by_xla(self, args: Sequence[Any]) -> Entry | None:
        """An entry that goes through XLA, None where XLA refuses: it is tried, which changes nothing without tables."""
        whole = self.concrete

        def inlined(*args: Any) -> Any:
            return list(whole.inference_fn.call_flat(*args, *whole.captured_inputs))

        try:
            specs = [tf.TensorSpec(a.shape, a.dtype) for a in args]
            entry = self._entry(tf.function(inlined, autograph=False, jit_compile=True).get_concrete_function(*specs))
            entry(args)
        except tf.errors.OpError:
            return None
        return entry

    def _entry(self, concrete: Any) -> Entry:
        """Calls the function by its name: `ConcreteFunction.__call__` takes ten times as long as a small step."""
        # What runs it under this name is its last holder's to keep: `concrete` stays referenced here.
        name, count = concrete.inference_fn.name.decode(), len(concrete.outputs)
        captured, tables = concrete.captured_inputs, bool(self.tables)
        run, process = execute.quick_execute, context.context()
        attributes = (*(part for pair in process.function_call_options.as_attrs().items() for part in pair),)
        k, end = self.fetched, self.fetched + len(self.assigned)
        places = None if len(self.assigned) == self.new else dict(zip(self.assigned, range(k, end), strict=True))

        def entry(args: Sequence[Any], kept: Any = concrete) -> Any:
            inputs = [a.handle if isinstance(a, tf.Variable) else a for a in args] if tables else [*args]
            found = run(name, count, inputs + captured, attributes, process)
            new = (
                found[k:end] if places is None else [found[places[i]] if i in places else None for i in range(self.new)]
            )
            return found[:k], new, found[end] if self.guarded else 0

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
