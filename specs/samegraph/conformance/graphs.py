"""Random graphs: operations of the whole catalogue put onto each other, with state, feeds and gradients.

Each operation's own `cases` say what operands it takes. A tensor of the graph takes an operand's place where its value lies
in the domain drawn from; elsewhere it is reshaped, and squashed into that domain by a sine. Values are computed while the
graph grows, so a graph never leaves a bounded scale, and an operation whose slope jumps close to a rounded value is not put
there: routes and backends may rightly differ at such a point. Exact ties and kinks stay, for the specification decides them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

import samegraph.tf1 as tf
from samegraph.blocks.structured import guard_of
from samegraph.conformance.evaluating import Array, Evaluator
from samegraph.conformance.vocabulary import Choose, Domain, Vocabulary
from samegraph.gradients import Backwards, gradients
from samegraph.graph import Graph, Operation, Tensor, ancestors
from samegraph.op import Op
from samegraph.registry import OPS
from samegraph.shapes import small_integers
from samegraph.state import Variable
from samegraph.types import FLOATS, DType, ShapeError, as_dtype, numpy_dtype

_LARGEST, _LARGEST_INTEGER, _MOST_ELEMENTS = 1e3, 2**20, 200
_STEP, _SMOOTH = 1e-5, 1e-7
_USUAL, _WIDER = Domain(-2.0, 2.0), Domain(-4.0, 4.0)
_ASSIGNS = ("assign", "assign_add", "assign_sub", "scatter_add", "scatter_sub", "scatter_update")


@dataclass
class Composed:
    """A graph, what is fed and fetched, its variables, and the evaluation that gave its values.

    state: operations that assign or read in order, to be run as well. kinds: how often each kind of step was taken.
    """

    graph: Graph
    feeds: dict[Tensor, Array]
    fetches: list[Tensor]
    state: list[Operation]
    variables: list[Variable]
    values: Evaluator
    kinds: dict[str, int] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<composed graph of {self.graph.size} operations, {len(self.fetches)} of them fetched>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))  # hypothesis would print every field


class Catalogue(list[Op[Any, Any]]):
    """Ops to compose graphs of."""

    def __repr__(self) -> str:
        return f"<{len(self)} ops>"


def catalogue(lacking: Collection[str] = ()) -> Catalogue:
    """The ops that graphs are composed of: all that have cases and NumPy's kernel, but for those named."""
    import samegraph.ops  # noqa: F401
    from samegraph.backend import load

    have = load("numpy").kernels
    return Catalogue(
        o
        for name, o in sorted(OPS.items())
        if isinstance(o, Op) and o.drawn is not None and name in have and name not in lacking
    )


@st.composite
def composed_graphs(draw: Any, ops: Sequence[Op[Any, Any]], most: int = 40) -> Composed:
    """Graphs of up to `most` steps, each an operation with what its operands take, an assignment or gradients."""
    composer = Composer(ops)
    with composer.graph.as_default():
        while composer.steps < most and draw(_step(composer)):
            pass
        return composer.finished()


# Every choice is of the same kind, whatever it is between: what is left of a graph means much the same when a step is taken
# out. Ranges above 128 would not be drawn from evenly.
_CHOICE = st.integers(0, 127)


@st.composite
def _step(draw: Any, composer: Composer) -> bool:
    """One step, if there is one more: choices of its own, so that a shrinker can take it out."""

    def choose(n: int) -> int:
        number = draw(_CHOICE)
        return (number if n <= 128 else number + 128 * draw(_CHOICE)) % n

    if not choose(96) and composer.steps:
        return False
    composer.choose, composer.other = choose, draw
    composer.step()
    return True


class Composer:
    """Grows one graph by choices."""

    def __init__(self, ops: Sequence[Op[Any, Any]]) -> None:
        self.ops = list(ops)
        self.choose: Choose = lambda n: 0
        self.other: Any = None
        self.graph = Graph()
        self.feeds: dict[Tensor, Array] = {}
        self.evaluator = Evaluator(self.feeds, {})
        self.values = self.evaluator.values
        self.pool: list[Tensor] = []
        self.variables: list[Variable] = []
        self.last: dict[Variable, list[Operation]] = {}
        self.state: list[Operation] = []
        self.steps = 0
        self.kinds: dict[str, int] = {}

    # Steps ------------------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """One operation more, or gradients of what is there, or an assignment to a variable."""
        self.steps += 1
        kind = self.choose(8)
        if kind == 6 and self._floats():
            self._count("gradients", self._gradients())
        elif kind == 7 and self.variables:
            self._count("assignment", self._assignment())
        else:
            self._count("operation", self._operation())

    def finished(self) -> Composed:
        """The graph with its fetches: what nothing takes in, and some of the rest.

        Of the values of assignments only some, for rows whose new value nothing asks for are updated in place.
        """
        used = {t for op in self.graph.get_operations() for t in op.inputs}
        ends = [t for i, t in enumerate(self.pool) if i % 4 == 3 or (t not in used and t.op.variable is None)]
        state = [op for ops in self.last.values() for op in ops]
        return Composed(self.graph, self.feeds, ends, state, self.variables, self.evaluator, self.kinds)

    def _count(self, kind: str, done: bool) -> None:
        self.kinds[kind if done else f"{kind} refused"] = self.kinds.get(kind if done else f"{kind} refused", 0) + 1

    def _add(self, outputs: Sequence[Tensor]) -> None:
        self.pool.extend(t for t in outputs if t.dtype in ("float64", "int32", "int64", "bool"))

    # Operations -------------------------------------------------------------------------------------------------------

    def _operation(self) -> bool:
        spec = self.ops[self.choose(len(self.ops))]
        known = list(dict.fromkeys(self.values[t].shape for t in reversed(self.pool)))
        gen = Vocabulary(self.choose, known, self.other)
        assert spec.drawn is not None
        arrays, attrs = spec.drawn(gen.draw, gen)
        attrs = {k: "float64" if v in FLOATS and isinstance(v, str) else v for k, v in attrs.items()}
        dtype = self._dtype(spec, arrays)
        if dtype is None:
            return False
        operands = [self._operand(spec, i, a, gen, dtype) for i, a in enumerate(arrays)]
        held = [self.values[t] if isinstance(t, Tensor) else np.asarray(t) for t in operands]
        if not self._acceptable(spec, operands, held, attrs):
            return False
        return self._build(spec, operands, attrs)

    def _dtype(self, spec: Op[Any, Any], arrays: Sequence[Any]) -> DType | None:
        """The dtype of the main operands; None for a case outside of what graphs are composed of."""
        main = [np.asarray(a).dtype for i, a in enumerate(arrays) if not spec.is_apart(i)]
        if any(np.asarray(a).dtype.kind not in "fiub" for a in arrays):
            return None
        own = next((d for d in main if d != np.float64), None)
        if own is not None:
            return as_dtype(own) if own.kind != "f" else None
        allowed = [as_dtype(d) for d in ("float64", "int32", "bool") if d in spec.dtypes]
        if not allowed:
            return None
        return allowed[0 if self.choose(8) < 7 else self.choose(len(allowed))]

    def _operand(self, spec: Op[Any, Any], i: int, array: Any, gen: Vocabulary, dtype: DType) -> Any:
        """An operand of the drawn array's shape: a tensor of the graph that fits, or one made for it."""
        if i < len(spec.operands) and spec.operands[i] in spec.shapes:
            return array
        domain = gen.domain(array)
        value = np.asarray(array)
        if value.dtype == np.float64 and not spec.is_apart(i) and dtype != "float64":
            value = value > 0 if dtype == "bool" else value.astype(numpy_dtype(dtype))
            domain = None if domain is None else Domain(float(value.min(initial=0)), float(value.max(initial=0)))
        if not self.choose(4):
            return self._fresh(value)
        fitting = self._fitting(value, domain)
        if fitting and (value.dtype.kind != "f" or self.choose(3)):
            return fitting[self.choose(len(fitting))]
        floats = self._floats()
        if value.dtype.kind != "f" or not floats or value.size == 0:
            return self._fresh(value)
        if domain is None and np.array_equal(value, np.rint(value)):
            return self._fresh(value)  # a case that made whole numbers may need them, as polygamma's order
        return self._adapted(floats[self.choose(len(floats))], value, domain)

    def _floats(self) -> list[Tensor]:
        return [t for t in reversed(self.pool) if t.dtype == "float64" and self.values[t].size]

    def _fitting(self, value: Array, domain: Domain | None) -> list[Tensor]:
        """Tensors that may stand for a drawn array, the latest first."""
        if domain is None:
            return []
        allowed = _WIDER if domain == _USUAL else domain
        held = [(t, self.values[t]) for t in reversed(self.pool)]
        return [t for t, v in held if v.dtype == value.dtype and v.shape == value.shape and allowed.holds(v)]

    def _fresh(self, value: Array) -> Tensor:
        """A constant, a placeholder (of a shape more or less known) or a variable that holds `value`."""
        kind = self.choose(16)
        if kind < 4:
            t = tf.constant(value)
        elif kind < 13:
            shape = (
                value.shape
                if kind < 9
                else None
                if kind == 12
                else [None if self.choose(2) else n for n in value.shape]
            )
            t = tf.placeholder(as_dtype(value.dtype), shape)
            self.feeds[t] = value
        else:
            v = tf.Variable(value)
            self.variables.append(v)
            self.last[v] = []
            self.evaluator.state[v.op] = value
            t = v._as_graph_element()
        self.values[t] = value
        self.evaluator.exact.add(t)
        self._add([t])
        return t

    def _adapted(self, t: Tensor, value: Array, domain: Domain | None) -> Tensor:
        """A tensor made of `t` that may stand for the drawn `value`: of its shape, in its domain, and of its structure."""
        if domain is None:
            wave = self._made("sin", self._made("reduce_mean", t))
            factor = self._made("add", self._made("mul", wave, self._constant(0.125)), self._constant(0.875))
            return self._made("mul", self._fresh(value), factor)
        size, held = value.size, self.values[t]
        if held.shape != value.shape:
            flat = t if held.ndim == 1 else self._made("reshape", t, (held.size,))
            if held.size != size:
                flat = self._made("gather", flat, self._constant(np.arange(size, dtype=np.int32) % held.size))
            t = flat if value.ndim == 1 else self._made("reshape", flat, value.shape)
        allowed = _WIDER if domain == _USUAL else domain
        if allowed.holds(self.values[t]):
            return t
        middle, reach = (domain.low + domain.high) / 2, (domain.high - domain.low) / 2
        wave = self._made("mul", self._made("sin", t), self._constant(reach))
        return self._made("add", wave, self._constant(middle)) if middle else wave

    def _constant(self, value: Any) -> Tensor:
        t = tf.constant(np.asarray(value))
        self.values[t] = np.asarray(value)
        self.evaluator.exact.add(t)
        return t

    def _made(self, name: str, *operands: Any, **attrs: Any) -> Tensor:
        out: Tensor = OPS[name](*operands, **attrs)
        self.evaluator.evaluate(self._evaluated(out.op))
        self._add([out])
        return out

    def _evaluated(self, op: Operation) -> Operation:
        """`op`, after the constants that hold its shapes."""
        for t in op.inputs:
            if t not in self.values:
                self.evaluator.evaluate(t.op)
        return op

    # What an operation must be ----------------------------------------------------------------------------------------

    def _acceptable(
        self, spec: Op[Any, Any], operands: Sequence[Any], held: list[Array], attrs: dict[str, Any]
    ) -> bool:
        """Whether the results are finite and of a bounded scale, and smooth around operands that have rounding errors."""
        whole = {**spec.defaults, **attrs}
        try:
            out = self.evaluator.compute(spec, held, whole)
            if not all(_bounded(v) for v in out):
                return False
            rough = [i for i, t in enumerate(operands) if isinstance(t, Tensor) and t not in self.evaluator.exact]
            rough = [i for i in rough if held[i].dtype.kind == "f"]
            return not rough or self._smooth(spec, held, rough, whole, out)
        except (IndexError, ValueError, ZeroDivisionError):
            return False  # the values refuse each other, as ids outside of their table do

    def _smooth(
        self, spec: Op[Any, Any], held: list[Array], rough: list[int], attrs: dict[str, Any], out: list[Array]
    ) -> bool:
        def moved(by: float) -> list[Array]:
            near = list(held)
            for i in rough:
                directions = np.cos(np.arange(held[i].size, dtype=np.float64) * 2.0 + 1.0).reshape(held[i].shape)
                near[i] = held[i] + by * directions * np.maximum(1.0, np.abs(held[i]))
            return self.evaluator.compute(spec, near, attrs)

        for middle, left, right in zip(out, moved(-_STEP), moved(_STEP), strict=True):
            if middle.shape != left.shape or middle.shape != right.shape:
                return False
            if middle.dtype.kind != "f":
                if not (np.array_equal(middle, left) and np.array_equal(middle, right)):
                    return False
            elif not np.all(np.abs(left + right - 2 * middle) <= _SMOOTH * np.maximum(1.0, np.abs(middle))):
                return False
        return True

    def _build(self, spec: Op[Any, Any], operands: Sequence[Any], attrs: dict[str, Any]) -> bool:
        after = [self.pool[self.choose(len(self.pool))]] if self.pool and self.choose(12) == 11 else []
        try:
            with self.graph.control_dependencies(after):
                out = spec(*operands, **attrs)
        except (TypeError, ValueError):
            return False  # the types alone refuse it, as an unknown rank may
        outputs: list[Tensor] = out if isinstance(out, list) else [out]
        if not outputs:
            return False
        op = self._evaluated(outputs[0].op)
        try:
            guard = guard_of(op)
        except ShapeError:
            return False  # a guard that must know a rank; a session knows it from the feeds
        if guard is not None and not self.evaluator.value(guard):
            return False
        self.evaluator.evaluate(op)
        self._add(outputs)
        if self.choose(16) == 15:
            self._feed(outputs[self.choose(len(outputs))])
        return True

    def _feed(self, t: Tensor) -> None:
        """Feeds a tensor in the middle of the graph."""
        held = self.values[t]
        if t.dtype != "float64" or small_integers(t.type) or t not in self.pool:
            return
        value = Vocabulary(self.choose).floats(held.shape)()
        self.feeds[t] = self.values[t] = value
        self.evaluator.exact.add(t)

    # State and gradients ----------------------------------------------------------------------------------------------

    def _assignment(self) -> bool:
        """Assigns to a variable, after all its assignments and reads so far; or reads it after those."""
        v = self.variables[self.choose(len(self.variables))]
        now = self.evaluator.state[v.op]
        how = self.choose(len(_ASSIGNS) + 1)
        if how == len(_ASSIGNS):
            with self.graph.control_dependencies(self.last[v]):
                read = v.read_value()
            self.last[v] = [*self.last[v], read.op]
            return self._placed(read)
        if (now.dtype.kind == "b" and how) or (how > 2 and not (now.ndim and now.size)):
            return False
        gen = Vocabulary(self.choose)
        given = [self._new_value(v, now, gen)] if how < 3 else self._new_rows(v, now, gen, _ASSIGNS[how])
        before = self.evaluator.state[v.op]
        with self.graph.control_dependencies(self.last[v]):
            out: Tensor = getattr(tf, _ASSIGNS[how])(v, *given)
        self.last[v] = [out.op]
        self._placed(out)
        return not np.array_equal(before, self.evaluator.state[v.op])

    def _placed(self, t: Tensor) -> bool:
        self.evaluator.evaluate(self._evaluated(t.op))
        self._add([t])
        return True

    def _new_value(self, v: Variable, now: Array, gen: Vocabulary) -> Tensor:
        return self._state_operand(now.shape, now, gen)

    def _new_rows(self, v: Variable, now: Array, gen: Vocabulary, how: str) -> list[Tensor]:
        ids = gen.indices(below=now.shape[0], unique=how == "scatter_update")()
        return [self._fresh(np.asarray(ids)), self._state_operand(ids.shape + now.shape[1:], now, gen)]

    def _state_operand(self, shape: tuple[int, ...], now: Array, gen: Vocabulary) -> Tensor:
        if now.dtype != np.float64:
            return self._fresh(np.zeros(shape, now.dtype) + now.dtype.type(self.choose(2)))
        return self._operand(OPS["add"], 0, gen.floats(shape)(), gen, as_dtype("float64"))

    def _gradients(self) -> bool:
        """Gradients of one or two tensors: with weights or without, some tensors held constant."""
        floats = self._floats()
        ys = [floats[self.choose(min(6, len(floats)))] for _ in range(1 + self.choose(2))]
        reached = Backwards(ys, frozenset()).users
        near = [t for t in floats if t in reached]
        xs = [near[self.choose(len(near))] for _ in range(1 + self.choose(3))]
        weights = [tf.constant(Vocabulary(self.choose).floats(self.values[y].shape)()) for y in ys]
        for w in weights:
            self.evaluator.evaluate(w.op)
        stops = [floats[self.choose(len(floats))]] if self.choose(4) == 3 else None
        try:
            made = gradients(ys, xs, grad_ys=weights if self.choose(2) else None, stop_gradients=stops)
        except ValueError:
            return False  # a weight whose shape the static type of its y does not have
        found = []
        for g in made:
            if g is not None:
                found += [g] if isinstance(g, Tensor) else [g.values, g._as_tensor()]
        try:
            for t in found:
                for op in ancestors([t], stop=self.values, controls=False):
                    self.evaluator.evaluate(op)
        except ShapeError:
            return False  # a rule that must know a rank; a session knows it from the feeds
        good = [t for t in dict.fromkeys(found) if _bounded(self.values[t])]
        self._add(good)
        return bool(good) and any(np.any(self.values[t] != 0) for t in good)


def _bounded(value: Array) -> bool:
    if value.size > _MOST_ELEMENTS:
        return False
    if value.dtype.kind == "f":
        return bool(np.all(np.isfinite(value)) and np.all(np.abs(value) <= _LARGEST))
    return value.dtype.kind == "b" or bool(np.all(np.abs(value.astype(np.float64)) <= _LARGEST_INTEGER))
