"""A state machine over graph and sessions: build, run, assign, feed, fork, grow, fail, against a plain model of what TF1 says.

The model holds each variable's value as an array, and a tensor as a function from variables' values and feeds to its value;
it knows no graph, no program and no cache. Values are small integers held in float64, so that every backend is exact and
every comparison an equality.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

import samegraph.tf1 as tf
from samegraph.backend import Backend
from samegraph.conformance.checks import counted
from samegraph.session import Session

Array = np.ndarray[Any, Any]
World = tuple[Mapping[str, Array], Mapping[Any, Array]]
_LIMIT = 2.0**40

VALUES = st.integers(-8, 8).map(float)
COLUMNS = 2


def matrices(rows: int | None = None) -> st.SearchStrategy[Array]:
    """Whole numbers as float64, of `rows` rows or of 1 to 4, two columns."""
    sizes = st.integers(1, 4) if rows is None else st.just(rows)
    return sizes.flatmap(
        lambda n: st.lists(VALUES, min_size=n * COLUMNS, max_size=n * COLUMNS).map(
            lambda v: np.array(v).reshape(n, COLUMNS)
        )
    )


@dataclass(frozen=True)
class Node:
    """A tensor, what it is worth given (variables at the start of the run, feeds), and the placeholders it needs."""

    tensor: Any
    worth: Callable[[World], Array]
    needs: frozenset[Any]


@dataclass
class State:
    """A session, and what the model says its variables hold; None before they are initialised."""

    session: Session
    held: dict[str, Array | None]


class Machine(RuleBasedStateMachine):
    """Graph and sessions under test, on one backend by one route (set on a subclass)."""

    backend: Backend
    route: str

    nodes = Bundle("nodes")
    variables = Bundle("variables")

    def __init__(self) -> None:
        super().__init__()
        self.graph = tf.Graph()
        self.entered = self.graph.as_default()
        self.entered.__enter__()
        self.rows: dict[str, int] = {}
        self.states: list[State] = []
        self.folder = tempfile.TemporaryDirectory()
        self.kept: list[tuple[Array, Array]] = []
        self.saved: list[tuple[Any, str, dict[str, Array]]] = []
        tf.set_random_seed(11)

    def teardown(self) -> None:
        for given, before in self.kept:
            np.testing.assert_array_equal(given, before)  # an answer changed after it was given
        for state in self.states:
            state.session.close()
        self.entered.__exit__(None, None, None)
        self.folder.cleanup()

    # Sessions ---------------------------------------------------------------------------------------------------------

    @initialize(target=nodes)
    def start(self) -> Node:
        x = tf.placeholder(tf.float64, [None, COLUMNS])
        return Node(x, lambda w: w[1][x], frozenset([x]))

    @initialize(target=variables, value=matrices())
    def start_trained(self, value: Array) -> Any:
        v = self.variable_of(value)
        self.fork()
        self.initialise_all(0)
        return v

    @precondition(lambda self: len(self.states) < 3)
    @rule()
    def fork(self) -> None:
        """A session more on the same graph: it shares no variable with the others."""
        session = Session(graph=self.graph, backend=self.backend, gradients=self.route)
        self.states.append(State(session, dict.fromkeys(self.rows)))

    @rule(which=st.integers(0, 2))
    def initialise_all(self, which: int) -> None:
        state = self.state(which)
        state.session.run(tf.global_variables_initializer())
        for name, v in self.model_initial.items():
            state.held[name] = v.copy()

    @property
    def model_initial(self) -> dict[str, Array]:
        return self.graph.extras.setdefault("machine initial values", {})

    def state(self, which: int) -> State:
        return self.states[which % len(self.states)]

    # Building ---------------------------------------------------------------------------------------------------------

    @rule(target=nodes, value=matrices())
    def constant(self, value: Array) -> Node:
        given = value.copy()
        t = tf.constant(given)
        given[:] = np.nan  # a constant keeps what it was made of
        return Node(t, lambda w: value, frozenset())

    @precondition(lambda self: len(self.rows) < 4)
    @rule(target=variables, value=matrices())
    def variable(self, value: Array) -> Any:
        """A variable, also after runs: sessions that ran before know it as uninitialised."""
        return self.variable_of(value)

    def variable_of(self, value: Array) -> Any:
        v = tf.Variable(value)
        self.rows[v.name] = len(value)
        self.model_initial[v.name] = value
        for state in self.states:
            state.held[v.name] = None
        return v

    @rule(target=nodes, v=variables)
    def read(self, v: Any) -> Node:
        return Node(v._as_graph_element(), lambda w: w[0][v.name], frozenset())

    @rule(target=nodes, a=nodes, b=nodes, how=st.sampled_from(["add", "subtract", "maximum"]))
    def combine(self, a: Node, b: Node, how: str) -> Node:
        """Column sums of one, broadcast over the other, so that any two fit."""
        t = getattr(tf, how)(a.tensor, tf.reduce_sum(b.tensor, axis=0))
        model = {"add": np.add, "subtract": np.subtract, "maximum": np.maximum}[how]
        return Node(t, lambda w: model(a.worth(w), b.worth(w).sum(axis=0)), a.needs | b.needs)

    @rule(target=nodes, a=nodes)
    def halves(self, a: Node) -> Node:
        """A shape that is only known when fed: as many rows of half as many columns."""
        t = tf.reshape(a.tensor, [tf.shape(a.tensor)[0] * 2, 1])
        wide = tf.concat([t, t], axis=1)
        return Node(wide, lambda w: np.repeat(a.worth(w).reshape(-1, 1), 2, axis=1), a.needs)

    @rule(target=nodes, a=nodes)
    def gradient(self, a: Node) -> Node:
        """d sum(a * a) / d a = 2 a."""
        (g,) = tf.gradients(tf.reduce_sum(a.tensor * a.tensor), [a.tensor])
        return Node(g, lambda w: 2 * a.worth(w), a.needs)

    # Running ----------------------------------------------------------------------------------------------------------

    def feeds(self, nodes: list[Node], data: Any) -> dict[Any, Array]:
        needed = dict.fromkeys(x for node in nodes for x in sorted(node.needs, key=lambda t: t.name))
        return {x: data.draw(matrices(), label=x.name) for x in needed}

    def missing(self, state: State, nodes: list[Node]) -> bool:
        """Whether a run needs a variable that is not initialised; asks the model, which raises KeyError then."""
        held = {k: v for k, v in state.held.items() if v is not None}
        one = {x: np.zeros((1, COLUMNS)) for node in nodes for x in node.needs}
        try:
            for node in nodes:
                node.worth((held, one))
        except KeyError:
            return True
        return False

    def expect(self, state: State, fetches: Any, feeds: dict[Any, Array], wanted: list[Array]) -> None:
        """Runs and compares; then writes over what was fed, and over one of the answers."""
        given = {x: v.copy() for x, v in feeds.items()}
        got = state.session.run(fetches, given)
        for x in given:
            np.testing.assert_array_equal(given[x], feeds[x])  # feeds are never written to
            given[x][:] = np.nan
        for g, w in zip(got, wanted, strict=True):
            assert g.dtype == np.float64
            np.testing.assert_array_equal(g, w)
            counted(self.backend.name, g.size)
        if got:
            got[0][...] = -1.0
            self.kept.append((got[-1], got[-1].copy()))

    @rule(which=st.integers(0, 2), chosen=st.lists(nodes, min_size=1, max_size=3), twice=st.booleans(), data=st.data())
    def run(self, which: int, chosen: list[Node], twice: bool, data: Any) -> None:
        """Fetches some tensors, one of them perhaps twice; variables that are not initialised are an error."""
        state = self.state(which)
        feeds = self.feeds(chosen, data)
        chosen = chosen + chosen[:1] if twice else chosen
        fetches = [node.tensor for node in chosen]
        if self.missing(state, chosen):
            with pytest.raises(tf.errors.FailedPreconditionError):
                state.session.run(fetches, feeds)
            return
        held: Any = state.held
        self.expect(state, fetches, feeds, [node.worth((held, feeds)) for node in chosen])

    @rule(which=st.integers(0, 2), a=nodes, b=nodes, data=st.data())
    def feed_in_the_middle(self, which: int, a: Node, b: Node, data: Any) -> None:
        """A value fed for a tensor stands for it, whatever would compute it; what it is computed from need not be there."""
        state = self.state(which)
        t = a.tensor + tf.reduce_sum(b.tensor, axis=0)
        value = data.draw(matrices(), label="fed")
        rows = a.tensor.shape[0].value
        if rows is not None:
            value = np.resize(value, (rows, COLUMNS))
        self.expect(state, [t * 2.0, t], {t: value}, [value * 2.0, value])

    @rule(which=st.integers(0, 2), a=nodes)
    def forget_to_feed(self, which: int, a: Node) -> None:
        if a.needs and not self.missing(self.state(which), [a]):
            with pytest.raises(tf.errors.InvalidArgumentError, match="You must feed a value"):
                self.state(which).session.run(a.tensor * 1.0)

    # State ------------------------------------------------------------------------------------------------------------

    @rule(
        which=st.integers(0, 2),
        v=variables,
        how=st.sampled_from(["assign", "assign_add", "assign_sub"]),
        data=st.data(),
    )
    def assign(self, which: int, v: Any, how: str, data: Any) -> None:
        """The value of an assignment is the new one; a read beside it sees the old one, a read after it the new one."""
        state = self.state(which)
        x = tf.placeholder(tf.float64, [self.rows[v.name], COLUMNS])
        update = getattr(tf, how)(v, x)
        with tf.control_dependencies([update]):
            after = v.read_value()
        before = v._as_graph_element() + 0.0
        value = data.draw(matrices(self.rows[v.name]))
        old = state.held[v.name]
        if old is None:
            with pytest.raises(tf.errors.FailedPreconditionError):
                state.session.run([update, after, before], {x: value})
            if how == "assign":
                self.expect(state, [update, after], {x: value}, [value, value])
                state.held[v.name] = value
            return
        new = {"assign": value, "assign_add": old + value, "assign_sub": old - value}[how]
        self.expect(state, [update, after, before], {x: value}, [new, new, old])
        state.held[v.name] = new if np.abs(new).max() < _LIMIT else None
        if state.held[v.name] is None:
            state.session.run(v.initializer)
            state.held[v.name] = self.model_initial[v.name].copy()

    @rule(which=st.integers(0, 2), v=variables, a=nodes, data=st.data())
    def train(self, which: int, v: Any, a: Node, data: Any) -> None:
        """Descent on sum(v * c): a gradient, applied; the loss is that of before."""
        state = self.state(which)
        feeds = self.feeds([a], data)
        if state.held[v.name] is None or self.missing(state, [a]):
            return
        loss = tf.reduce_sum(v * tf.reduce_sum(a.tensor, axis=0))
        step = tf.train.GradientDescentOptimizer(1.0).minimize(loss, var_list=[v])
        held: Any = state.held
        slope = np.broadcast_to(a.worth((held, feeds)).sum(axis=0), held[v.name].shape)
        if self.depends(a, v, held, feeds):
            return
        wanted = float(np.sum(held[v.name] * slope))
        given = {x: value.copy() for x, value in feeds.items()}
        _, got = state.session.run([step, loss], given)
        assert got == wanted
        new = state.held[v.name] = held[v.name] - slope
        self.expect(state, [v], {}, [new])

    def depends(self, a: Node, v: Any, held: dict[str, Array], feeds: dict[Any, Array]) -> bool:
        """Whether a tensor is computed from a variable: the model is asked for it without that variable."""
        try:
            a.worth(({k: w for k, w in held.items() if k != v.name and w is not None}, feeds))
        except KeyError:
            return True
        return False

    @rule(
        which=st.integers(0, 2), v=variables, ids=st.lists(st.integers(-1, 4), min_size=1, max_size=4), data=st.data()
    )
    def add_rows(self, which: int, v: Any, ids: list[int], data: Any) -> None:
        """Rows added at ids, equal ones summed; an id out of range changes neither this variable nor another."""
        state, rows = self.state(which), self.rows[v.name]
        if state.held[v.name] is None:
            return
        at = tf.placeholder(tf.int32, [None])
        updates = np.array(data.draw(matrices(len(ids))))
        beside = tf.Variable(np.zeros([1, COLUMNS]))
        state.session.run(beside.initializer)
        both = tf.group(tf.scatter_add(v, at, tf.constant(updates)), tf.assign_add(beside, np.ones([1, COLUMNS])))
        if all(0 <= i < rows for i in ids):
            state.session.run(both, {at: ids})
            new = np.array(state.held[v.name])
            np.add.at(new, ids, updates)
            state.held[v.name] = new
            self.expect(state, [beside], {}, [np.ones([1, COLUMNS])])
        else:
            with pytest.raises(tf.errors.InvalidArgumentError, match="outside of the table"):
                state.session.run(both, {at: ids})
            self.expect(state, [beside], {}, [np.zeros([1, COLUMNS])])
        held: Any = state.held[v.name]
        self.expect(state, [v], {}, [held])

    @rule(which=st.integers(0, 2), v=variables, bad=st.sampled_from([np.nan, np.inf]))
    def fail_half_way(self, which: int, v: Any, bad: float) -> None:
        """A run that raises changes no variable."""
        state = self.state(which)
        held: Any = state.held[v.name]
        if held is None:
            return
        x = tf.placeholder(tf.float64, [])
        step = tf.group(tf.assign(v, tf.zeros_like(v)), tf.check_numerics(x, "checked"))
        with pytest.raises(tf.errors.InvalidArgumentError, match="checked"):
            state.session.run(step, {x: bad})
        self.expect(state, [v], {}, [held])

    # Order ------------------------------------------------------------------------------------------------------------

    @rule(which=st.integers(0, 2), v=variables, steps=st.lists(st.sampled_from("+-=r"), min_size=2, max_size=5))
    def chain(self, which: int, v: Any, steps: str) -> None:
        """Assignments and reads, each after the one before by control dependencies: fetched in one run, in that order."""
        state = self.state(which)
        if state.held[v.name] is None:
            return
        now: Any = state.held[v.name]
        fetches: list[Any] = []
        wanted: list[Array] = []
        last: list[Any] = []
        for i, kind in enumerate(steps):
            value = np.full(now.shape, float(i + 1))
            with tf.control_dependencies(last):
                if kind == "r":
                    t = v.read_value()
                else:
                    t = getattr(tf, {"+": "assign_add", "-": "assign_sub", "=": "assign"}[kind])(v, value)
            now = {"r": now, "+": now + value, "-": now - value, "=": value}[kind]
            fetches.append(t)
            wanted.append(now)
            last = [t]
        self.expect(state, fetches[::-1], {}, wanted[::-1])
        state.held[v.name] = now
        self.expect(state, [v], {}, [now])

    # Random draws -----------------------------------------------------------------------------------------------------

    @rule(which=st.integers(0, 2), seed=st.integers(1, 5), times=st.integers(1, 3))
    def draw(self, which: int, seed: int, times: int) -> None:
        """A random operation's draws are those of a new session on NumPy, draw by draw."""
        t = tf.random_normal([2, COLUMNS], dtype=tf.float64, seed=seed)
        other = Session(graph=self.graph, backend="numpy")
        for _ in range(times):
            self.expect(self.state(which), [t, t], {}, [other.run(t)] * 2)

    # Checkpoints ------------------------------------------------------------------------------------------------------

    @rule(which=st.integers(0, 2))
    def save(self, which: int) -> None:
        """Variables that a rule made for itself are no part of it: another session never initialised them."""
        state = self.state(which)
        if not self.rows or any(v is None for v in state.held.values()):
            return
        saver = tf.train.Saver([v for v in tf.global_variables() if v.name in self.rows], max_to_keep=None)
        path = saver.save(state.session, str(Path(self.folder.name) / f"checkpoint-{len(self.saved)}"))
        assert path is not None
        self.saved.append((saver, path, {k: np.array(v) for k, v in state.held.items()}))

    @precondition(lambda self: self.saved)
    @rule(which=st.integers(0, 2), number=st.integers(0, 7))
    def restore(self, which: int, number: int) -> None:
        """Into the session that was saved, or into another."""
        state = self.state(which)
        saver, path, held = self.saved[number % len(self.saved)]
        saver.restore(state.session, path)
        state.held.update({k: v.copy() for k, v in held.items()})


def machine_on(backend: Backend, route: str) -> type[Machine]:
    made: Any = type(f"MachineOn{backend.name.capitalize()}", (Machine,), {"backend": backend, "route": route})
    return made


def test_sessions_do_as_the_model_says(backend: Backend, route: str, compiled: bool, request: Any) -> None:
    """Any order of building, running, assigning, failing and growing answers what a plain model answers."""
    thorough = request.config.getoption("--samegraph-thorough")
    examples, steps = (6, 20) if compiled else (8, 30) if backend.compile is not None else (20, 30)
    tested = backend if compiled else replace(backend, compile=None, ok_all=None, barrier=None)
    run_state_machine_as_test(
        machine_on(tested, route),
        settings=settings(
            max_examples=20 * examples if thorough else examples,
            stateful_step_count=steps,
            phases=(Phase.generate, Phase.shrink),
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),  # pyright: ignore[reportArgumentType]
        ),
    )
