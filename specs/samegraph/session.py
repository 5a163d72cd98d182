"""Session: holds the variables' values and a cache of compiled programs, and runs them."""

from __future__ import annotations

import os
import threading
import traceback
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from . import program
from .backend import Backend, find_device, load
from .blocks.structured import may_refuse
from .errors import FailedPreconditionError, InternalError, InvalidArgumentError, OpError, UnimplementedError
from .graph import Graph, Operation, Tensor, ancestors, get_default_graph, session_stack
from .host import calls as host
from .parts import Part, split
from .program import MissingFeed, Program, StepFailed
from .random import RandomStream, draw_shape
from .registry import OPS
from .types import STRING, TensorType, compatible, numpy_dtype, shape_text

ROUTES = ("native", "rules")
_LARGEST_SHAPE_CACHE, _MANY_SHAPES = 64, 8


class _Plan:
    """What one (fetches, feeds) pair comes to: its programs by the feeds' shapes, or the one program for all shapes.

    part: what it is a part of, when the host has operations of its own in the run. turns: those parts, None when there are
    none.
    """

    def __init__(
        self, targets: list[Tensor | Operation], feeds: list[Tensor], native: bool, part: Part | None = None
    ) -> None:
        self.targets, self.feeds = targets, feeds
        self.part = part
        self.turns: list[_Plan] | None = None
        self.whole: _Step | None = None
        self.by_shape: OrderedDict[object, _Step] = OrderedDict()
        self.values_matter: list[int] = []
        self.specialises = bool(program.unresolved(targets, feeds, native, part.elsewhere if part else program.NONE))


class _Run:
    """What a run in parts holds on the way.

    values: of tensors, native or NumPy's. answers: of fetches, the caller's own. drawn: random values, drawn once.
    assigned: variables' new values, not theirs before the run is through.
    """

    def __init__(self, feeds: dict[Tensor, Any]) -> None:
        self.values, self.answers = feeds, dict[Tensor, Any]()
        self.drawn: dict[Operation, list[np.ndarray[Any, Any]]] = {}
        self.assigned: dict[Operation, Any] = {}


def _scope(backend: Backend, wide: bool, device: str) -> Callable[[], Any]:
    """What to be inside of while the backend works on `device`; wide: on 64-bit dtypes."""
    enter = (backend.wide if wide else None) or backend.scope
    return nullcontext if enter is None else partial(enter, device)


class _Step:
    """A program and the function that runs it. whole: it is all of a run."""

    def __init__(
        self, p: Program, backend: Backend, device: str, whole: bool = True, kept: host.HostState | None = None
    ) -> None:
        self.program = p
        self.scope = _scope(backend, p.wide, device)
        first = len(p.feeds) + sum(len(op.outputs) for op in p.draws)
        gives_up = set(p.rows) | (set(p.assigned) if whole and not p.guards else set())
        self.donated = [first + i for i, v in enumerate(p.variables) if v in gives_up]
        self.compiled = backend.compile is not None and not p.dynamic and bool(p.lines)
        self.give = (backend.to_step if self.compiled else None) or backend.to_device
        with self.scope():
            self.plain = p.load(backend, device, kept)
            self.call = (
                backend.compile(self.plain, self.donated)
                if backend.compile is not None and self.compiled
                else self.plain
            )


class Session:
    """Runs operations of a graph and keeps its variables' values (TF1: tf.Session).

    backend: a name, or a Backend; default: SAMEGRAPH_BACKEND, else "numpy". device: "cpu", "gpu", "gpu:1", "mps", "tpu";
    default: the backend's first. gradients: "native" (the framework's own autodiff, where it has one) or "rules" (the
    specification's vjp rules); default: SAMEGRAPH_GRADIENTS, else "native". Raises BackendError for an unknown backend,
    ValueError for an unknown device or route.
    """

    def __init__(
        self,
        target: str = "",
        graph: Graph | None = None,
        config: Any = None,
        backend: str | Backend | None = None,
        device: str | None = None,
        gradients: str | None = None,
    ) -> None:
        if target:
            raise ValueError(
                f"a session runs in this process; target must be empty, got {target!r} (name a backend with backend=...)"
            )
        chosen = backend or getattr(config, "backend", None) or os.environ.get("SAMEGRAPH_BACKEND") or "numpy"
        self.backend: Backend = chosen if isinstance(chosen, Backend) else load(chosen)
        self.device: str = find_device(self.backend, device or os.environ.get("SAMEGRAPH_DEVICE"))
        self.route = gradients or os.environ.get("SAMEGRAPH_GRADIENTS") or "native"
        if self.route not in ROUTES:
            raise ValueError(f"gradients must be one of {', '.join(ROUTES)}, got {self.route!r}")
        if self.backend.value_and_vjp is None:
            self.route = "rules"
        self.graph: Graph = graph if graph is not None else get_default_graph()
        self.random = RandomStream()
        self._host = host.HostState(self.random)
        self._plans: dict[object, _Plan] = {}
        self._structures: dict[object, tuple[tuple[Any, ...], Callable[[list[Any]], Any]]] = {}
        self._state: dict[Operation, Any] = {}
        self._in_rows: set[Operation] = set()
        self._lost: set[Operation] = set()
        self._lock = threading.RLock()
        self._closed = False
        self._entered: list[Any] = []

    # Contexts ---------------------------------------------------------------------------------------------------------

    def __enter__(self) -> Session:
        context = self._as_default_with_graph()
        context.__enter__()
        self._entered.append(context)
        return self

    def __exit__(self, *error: Any) -> None:
        self._entered.pop().__exit__(*error)
        self.close()

    @contextmanager
    def _as_default_with_graph(self) -> Any:
        with self.as_default():
            if self.graph is get_default_graph():
                yield
            else:
                with self.graph.as_default():
                    yield

    @contextmanager
    def as_default(self) -> Any:
        """Makes this the session of `Tensor.eval` and `Operation.run` (TF1: Session.as_default)."""
        stack = session_stack()
        stack.append(self)
        try:
            yield self
        finally:
            stack.remove(self)

    def close(self) -> None:
        """Drops the variables' values; a later `run` raises RuntimeError (TF1: Session.close)."""
        self._closed = True
        self._state.clear()
        self._plans.clear()

    @property
    def graph_def(self) -> Graph:
        return self.graph

    # Running ----------------------------------------------------------------------------------------------------------

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """The values of `fetches`, in the structure they were given in (TF1: Session.run).

        fetches: tensors, operations (answered by None), variables, names, or lists, tuples, dicts of these. feed_dict: values
        for tensors. Answers belong to the caller. Raises InvalidArgumentError for a placeholder not fed or a value an op
        cannot take, FailedPreconditionError for an uninitialised variable, TypeError and ValueError for a wrong fetch or
        feed. A run that raises changes no variable.
        """
        with self._lock:
            self._check_open()
            elements, rebuild = self._structure(fetches)
            feeds = self._feeds(feed_dict) if feed_dict else {}
            key = (elements, *feeds, len(self.graph.row_updated))
            plan = self._plans.get(key)
            if plan is None:
                plan = self._plans[key] = self._plan(list(elements), list(feeds))
            arrays = [self._feed_array(t, v) for t, v in feeds.items()]
            if plan.turns is None:
                found = self._execute(plan.whole or self._step(plan, arrays), arrays)
            else:
                found = self._take_turns(plan, plan.turns, arrays)
            if len(found) == len(elements):
                return rebuild(found)
            values = iter(found)
            return rebuild([next(values) if isinstance(e, Tensor) else None for e in elements])

    def make_callable(self, fetches: Any, feed_list: Sequence[Any] | None = None) -> Callable[..., Any]:
        """A function of the values of `feed_list` that runs `fetches` (TF1: Session.make_callable)."""
        feeds = list(feed_list or ())

        def call(*values: Any) -> Any:
            if len(values) != len(feeds):
                raise ValueError(f"this callable takes {len(feeds)} values, got {len(values)}")
            return self.run(fetches, dict(zip(feeds, values, strict=True)))

        return call

    def explain(self, fetches: Any, feed_dict: Any = None) -> str:
        """How a run of `fetches` is computed: backend, route, source, what is compiled, specialised and donated."""
        elements, _ = self._structure(fetches)
        feeds = self._feeds(feed_dict) if feed_dict else {}
        if not feeds:
            feeds = {op.outputs[0]: None for op in ancestors(elements) if op.type == "Placeholder"}
        plan = self._plan(list(elements), list(feeds))
        if plan.turns is not None:
            return self._explained_turns(plan.turns)
        if plan.specialises and any(v is None for v in feeds.values()):
            return "this program is specialised by the shapes of its feeds; give feed_dict to see its source"
        step = self._step(plan, [] if not plan.specialises else [self._feed_array(t, v) for t, v in feeds.items()])
        return self._explanation(plan, step)

    def _explanation(self, plan: _Plan, step: _Step) -> str:
        p = step.program
        names = [
            *(t.name for t in p.feeds),
            *(t.name for op in p.draws for t in op.outputs),
            *(v.name for v in p.variables),
        ]
        why_not = p.dynamic or "this backend runs steps as they are"
        rows = [
            f"backend     {self.backend.name} {self.backend.version} on {self.device}",
            f"gradients   {p.route}" + (f" (asked for: {self.route})" if p.route != self.route else ""),
            f"compiled    {'yes' if step.compiled else 'no: ' + why_not}",
            f"64 bit      {'yes' if p.wide else 'no'}",
            f"specialised {'by the shapes of the feeds' if plan.specialises else 'no'}",
            f"in place    {', '.join(v.name for v in p.rows) or 'nothing'}",
            f"donated     {', '.join(names[i] for i in step.donated) if step.compiled and step.donated else 'nothing'}",
            f"checked     {', '.join(f'{OPS[op.kernel].check_message.format(**op.attrs) if op.kernel else op.type} ({op.name})' for op in p.guards) or 'nothing'}",
        ]
        shapes = max(
            (len(other.by_shape) for other in self._plans.values() if other.targets == plan.targets), default=0
        )
        if shapes > _MANY_SHAPES:
            rows.append(
                f"warning     {shapes} shapes were fed so far, and each is a program of its own; pad the feeds to a few shapes"
            )
        return "\n".join(rows) + "\n\n" + p.source

    # Fetches and feeds ------------------------------------------------------------------------------------------------

    def _structure(self, fetches: Any) -> tuple[tuple[Any, ...], Callable[[list[Any]], Any]]:
        key = _flat_key(fetches)
        found = self._structures.get(key) if key is not None else None
        if found is None:
            elements: list[Any] = []
            build = self._parse(fetches, elements)
            found = tuple(elements), build
            if key is not None:
                self._structures[key] = found
        return found

    def _parse(self, fetches: Any, elements: list[Any]) -> Callable[[list[Any]], Any]:
        if fetches is None:
            raise TypeError("Fetch argument None has invalid type <class 'NoneType'>")
        if isinstance(fetches, dict):
            parts = {k: self._parse(v, elements) for k, v in fetches.items()}
            return lambda values: type(fetches)((k, p(values)) for k, p in parts.items())
        if isinstance(fetches, (list, tuple)):
            items = [self._parse(v, elements) for v in fetches]
            if hasattr(fetches, "_fields"):
                return lambda values: type(fetches)(*(p(values) for p in items))
            kind = type(fetches) if type(fetches) in (list, tuple) else list
            return lambda values: kind(p(values) for p in items)
        if hasattr(fetches, "indices") and hasattr(fetches, "values") and not isinstance(fetches, Tensor):
            v, i = (self._parse(x, elements) for x in (fetches.values, fetches.indices))
            kind_of = type(fetches)
            return lambda values: kind_of(v(values), i(values), like=fetches.like)
        try:
            element = self.graph.as_graph_element(fetches)
        except (TypeError, ValueError, KeyError) as error:
            kind_of_error = TypeError if isinstance(error, TypeError) else ValueError
            raise kind_of_error(
                f"Fetch argument {fetches!r} cannot be interpreted as a Tensor. ({error.args[0]})"
            ) from None
        if (element.op if isinstance(element, Tensor) else element).block is not None:
            raise ValueError(
                f"{element.name} lies inside a cond or loop and cannot be fetched; return it from the branch or body and fetch what "
                f"the construct answers\n  {fetches!r}"
            )
        at = len(elements)
        elements.append(element)
        return lambda values: values[at]

    def _feeds(self, feed_dict: Any) -> dict[Tensor, Any]:
        feeds: dict[Tensor, Any] = {}
        for key, value in feed_dict.items():
            if isinstance(key, Tensor) and key.op.graph is self.graph and key.op.block is None:
                feeds[key] = value
                continue
            try:
                t = self.graph.as_graph_element(key, allow_operation=False)
            except (TypeError, ValueError, KeyError) as error:
                raise TypeError(f"Cannot interpret feed_dict key as Tensor: {key!r}: {error.args[0]}") from None
            assert isinstance(t, Tensor)
            if t.op.block is not None:
                raise ValueError(
                    f"Tensor {t.name} may not be fed: it lies inside a cond or loop, made at {t.op.made_at}"
                )
            feeds[t] = value
        return feeds

    def _feed_array(self, t: Tensor, value: Any) -> np.ndarray[Any, Any]:
        if isinstance(value, (Tensor, Operation)):
            raise TypeError(
                "The value of a feed cannot be a tf.Tensor object. Acceptable feed values include Python scalars, strings, "
                f"lists and numpy ndarrays. It was fed for {t.name}; run {value.name} first and feed its value"
            )
        wanted = numpy_dtype(t.dtype)
        try:
            if t.dtype == STRING:
                array = host.strings(value)
            else:
                array = value if type(value) is np.ndarray and value.dtype == wanted else np.asarray(value, wanted)
        except (TypeError, ValueError) as error:
            raise type(error)(
                f"Cannot feed {_described(value)} for Tensor {t.name!r}, which holds {t.dtype.name}: {error}\n  made at {t.op.made_at}"
            ) from None
        if not compatible(t.type.shape, array.shape):
            raise ValueError(
                f"Cannot feed value of shape {array.shape} for Tensor {t.name!r}, which has shape {str(t.shape)!r}"
                f"{_shape_hint(array.shape, t.type.shape)}\n  made at {t.op.made_at}"
            )
        return array

    # Programs ---------------------------------------------------------------------------------------------------------

    def _plan(self, targets: list[Tensor | Operation], feeds: list[Tensor]) -> _Plan:
        plan = _Plan(targets, feeds, self.route == "native")
        try:
            parts = split(targets, feeds)
        except MissingFeed as missing:
            raise self._not_fed(missing) from None
        if parts is not None:
            plan.turns = [_Plan(part.targets, part.feeds, self.route == "native", part) for part in parts]
        return plan

    def _step(self, plan: _Plan, arrays: list[np.ndarray[Any, Any]]) -> _Step:
        if not plan.specialises:
            plan.whole = self._build(plan.targets, plan.feeds, plan.part)
            return plan.whole
        key = self._shape_key(plan, arrays)
        step = plan.by_shape.get(key)
        if step is not None:
            plan.by_shape.move_to_end(key)
            return step
        targets, feeds = self._specialise(plan, arrays)
        reached = _feeds_behind(program.unresolved(targets, feeds, self.route == "native"), feeds)
        if reached - set(plan.values_matter):
            plan.values_matter = sorted(reached | set(plan.values_matter))
            key = self._shape_key(plan, arrays)
            targets, feeds = self._specialise(plan, arrays)
        step = plan.by_shape[key] = self._build(targets, feeds, plan.part)
        if len(plan.by_shape) > _LARGEST_SHAPE_CACHE:
            plan.by_shape.popitem(last=False)
        return step

    def _shape_key(self, plan: _Plan, arrays: list[np.ndarray[Any, Any]]) -> object:
        return tuple(a.shape for a in arrays), tuple(arrays[i].tobytes() for i in plan.values_matter)

    def _specialise(
        self, plan: _Plan, arrays: list[np.ndarray[Any, Any]]
    ) -> tuple[list[Tensor | Operation], list[Tensor]]:
        types: dict[Tensor, TensorType] = {}
        for i, (t, array) in enumerate(zip(plan.feeds, arrays, strict=True)):
            known = tuple(int(n) for n in array.reshape(-1)) if i in plan.values_matter else None
            types[t] = TensorType(array.shape, t.dtype, known)
        return program.specialised(plan.targets, plan.feeds, types, plan.part.elsewhere if plan.part else program.NONE)

    def _not_fed(self, missing: MissingFeed) -> InvalidArgumentError:
        t = missing.op.outputs[0]
        return InvalidArgumentError(
            None,
            missing.op.origin,
            f"You must feed a value for placeholder tensor {t.name!r} with dtype {t.dtype.name} and shape {shape_text(t.type.shape)}",
        )

    def _build(self, targets: Sequence[Tensor | Operation], feeds: Sequence[Tensor], part: Part | None) -> _Step:
        elsewhere, kept = (part.elsewhere, part.kept) if part else (program.NONE, program.NONE)
        try:
            p = program.build(targets, feeds, self.backend, self.route == "native", elsewhere, kept)
        except MissingFeed as missing:
            raise self._not_fed(missing) from None
        absent = {op.kernel: op for op in p.lines.values() if op.kernel and op.kernel not in self.backend.kernels}
        if absent:
            raise UnimplementedError(
                None,
                next(iter(absent.values())),
                f"backend {self.backend.name!r} has no kernel for {self._lacks(absent)}",
            )
        unknown = [op for op in p.draws if draw_shape(op) is None]
        if unknown:
            raise UnimplementedError(
                None,
                unknown[0],
                "the shape of a random operation depends on computed values; draw it in a run of its own",
            )
        return _Step(p, self.backend, self.device, part is None, self._host)

    def _lacks(self, names: Any) -> str:
        return ", ".join(f"{n} ({self.backend.lacks[n]})" if n in self.backend.lacks else n for n in names)

    # Execution --------------------------------------------------------------------------------------------------------

    def _execute(self, step: _Step, arrays: list[np.ndarray[Any, Any]]) -> list[Any]:
        p = step.program
        values = [self._variable(v, v in p.rows) for v in p.variables]
        if p.draws:
            arrays = arrays + [array for op in p.draws for array in self.random.run(op)]
        with step.scope():
            args = [step.give(a, self.device) for a in arrays]
            out, new = self._call(step, args, values)
            self._adopt(step, new, 0)
            return [self._fetched(t, v) for t, v in zip(p.fetches, out, strict=True)]

    def _call(self, step: _Step, args: list[Any], values: list[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
        """Native values of the fetches and of what is assigned; raises when a guard is False or the framework fails."""
        p = step.program
        try:
            out, new, failed = step.call(*args, *values)
            failure = int(self.backend.to_numpy(failed)) if p.guards and self.backend.compile is not None else 0
        except StepFailed as stopped:
            failure, out, new = stopped.index + 1, (), ()
        except OpError:  # of the host's operations in branches and loops
            self._forget_lost(step)
            raise
        except Exception as error:
            self._forget_lost(step)
            raise self._explained(step, error, args) from error
        if failure:
            self._adopt(step, new, failure)
            raise self._guard_error(p.guards[failure - 1])
        return out, new

    def _variable(self, v: Operation, rows: bool) -> Any:
        if v not in self._state:
            if v in self._lost:
                raise FailedPreconditionError(
                    None,
                    v,
                    f"the session lost variable {v.name} when the framework failed in the middle of a step; initialise or restore it",
                )
            raise FailedPreconditionError(
                None,
                v,
                f"Attempting to use uninitialized value {v.name}: run tf.global_variables_initializer() (or {v.name}.initializer) in this session first",
            )
        if rows and v not in self._in_rows:
            self._state[v] = self.backend.make_state(self._state[v], self.device, True)
            self._in_rows.add(v)
        return self._state[v]

    def _adopt(self, step: _Step, new: Sequence[Any], failure: int) -> None:
        """Takes the step's new values; after a failure only those that the step wrote over and left unchanged."""
        if not failure:
            self._state.update(self._new_values(step, new))
            return
        for v, value in zip(step.program.assigned, new, strict=False):
            if v in step.program.rows and value is not None:
                self._state[v] = value

    def _new_values(self, step: _Step, new: Sequence[Any]) -> dict[Operation, Any]:
        """The step's new values in the form in which they are kept; not those of variables changed in place."""
        p, found = step.program, dict[Operation, Any]()
        for v, value in zip(p.assigned, new, strict=False):
            if v not in p.rows and (v in p.copied or v in self._in_rows):
                value = self.backend.make_state(value, self.device, v in self._in_rows)
            if value is not None:
                found[v] = value
        return found

    def _fetched(self, t: Tensor, value: Any) -> Any:
        array = self.backend.to_numpy(value)
        if array.dtype != numpy_dtype(t.dtype):
            raise InternalError(
                None,
                t.op,
                f"backend {self.backend.name!r} computed {array.dtype} for {t.name}, which holds {t.dtype.name}",
            )
        return array if array.ndim else array[()]

    # Backend and host in turns ----------------------------------------------------------------------------------------

    def _take_turns(self, plan: _Plan, turns: list[_Plan], arrays: list[np.ndarray[Any, Any]]) -> list[Any]:
        """Runs part after part; variables take their new values when all are through."""
        run = _Run(dict(zip(plan.feeds, arrays, strict=True)))
        fetched = [t for t in plan.targets if isinstance(t, Tensor)]
        for turn in turns:
            for v in turn.part.variables if turn.part else ():
                self._variable(v, False)  # a missing one is said before anything runs
        for turn in turns:
            assert turn.part is not None
            if turn.targets:
                try:
                    self._backends_turn(turn, run)
                except OpError as error:
                    self._say_assertion(turn, run, error)
                    raise
            for t in fetched:
                if t in turn.part.targets:
                    run.answers[t] = self._fetched(t, run.values[t])
            for op in turn.part.hosts:
                inputs = [self._for_host(t, run) for t in op.inputs]
                run.values.update(zip(op.outputs, host.computed(op, inputs, self._host), strict=True))
        self._state.update(run.assigned)
        answers = (run.answers[t] if t in run.answers else self._for_host(t, run) for t in fetched)
        return [a[()] if isinstance(a, np.ndarray) and not a.ndim else a for a in answers]

    def _backends_turn(self, turn: _Plan, run: _Run) -> None:
        part = turn.part
        assert part is not None
        given = [self._fed(t, part, turn.specialises, run) for t in turn.feeds]
        step = turn.whole or self._step(turn, given)
        p = step.program
        for op in p.draws:
            if op.origin not in run.drawn:
                run.drawn[op.origin] = self.random.run(op)
        given += [array for op in p.draws for array in run.drawn[op.origin]]
        values = [run.assigned[v] if v in run.assigned else self._variable(v, v in p.rows) for v in p.variables]
        with step.scope():
            args = [step.give(a, self.device) if isinstance(a, np.ndarray) else a for a in given]
            out, new = self._call(step, args, values)
            run.values.update(zip((t for t in turn.targets if isinstance(t, Tensor)), out, strict=True))
            run.assigned.update(self._new_values(step, new))
            for truth, op in part.checked.items():
                if not self.backend.to_numpy(run.values[truth]):
                    raise self._guard_error(op)

    def _fed(self, t: Tensor, part: Part, as_array: bool, run: _Run) -> Any:
        """The value that a part is fed with for `t`; its shape is read when `as_array`."""
        if t in part.starts:
            value = self._variable(part.starts[t], False)
        elif t in part.reads:
            value = run.assigned[part.reads[t]]
        else:
            value = run.values[t]
        return value if isinstance(value, np.ndarray) or not as_array else np.asarray(self.backend.to_numpy(value))

    def _for_host(self, t: Tensor, run: _Run) -> np.ndarray[Any, Any]:
        """The value of `t` as an array that the host's operation may keep."""
        value = run.values[t] if t in run.values else t.op.attrs["value"]
        return np.array(value if isinstance(value, np.ndarray) else self.backend.to_numpy(value), order="C")

    def _say_assertion(self, turn: _Plan, run: _Run, failure: OpError) -> None:
        """Raises for a failing assertion of this part, which would have come before `failure`."""
        part = turn.part
        assert part is not None
        for op in part.asserted:
            taken = [t for t in op.inputs if t in part.targets]
            try:
                self._backends_turn(
                    _Plan(list(taken), part.feeds, self.route == "native", replace(part, checked={})), run
                )
                inputs = [self._for_host(t, run) for t in op.inputs]
            except OpError:
                continue
            try:
                host.computed(op, inputs, self._host)
            except OpError as assertion:
                raise assertion from failure

    def _explained_turns(self, turns: list[_Plan]) -> str:
        rows: list[str] = []
        for turn in turns:
            assert turn.part is not None
            if turn.targets:
                text = "specialised by the shapes of its feeds" if turn.specialises else self._turn_text(turn)
                rows.append(f"backend's part\n\n{text}")
            if turn.part.hosts:
                ops = [f"    {op.type} ({op.name})" for op in turn.part.hosts if op.type != "Const"]
                rows.append("\n".join(["host's part", *ops]))
        return "\n\n".join(rows) + "\n\nvariables take their new values when all parts are through\n"

    def _turn_text(self, turn: _Plan) -> str:
        return self._explanation(turn, self._step(turn, []))

    # Keeping ----------------------------------------------------------------------------------------------------------

    def snapshot(self, variables: Iterable[Operation]) -> tuple[dict[Operation, np.ndarray[Any, Any]], dict[str, Any]]:
        """Values of variables, each an array of the caller's own, and the state of the random draws, all between two runs.

        Raises FailedPreconditionError for a variable without a value, RuntimeError when closed.
        """
        with self._lock:
            self._check_open()
            values = {v: np.asarray(self.backend.to_numpy(self._variable(v, False))) for v in variables}
            return values, self.random.state()

    def restore(
        self, values: Mapping[Operation, np.ndarray[Any, Any]], random: Mapping[str, Any] | None = None
    ) -> None:
        """Gives variables values that fit them, and the random draws a state that `snapshot` gave; all of it or nothing."""
        with self._lock:
            self._check_open()
            wide = any(program.WIDE & {a.dtype.name} for a in values.values())
            with _scope(self.backend, wide, self.device)():
                new = {v: self.backend.make_state(a, self.device, v in self._in_rows) for v, a in values.items()}
            if random is not None:
                self.random.restore(random, self.graph)
            self._state.update(new)
            self._lost -= new.keys()

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session.")

    # Errors -----------------------------------------------------------------------------------------------------------

    def _guard_error(self, op: Operation) -> InvalidArgumentError:
        message = OPS[op.kernel].check_message.format(**op.attrs) if op.kernel else "indices outside of the table"
        return InvalidArgumentError(None, op.origin, f"{op.type}: {message}; no variable was changed")

    def _forget_lost(self, step: _Step) -> None:
        """After a framework failed with variables' memory in its hands: those that cannot be read are lost."""
        if not step.compiled:
            return
        for v in step.program.assigned:
            try:
                self.backend.to_numpy(self._state[v])
            except Exception:
                self._state.pop(v, None)
                self._lost.add(v)

    def _explained(self, step: _Step, error: Exception, args: list[Any]) -> Exception:
        """A framework's exception as one that names the user's line."""
        p = step.program
        lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == p.filename]
        op = p.lines.get(lines[-1] or 0) if lines else None
        text = str(error).strip().split("\n")[0]
        refused = isinstance(error, (IndexError, ValueError)) or type(error).__name__ == "InvalidArgumentError"
        if refused and op is not None and may_refuse(op):
            return self._guard_error(op)
        if op is None:
            checked = (*p.guards, *filter(may_refuse, p.lines.values()))
            op = next(iter(checked), None) if type(error).__name__ == "InvalidArgumentError" else None
            if op is not None:
                return self._guard_error(op)
        where = f" in line {lines[-1]} of the generated step" if lines else ""
        return InternalError(
            None,
            op.origin if op is not None else None,
            f"{self.backend.name} failed{where}: {type(error).__name__}: {text}",
        )

    def __repr__(self) -> str:
        return f"<samegraph.Session on {self.backend.name} {self.backend.version} ({self.device}), gradients by {self.route}>"


class InteractiveSession(Session):
    """A session that is the default one until closed (TF1: tf.InteractiveSession)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        session_stack().append(self)

    def close(self) -> None:
        if self in session_stack():
            session_stack().remove(self)
        super().close()


def get_default_session() -> Session | None:
    """The session of `Tensor.eval`, or None (TF1: tf.get_default_session)."""
    stack = session_stack()
    return stack[-1] if stack else None


def _flat_key(fetches: Any) -> object:
    """What one tensor or operation, or a flat list or tuple of them, is remembered by; None for other structures."""
    kind = type(fetches)
    if kind is Tensor or kind is Operation:
        return fetches
    if (kind is list or kind is tuple) and all(type(f) is Tensor or type(f) is Operation for f in fetches):
        return kind, *fetches
    return None


def _feeds_behind(operands: list[Tensor], feeds: list[Tensor]) -> set[int]:
    """Which integer feeds the shape operands are computed from."""
    behind = {t for op in ancestors(operands) for t in op.outputs} | set(operands)
    return {
        i
        for i, t in enumerate(feeds)
        if t in behind and t.dtype in ("int32", "int64") and t.type.shape is not None and len(t.type.shape) <= 1
    }


def _described(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"a {type(value).__name__}"


def _shape_hint(given: tuple[int, ...], wanted: Any) -> str:
    if wanted is None:
        return ""
    if len(given) == len(wanted) == 2 and compatible(wanted, given[::-1]):
        return "; its transpose would fit"
    if len(given) + 1 == len(wanted) and compatible(wanted, (*given, 1)):
        return (
            "; value.reshape(-1, 1) or value[:, None] would fit" if len(given) == 1 else "; value[..., None] would fit"
        )
    if len(given) + 1 == len(wanted) and compatible(wanted, (1, *given)):
        return "; value[None] would fit"
    return ""
