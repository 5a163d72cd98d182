"""Fifty steps of every optimizer under a falling rate, against TensorFlow 1, torch.optim and optax."""

from __future__ import annotations

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.session import Session

STEPS = 50
RNG = np.random.default_rng(0)
MATRIX, TARGET = RNG.normal(size=(6, 4)), RNG.normal(size=(6, 1))
START = RNG.normal(size=(4, 1))
RATES = 0.1 * 0.97 ** np.arange(STEPS)
IDS = RNG.integers(0, 4, (STEPS, 5))


def adam(t, rate, beta1, beta2, epsilon):
    """Hyper-parameters as float64 tensors: TensorFlow 1 rounds Python numbers to float32 even for float64 variables."""
    beta1, beta2, epsilon = (t.constant(h, t.float64) for h in (beta1, beta2, epsilon))
    return t.train.AdamOptimizer(rate, beta1, beta2, epsilon)


OPTIMIZERS = {
    "descent": lambda t, rate: t.train.GradientDescentOptimizer(rate),
    "adam": lambda t, rate: adam(t, rate, 0.9, 0.999, 1e-3),
    "adam, other betas": lambda t, rate: adam(t, rate, 0.5, 0.9, 0.1),
    "momentum": lambda t, rate: t.train.MomentumOptimizer(rate, wide(t, 0.9)),
    "nesterov": lambda t, rate: t.train.MomentumOptimizer(rate, wide(t, 0.75), use_nesterov=True),
    "adagrad": lambda t, rate: t.train.AdagradOptimizer(rate, initial_accumulator_value=0.125),
    "rmsprop": lambda t, rate: t.train.RMSPropOptimizer(rate, 0.875, 0.0, 0.0625),
    "rmsprop with momentum": lambda t, rate: t.train.RMSPropOptimizer(rate, 0.875, 0.5, 0.0625),
    "rmsprop centered": lambda t, rate: t.train.RMSPropOptimizer(rate, 0.875, 0.5, 0.0625, centered=True),
    "adadelta": lambda t, rate: t.train.AdadeltaOptimizer(10.0 * rate, 0.875, 0.0625),
    "ftrl": lambda t, rate: t.train.FtrlOptimizer(rate, initial_accumulator_value=0.125),
    "ftrl, regularized": lambda t, rate: t.train.FtrlOptimizer(
        rate,
        initial_accumulator_value=0.125,
        l1_regularization_strength=0.0625,
        l2_regularization_strength=0.03125,
        l2_shrinkage_regularization_strength=0.015625,
    ),
    "proximal": lambda t, rate: t.train.ProximalGradientDescentOptimizer(
        rate, l1_regularization_strength=wide(t, 0.0625), l2_regularization_strength=wide(t, 0.125)
    ),
}


def wide(t, value):
    """A hyper-parameter that TensorFlow 1 would round to float32 first."""
    return t.constant(value, t.float64)


def dense(t, make, session):
    """The trajectory of a variable under (M w - y)^2, in float64."""
    rate = t.placeholder(t.float64, [])
    w = t.Variable(t.constant(START, t.float64))
    loss = t.reduce_sum(t.square(t.matmul(t.constant(MATRIX, t.float64), w) - t.constant(TARGET, t.float64)))
    step = make(t, rate).minimize(loss)
    session.run(t.global_variables_initializer())
    out = []
    for r in RATES:
        session.run(step, {rate: r})
        out.append(session.run(w))
    return np.array(out)


def sparse(t, make, session):
    """The trajectory of a table whose rows are gathered, ids repeated within a batch."""
    rate, ids = t.placeholder(t.float64, []), t.placeholder(t.int32, [None])
    table = t.Variable(t.constant(np.tile(START, (1, 3)), t.float64))
    rows = t.gather(table, ids)
    step = make(t, rate).minimize(t.reduce_sum(t.square(rows - 0.5)))
    session.run(t.global_variables_initializer())
    out = []
    for r, batch in zip(RATES, IDS, strict=True):
        session.run(step, {rate: 0.1 * r, ids: batch})
        out.append(session.run(table))
    return np.array(out)


@pytest.mark.parametrize("kind", [dense, sparse])
@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("backend", ["numpy", "torch", "jax", "tensorflow"])
def test_as_tensorflow_1(oracle, torch, jax, backend, name, kind):
    with oracle.Graph().as_default(), oracle.Session() as session:
        want = kind(oracle, OPTIMIZERS[name], session)
    with tf.Graph().as_default():
        got = kind(tf, OPTIMIZERS[name], Session(graph=tf.get_default_graph(), backend=backend))
    assert np.abs(want[-1] - want[0]).max() > 1e-3
    np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)


TWINS = {
    "descent": (lambda rate: tf.train.GradientDescentOptimizer(rate), ("SGD", {}), ("sgd", {})),
    "momentum": (
        lambda rate: tf.train.MomentumOptimizer(rate, 0.9),
        ("SGD", {"momentum": 0.9}),
        ("sgd", {"momentum": 0.9}),
    ),
    "nesterov": (
        lambda rate: tf.train.MomentumOptimizer(rate, 0.9, use_nesterov=True),
        ("SGD", {"momentum": 0.9, "nesterov": True}),
        ("sgd", {"momentum": 0.9, "nesterov": True}),
    ),
    "adagrad, epsilon outside": (
        lambda rate: tf.train.AdagradOptimizer(rate, 0.0, epsilon=0.1, epsilon_outside=True),
        ("Adagrad", {"eps": 0.1}),
        None,
    ),
    "adagrad, epsilon inside": (
        lambda rate: tf.train.AdagradOptimizer(rate, 0.1, epsilon=0.1),
        None,
        ("adagrad", {"eps": 0.1}),
    ),
    "rmsprop, as PyTorch": (
        lambda rate: tf.train.RMSPropOptimizer(
            rate, 0.9, 0.5, 0.1, initial_mean_square=0.0, epsilon_outside=True, rate_outside=True
        ),
        ("RMSprop", {"alpha": 0.9, "momentum": 0.5, "eps": 0.1}),
        None,
    ),
    "rmsprop, as optax": (
        lambda rate: tf.train.RMSPropOptimizer(rate, 0.9, 0.5, 0.1, initial_mean_square=0.0),
        None,
        ("rmsprop", {"decay": 0.9, "momentum": 0.5, "eps": 0.1}),
    ),
    "adam, epsilon outside": (
        lambda rate: tf.train.AdamOptimizer(rate, 0.9, 0.99, 0.1, epsilon_hat=False),
        ("Adam", {"betas": (0.9, 0.99), "eps": 0.1}),
        ("adam", {"b1": 0.9, "b2": 0.99, "eps": 0.1}),
    ),
    "adamw": (
        lambda rate: tf.train.AdamWOptimizer(rate, 0.1, 0.9, 0.99, 0.1),
        ("AdamW", {"betas": (0.9, 0.99), "eps": 0.1, "weight_decay": 0.1}),
        ("adamw", {"b1": 0.9, "b2": 0.99, "eps": 0.1, "weight_decay": 0.1}),
    ),
    "adadelta": (
        lambda rate: tf.train.AdadeltaOptimizer(rate, 0.9, 0.01),
        ("Adadelta", {"rho": 0.9, "eps": 0.01}),
        ("adadelta", {"rho": 0.9, "eps": 0.01}),
    ),
    "lamb": (
        lambda rate: tf.train.LambOptimizer(rate, 0.1, 0.9, 0.99, 0.1),
        None,
        ("lamb", {"b1": 0.9, "b2": 0.99, "eps": 0.1, "weight_decay": 0.1}),
    ),
}
"""Ours, and the same formula of torch.optim and of optax, each with its options; None where that library has another."""


def by_torch(torch, name, options):
    w = torch.tensor(START, requires_grad=True)
    made = getattr(torch.optim, name)([w], lr=0.1, **options)
    out = []
    for r in RATES:
        made.param_groups[0]["lr"] = r
        made.zero_grad()
        ((torch.tensor(MATRIX) @ w - torch.tensor(TARGET)) ** 2).sum().backward()
        made.step()
        out.append(w.detach().numpy().copy())
    return np.array(out)


def by_optax(jax, optax, name, options):
    with jax.enable_x64(True):
        chain = getattr(optax, name)(lambda i: jax.numpy.asarray(RATES)[i], **options)
        p = jax.numpy.asarray(START)
        state = chain.init(p)
        slope = jax.jit(jax.grad(lambda v: ((MATRIX @ v - TARGET) ** 2).sum()))
        out = []
        for _ in range(STEPS):
            updates, state = chain.update(slope(p), state, p)
            p = optax.apply_updates(p, updates)
            out.append(np.array(p))
        return np.array(out)


@pytest.mark.parametrize("name", TWINS)
def test_as_torch_and_optax(torch, jax, optax, name):
    make, in_torch, in_optax = TWINS[name]
    with tf.Graph().as_default():
        got = dense(tf, lambda t, rate: make(rate), Session(graph=tf.get_default_graph(), backend="numpy"))
    assert np.abs(got[-1] - got[0]).max() > 1e-3
    if in_torch:
        np.testing.assert_allclose(got, by_torch(torch, *in_torch), rtol=1e-10, atol=1e-10)
    if in_optax:
        np.testing.assert_allclose(got, by_optax(jax, optax, *in_optax), rtol=1e-10, atol=1e-10)


def test_keras_velocity_holds_the_rate():
    """Keras' spelling of momentum and Nesterov, v = mu v - lr g, by its closed formula: it differs when the rate falls."""
    for nesterov in (False, True):
        p, v, want = START.copy(), 0.0, []
        for r in RATES:
            g = 2.0 * MATRIX.T @ (MATRIX @ p - TARGET)
            v = 0.9 * v - r * g
            p = p + (0.9 * v - r * g if nesterov else v)
            want.append(p)

        def make(t, rate, nesterov=nesterov):
            return t.train.MomentumOptimizer(rate, 0.9, use_nesterov=nesterov, rate_in_velocity=True)

        with tf.Graph().as_default():
            got = dense(tf, make, Session(graph=tf.get_default_graph(), backend="numpy"))
        np.testing.assert_allclose(got, np.array(want), rtol=1e-10, atol=1e-10)
