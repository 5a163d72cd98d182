"""Linear algebra in programs: a matrix that has no answer fails the run, and gradients agree with those known in closed form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import samegraph.tf1 as tf
from samegraph.backend import Backend
from samegraph.conformance.checks import counted
from samegraph.session import Session

Make = Callable[..., Session]

GOOD = [[4.0, 1.0], [1.0, 3.0]]
SINGULAR = [[1.0, 2.0], [2.0, 4.0]]
FAILING: dict[str, tuple[Callable[[Any], Any], Any, str]] = {
    "cholesky": (tf.cholesky, [[1.0, 2.0], [2.0, 1.0]], "Cholesky decomposition was not successful"),
    "cholesky of NaN": (tf.cholesky, [[np.nan, 0.0], [0.0, 1.0]], "Cholesky decomposition was not successful"),
    "logdet": (tf.linalg.logdet, SINGULAR, "Cholesky decomposition was not successful"),
    "inverse": (tf.matrix_inverse, SINGULAR, "not invertible"),
    "solve": (lambda a: tf.matrix_solve(a, [[1.0], [2.0]]), SINGULAR, "not invertible"),
    "triangular": (lambda a: tf.matrix_triangular_solve(a, [[1.0], [2.0]]), [[1.0, 0.0], [2.0, 0.0]], "not invertible"),
}


def equal(backend: Backend, got: Any, want: Any, tolerance: float) -> None:
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)
    counted(backend.name, max(1, np.size(want)))


@pytest.mark.parametrize("name", FAILING)
def test_a_matrix_without_an_answer_changes_nothing(backend: Backend, session: Make, name: str) -> None:
    compute, bad, message = FAILING[name]
    a, v = tf.placeholder(tf.float32, [2, 2]), tf.Variable([1.0, 2.0])
    loss = tf.reduce_sum(compute(a)) * tf.reduce_sum(v * v)
    step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    s = session()
    s.run(tf.global_variables_initializer())
    s.run(step, {a: GOOD})
    before = s.run(v)
    with pytest.raises(tf.errors.InvalidArgumentError, match=message) as error:
        s.run(step, {a: bad})
    assert "test_linear_algebra.py" in str(error.value)
    equal(backend, s.run(v), before, 0.0)
    s.run(step, {a: GOOD})
    assert np.isfinite(s.run(v)).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_gaussian_likelihood(backend: Backend, session: Make, dtype: str) -> None:
    """Its gradient to the covariance S of a sample x: (inverse(S) - inverse(S) x transpose(x) inverse(S)) / 2."""
    rng = np.random.default_rng(0)
    m, sample = rng.normal(size=(4, 4)), rng.normal(size=(4, 1))
    covariance = m @ m.T + 4 * np.eye(4)
    s, x = tf.placeholder(dtype, [None, None]), tf.constant(sample, dtype)
    factor = tf.cholesky(s)
    white = tf.matrix_triangular_solve(factor, x)
    loss = tf.reduce_sum(tf.log(tf.matrix_diag_part(factor))) + 0.5 * tf.reduce_sum(white * white)
    direct = 0.5 * tf.linalg.slogdet(s).log_abs_determinant + 0.5 * tf.reduce_sum(x * tf.cholesky_solve(factor, x))
    got = session().run([loss, direct, *tf.gradients(loss, s), *tf.gradients(direct, s)], {s: covariance})
    inverse = np.linalg.inv(covariance)
    value = 0.5 * np.linalg.slogdet(covariance)[1] + 0.5 * (sample.T @ inverse @ sample).item()
    gradient = 0.5 * (inverse - inverse @ sample @ sample.T @ inverse)
    tolerance = 1e-12 if dtype == "float64" else 5e-6
    for found, want in zip(got, [value, value, gradient, gradient], strict=True):
        equal(backend, found, want, tolerance)


EQUATIONS = [
    "ij,jk->ik",
    "bij,bkj->bik",
    "ij,j",
    "ijk,jil->kl",
    "ii->i",
    "ijj,k->ik",
    "...ij,...j->...i",
    "ij,jk,kl->il",
]
SIZES = {"i": 2, "j": 3, "k": 4, "l": 2, "b": 3}


@pytest.mark.parametrize("equation", EQUATIONS)
def test_einsum(backend: Backend, session: Make, equation: str) -> None:
    """As NumPy's; the gradient of a sum weighted by u to each input is linear in the others, found by NumPy along it."""
    rng = np.random.default_rng(0)
    parts = equation.split("->")[0].split(",")
    arrays = [rng.normal(size=[2] * ("..." in p) + [SIZES[c] for c in p if c in SIZES]) for p in parts]
    inputs = [tf.constant(a, tf.float64) for a in arrays]
    y = tf.einsum(equation, *inputs)
    want = np.einsum(equation, *arrays)
    weights = rng.normal(size=want.shape)
    value, grads = session().run([y, tf.gradients(tf.reduce_sum(y * weights), inputs)])
    equal(backend, value, want, 1e-12)
    for i, (a, g) in enumerate(zip(arrays, grads, strict=True)):
        along = rng.normal(size=a.shape)
        moved = np.einsum(equation, *arrays[:i], along, *arrays[i + 1 :])
        equal(backend, np.sum(g * along), np.sum(moved * weights), 1e-11)
