"""Graphs: names, scopes, lookup, order, the user's line. Nothing here runs a session."""

from __future__ import annotations

import time

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.graph import Graph, ancestors


def test_names_are_unique_and_scoped():
    with Graph().as_default() as g:
        a, b = tf.constant(1.0, name="a"), tf.constant(2.0, name="a")
        with g.name_scope("outer"):
            c = tf.add(a, b)
            with g.name_scope("inner"):
                d = tf.add(a, b, name="sum")
        with g.name_scope("outer"):
            e = tf.add(a, b)
    assert [t.name for t in (a, b, c, d, e)] == ["a:0", "a_1:0", "outer/Add:0", "outer/inner/sum:0", "outer_1/Add:0"]
    assert g.get_tensor_by_name("outer/inner/sum:0") is d
    assert g.get_operation_by_name("outer/inner/sum") is d.op


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [("a", ValueError, "operation's"), ("b:0", KeyError, "does not exist"), ("a:7", KeyError, "only has 1 outputs")],
)
def test_lookup_by_a_wrong_name(name, error, words):
    with Graph().as_default() as g:
        tf.constant(1.0, name="a")
        with pytest.raises(error, match=words):
            g.get_tensor_by_name(name)


def test_operations_have_tf1s_types_and_a_variable_has_no_inputs():
    with Graph().as_default() as g:
        w = tf.Variable(tf.zeros([3, 2]), name="W")
        x = tf.placeholder(tf.float32, [None, 3], name="x")
        h = tf.nn.relu(tf.matmul(x, w) + 1.0)
    assert len(w.op.inputs) == 0
    types = [op.type for op in g.get_operations()]
    for expected in ("Placeholder", "VariableV2", "MatMul", "Add", "Relu", "Assign", "Const"):
        assert expected in types
    assert h.shape.as_list() == [None, 2]


def test_every_operation_knows_the_users_line():
    with Graph().as_default():
        x = tf.placeholder(tf.float32, [2])
        y = tf.reduce_sum(x * 2.0)
    assert "test_graph.py" in y.op.made_at and "tf.reduce_sum(x * 2.0)" in y.op.made_at


def test_tensors_of_another_graph_are_refused_with_both_lines():
    with Graph().as_default():
        a = tf.constant(1.0, name="first")
    with Graph().as_default():
        b = tf.constant(1.0, name="second")
        with pytest.raises(ValueError, match="must be from the same graph") as error:
            tf.add(b, a)
    assert "first" in str(error.value) and "second" in str(error.value) and "test_graph.py" in str(error.value)


def test_a_finalized_graph_refuses_operations():
    with Graph().as_default() as g:
        tf.constant(1.0)
        g.finalize()
        with pytest.raises(RuntimeError, match="finalized"):
            tf.constant(2.0)


def test_tensors_give_tf1s_advice():
    with Graph().as_default():
        t = tf.constant([1.0, 2.0])
        with pytest.raises(TypeError, match="as a Python `bool`"):
            bool(t)
        with pytest.raises(TypeError, match=r"tf\.map_fn"):
            list(t)
        with pytest.raises(TypeError, match="no value before the graph runs"):
            np.asarray(t)


def test_iadd_makes_a_tensor():
    with Graph().as_default():
        v = tf.Variable(1.0)
        w = v
        w += 2.0
        assert isinstance(w, tf.Tensor) and isinstance(v, tf.Variable)


def test_ancestors_come_in_order_and_stop():
    with Graph().as_default():
        a = tf.constant(1.0)
        b = a * 2.0
        c = b + a
    order = ancestors([c])
    assert [order.index(t.op) for t in (a, b, c)] == sorted(order.index(t.op) for t in (a, b, c))
    assert a.op not in ancestors([c], stop={b, a})


def test_building_is_linear():
    """Ten times the operations take about ten times as long: far below the hundred times of a quadratic graph."""

    def build(n):
        start = time.process_time()  # others may have the machine's cores in between
        with Graph().as_default():
            x = tf.placeholder(tf.float32, [])
            for _ in range(n):
                x = x + 1.0
        return time.process_time() - start

    build(200)
    small = min(build(1000) for _ in range(3))
    assert min(build(10_000) for _ in range(2)) < 30 * small


def test_control_dependencies_nest_and_clear():
    with Graph().as_default() as g:
        a, b = tf.no_op(name="a"), tf.no_op(name="b")
        with g.control_dependencies([a]):
            with g.control_dependencies([b]):
                c = tf.identity(tf.constant(1.0))
            with g.control_dependencies(None):
                d = tf.identity(tf.constant(1.0))
    assert list(c.op.control_inputs) == [a, b]
    assert d.op.control_inputs == ()


def test_collections():
    with Graph().as_default() as g:
        v = tf.Variable(1.0, name="scope/v")
        w = tf.Variable(1.0, name="w", trainable=False)
        assert g.get_collection(tf.GraphKeys.GLOBAL_VARIABLES) == [v, w]
        assert tf.trainable_variables() == [v]
        assert g.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, scope="scope") == [v]


def test_gradients_of_whole_numbers_warn_at_the_users_line():
    with Graph().as_default():
        n = tf.placeholder(tf.int32, [2])
        with pytest.warns(UserWarning, match=r"mul:0 holds int32, of which there are no gradients") as told:
            assert tf.gradients(tf.multiply(n, n, name="mul"), n) == [None]
        assert told[0].filename == __file__
        with pytest.raises(TypeError, match="holds string; only floating-point tensors have gradients"):
            tf.gradients(tf.as_string(n), n)


def test_a_variable_of_another_graph_is_not_written_to():
    with Graph().as_default():
        v = tf.Variable(tf.zeros([3]), name="theirs")
    for update in (
        lambda: tf.assign(v, [1.0, 2.0, 3.0]),
        lambda: tf.assign_add(v, tf.ones([3])),
        lambda: tf.scatter_add(v, [0], [1.0]),
    ):
        with pytest.raises(ValueError, match="variable theirs:0 belongs to another graph than the default one"):
            update()


def test_updates_of_variables_take_a_name():
    """A loaded graph and TensorBoard find the operation under the name it was given, else under TF1's."""
    with Graph().as_default():
        v = tf.Variable(tf.zeros([3]))
        for update in (tf.scatter_add, tf.scatter_sub, tf.scatter_update):
            assert update(v, [0], [1.0], name="mine").op.name.startswith("mine")
        for update in (tf.assign, tf.assign_add, tf.assign_sub):
            assert update(v, [1.0, 2.0, 3.0], name="yours").op.name.startswith("yours")
        assert tf.scatter_add(v, [0], [1.0]).op.name == "ScatterAdd"
