"""Static types: shapes, dtypes, partly known shape tensors, and errors raised where the line is written."""

from __future__ import annotations

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.graph import Graph
from samegraph.types import Dimension, ShapeError, TensorShape, as_dtype, as_shape, broadcast, normal_axes


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default():
        yield


@pytest.mark.parametrize(
    ("a", "b", "out"),
    [
        ((2, 3), (3,), (2, 3)),
        ((None, 3), (1, 3), (None, 3)),
        ((None,), (4,), (4,)),
        ((), (2,), (2,)),
        ((2, 1), (1, 5), (2, 5)),
    ],
)
def test_broadcast(a, b, out):
    assert broadcast(a, b) == broadcast(b, a) == out


def test_shapes_that_do_not_broadcast():
    with pytest.raises(ShapeError, match="2 against 3"):
        broadcast((2,), (3,))


@pytest.mark.parametrize("given", [np.float32, "float32", np.dtype("float32"), tf.float32, "float"])
def test_as_dtype(given):
    assert as_dtype(given) == tf.float32
    assert as_dtype(given).as_numpy_dtype is np.float32


def test_as_dtype_refuses_what_is_none():
    with pytest.raises(TypeError, match="not a dtype"):
        as_dtype("complex1")


def test_shapes_as_written():
    assert as_shape([None, 3]) == (None, 3)
    assert as_shape(5) == (5,)
    assert as_shape(TensorShape([2, None])) == (2, None)
    assert as_shape([Dimension(2), None]) == (2, None)
    with pytest.raises(ShapeError, match="write None"):
        as_shape([-1, 3])


def test_tensor_shape_as_tf1_programs_read_it():
    s = tf.placeholder(tf.float32, [None, 3]).shape
    assert s.as_list() == [None, 3] and s.ndims == 2 and s[1].value == 3 and int(s[1]) == 3
    assert str(s) == "(?, 3)" and s[1:] == TensorShape([3]) and not s.is_fully_defined()
    with pytest.raises(TypeError, match=r"tf\.shape"):
        int(s[0])


def test_axes():
    assert normal_axes(-1, 3) == (2,) and normal_axes(None, 2) == (0, 1) and normal_axes((1, -3), 3) == (0, 1)
    with pytest.raises(ShapeError, match="twice"):
        normal_axes((0, -2), 2)
    with pytest.raises(ShapeError, match="not an axis"):
        normal_axes(2, 2)


def test_shape_arithmetic_is_known():
    x = tf.placeholder(tf.float32, [None, 4, 6])
    shape = tf.shape(x)
    y = tf.reshape(x, [shape[0], shape[1] * shape[2] // 2, 2])
    assert y.shape.as_list() == [None, 12, 2]
    assert tf.reshape(x, tf.concat([[-1], shape[1:]], 0)).shape.as_list()[1:] == [4, 6]
    assert tf.zeros(tf.stack([3, 2])).shape.as_list() == [3, 2]
    for total, known in (
        (tf.reduce_prod(shape[1:]), 24),
        (tf.reduce_sum(shape[1:]), 10),
        (tf.reduce_max(shape[1:]), 6),
    ):
        assert tf.zeros(tf.stack([total])).shape.as_list() == [known]
    assert tf.zeros(tf.stack([tf.reduce_prod(shape)])).shape.as_list() == [None]
    table = tf.constant([[2, 3], [4, 5]])
    assert tf.zeros(tf.gather([2, 3, 4], [2, 0])).shape.as_list() == [4, 2]
    assert tf.zeros(tf.gather([2, 3, 4], tf.stack([1, shape[0]]))).shape.as_list() == [None, None]
    assert tf.zeros(tf.reshape(tf.gather(table, [0], axis=1), [2])).shape.as_list() == [None, None]
    nothing, rest = tf.split(tf.constant([3, 4]), [0, 2])
    assert tf.zeros(nothing).shape.as_list() == [] and tf.zeros(rest).shape.as_list() == [3, 4]


def test_a_shape_error_names_operands_and_lines():
    x = tf.placeholder(tf.float32, [None, 784], name="x")
    w = tf.Variable(tf.zeros([782, 100]), name="weights")
    with pytest.raises(ValueError, match="784 and 782") as error:
        tf.matmul(x, w)
    text = str(error.value)
    assert "x:0" in text and "weights:0" in text and text.count("test_types.py") == 2 and "tf.placeholder" in text


def test_a_dtype_error_says_what_to_write():
    a, b = tf.constant([1, 2], name="a"), tf.constant([1.0, 2.0], name="b")
    with pytest.raises(TypeError, match=r"tf\.cast") as error:
        tf.add(a, b)
    assert "a:0" in str(error.value) and "b:0" in str(error.value)


def test_unknown_ranks_keep_what_is_certain():
    x = tf.placeholder(tf.float32)
    assert tf.reduce_sum(x).shape.as_list() == []
    assert (x * 2.0).shape.ndims is None and (x * 2.0).dtype == tf.float32
    with pytest.raises(ValueError, match="unknown TensorShape"):
        x.shape.as_list()
