"""What a step of an optimizer is made of, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import samegraph.tf1 as tf


@pytest.fixture(autouse=True)
def graph() -> Iterator[tf.Graph]:
    """Names count from those that a graph has: what another test made must not lie in it."""
    with tf.Graph().as_default() as g:
        yield g


BY_ROWS: dict[str, Callable[[], Any]] = {
    "descent": lambda: tf.train.GradientDescentOptimizer(0.1),
    "momentum": lambda: tf.train.MomentumOptimizer(0.1, 0.9),
    "adagrad": lambda: tf.train.AdagradOptimizer(0.1),
    "rmsprop": lambda: tf.train.RMSPropOptimizer(0.1, centered=True),
    "adadelta": lambda: tf.train.AdadeltaOptimizer(0.1),
    "ftrl": lambda: tf.train.FtrlOptimizer(0.1),
    "proximal": lambda: tf.train.ProximalGradientDescentOptimizer(0.1),
}


@pytest.mark.parametrize("name", BY_ROWS)
def test_a_sparse_step_computes_with_rows_alone(name: str) -> None:
    """No operation of the step makes a value of the table's size, whatever ids are fed."""
    ids = tf.placeholder(tf.int32, [None])
    table = tf.Variable(tf.ones([50, 2]))
    loss = tf.reduce_sum(tf.square(tf.gather(table, ids)))
    optimizer = BY_ROWS[name]()
    before = set(tf.get_default_graph().get_operations())
    optimizer.minimize(loss)
    slots = {v.op for v in optimizer.variables()}
    inside = f"{optimizer.get_name()}/"
    step = [op for op in tf.get_default_graph().get_operations() if op not in before and op.name.startswith(inside)]
    computing = [op for op in step if op.kernel]
    assert computing or name == "descent"
    assert not [op for op in computing if op not in slots and op.outputs[0].type.shape == (50, 2)]
    assert [op for op in step if op.type.startswith("Scatter")]


# Numbers ------------------------------------------------------------------------------------------------------------------

# Each takes a place p, its gradient g, the rate r and the slots s of the place, which it changes; it answers the new place.
Formula = Callable[[Any, Any, float, dict[str, Any]], Any]


def descent(p: Any, g: Any, r: float, s: dict[str, Any]) -> Any:
    return p - r * g


def momentum(nesterov: bool, rate_inside: bool = False) -> Formula:
    def step(p: Any, g: Any, r: float, s: dict[str, Any]) -> Any:
        pull, outside = (r * g, 1.0) if rate_inside else (g, r)
        s["velocity"] = 0.75 * s["velocity"] + pull
        return p - outside * (pull + 0.75 * s["velocity"] if nesterov else s["velocity"])

    return step


def adagrad(inside: float = 0.0, outside: float = 0.0) -> Formula:
    def step(p: Any, g: Any, r: float, s: dict[str, Any]) -> Any:
        s["sum"] = s["sum"] + g**2
        return p - r * g / (np.sqrt(s["sum"] + inside) + outside)

    return step


def rmsprop(centered: bool = False, outside: bool = False, rate_outside: bool = False) -> Formula:
    def step(p: Any, g: Any, r: float, s: dict[str, Any]) -> Any:
        s["square"] = 0.875 * s["square"] + 0.125 * g**2
        s["mean"] = 0.875 * s["mean"] + 0.125 * g
        spread = s["square"] - s["mean"] ** 2 if centered else s["square"]
        pull = g / (np.sqrt(spread) + 0.0625 if outside else np.sqrt(spread + 0.0625))
        s["velocity"] = 0.5 * s["velocity"] + (pull if rate_outside else r * pull)
        return p - (r * s["velocity"] if rate_outside else s["velocity"])

    return step


def adadelta(p: Any, g: Any, r: float, s: dict[str, Any]) -> Any:
    s["squares"] = 0.875 * s["squares"] + 0.125 * g**2
    step = np.sqrt(s["sizes"] + 0.0625) / np.sqrt(s["squares"] + 0.0625) * g
    s["sizes"] = 0.875 * s["sizes"] + 0.125 * step**2
    return p - r * step


def ftrl(power: float = -0.5, l1: float = 0.0, l2: float = 0.0, shrinkage: float = 0.0, beta: float = 0.0) -> Formula:
    def step(p: Any, g: Any, r: float, s: dict[str, Any]) -> Any:
        new = s["sum"] + g**2
        s["linear"] = s["linear"] + g + 2 * shrinkage * p - (new**-power - s["sum"] ** -power) / r * p
        s["sum"] = new
        return (np.clip(s["linear"], -l1, l1) - s["linear"]) / ((new**-power + beta) / r + 2 * l2)

    return step


def proximal(p: Any, g: Any, r: float, s: dict[str, Any]) -> Any:
    p = p - r * g
    return np.sign(p) * np.maximum(np.abs(p) - r * 0.5, 0.0) / (1.0 + r * 0.25)


def adam(hat: bool, decay: float = 0.0, lamb: bool = False) -> Formula:
    def step(p: Any, g: Any, r: float, s: dict[str, Any]) -> Any:
        s["t"] = s["t"] + 1
        s["m"], s["v"] = 0.75 * s["m"] + 0.25 * g, 0.875 * s["v"] + 0.125 * g**2
        far1, far2 = 1 - 0.75 ** s["t"], 1 - 0.875 ** s["t"]
        if hat:
            d = np.sqrt(far2) / far1 * s["m"] / (np.sqrt(s["v"]) + 0.0625)
        else:
            d = s["m"] / far1 / (np.sqrt(s["v"] / far2) + 0.0625)
        d = d + decay * p
        return p - r * d * (np.linalg.norm(p) / np.linalg.norm(d) if lamb else 1.0)

    return step


BETAS = 0.75, 0.875, 0.0625
# name: (ours at a rate, its formula, with what its slots begin).
FORMULAS: dict[str, tuple[Callable[[Any], Any], Formula, dict[str, float]]] = {
    "descent": (lambda r: tf.train.GradientDescentOptimizer(r), descent, {}),
    "momentum": (lambda r: tf.train.MomentumOptimizer(r, 0.75), momentum(False), {"velocity": 0.0}),
    "nesterov": (
        lambda r: tf.train.MomentumOptimizer(r, 0.75, use_nesterov=True),
        momentum(True),
        {"velocity": 0.0},
    ),
    "nesterov, rate inside": (
        lambda r: tf.train.MomentumOptimizer(r, 0.75, use_nesterov=True, rate_in_velocity=True),
        momentum(True, rate_inside=True),
        {"velocity": 0.0},
    ),
    "adagrad": (lambda r: tf.train.AdagradOptimizer(r), adagrad(), {"sum": 0.1}),
    "adagrad, epsilon inside": (
        lambda r: tf.train.AdagradOptimizer(r, 0.25, epsilon=1.0),
        adagrad(inside=1.0),
        {"sum": 0.25},
    ),
    "adagrad, epsilon outside": (
        lambda r: tf.train.AdagradOptimizer(r, 0.0, epsilon=0.5, epsilon_outside=True),
        adagrad(outside=0.5),
        {"sum": 0.0},
    ),
    "rmsprop": (
        lambda r: tf.train.RMSPropOptimizer(r, 0.875, 0.5, 0.0625),
        rmsprop(),
        {"square": 1.0, "mean": 0.0, "velocity": 0.0},
    ),
    "rmsprop, centered": (
        lambda r: tf.train.RMSPropOptimizer(r, 0.875, 0.5, 0.0625, centered=True),
        rmsprop(centered=True),
        {"square": 1.0, "mean": 0.0, "velocity": 0.0},
    ),
    "rmsprop, as PyTorch": (
        lambda r: tf.train.RMSPropOptimizer(
            r, 0.875, 0.5, 0.0625, initial_mean_square=0.0, epsilon_outside=True, rate_outside=True
        ),
        rmsprop(outside=True, rate_outside=True),
        {"square": 0.0, "mean": 0.0, "velocity": 0.0},
    ),
    "adadelta": (
        lambda r: tf.train.AdadeltaOptimizer(r, 0.875, 0.0625),
        adadelta,
        {"squares": 0.0, "sizes": 0.0},
    ),
    "ftrl": (lambda r: tf.train.FtrlOptimizer(r), ftrl(), {"sum": 0.1, "linear": 0.0}),
    "ftrl, regularized": (
        lambda r: tf.train.FtrlOptimizer(
            r, -0.75, 0.25, 2.0, 0.5, l2_shrinkage_regularization_strength=0.125, beta=0.5
        ),
        ftrl(-0.75, 2.0, 0.5, 0.125, 0.5),
        {"sum": 0.25, "linear": 0.0},
    ),
    "proximal": (lambda r: tf.train.ProximalGradientDescentOptimizer(r, 0.5, 0.25), proximal, {}),
    "adam": (lambda r: tf.train.AdamOptimizer(r, *BETAS), adam(True), {"t": 0.0, "m": 0.0, "v": 0.0}),
    "adam, epsilon outside": (
        lambda r: tf.train.AdamOptimizer(r, *BETAS, epsilon_hat=False),
        adam(False),
        {"t": 0.0, "m": 0.0, "v": 0.0},
    ),
    "adamw": (lambda r: tf.train.AdamWOptimizer(r, 0.5, *BETAS), adam(False, 0.5), {"t": 0.0, "m": 0.0, "v": 0.0}),
    "adamw, epsilon hat": (
        lambda r: tf.train.AdamWOptimizer(r, 0.5, *BETAS, epsilon_hat=True),
        adam(True, 0.5),
        {"t": 0.0, "m": 0.0, "v": 0.0},
    ),
    "lamb": (
        lambda r: tf.train.LambOptimizer(r, 0.5, *BETAS),
        adam(False, 0.5, lamb=True),
        {"t": 0.0, "m": 0.0, "v": 0.0},
    ),
    "lamb, epsilon hat": (
        lambda r: tf.train.LambOptimizer(r, 0.5, *BETAS, epsilon_hat=True),
        adam(True, 0.5, lamb=True),
        {"t": 0.0, "m": 0.0, "v": 0.0},
    ),
}
START = np.array([[1.0, -2.0], [0.5, 3.0], [-0.25, 0.75]])
STEPS = (0.5, [0, 2, 0]), (0.25, [1, 2, 2]), (0.125, [0, 0, 1]), (0.125, [2])  # a rate, and rows of the table


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize("name", FORMULAS)
def test_steps_follow_the_formula(name: str, sparse: bool) -> None:
    """In float64, under a falling rate; of a table only the rows of a step, repeated ones summed, but by Adam all of it."""
    make, formula, begin = FORMULAS[name]
    rate, ids = tf.placeholder(tf.float32, []), tf.placeholder(tf.int32, [None])
    table = tf.Variable(tf.constant(START, tf.float64), name="table")
    value = tf.gather(table, ids) if sparse else table
    optimizer = make(rate)
    step = optimizer.minimize(tf.reduce_sum(tf.square(value - 0.5)))
    want, slots = START.copy(), {n: np.full_like(START, v) for n, v in begin.items()}
    with tf.Session(backend="numpy") as session:
        session.run(tf.global_variables_initializer())
        for r, rows in STEPS:
            session.run(step, {rate: r, ids: rows} if sparse else {rate: r})
            g = 2 * (want - 0.5) * (np.bincount(rows, minlength=3)[:, None] if sparse else 1.0)
            at = np.unique(rows) if sparse and "t" not in begin else np.arange(3)
            own = {n: v[at] for n, v in slots.items()}
            want[at] = formula(want[at], g[at], r, own)
            for n, v in own.items():
                slots[n][at] = v
            np.testing.assert_allclose(session.run(table), want, rtol=1e-12, atol=1e-12)
        held = sorted(session.run([v for v in optimizer.variables() if v.shape == (3, 2)]), key=lambda a: a.tolist())
    unheld = {"t"} if "centered" in name else {"t", "mean"}  # the power of t is a scalar
    kept = sorted((v for n, v in slots.items() if n not in unheld), key=lambda a: a.tolist())
    assert len(held) == len(kept)
    for got, slot in zip(held, kept, strict=True):
        np.testing.assert_allclose(got, slot, rtol=1e-12, atol=1e-12)


def test_lamb_of_a_variable_or_a_step_of_zeros() -> None:
    """There is no ratio of lengths then: the step is Adam's."""
    zeros, still = tf.Variable([0.0, 0.0]), tf.Variable([3.0, 4.0])
    step = tf.train.LambOptimizer(0.5, epsilon=0.0).minimize(2.0 * zeros[0] - zeros[1] + 0.0 * tf.reduce_sum(still))
    plain = tf.train.LambOptimizer(0.5, epsilon=0.5).minimize(0.0 * tf.reduce_sum(still))
    with tf.Session(backend="numpy") as session:
        session.run(tf.global_variables_initializer())
        session.run(plain)
        assert session.run(still).tolist() == [3.0, 4.0]
        session.run(step, {})
        np.testing.assert_allclose(session.run(zeros), [-0.5, 0.5], rtol=1e-5)


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: tf.train.AdagradOptimizer(0.1, 0.0), "initial_accumulator_value must be positive"),
        (lambda: tf.train.AdagradOptimizer(0.1, -1.0), "initial_accumulator_value must be positive"),
        (lambda: tf.train.FtrlOptimizer(0.1, learning_rate_power=0.5), "learning_rate_power 0.5 needs to be negative"),
        (lambda: tf.train.FtrlOptimizer(0.1, l1_regularization_strength=-1.0), "l1_regularization_strength"),
        (lambda: tf.train.FtrlOptimizer(0.1, l2_regularization_strength=-1.0), "l2_regularization_strength -1.0"),
        (lambda: tf.train.FtrlOptimizer(0.1, l2_shrinkage_regularization_strength=-1.0), "l2_shrinkage"),
        (lambda: tf.train.FtrlOptimizer(0.1, initial_accumulator_value=-1.0), "initial_accumulator_value"),
    ],
)
def test_hyper_parameters_out_of_range(make: Callable[[], Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        make()


def test_hyper_parameters_at_the_end_of_their_range() -> None:
    """Not raised to a power, neither strength nor a first accumulator: w - rate g is what is left of the formula."""
    w = tf.Variable(1.0)
    step = tf.train.FtrlOptimizer(0.5, 0.0, 0.0).minimize(3.0 * w)
    with tf.Session(backend="numpy") as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        assert session.run(w) == -1.5


def test_slots_are_named_as_tensorflow_1_names_them() -> None:
    w = tf.Variable(1.0, name="w")
    momentum, ftrl = tf.train.MomentumOptimizer(0.1, 0.9), tf.train.FtrlOptimizer(0.1)
    momentum.minimize(w * w)
    ftrl.minimize(w * w)
    assert momentum.get_slot_names() == ["momentum"]
    assert momentum.get_slot(w, "momentum").op.name == "w/Momentum"
    assert [ftrl.get_slot(w, n).op.name for n in ("accum", "linear")] == ["w/Ftrl", "w/Ftrl_1"]


@pytest.mark.parametrize(("nesterov", "values"), [(False, [1.5, 0.375]), (True, [0.75, 0.09375])])
def test_a_velocity_that_holds_the_rate(nesterov: bool, values: list[float]) -> None:
    """rate_in_velocity, Keras' spelling: a rate that was halved leaves what the velocity holds as it was."""
    w, rate = tf.Variable(3.0), tf.placeholder(tf.float32, [])
    step = tf.train.MomentumOptimizer(rate, 0.5, use_nesterov=nesterov, rate_in_velocity=True).minimize(w * w)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for r, value in zip((0.25, 0.125), values, strict=True):
            session.run(step, {rate: r})
            assert session.run(w) == value


def test_a_step_counts_itself() -> None:
    """`global_step` is raised by one a step, by `minimize` as by `apply_gradients`."""
    w, count = tf.Variable(3.0), tf.Variable(5, trainable=False)
    descent = tf.train.GradientDescentOptimizer(0.25)
    first = descent.minimize(w * w, global_step=count)
    second = descent.apply_gradients(descent.compute_gradients(w * w), global_step=count)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for step, value in ((first, 1.5), (first, 0.75), (second, 0.375)):
            session.run(step)
            assert session.run(w) == value
        assert session.run(count) == 8


def test_the_variables_that_adam_makes_come_in_tf1s_order():
    """As TensorFlow 1: its powers, then both moments of each variable."""
    variables = [tf.Variable(1.0, name=name) for name in "ab"]
    adam = tf.train.AdamOptimizer()
    adam.minimize(tf.square(variables[0]) + tf.square(variables[1]))
    wanted = ["beta1_power", "beta2_power", "a/Adam", "a/Adam_1", "b/Adam", "b/Adam_1"]
    assert [v.op.name for v in tf.global_variables()[2:]] == wanted


def test_the_powers_of_adam_are_made_once_and_are_raised_after_every_step() -> None:
    a, b = tf.Variable(tf.constant(1.0, tf.float64), name="a"), tf.Variable(tf.constant(1.0, tf.float64), name="b")
    adam = tf.train.AdamOptimizer(0.5, 0.75, 0.5, name="Fast")
    with tf.name_scope("inner"):
        first = adam.minimize(a * a, var_list=[a])
        second = adam.minimize(b * b, var_list=[b])
    names = ["beta1_power", "beta2_power", "a/Fast", "b/Fast", "a/Fast_1", "b/Fast_1"]
    assert [v.op.name for v in adam.variables()] == names
    assert not set(adam.variables()) & set(tf.trainable_variables())
    with tf.Session(backend="numpy") as session:
        session.run(tf.global_variables_initializer())
        session.run([first])
        session.run([second])
        powers = session.run(adam.variables()[:2])
        assert powers == [0.75**3, 0.5**3] and powers[0].dtype == np.float64


def test_a_rate_may_be_a_number_a_tensor_of_another_dtype_or_a_function() -> None:
    for rate in (0.25, lambda: 0.25, tf.constant(0.25, tf.float64), lambda: tf.constant(0.25)):
        w = tf.Variable(2.0)
        step = tf.train.GradientDescentOptimizer(rate).minimize(lambda w=w: w * w, var_list=[w])
        with tf.Session(backend="numpy") as session:
            session.run(tf.global_variables_initializer())
            session.run(step)
            assert session.run(w) == 1.0


def test_a_number_has_all_the_digits_of_its_variable() -> None:
    w = tf.Variable(tf.constant(1.0, tf.float64))
    step = tf.train.GradientDescentOptimizer(0.1).minimize(3.0 * w)
    with tf.Session(backend="numpy") as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        assert session.run(w) == 1.0 - 3.0 * 0.1


def test_the_slots_and_the_step_of_an_optimizer() -> None:
    """A slot lies beside its variable, whatever scope the step is made in, and is not trained; the step has its own name."""
    w, other = tf.Variable([1.0, 2.0], name="w"), tf.Variable(1.0, name="other")
    adagrad = tf.train.AdagradOptimizer(0.5, 0.25, name="Mine")
    assert adagrad.get_name() == "Mine" and adagrad.get_slot_names() == [] and adagrad.variables() == []
    with tf.name_scope("outer"):
        step = adagrad.minimize(tf.reduce_sum(w))
        named = adagrad.minimize(tf.reduce_sum(w), name="once_more")
    slot = adagrad.get_slot(w, "accumulator")
    assert slot is not None and slot.op.name == "w/Mine" and adagrad.variables() == [slot]
    assert adagrad.get_slot(other, "accumulator") is None and adagrad.get_slot(w, "momentum") is None
    assert tf.trainable_variables() == [w, other] and slot in tf.global_variables()
    assert (step.name, named.name) == ("outer/Mine", "outer/once_more")
    assert tf.get_collection(tf.GraphKeys.TRAIN_OP) == [step, named]
    inside = [op.name for op in tf.get_default_graph().get_operations() if op.type.startswith("Assign")]
    assert any(n.startswith("outer/Mine/update_w/") for n in inside)
    with tf.Session(backend="numpy") as session:
        session.run(tf.global_variables_initializer())
        assert session.run(slot).tolist() == [0.25, 0.25]


def test_a_slot_may_be_made_inside_of_a_branch() -> None:
    """It is no part of the branch: it is there whichever is taken."""
    w, yes = tf.Variable(1.0, name="w"), tf.placeholder(tf.bool, [])
    momentum = tf.train.MomentumOptimizer(0.5, 0.5)

    def stepped() -> Any:
        with tf.control_dependencies([momentum.minimize(w * w)]):
            return tf.identity(1.0)

    made = tf.cond(yes, stepped, lambda: 0.0)
    with tf.Session(backend="numpy") as session:
        session.run(tf.global_variables_initializer())
        assert [session.run(made, {yes: y}) for y in (False, True)] == [0.0, 1.0]
        assert session.run([w, momentum.get_slot(w, "momentum")]) == [0.0, 2.0]


def test_a_step_is_whole_before_it_counts() -> None:
    """The count is read, and raised, when every variable has its new value; an integer of any width counts."""
    w, count = tf.Variable(3.0), tf.Variable(np.int64(0), trainable=False)
    step = tf.train.MomentumOptimizer(0.25, 0.5).minimize(w * w, global_step=count)
    (counting,) = (op for op in tf.get_default_graph().get_operations() if op.type == "AssignAdd")
    written = {op for op in tf.get_default_graph().get_operations() if op.type in ("Assign", "AssignSub")}
    assert {op for op in counting.control_inputs if op.variable is not None} == {
        op for op in written if op.name.startswith("Momentum/")
    }
    with tf.Session(backend="numpy") as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        assert session.run([w, count]) == [1.5, 1]


def test_gradients_are_weighed_by_those_of_the_loss() -> None:
    w, v = tf.Variable([1.0, 2.0]), tf.Variable(5.0)
    descent = tf.train.GradientDescentOptimizer(0.5)
    step = descent.minimize(w * w, var_list=[w], grad_loss=tf.constant([1.0, 0.25]))
    ((gradient, of),) = descent.compute_gradients(w * w, [w], grad_loss=tf.constant([3.0, 1.0]))
    with tf.Session(backend="numpy") as session:
        session.run(tf.global_variables_initializer())
        assert of is w and session.run(gradient).tolist() == [6.0, 4.0]
        session.run(step)
        assert session.run(w).tolist() == [0.0, 1.5] and session.run(v) == 5.0


def test_a_gradient_given_by_hand_is_applied_and_none_leaves_its_variable_alone() -> None:
    """Numbers are taken as tensors; what has no gradient gets no slot."""
    w, v = tf.Variable([1.0, 2.0]), tf.Variable(5.0)
    momentum = tf.train.MomentumOptimizer(0.5, 0.5)
    step = momentum.apply_gradients([([2.0, 4.0], w), (None, v)])
    assert momentum.get_slot(v, "momentum") is None and len(momentum.variables()) == 1
    with tf.Session(backend="numpy") as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        assert session.run(w).tolist() == [0.0, 0.0] and session.run(v) == 5.0


@pytest.mark.parametrize(
    ("build", "kind", "words"),
    [
        (lambda o, w: o.minimize(w * w, var_list=[]), ValueError, "No variables to optimize"),
        (lambda o, w: o.minimize(tf.constant(1), var_list=[w]), ValueError, "Invalid type .*int32.*expected: "),
        (lambda o, w: o.apply_gradients([]), ValueError, "No variables provided"),
        (lambda o, w: o.apply_gradients([(None, w)]), ValueError, r"No gradients provided .*: \['w:0'\]"),
        (lambda o, w: tf.train.Optimizer().minimize(w * w), TypeError, "Optimizer does not say how"),
    ],
)
def test_what_no_step_can_be_made_of(build: Callable[[Any, Any], Any], kind: type[Exception], words: str) -> None:
    w = tf.Variable(1.0, name="w")
    with pytest.raises(kind, match=words):
        build(tf.train.GradientDescentOptimizer(0.1), w)


@pytest.mark.parametrize("name", FORMULAS)
def test_what_an_optimizer_begins_with_waits_for_nothing(name: str) -> None:
    """Its slots are set by the initializer alone, though the step is made where it waits for something."""
    w, fed = tf.Variable([1.0, 2.0]), tf.placeholder(tf.float32, [])
    with tf.control_dependencies([fed + 1.0]):
        step = FORMULAS[name][0](0.5).minimize(tf.reduce_sum(w * w))
    with tf.Session(backend="numpy") as session:
        session.run(tf.global_variables_initializer())
        session.run(step, {fed: 1.0})
        assert (session.run(w) < [1.0, 2.0]).all()


def test_the_names_that_optimizers_have_by_default() -> None:
    made = [make(0.5).get_name() for make, _, _ in FORMULAS.values()]
    assert list(dict.fromkeys(made)) == [
        *("GradientDescent", "Momentum", "Adagrad", "RMSProp", "Adadelta", "Ftrl", "ProximalGradientDescent"),
        *("Adam", "AdamW", "Lamb"),
    ]
    assert tf.train.LambOptimizer(name="Mine").get_name() == tf.train.AdamWOptimizer(name="Mine").get_name() == "Mine"


class SignDescent(tf.train.Optimizer):
    """An optimizer as users of TensorFlow 1 write one."""

    def __init__(self, rate: float) -> None:
        super().__init__(False, "SignDescent")
        self._rate, self._done = rate, tf.Variable(0, trainable=False, name="done")

    def _create_slots(self, variables: list[Any]) -> None:
        for v in variables:
            self._slot(v, "size", 2.0)

    def _prepare(self) -> None:
        self._rate_tensor = tf.convert_to_tensor(self._rate, name="rate")

    def _apply_dense(self, grad: Any, variable: Any) -> list[Any]:
        return [tf.assign_sub(variable, self._rate_tensor * self.get_slot(variable, "size") * tf.sign(grad))]

    def _finish(self, updates: list[Any]) -> list[Any]:
        with tf.control_dependencies(updates):
            return [tf.assign_add(self._done, 1)]


def test_an_optimizer_of_ones_own() -> None:
    """Its tensors are made once a step, inside of the step's scope; rows come to it as a whole gradient."""
    w, table = tf.Variable([3.0, -1.0]), tf.Variable([[1.0], [2.0]])
    own = SignDescent(0.25)
    step = own.minimize(tf.reduce_sum(w * w) - tf.reduce_sum(tf.gather(table, [1, 1])))
    assert own._rate_tensor.op.name == "SignDescent/rate"
    with tf.Session(backend="numpy") as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        w_now, rows, done = session.run([w, table, own._done])
        assert w_now.tolist() == [2.5, -0.5] and rows.tolist() == [[1.0], [2.5]] and done == 1
