"""Linear algebra before anything runs: static shapes, how an einsum is read, and what is refused in which words."""

from __future__ import annotations

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.composed.einsum import parsed


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def matrices(*shape):
    return tf.placeholder(tf.float32, shape)


@pytest.mark.parametrize(
    ("build", "shape"),
    [
        (lambda: tf.cholesky(matrices(None, 3, 3)), (None, 3, 3)),
        (lambda: tf.matrix_solve(matrices(None, None), matrices(4, 2)), (4, 2)),
        (lambda: tf.matrix_determinant(matrices(5, 3, 3)), (5,)),
        (lambda: tf.linalg.slogdet(matrices(5, 3, 3)).sign, (5,)),
        (lambda: tf.matrix_diag(matrices(2, 3)), (2, 3, 3)),
        (lambda: tf.matrix_diag_part(matrices(None, 3, 4), k=1), (None, 3)),
        (lambda: tf.diag(matrices(2, 3)), (2, 3, 2, 3)),
        (lambda: tf.diag_part(matrices(2, 3, 2, 3)), (2, 3)),
        (lambda: tf.trace(matrices(None, 3, 4)), (None,)),
        (lambda: tf.einsum("bij,jk->bik", matrices(None, 2, 3), matrices(3, 4)), (None, 2, 4)),
        (lambda: tf.einsum("...ij->...ji", matrices(5, 2, 3)), (5, 3, 2)),
    ],
)
def test_static_shapes(build, shape):
    assert tuple(build().shape.as_list()) == shape


def test_an_equation_is_read():
    assert parsed("ij,jk->ik", [2, 2]) == ([["i", "j"], ["j", "k"]], ["i", "k"])
    assert parsed(" ba , bc ", [2, 2]) == ([["b", "a"], ["b", "c"]], ["a", "c"])
    assert parsed("...i,i...", [3, 2]) == ([["2", "1", "i"], ["i", "1"]], ["2", "1"])
    assert parsed("ii->", [2]) == ([["i", "i"]], [])


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda: tf.cholesky(matrices(2, 3)), "square matrices in the last two axes are needed"),
        (lambda: tf.matrix_inverse(matrices(3)), "square matrices in the last two axes are needed"),
        (lambda: tf.matrix_solve(matrices(2, 2), matrices(2)), "do not fit the matrices"),
        (lambda: tf.matrix_solve(matrices(4, 2, 2), matrices(5, 2, 1)), "do not fit the matrices"),
        (lambda: tf.matrix_diag_part(matrices(2, 3), k=4), "a 2 x 3 matrix has no diagonal 4"),
        (lambda: tf.matrix_diag_part(matrices(2, 3), k=(0, 1)), "one diagonal at a time"),
        (lambda: tf.matrix_set_diag(matrices(2, 3), [1.0, 2.0, 3.0]), "is not the diagonal 0 of"),
        (lambda: tf.diag_part(matrices(2, 3)), "one shape twice over"),
        (lambda: tf.cross(matrices(2, 4), matrices(2, 4)), "of one shape [..., 3]"),
        (lambda: tf.matrix_band_part(matrices(3), 0, 0), "must have rank 2 or more"),
        (
            lambda: tf.einsum("ij,jk->ik", matrices(2, 3), matrices(4, 2)),
            "axis 'j' of 'ij,jk->ik' has the sizes 3 and 4",
        ),
        (lambda: tf.einsum("ij,jk->iz", matrices(2, 3), matrices(3, 2)), "names ['z'], which no input has"),
        (lambda: tf.einsum("ij->ii", matrices(2, 3)), "names an axis twice"),
        (lambda: tf.einsum("ijk->i", matrices(2, 3)), "'ijk' of 'ijk->i' names 3 axes of an input of rank 2"),
        (lambda: tf.einsum("i1->i", matrices(2, 3)), "something other than letters"),
        (lambda: tf.einsum("ij,jk", matrices(2, 3)), "names 2 inputs, got 1"),
    ],
)
def test_what_is_refused(build, text):
    with pytest.raises(ValueError) as caught:
        build()
    assert text in str(caught.value)


def test_keywords_of_einsum():
    with pytest.raises(TypeError, match="invalid keyword arguments"):
        tf.einsum("ij->ji", matrices(2, 3), order="C")


def test_a_matrix_that_only_its_lower_half_makes_definite():
    """The mean with the transpose counts, so half a matrix is not taken for a symmetric one."""
    with tf.Session() as session:
        found = session.run(tf.cholesky([[4.0, 1.0], [3.0, 5.0]]))
        np.testing.assert_allclose(found, np.linalg.cholesky([[4.0, 2.0], [2.0, 5.0]]), rtol=1e-6)


def test_adjoint_and_names_of_tf_linalg():
    names = ["band_part", "det", "diag", "diag_part", "inv", "set_diag", "solve", "triangular_solve", "tensor_diag"]
    assert all(callable(getattr(tf.linalg, n)) for n in names)
    assert tf.linalg.adjoint(matrices(2, 3)).shape == (3, 2)
