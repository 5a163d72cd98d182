"""What `gradients` answers before anything runs, its kinds and refusals; IndexedSlices as programs handle them."""

from __future__ import annotations

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.gradients import expanded
from samegraph.graph import Graph
from samegraph.session import Session


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default() as g:
        yield g


def run(fetches, feeds=None):
    s = Session(backend="numpy")
    s.run(tf.global_variables_initializer())
    return s.run(fetches, feeds)


def a_table(dtype=tf.float32):
    return tf.Variable(tf.cast(tf.reshape(tf.range(8), [4, 2]), dtype))


def test_slices_have_the_attributes_of_their_values_and_their_table():
    table = a_table()
    g = tf.gradients(tf.gather(table, [1, 3]) * 2.0, table)[0]
    assert g.dtype == tf.float32 and g.shape.as_list() == g.get_shape().as_list() == [4, 2]
    assert g.op is g.values.op and g.name == g.values.name and g.graph is table.graph
    assert run(g.dense_shape).tolist() == [4, 2]
    own = tf.IndexedSlices(tf.ones([1, 2], tf.float64), tf.constant([2]), tf.constant([3, 2]))
    assert run(own.dense_shape).tolist() == [3, 2] and own.shape.ndims is None
    dense = tf.convert_to_tensor(own)
    assert dense.dtype == tf.float64 and run(dense).tolist() == [[0, 0], [0, 0], [1, 1]]
    assert tf.IndexedSlices(tf.ones([1, 2]), tf.constant([2])).dense_shape is None


def test_arithmetic_with_slices():
    table = a_table()
    g = tf.gradients(tf.gather(table, [1, 1]) * 3.0, table)[0]
    dense = [[0, 0], [6, 6], [0, 0], [0, 0]]
    for made, factor in ((g * 2.0, 2), (2.0 * g, 2), (np.float32(0.5) * g, 0.5), (tf.convert_to_tensor(-g), -1)):
        assert run(made).tolist() == (factor * np.array(dense)).tolist()
    assert isinstance(-g, tf.IndexedSlices) and run((-g).values).tolist() == [[-3, -3], [-3, -3]]
    assert run((-g).dense_shape).tolist() == [4, 2]


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("int32", "int32", "int32"),
        ("int64", "int64", "int64"),
        ("int32", "int64", "int64"),
        ("int64", "int32", "int64"),
    ],
)
def test_indices_of_several_gathers_are_of_one_dtype(first, second, together):
    table = a_table()
    rows = tf.reduce_sum(tf.gather(table, tf.constant([1], first))), tf.gather(table, tf.constant([[3], [0]], second))
    g = tf.gradients(rows, table)[0]
    assert g.indices.dtype == together
    assert run(tf.convert_to_tensor(g)).tolist() == [[1, 1], [1, 1], [0, 0], [1, 1]]


def test_a_table_that_is_handed_on_has_slices_still():
    for hand in (tf.identity, lambda v: v.read_value(), lambda v: tf.identity(tf.identity(v))):
        table = a_table()
        g = tf.gradients(tf.gather(hand(table), [3, 1]), table)[0]
        assert isinstance(g, tf.IndexedSlices) and run(g.indices).tolist() == [3, 1]
        for other in (hand(table) * 1.0, hand(table), tf.negative(hand(table))):
            assert isinstance(tf.gradients([tf.gather(table, [3]), other], table)[0], tf.Tensor)


@pytest.mark.parametrize("width", [2, 0])
@pytest.mark.parametrize("known", [True, False])
def test_rows_of_a_table_whose_width_is_not_known(width, known):
    x = tf.placeholder(tf.float32, [4, width if known else None, 3])
    ids = tf.placeholder(tf.int32, [None, 2])
    g = tf.gradients(tf.gather(x, ids) * 2.0, x)[0]
    got = run(g, {x: np.ones((4, width, 3)), ids: [[2, 0], [1, 1], [3, 3]]})
    assert got.values.shape == (6, width, 3) and got.indices.tolist() == [2, 0, 1, 1, 3, 3]
    assert np.all(got.values == 2)


def test_grad_ys_weigh_each_y():
    x = tf.constant([1.0, 2.0])
    ys = [x * 3.0, x * 5.0]
    given = tf.constant([10.0, 100.0])
    assert run(tf.gradients(ys, x, grad_ys=[None, given])[0]).tolist() == [53, 503]
    assert run(tf.gradients(ys, x, grad_ys=[given, None])[0]).tolist() == [35, 305]
    assert run(tf.gradients(ys, x, grad_ys=[None, None])[0]).tolist() == [8, 8]
    n = tf.constant([1, 2])
    with pytest.warns(UserWarning, match="holds int32"):
        some = tf.gradients([n, *ys], x, grad_ys=[tf.constant([7, 7]), given, given * 2.0])[0]
    assert run(some).tolist() == [130, 1300]
    for wrong in ([given, tf.cast(given, tf.float64)], [tf.ones([3]), given], [given, tf.ones([2, 1])]):
        with pytest.raises(ValueError, match="must have its type"):
            tf.gradients(ys, x, grad_ys=wrong)
    for few in ([given], [given] * 3, [None], [None] * 3):
        with pytest.raises(ValueError, match=f"{len(few)} grad_ys for 2 ys"):
            tf.gradients(ys, x, grad_ys=few)


def test_xs_may_be_named_twice_and_be_alone_or_several():
    x, z = tf.constant(2.0), tf.constant(3.0)
    assert run(tf.gradients(x * z, (x, z, x))) == [3, 2, 3]
    assert tf.gradients(x, []) == []
    assert tf.gradients(x * x, [z], unconnected_gradients=tf.UnconnectedGradients.NONE) == [None]


def test_the_gradients_of_many_doublings_are_built_at_once():
    """Each value is used twice, and taken up once."""
    x = y = tf.constant(1.0)
    for _ in range(60):
        y = y + y
    assert run(tf.gradients(y, x)[0]) == 2.0**60
    q = tf.placeholder(tf.bool, [])
    z = x
    for _ in range(30):
        a, b = tf.cond(q, lambda z=z: (z, z * 2.0), lambda z=z: (z, z))
        z = a + b
    assert run(tf.gradients(z, x)[0], {q: False}) == 2.0**30


def test_the_gradient_of_a_loop_has_none_whatever_lies_around_the_loop():
    x, n = tf.constant(2.0), tf.placeholder(tf.int32, [])
    loop = tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, a * tf.exp(x)), [0, 1.0])[1]
    inside = tf.cond(
        n > 0, lambda: tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, a * x), [0, 1.0])[1], lambda: x
    )
    before = tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, a * 2.0), [0, tf.exp(x)])[1]
    for y in (loop, inside, before, tf.sin(before) * x):
        g = tf.gradients(y, x)[0]
        with pytest.raises(
            TypeError, match=r"Second-order gradient for while loops not supported\. The loop .* was made at"
        ):
            tf.gradients(g * x, x)
    stopped = tf.gradients(loop * x, x, stop_gradients=[loop])[0]
    (slope,) = tf.gradients(stopped, x)
    np.testing.assert_allclose(run(slope, {n: 3}), 3 * np.exp(6.0), rtol=1e-5)
    beside = tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, a * 2.0), [0, 1.0])[1]
    with tf.control_dependencies([loop]):
        y = x * x * x
    for once in (y, y * beside):
        assert run(tf.gradients(tf.gradients(once, x)[0], x)[0], {n: 0}) == 12


def test_a_gradient_inside_a_cond_flows_from_the_output_asked_alone():
    x, q = tf.constant(2.0), tf.placeholder(tf.bool, [])
    first, second = tf.cond(q, lambda: (x * 3.0, tf.stop_gradient(x)), lambda: (tf.stop_gradient(x), 1.0 * x))
    third, fourth = tf.cond(q, lambda: (x * 3.0, tf.constant(1.0)), lambda: (x, tf.stop_gradient(x)))
    assert run(tf.gradients([first, second], x)[0], {q: True}) == 3 and run(tf.gradients(second, x)[0], {q: True}) == 0
    assert run(tf.gradients([first, second], x)[0], {q: False}) == 1 and run(tf.gradients(first, x)[0], {q: False}) == 0
    assert tf.gradients(fourth, x) == [None] and run(tf.gradients([third, fourth], x)[0], {q: True}) == 3


def test_slices_put_beside_one_another_are_told_from_those_apart():
    """Where one begins at the other's end, in one axis alone, they are joined; else they are added."""
    value = np.arange(24.0).reshape(4, 3, 2)
    x = tf.placeholder(tf.float64, [4, 3, 2])
    for first, second, kernel in (
        (((0, 0, 0), (2, 3, 2)), ((2, 0, 0), (2, 3, 2)), "concat"),
        (((2, 0, 0), (2, 3, 2)), ((0, 0, 0), (2, 3, 2)), "concat"),
        (((0, 0, 0), (4, 3, 1)), ((0, 0, 1), (4, 3, 1)), "concat"),
        (((1, 0, 1), (3, 1, 1)), ((1, 1, 1), (3, 2, 1)), "put_like"),
        (((0, 1, 0), (4, 1, 2)), ((0, 2, 0), (4, 1, 2)), "put_like"),
        (((0, 0, 0), (2, 2, 2)), ((2, 0, 0), (2, 3, 2)), "add"),
        (((0, 0, 0), (2, 3, 2)), ((2, 0, 0), (2, 3, 1)), "add"),
        (((0, 0, 0), (4, 1, 2)), ((0, 1, 0), (4, 2, 1)), "add"),
        (((0, 0, 0), (4, 1, 2)), ((0, 1, 0), (3, 2, 2)), "add"),
        (((0, 0, 0), (4, 2, 1)), ((0, 0, 1), (4, 3, 1)), "add"),
        (((0, 0, 0), (3, 3, 1)), ((0, 0, 1), (4, 3, 1)), "add"),
        (((0, 0, 0), (2, 3, 2)), ((2, 1, 0), (2, 2, 2)), "add"),
        (((0, 0, 0), (2, 3, 2)), ((3, 0, 0), (1, 3, 2)), "add"),
        (((0, 0, 0), (3, 3, 2)), ((2, 0, 0), (2, 3, 2)), "add"),
        (((0, 0, 0), (4, 3, 2)), ((0, 0, 0), (4, 3, 2)), "add"),
        (((0, 0, 0), (1, 1, 1)), ((1, 1, 1), (3, 2, 1)), "add"),
    ):
        ys, want = [], np.zeros_like(value)
        for factor, (begin, size) in ((3.0, first), (5.0, second)):
            ys.append(factor * tf.slice(x, begin, size) ** 2)
            at = tuple(slice(b, b + n) for b, n in zip(begin, size, strict=True))
            want[at] += 2 * factor * value[at]
        (g,) = tf.gradients(ys, x)
        assert expanded(g).op.kernel == kernel
        np.testing.assert_array_equal(run(g, {x: value}), want)


def test_a_slice_beside_what_is_no_slice_is_added_to_it():
    """Whatever numbers the other's operands hold, and where the slice lies only when it runs."""
    x, low = tf.placeholder(tf.float32, [3, 2]), tf.placeholder(tf.int32, [])
    column = tf.slice(x, [0, 0], [2, 1])
    moved = tf.slice(x, tf.stack([low, 0]), [1, 2])
    first, last, rows = (
        np.array(v) for v in ([[1, 0], [1, 0], [0, 0]], [[0, 0], [0, 0], [1, 1]], [[1, 1], [1, 1], [0, 0]])
    )
    for ys, want in (
        ([column, tf.gather(x, [0, 1])], first + rows),
        ([tf.gather(x, [0, 1]), column], first + rows),
        ([column, moved], first + last),
        ([moved, column], first + last),
        ([column, x * 2.0], first + 2),
    ):
        (g,) = tf.gradients(ys, x)
        assert expanded(g).op.kernel == "add"
        assert run(g, {x: np.ones((3, 2)), low: 2}).tolist() == want.tolist()
    open_ = tf.placeholder(tf.float32, [None, 2])
    halves = [tf.slice(open_, [0, 0], [1, 2]), 5.0 * tf.slice(open_, [1, 0], [-1, 2])]
    assert run(tf.gradients(halves, open_)[0], {open_: np.ones((3, 2))}).tolist() == [[1, 1], [5, 5], [5, 5]]
