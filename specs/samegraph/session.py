"""Session: holds the variables' values and a cache of compiled programs, and runs them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from . import program
from .backend import ROUTES, Backend, find_device, load
from .graph import Graph, Operation, Tensor, ancestors, get_default_graph, session_stack
from .random import RandomStream
from .running import explaining, many
from .running.engine import Engine
from .running.feeds import as_fed, fed_tensors
from .running.fetches import Rebuild, key_of, parse
from .running.plans import Plan, scope
from .running.ways import entrance, ready

Elements = list[Tensor | Operation]


class Session:
    """Runs operations of a graph and keeps its variables' values (TF1: tf.Session).

    backend: a name, or a Backend; default: SAMEGRAPH_BACKEND, else "numpy". device: "cpu", "gpu", "gpu:1", "mps", "tpu";
    default: the backend's first. gradients: "native" (the framework's own autodiff, where it has one) or "rules" (the
    specification's vjp rules); default: SAMEGRAPH_GRADIENTS, else the backend's `default_route`. compile: True for what the
    backend compiles on request only (torch.compile), False for steps that run as they are written; default: as the backend
    does. Threads may share a session: their runs come one after another. Raises BackendError for an unknown backend,
    ValueError for an unknown device or route, or for a backend that cannot compile.
    """

    def __init__(
        self,
        target: str = "",
        graph: Graph | None = None,
        config: Any = None,
        backend: str | Backend | None = None,
        device: str | None = None,
        gradients: str | None = None,
        compile: bool | None = None,
    ) -> None:
        if target:
            raise ValueError(
                f"a session runs in this process; target must be empty, got {target!r} (name a backend with backend=...)"
            )
        chosen = backend or getattr(config, "backend", None) or os.environ.get("SAMEGRAPH_BACKEND") or "numpy"
        self.backend: Backend = _compiling(chosen if isinstance(chosen, Backend) else load(chosen), compile)
        self.device: str = find_device(self.backend, device or os.environ.get("SAMEGRAPH_DEVICE"))
        asked = gradients or os.environ.get("SAMEGRAPH_GRADIENTS") or self.backend.default_route
        if asked not in ROUTES:
            raise ValueError(f"gradients must be one of {', '.join(ROUTES)}, got {asked!r}")
        self.route = asked if self.backend.value_and_vjp is not None else "rules"
        self.graph: Graph = graph if graph is not None else get_default_graph()
        self._engine = Engine(self.graph, self.backend, self.device, self.route)
        self._plans: dict[object, Plan] = {}
        self._doors: dict[object, Callable[..., Any]] = {}
        self._lock = threading.RLock()
        self._closed: list[Session] = []
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
            stack.remove(self) if stack[-1] is not self else stack.pop()

    def close(self) -> None:
        """Drops the variables' values; a later `run` raises RuntimeError (TF1: Session.close)."""
        self._closed.append(self)
        self._engine.variables.values.clear()
        self._plans.clear()
        self._doors.clear()

    @property
    def graph_def(self) -> Graph:
        return self.graph

    @property
    def random(self) -> RandomStream:
        return self._engine.random

    # Running ----------------------------------------------------------------------------------------------------------

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """The values of `fetches`, in the structure they were given in (TF1: Session.run).

        fetches: tensors, operations (answered by None), variables, names, or lists, tuples, dicts of these. feed_dict: values
        for tensors. Answers belong to the caller. Raises InvalidArgumentError for a placeholder not fed or a value an op
        cannot take, FailedPreconditionError for an uninitialised variable, TypeError and ValueError for a wrong fetch or
        feed. A run that raises changes no variable.
        """
        feeds = feed_dict or ()
        try:
            if fetches.__class__ is list or fetches.__class__ is tuple:
                door = self._doors[(fetches.__class__, *fetches, None, *feeds)]
            else:
                door = self._doors[(fetches, None, *feeds)]
        except (KeyError, TypeError):
            door = self._prepare(fetches, feeds)
        return door(*feeds.values()) if feeds else door()

    def make_callable(
        self, fetches: Any, feed_list: Sequence[Any] | None = None, accept_options: bool = False
    ) -> Callable[..., Any]:
        """A function of the values of `feed_list` that runs `fetches` (TF1: Session.make_callable).

        It answers and raises what `run` does, and TypeError for another number of values. accept_options: it takes the
        keywords `options` and `run_metadata` too. Raises TypeError for a `feed_list` that is no list or tuple.
        """
        if feed_list is not None and not isinstance(feed_list, (list, tuple)):
            raise TypeError("`feed_list` must be a list or tuple.")
        elements, rebuild = parse(self.graph, fetches)
        door = self._made(elements, rebuild, list(feed_list or ()))
        count = len(feed_list or ())

        def call(*values: Any, **options: Any) -> Any:
            if len(values) != count or (
                options and not (accept_options and options.keys() <= {"options", "run_metadata"})
            ):
                raise TypeError(
                    f"this callable takes {count} values, got {len(values)} and {sorted(options) or 'no keywords'}"
                )
            return door(*values)

        return call

    def run_steps(self, fetches: Any, feeds: Any = None, steps: int | None = None) -> Any:
        """The values of `fetches` in many steps, one after another, stacked along a new first axis.

        feeds: values for tensors, stacked [steps, ...]; or an iterable of dicts, one a step; None for none. steps: how many;
        default: as many as are fed. Numbers, random draws and errors are those of `run` step by step: when a step raises,
        variables have the values that the step before it left. A fetch whose shape differs from step to step is answered by
        a list. One compiled loop does the steps where the backend has one. Raises ValueError for feeds that do not fit `steps`.
        """
        elements, rebuild = parse(self.graph, fetches)
        found = (
            self._stacked(elements, feeds or {}, steps)
            if feeds is None or isinstance(feeds, Mapping)
            else (self._from_dicts(elements, feeds, steps))
        )
        values = iter(found)
        return rebuild([next(values) if isinstance(e, Tensor) else None for e in elements])

    def explain(self, fetches: Any, feed_dict: Any = None) -> str:
        """How a run of `fetches` is computed: backend, route, source, what is compiled, specialised and donated."""
        elements, _ = parse(self.graph, fetches)
        feeds: dict[Tensor, Any] = dict(
            zip(fed_tensors(self.graph, feed_dict or ()), (feed_dict or {}).values(), strict=True)
        )
        if not feeds:
            feeds = {op.outputs[0]: None for op in ancestors(elements) if op.type == "Placeholder"}
        with self._lock:
            plan = self._plan(elements, list(feeds))
            if plan.turns is not None:
                return explaining.explained_turns(plan.turns, [self._turn_text(turn) for turn in plan.turns])
            if any(v is None for v in feeds.values()):
                if plan.must:
                    return "this program is specialised by the shapes of its feeds; give feed_dict to see its source"
                step = self._engine.planner.whole(plan)
            else:
                step = ready(self._engine, plan, [as_fed(t, v) for t, v in feeds.items()])
            return explaining.explanation(step, self.backend, self.device, self.route, plan)

    def _turn_text(self, turn: Plan) -> str:
        if not turn.targets or turn.must:
            return "specialised by the shapes of its feeds"
        step = self._engine.planner.whole(turn)
        return explaining.explanation(step, self.backend, self.device, self.route, turn)

    # Preparing --------------------------------------------------------------------------------------------------------

    def _prepare(self, fetches: Any, feeds: Any) -> Callable[..., Any]:
        """What runs `fetches` with values for the keys `feeds`, remembered where they tell it from all others."""
        self._check_open()
        told = key_of(fetches)
        key = None if told is None else (*told, None, *feeds)
        if key is not None and key in self._doors:
            return self._doors[key]
        elements, rebuild = parse(self.graph, fetches)
        door = self._made(elements, rebuild, list(feeds))
        if key is not None:
            self._doors[key] = door
        return door

    def _made(self, elements: Elements, rebuild: Rebuild, keys: list[Any]) -> Callable[..., Any]:
        feeds = fed_tensors(self.graph, keys)
        if len(set(feeds)) < len(feeds):
            return self._without_doubles(elements, rebuild, feeds)
        with self._lock:
            plan = self._plan(elements, feeds)
        return entrance(self._engine, plan, self._lock, self._closed, rebuild)

    def _without_doubles(self, elements: Elements, rebuild: Rebuild, feeds: list[Tensor]) -> Callable[..., Any]:
        """As _made, for several keys that stand for one tensor: the last one counts."""
        once = list(dict.fromkeys(feeds))
        door = self._made(elements, rebuild, once)

        def choose(*values: Any) -> Any:
            last = dict(zip(feeds, values, strict=True))
            return door(*[last[t] for t in once])

        return choose

    def _plan(self, elements: Elements, feeds: list[Tensor]) -> Plan:
        key = (tuple(elements), tuple(feeds))
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._engine.planner.plan(elements, feeds)
        return plan

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session.")

    # Many steps -------------------------------------------------------------------------------------------------------

    def _stacked(self, elements: Elements, feeds: Mapping[Any, Any], steps: int | None) -> list[Any]:
        """Stacked values of the tensors among `elements`, from stacked feeds."""
        count = many.count_of(feeds, steps)
        tensors = fed_tensors(self.graph, feeds)
        arrays = [as_fed(t, v) for t, v in zip(tensors, feeds.values(), strict=True)]
        door = self._made(elements, list, tensors)
        if not count:
            return many.nothing(elements)
        if len(set(tensors)) == len(tensors):
            with self._lock:
                self._check_open()
                plan = self._plan(elements, tensors)
                step = many.loop_of(self._engine, plan, [a[0, ...] for a in arrays])
                if step is not None:
                    return many.in_one_loop(self._engine, step, arrays, count)
                if (found := many.in_turn(self._engine, plan, arrays, count)) is not None:
                    return found
        return many.one_by_one(elements, (door(*[a[i, ...] for a in arrays]) for i in range(count)))

    def _from_dicts(self, elements: Elements, feeds: Iterable[Any], steps: int | None) -> list[Any]:
        """Stacked values of the tensors among `elements`, from one dict of feeds a step."""
        if self.backend.run_steps is None:
            return many.one_by_one(elements, (self.run(elements, f) for f in many.counted(feeds, steps)))
        parts: list[list[Any]] = []
        for chunk in many.chunks(feeds, steps):
            alike = many.stack_feeds(chunk)
            if alike is not None:
                parts.append(self._stacked(elements, alike, len(chunk)))
            else:
                parts.append(many.one_by_one(elements, (self.run(elements, f) for f in chunk)))
        return [many.joined(list(p)) for p in zip(*parts, strict=True)] if parts else many.nothing(elements)

    # Keeping ----------------------------------------------------------------------------------------------------------

    def snapshot(self, variables: Iterable[Operation]) -> tuple[dict[Operation, np.ndarray[Any, Any]], dict[str, Any]]:
        """Values of variables, each an array of the caller's own, and the state of the random draws, all between two runs.

        Raises FailedPreconditionError for a variable without a value, RuntimeError when closed.
        """
        with self._lock:
            self._check_open()
            value = self._engine.variables.value
            return {v: np.asarray(self.backend.to_numpy(value(v))) for v in variables}, self.random.state()

    def restore(
        self, values: Mapping[Operation, np.ndarray[Any, Any]], random: Mapping[str, Any] | None = None
    ) -> None:
        """Gives variables values that fit them, and the random draws a state that `snapshot` gave; all of it or nothing."""
        with self._lock:
            self._check_open()
            wide = any(program.WIDE & {a.dtype.name} for a in values.values())
            variables = self._engine.variables
            with scope(self.backend, wide, self.device)():
                new = variables.made(values)
            if random is not None:
                self.random.restore(random, self.graph)
            variables.values.update(new)

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


def _compiling(backend: Backend, asked: bool | None) -> Backend:
    """The backend as it is asked to treat steps."""
    if asked is None or (asked and backend.compile is not None):
        return backend
    if not asked:
        return replace(backend, compile=None, ok_all=None, barrier=None, run_steps=None)
    if not backend.if_compiling:
        raise ValueError(f"backend {backend.name!r} compiles nothing; leave compile out")
    return replace(backend, **backend.if_compiling)
