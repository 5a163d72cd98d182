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
}


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


def test_descent_as_torch_and_optax(torch, jax, optax):
    w = torch.tensor(START, requires_grad=True)
    made = torch.optim.SGD([w], lr=0.1)
    rows = []
    for r in RATES:
        made.param_groups[0]["lr"] = r
        made.zero_grad()
        ((torch.tensor(MATRIX) @ w - torch.tensor(TARGET)) ** 2).sum().backward()
        made.step()
        rows.append(w.detach().numpy().copy())
    with tf.Graph().as_default():
        got = dense(tf, OPTIMIZERS["descent"], Session(graph=tf.get_default_graph(), backend="numpy"))
    np.testing.assert_allclose(got, np.array(rows), rtol=1e-12, atol=1e-12)
    with jax.enable_x64(True):
        chain = optax.sgd(lambda i: jax.numpy.asarray(RATES)[i])
        p = jax.numpy.asarray(START)
        state = chain.init(p)
        slope = jax.grad(lambda v: ((MATRIX @ v - TARGET) ** 2).sum())
        for i in range(STEPS):
            updates, state = chain.update(slope(p), state)
            p = optax.apply_updates(p, updates)
            np.testing.assert_allclose(got[i], p, rtol=1e-10, atol=1e-10)
