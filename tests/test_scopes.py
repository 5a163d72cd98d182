"""Sharing variables: every measured case of TensorFlow 1's scopes, with its error texts."""

from __future__ import annotations

import inspect
import threading

import numpy as np
import pytest
import samegraph.tf1 as tf

MISSING = "Variable {} does not exist, or was not created with tf.get_variable(). Did you mean to set reuse=tf.AUTO_REUSE in VarScope?"
EXISTS = "Variable {} already exists, disallowed. Did you mean to set reuse=True or reuse=tf.AUTO_REUSE in VarScope? Originally defined at:"


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def message(kind, build):
    with pytest.raises(kind) as caught:
        build()
    return str(caught.value)


def op_name():
    return tf.add(1.0, 2.0, name="op").name


def in_scope(name, *args, reuse=None, **kwargs):
    with tf.variable_scope(name, reuse=reuse):
        return tf.get_variable("w", *args, **kwargs)


# Sharing ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("again", [([2],), ()], ids=["with a shape", "without a shape"])
def test_a_variable_twice_without_reuse(again):
    line = inspect.currentframe().f_lineno + 1
    tf.get_variable("w", [2])
    text = message(ValueError, lambda: tf.get_variable("w", *again))
    assert text.startswith(EXISTS.format("w"))
    assert f'{__file__}:{line}: tf.get_variable("w", [2])' in text


def test_reuse_of_a_variable_that_does_not_exist():
    assert message(ValueError, lambda: in_scope("s", [2], reuse=True)) == MISSING.format("s/w")


def test_reuse_does_not_find_tf_variable():
    with tf.variable_scope("s"):
        tf.Variable(1.0, name="w")
    assert message(ValueError, lambda: in_scope("s", reuse=True)) == MISSING.format("s/w")


def test_auto_reuse_makes_then_finds():
    first, second = (in_scope("s", [2], reuse=tf.AUTO_REUSE) for _ in range(2))
    assert first is second and first.name == "s/w:0"


def test_reuse_with_another_shape():
    in_scope("s", [2])
    text = message(ValueError, lambda: in_scope("s", [3], reuse=True))
    assert text == "Trying to share variable s/w, but specified shape (3,) and found shape (2,)."


def test_reuse_with_another_dtype():
    in_scope("s", [2])
    text = message(ValueError, lambda: in_scope("s", [2], tf.float64, reuse=True))
    assert text == "Trying to share variable s/w, but specified dtype float64 and found dtype float32."


def test_reuse_without_a_shape_or_with_an_unknown_size():
    w = in_scope("s", [2])
    assert in_scope("s", reuse=True) is w
    assert in_scope("s", [None], reuse=True) is w


def test_tf_variable_is_never_shared():
    names = []
    for reuse in (None, True):
        with tf.variable_scope("s", reuse=reuse):
            names.append(tf.Variable(1.0, name="v").name)
    assert names == ["s/v:0", "s_1/v:0"]


def test_reuse_is_inherited_and_false_does_not_end_it():
    with tf.variable_scope("a", reuse=True), tf.variable_scope("b", reuse=False):
        assert tf.get_variable_scope().reuse is True
    with tf.variable_scope("a", reuse=tf.AUTO_REUSE), tf.variable_scope("b"):
        assert tf.get_variable_scope().reuse is tf.AUTO_REUSE
    assert tf.get_variable_scope().reuse is False


def test_reuse_variables_from_a_line_on():
    with tf.variable_scope("s") as scope:
        w = tf.get_variable("w", [1])
        scope.reuse_variables()
        assert tf.get_variable("w") is w
        with tf.variable_scope("t"):
            assert message(ValueError, lambda: tf.get_variable("z", [1])) == MISSING.format("s/t/z")
    tf.get_variable_scope().reuse_variables()
    assert message(ValueError, lambda: tf.get_variable("x", [1])) == MISSING.format("x")


def test_sharing_between_towers_by_scope_by_dictionary_and_not_at_all():
    def by_scope():
        with tf.variable_scope("tower", reuse=tf.AUTO_REUSE):
            return tf.get_variable("weights", [1], initializer=tf.ones_initializer())

    held = {"weights": tf.Variable([1.0], name="weights")}
    copies = [tf.Variable([1.0], name="weights") for _ in range(2)]
    assert [c.name for c in copies] == ["weights_1:0", "weights_2:0"]
    towers = {"scope": [by_scope(), by_scope()], "dictionary": [held["weights"]] * 2, "copies": copies}
    pushes = {k: tf.group(tf.assign_add(vs[0], [1.0])) for k, vs in towers.items()}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(list(pushes.values()))
        values = {k: [float(v[0]) for v in session.run(vs)] for k, vs in towers.items()}
    assert values == {"scope": [2.0, 2.0], "dictionary": [2.0, 2.0], "copies": [2.0, 1.0]}


# Names ------------------------------------------------------------------------------------------------------------------


def test_a_name_scope_names_operations_but_not_get_variable():
    with tf.name_scope("n"):
        assert tf.get_variable("w", [1]).name == "w:0"
        assert op_name() == "n/op:0"
        assert tf.Variable(1.0, name="v").name == "n/v:0"


def test_nested_scopes_opened_again_by_their_object():
    with tf.variable_scope("a"), tf.variable_scope("b") as scope:
        v = tf.get_variable("w", [1])
    assert (v.name, scope.name, scope.original_name_scope) == ("a/b/w:0", "a/b", "a/b/")
    with tf.variable_scope(scope, reuse=True):
        assert tf.get_variable("w") is v
    with tf.variable_scope("a"):
        assert op_name() == "a_1/op:0"


def test_operation_names_on_the_way_in():
    with tf.variable_scope("s") as scope:
        names = [op_name()]
    with tf.variable_scope(scope):
        names.append(op_name())
    with tf.variable_scope(scope, auxiliary_name_scope=False):
        names.append(op_name())
        with tf.name_scope(scope.original_name_scope):
            names.append(op_name())
    with tf.name_scope("n"), tf.variable_scope("s") as inner:
        names.append(op_name())
        names.append(tf.get_variable("q", [1]).name)
    assert names == ["s/op:0", "s_1/op:0", "op:0", "s/op_1:0", "n/s/op:0", "s/q:0"]
    assert inner.original_name_scope == "n/s/"


def test_a_scope_may_be_entered_twice():
    scope = tf.variable_scope("a")
    with scope as first:
        pass
    with scope as second:
        assert op_name() == "a_1/op:0"
    assert first.name == second.name == "a"


def test_slashes_and_the_empty_scope():
    with tf.variable_scope("a/b"):
        v = tf.get_variable("w", [1])
        assert op_name() == "a/b/op:0"
    with tf.variable_scope("a"), tf.variable_scope("b", reuse=True):
        assert tf.get_variable("w") is v
        assert op_name() == "a/b_1/op:0"
    w = tf.get_variable("w", [2])
    with tf.variable_scope("", reuse=True):
        assert tf.get_variable("w") is w
        assert op_name() == "op:0"


def test_default_names_are_made_unique():
    names = []
    with tf.variable_scope("foo") as scope:
        for _ in range(2):
            with tf.variable_scope(None, default_name="layer"):
                names.append(tf.get_variable("w", [1]).name)
    with tf.variable_scope(scope), tf.variable_scope(None, default_name="layer"):
        names.append(tf.get_variable("again", [1]).name)
    assert names == ["foo/layer/w:0", "foo/layer_1/w:0", "foo/layer/again:0"]


def test_default_names_at_the_top():
    names = []
    for _ in range(2):
        with tf.variable_scope(None, default_name="layer"):
            names.append(tf.get_variable("w", [1]).name)
    assert names == ["layer/w:0", "layer_1/w:0"]


def test_names_taken_before():
    tf.Variable(1.0, name="w")
    assert tf.get_variable("w", [2]).name == "w_1:0"
    assert tf.Variable(1.0, name="w").name == "w_2:0"


def test_name_scopes():
    with tf.name_scope("x") as scope:
        pass
    names = []
    with tf.name_scope(scope):
        names.append(op_name())
    with tf.name_scope("x") as again, tf.name_scope(None):
        names.append(op_name())
    with tf.name_scope(None, "default", [1.0]):
        names.append(op_name())
    assert (scope, again) == ("x/", "x_1/")
    assert names == ["x/op:0", "op:0", "default/op:0"]


def test_the_initial_value_is_named_below_its_variable():
    v = in_scope("s", [2])
    assert v.initial_value.name.startswith("s/w/Initializer/random_uniform")
    assert (v.op.name, v.initializer.name) == ("s/w", "s/w/Assign")


# Wrong calls ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "text", "build"),
    [
        (TypeError, "If default_name is None then name_or_scope is required", lambda: tf.variable_scope(None)),
        (ValueError, "The reuse parameter must be True or False or None.", lambda: tf.variable_scope("s", reuse="yes")),
        (
            ValueError,
            "reuse=True cannot be used without a name_or_scope",
            lambda: tf.variable_scope(None, "d", reuse=True).__enter__(),
        ),
        (
            TypeError,
            "VariableScope: name_or_scope must be a string or VariableScope.",
            lambda: tf.variable_scope(3).__enter__(),
        ),
        (
            ValueError,
            "Variable w did not get an initializer, so its `shape` argument must be specified.",
            lambda: tf.get_variable("w"),
        ),
        (
            ValueError,
            "If initializer is a constant, do not specify shape.",
            lambda: tf.get_variable("w", [2], initializer=[1.0, 2.0]),
        ),
        (ValueError, "The initializer passed is not valid.", lambda: tf.get_variable("w", [None, 2])),
        (ValueError, "(?, 2)", lambda: tf.get_variable("w", [None, 2], initializer=tf.zeros_initializer())),
        (
            ValueError,
            "Initializer type '<dtype: 'float32'>' and explicit dtype '<dtype: 'float64'>' don't match.",
            lambda: tf.get_variable("w", dtype=tf.float64, initializer=[1.0]),
        ),
        (
            ValueError,
            "Passed a custom_getter which is not callable: 3",
            lambda: tf.get_variable("w", [1], custom_getter=3),
        ),
        (TypeError, "whole", lambda: tf.get_variable("w", [1], partitioner=lambda **_: [1])),
        (
            ValueError,
            "ON_READ",
            lambda: tf.get_variable("w", [1], trainable=True, synchronization=tf.VariableSynchronization.ON_READ),
        ),
    ],
)
def test_wrong_calls(kind, text, build):
    assert text in message(kind, build)


def test_scopes_that_are_left_in_the_wrong_order():
    outer, inner = tf.variable_scope("a"), tf.variable_scope("b")
    outer.__enter__(), inner.__enter__()
    assert message(RuntimeError, lambda: outer.__exit__(None, None, None)) == "Improper nesting of variable_scope."


# What a scope hands down ------------------------------------------------------------------------------------------------


def test_the_initializer_of_a_scope_is_inherited():
    with tf.variable_scope("a", initializer=tf.constant_initializer(3.0)):
        v = tf.get_variable("w", [1])
        with tf.variable_scope("b"):
            w = tf.get_variable("w", [1])
            own = tf.get_variable("own", [1], initializer=tf.ones_initializer())
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert [float(x[0]) for x in session.run([v, w, own])] == [3.0, 3.0, 1.0]


def test_regularizers_and_their_losses():
    with tf.variable_scope("a", regularizer=lambda v: tf.reduce_sum(v) * 0.5):
        w = tf.get_variable("w", [2], initializer=tf.ones_initializer())
        tf.get_variable("free", [2], regularizer=tf.no_regularizer)
    with tf.variable_scope("a", reuse=True):
        tf.get_variable("w")
    (loss,) = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    assert loss.name == "a/w/Regularizer/mul:0" and tf.losses.get_regularization_losses() == [loss]
    with tf.Session() as session:
        session.run(w.initializer)
        assert session.run(loss) == 1.0 == session.run(tf.losses.get_regularization_loss())


def test_a_scopes_dtype_and_setters():
    with tf.variable_scope("a", dtype=tf.float64) as scope:
        assert tf.get_variable("w", [1]).dtype == tf.float64
        scope.set_dtype(tf.int32)
        scope.set_initializer(tf.ones_initializer())
        assert tf.get_variable("n", [1]).dtype == tf.int32
    assert tf.get_variable("x", [1]).dtype == tf.float32


def test_custom_getters_nest():
    def renaming(getter, name, *args, **kwargs):
        return getter(name + "_x", *args, **kwargs)

    def plain(getter, *args, **kwargs):
        return getter(*args, **kwargs)

    with tf.variable_scope("a", custom_getter=renaming), tf.variable_scope("b", custom_getter=plain):
        assert tf.get_variable("w", [1]).name == "a/b/w_x:0"
    assert tf.get_variable("w", [1], custom_getter=renaming).name == "w_x:0"


def test_collections():
    with tf.variable_scope("a") as scope:
        w = tf.get_variable("w", [1])
        fixed = tf.get_variable("fixed", [1], trainable=False)
        local = tf.get_local_variable("local", [1])
        own = tf.get_variable("own", [1], collections=["mine"])
    other = tf.get_variable("other", [1], trainable=None)
    assert tf.trainable_variables() == [w, own, other]
    assert tf.global_variables() == [w, fixed, other]
    assert tf.local_variables() == [local] and not local.trainable
    assert tf.get_collection("mine") == [own]
    assert scope.trainable_variables() == [w, own] and scope.global_variables() == [w, fixed]
    assert scope.local_variables() == [local]
    assert tf.global_variables(scope="a") == [w, fixed]


def test_defaults_without_an_initializer():
    wide, whole = tf.get_variable("wide", [100, 50]), tf.get_variable("whole", [3], tf.int32)
    truth = tf.get_variable("truth", [2], tf.bool)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        values = session.run(wide)
        assert session.run(whole).tolist() == [0, 0, 0] and session.run(truth).tolist() == [False, False]
    limit = np.sqrt(6 / 150)
    assert limit * 0.95 < np.abs(values).max() <= limit and abs(values.mean()) < limit / 10


def test_initializers_of_every_kind():
    made = [
        tf.get_variable("value", initializer=np.array([1.0, 2.0])),
        tf.get_variable("tensor", initializer=tf.constant([1, 2])),
        tf.get_variable("called", initializer=lambda: tf.constant([1.0, 2.0])),
        tf.get_variable("kind", [2], initializer=tf.ones_initializer),
        tf.get_variable("plain", [2], initializer=lambda shape, dtype: tf.fill(shape, tf.cast(4, dtype))),
    ]
    assert [v.dtype.name for v in made] == ["float64", "int32", "float32", "float32", "float32"]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert [v.tolist() for v in session.run(made)] == [[1, 2], [1, 2], [1, 2], [1, 1], [4, 4]]


# Graphs and threads -----------------------------------------------------------------------------------------------------


def test_each_graph_has_its_own_variables(graph):
    w = tf.get_variable("w", [1])
    with tf.Graph().as_default():
        assert tf.get_variable("w", [1]) is not w
        with tf.variable_scope("s", values=[w]):
            assert tf.get_default_graph() is graph
            assert tf.get_variable("w", [1]).graph is graph


def test_each_thread_starts_outside_of_all_scopes(graph):
    names = []

    def work():
        with graph.as_default(), tf.variable_scope("t"):
            names.append(tf.get_variable("w", [1]).name)

    with tf.variable_scope("s"):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert names == ["t/w:0"]


# Sessions ---------------------------------------------------------------------------------------------------------------


def test_a_variable_read_before_it_was_initialised():
    v = tf.get_variable("w", [1])
    with (
        tf.Session() as session,
        pytest.raises(tf.errors.FailedPreconditionError, match=r"uninitialized value w.*\n.*get_variable"),
    ):
        session.run(v)


def test_a_placeholder_that_is_not_fed():
    p = tf.placeholder(tf.float32, [])
    with (
        tf.Session() as session,
        pytest.raises(tf.errors.InvalidArgumentError, match="must feed a value for placeholder"),
    ):
        session.run(p * 2)


def test_any_tensor_may_be_fed():
    a = tf.constant(1.0)
    b = a + 1.0
    with tf.Session() as session:
        assert session.run(b, {a: 10.0}) == 11.0 and session.run(b, {b: 7.0}) == 7.0


def test_nested_fetches_and_operations():
    v = tf.get_variable("w", [], initializer=tf.zeros_initializer())
    a, up = tf.constant(1.0), v.assign_add(1.0)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run({"a": a, "l": [a, (a,)], "op": up.op}) == {"a": 1.0, "l": [1.0, (1.0,)], "op": None}
        assert session.run([up, up, up]) == [2.0, 2.0, 2.0]


def test_a_read_sees_the_start_of_the_run():
    v = tf.get_variable("w", [], initializer=tf.zeros_initializer())
    read, up = v.read_value(), v.assign_add(1.0)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert [session.run([read, up]) for _ in range(3)] == [[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]]


def test_minimize_leaves_an_unconnected_variable_alone():
    x = tf.get_variable("x", [], initializer=tf.constant_initializer(3.0))
    y = tf.get_variable("y", [], initializer=tf.constant_initializer(1.0))
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    step, pairs = optimizer.minimize(x * x), optimizer.compute_gradients(x * x)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        assert session.run(x) == pytest.approx(2.4) and session.run(y) == 1.0
    assert pairs[1] == (None, y)


def test_minimize_without_a_way_to_any_variable():
    tf.get_variable("x", [])
    text = message(ValueError, lambda: tf.train.GradientDescentOptimizer(0.1).minimize(tf.constant(1.0)))
    assert text.startswith(
        "No gradients provided for any variable, check your graph for ops that do not support gradients, between variables"
    )


def test_a_device_that_is_asked_for_is_only_recorded():
    with tf.device("/GPU:0"):
        a = tf.constant(1.0)
    with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as session:
        assert session.run(a) == 1.0 and a.device == "/GPU:0"


def test_two_graphs_do_not_mix():
    a = tf.constant(1.0)
    with tf.Graph().as_default():
        b = tf.constant(1.0)
    text = message(ValueError, lambda: a + b)
    assert 'Tensor("Const:0", shape=(), dtype=float32) must be from the same graph as Tensor("Const:0"' in text


def test_a_finalized_graph(graph):
    graph.finalize()
    assert message(RuntimeError, lambda: tf.constant(2.0)) == "Graph is finalized and cannot be modified."
