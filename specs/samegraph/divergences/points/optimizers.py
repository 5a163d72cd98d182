"""Optimizers: the closed formula each follows, its defaults, and what it does with sparse gradients."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import SETTINGS, formulas
from ..point import Array, Point, Section

S = SETTINGS
TF1 = "TensorFlow 1 decides"
OTHER = "an option of another library, for comparison"
NAMED = "beyond TensorFlow 1: a named option spells the formula of another library"

# Rows of a table of two: the first is touched at steps 1 and 2, the second, twice a step, at 3 and 4.
IDS = ([0], [0], [1, 1], [1, 1])
ROWS = ([0.5], [0.5], [0.25, 0.25], [0.25, 0.25])


def follows(make: Callable[[Any, Any], Any]) -> Callable[[Any, Callable[[], Any]], Any]:
    """A TensorFlow 1 program: the parameters after each of the six steps. make: (tf, rate) -> the optimizer."""

    def program(tf: Any, session: Callable[[], Any], rates: Array = formulas.RATES) -> Any:
        rate, slope = tf.placeholder(tf.float64, []), tf.placeholder(tf.float64, [4])
        v = tf.Variable(tf.constant(formulas.START, tf.float64), use_resource=True)
        step = make(tf, rate).apply_gradients([(slope, v)])
        s, out = session(), []
        s.run(tf.global_variables_initializer())
        for g, r in zip(formulas.GRADIENTS, rates):
            s.run(step, {rate: r, slope: g})
            out.append(s.run(v))
        return np.array(out)

    return program


def exact(tf: Any, value: float) -> Any:
    """A float64 tensor: TensorFlow 1 rounds Python numbers to float32 even for float64 variables."""
    return tf.constant(value, tf.float64)


def _adam(tf: Any, rate: Any) -> Any:
    return tf.train.AdamOptimizer(rate, exact(tf, S.beta1), exact(tf, S.beta2), exact(tf, S.epsilon))


def _rmsprop(momentum: float, centered: bool) -> Any:
    def make(tf: Any, rate: Any) -> Any:
        return tf.train.RMSPropOptimizer(rate, S.decay, momentum, S.epsilon, centered=centered)

    return make


def _torch_rmsprop(tf: Any, rate: Any) -> Any:
    spelled = {"initial_mean_square": 0.0, "epsilon_outside": True, "rate_outside": True}
    return tf.train.RMSPropOptimizer(rate, S.decay, S.momentum, S.epsilon, **spelled)


def _adamw(tf: Any, rate: Any) -> Any:
    decay, epsilon = exact(tf, S.weight_decay), exact(tf, S.epsilon)
    return tf.train.AdamWOptimizer(rate, decay, exact(tf, S.beta1), exact(tf, S.beta2), epsilon)


def _ftrl(tf: Any, rate: Any) -> Any:
    # The rate lies in FTRL's state, so it stays the same.
    return tf.train.FtrlOptimizer(0.1, l1_regularization_strength=S.l1, l2_regularization_strength=S.l2)


def _proximal(tf: Any, rate: Any) -> Any:
    return tf.train.ProximalGradientDescentOptimizer(rate, exact(tf, S.l1), exact(tf, S.l2))


def _formula(
    name: str,
    asked: str,
    make: Any = None,
    why: str = TF1,
    rates: Array = formulas.RATES,
    unsaid: str = "",
    own: bool = False,
) -> Point:
    program = follows(make) if make else None
    if program is not None and rates is not formulas.RATES:
        changing = program
        program = lambda tf, session: changing(tf, session, rates)  # type: ignore[call-arg]
    return Point(
        f"{name}-formula",
        f"the formula that {asked} follows",
        (formulas.START, formulas.GRADIENTS, rates),
        program=program,
        own=own,
        arrays=True,
        read=formulas.named(rates),
        why=why if make else "",
        unsaid=unsaid,
    )


def _sparse_program(make: Callable[[Any], Any]) -> Callable[[Any, Callable[[], Any]], Any]:
    """A TensorFlow 1 program: the table after each step, its gradient sparse and dense."""

    def run(tf: Any, session: Callable[[], Any], sparse: bool) -> Any:
        ids, rows = tf.placeholder(tf.int64, [None]), tf.placeholder(tf.float64, [None, 1])
        slopes = tf.placeholder(tf.float64, [2, 1])
        table = tf.Variable(tf.constant(np.ones((2, 1)), tf.float64), use_resource=True)
        given = tf.IndexedSlices(rows, ids, tf.constant([2, 1], tf.int64)) if sparse else slopes
        step = make(tf).apply_gradients([(given, table)])
        s, out = session(), []
        s.run(tf.global_variables_initializer())
        for i, r in zip(IDS, ROWS):
            s.run(step, {ids: i, rows: np.array(r)[:, None]} if sparse else {slopes: densified(i, r)})
            out.append(s.run(table)[:, 0])
        return np.array(out)

    return lambda tf, session: {"sparse": run(tf, session, True), "dense": run(tf, session, False)}


def densified(ids: list[int], rows: list[float]) -> Array:
    """The dense gradient that equals a sparse one."""
    out = np.zeros((2, 1))
    np.add.at(out, ids, np.array(rows)[:, None])
    return out


def compared(found: Any) -> Any:
    """Row 0 after each step with a sparse and a dense gradient, and whether the whole tables are equal."""
    tables = {k: np.asarray(v) if not hasattr(v, "says") else v for k, v in found.items()}
    rows = {k: v[:, 0] if isinstance(v, np.ndarray) else v for k, v in tables.items()}
    if all(isinstance(v, np.ndarray) for v in tables.values()):
        rows["equal"] = bool(np.allclose(tables["sparse"], tables["dense"], atol=1e-9))
    return rows


def _sparse(name: str, asked: str, make: Any = None, why: str = TF1, unsaid: str = "") -> Point:
    dense = tuple(densified(i, r) for i, r in zip(IDS, ROWS))
    return Point(
        f"{name}-sparse",
        f"row 0 of a table under {asked} with sparse and with dense gradients, touched at steps 1 and 2 of 4",
        (*(np.array(i) for i in IDS), *(np.array(r) for r in ROWS), *dense),
        program=_sparse_program(make) if make else None,
        arrays=True,
        read=compared,
        why=why if make else "",
        unsaid=unsaid,
    )


def _defaults(name: str, asked: str, optimizer: str, why: str = TF1, own: bool = False, **names: str) -> Point:
    """The defaults of an optimizer's arguments, by names common to all libraries."""

    def program(tf: Any, session: Any) -> Any:
        parameters = inspect.signature(getattr(tf.train, optimizer).__init__).parameters
        return {k: default(parameters[n].default) for k, n in names.items()}

    return Point(f"{name}-defaults", f"the defaults of {asked}", program=program, own=own, arrays=True, why=why)


def default(value: Any) -> Any:
    return "none" if value is inspect.Parameter.empty else value


def _train(name: str, *args: Any, **kwargs: Any) -> Callable[[Any], Any]:
    return lambda tf: getattr(tf.train, name)(*args, **kwargs)


SECTION = Section(
    "optimizers",
    "Optimizers: formulas, defaults, sparse gradients",
    (
        _formula("sgd", "gradient descent", lambda tf, rate: tf.train.GradientDescentOptimizer(rate)),
        _formula("momentum", "momentum", lambda tf, rate: tf.train.MomentumOptimizer(rate, S.momentum)),
        _formula(
            "nesterov",
            "Nesterov momentum",
            lambda tf, rate: tf.train.MomentumOptimizer(rate, S.momentum, use_nesterov=True),
        ),
        _formula(
            "adagrad",
            "Adagrad, the library's own accumulator",
            lambda tf, rate: tf.train.AdagradOptimizer(rate),
            why=TF1 + ": the accumulator starts at 0.1, no epsilon",
        ),
        _formula(
            "adagrad-accumulator",
            "Adagrad with the accumulator set to 0.1",
            lambda tf, rate: tf.train.AdagradOptimizer(rate, 0.1, epsilon=S.epsilon, epsilon_outside=True),
            why=NAMED,
            own=True,
        ),
        _formula(
            "rmsprop-momentum",
            "RMSProp with momentum",
            _rmsprop(S.momentum, False),
            why=TF1 + ": the mean square starts at 1, epsilon inside the root",
        ),
        _formula(
            "rmsprop-momentum-outside",
            "RMSProp with momentum, epsilon asked outside the root",
            _torch_rmsprop,
            why=NAMED,
            own=True,
        ),
        _formula(
            "rmsprop-momentum-from-1",
            "RMSProp with momentum, the mean square asked to start at 1",
            _rmsprop(S.momentum, False),
            why=TF1,
            own=True,
        ),
        _formula(
            "rmsprop-centered",
            "centered RMSProp",
            _rmsprop(0.0, True),
            why=TF1 + ": the mean square starts at 1, epsilon inside the root",
        ),
        _formula("adam", "Adam", _adam, why=TF1 + ": the paper's second form, epsilon-hat"),
        _formula(
            "adamw",
            "AdamW",
            _adamw,
            why="beyond TensorFlow 1: the paper's, decay decoupled from the gradient",
            own=True,
        ),
        _formula("adam-weight-decay", "Adam with weight_decay", unsaid=OTHER),
        _formula("sgd-weight-decay", "gradient descent with weight_decay", unsaid=OTHER),
        _formula("momentum-weight-decay", "momentum with weight_decay", unsaid=OTHER),
        _formula("adadelta", "Adadelta", lambda tf, rate: tf.train.AdadeltaOptimizer(rate, S.decay, S.epsilon)),
        _formula("adamax", "Adamax", unsaid="TensorFlow 1 has it in Keras only"),
        _formula("ftrl", "FTRL at a constant rate", _ftrl, rates=formulas.CONSTANT_RATES),
        _formula("proximal-sgd", "proximal gradient descent", _proximal),
        _defaults("sgd", "gradient descent", "GradientDescentOptimizer", rate="learning_rate"),
        _defaults("momentum", "momentum", "MomentumOptimizer", rate="learning_rate", momentum="momentum"),
        _defaults(
            "adagrad", "Adagrad", "AdagradOptimizer", rate="learning_rate", accumulator="initial_accumulator_value"
        ),
        _defaults(
            "rmsprop",
            "RMSProp",
            "RMSPropOptimizer",
            rate="learning_rate",
            decay="decay",
            momentum="momentum",
            epsilon="epsilon",
        ),
        _defaults(
            "adam", "Adam", "AdamOptimizer", rate="learning_rate", beta1="beta1", beta2="beta2", epsilon="epsilon"
        ),
        _defaults(
            "adamw",
            "AdamW",
            "AdamWOptimizer",
            why="beyond TensorFlow 1: the paper's, decay decoupled from the gradient",
            own=True,
            rate="learning_rate",
            beta1="beta1",
            beta2="beta2",
            epsilon="epsilon",
            weight_decay="weight_decay",
        ),
        _defaults("adadelta", "Adadelta", "AdadeltaOptimizer", rate="learning_rate", decay="rho", epsilon="epsilon"),
        Point("adamax-defaults", "the defaults of Adamax", unsaid="TensorFlow 1 has it in Keras only"),
        _defaults(
            "ftrl",
            "FTRL",
            "FtrlOptimizer",
            rate="learning_rate",
            power="learning_rate_power",
            accumulator="initial_accumulator_value",
        ),
        _sparse("sgd", "gradient descent", _train("GradientDescentOptimizer", 0.1)),
        _sparse(
            "momentum",
            "momentum",
            _train("MomentumOptimizer", 0.1, 0.9),
            why=TF1 + ": a row moves only when it is touched",
        ),
        _sparse("adagrad", "Adagrad", _train("AdagradOptimizer", 0.1)),
        _sparse(
            "rmsprop",
            "RMSProp",
            _train("RMSPropOptimizer", 0.1),
            why=TF1 + ": a row's mean square decays only when it is touched",
        ),
        _sparse(
            "rmsprop-momentum",
            "RMSProp with momentum",
            _train("RMSPropOptimizer", 0.1, momentum=0.9),
            why=TF1 + ": a row moves only when it is touched",
        ),
        _sparse(
            "adam",
            "Adam",
            lambda tf: _default_adam(tf),
            why=TF1 + ": moments decay and every row moves; duplicates are summed before they are squared",
        ),
        _sparse("adam-lazy", "lazy Adam", unsaid="TensorFlow 1 has it in contrib only"),
        _sparse("adadelta", "Adadelta", _train("AdadeltaOptimizer", 0.1)),
        _sparse(
            "ftrl", "FTRL", _train("FtrlOptimizer", 0.1), why=TF1 + ": a row that was never touched keeps its value"
        ),
    ),
)


def _default_adam(tf: Any) -> Any:
    return tf.train.AdamOptimizer(exact(tf, 0.1), exact(tf, 0.9), exact(tf, 0.999), exact(tf, 1e-8))
