"""Placeholders, variables and their updates, groups and order: what TensorFlow 1 makes of each line, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.session import Session


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def started() -> Session:
    s = Session(backend="numpy")
    s.run(tf.global_variables_initializer())
    return s


def test_a_placeholder_waits_for_nothing():
    with tf.control_dependencies([tf.no_op()]):
        x, named = tf.placeholder(tf.float32), tf.placeholder("int32", [None, 2], "given")
        given = tf.placeholder_with_default(tf.constant(1.0), None)
    assert (x.name, x.op.control_inputs) == ("Placeholder:0", ())
    assert (named.name, named.dtype, named.shape.as_list()) == ("given:0", tf.int32, [None, 2])
    assert given.name == "PlaceholderWithDefault:0" and len(given.op.control_inputs) == 1


def test_a_default_stands_for_what_is_not_fed():
    x = tf.placeholder_with_default([1, 2], [None], "x")
    s = Session(backend="numpy")
    assert (x.name, x.dtype, x.shape.as_list()) == ("x:0", tf.int32, [None])
    assert s.run(x).tolist() == [1, 2] and s.run(x, {x: [3]}).tolist() == [3]
    with pytest.raises(ValueError, match=r"the default has shape \(2,\), which is not \(3,\)"):
        tf.placeholder_with_default([1, 2], [3])


# Variables ----------------------------------------------------------------------------------------------------------------


def test_what_a_variable_is():
    v = tf.Variable([1, 2], name="v")
    assert (v.name, v.op.name, v.initializer.name, v.initial_value.name) == (
        "v:0",
        "v",
        "v/Assign",
        "v/initial_value:0",
    )
    assert (v.op.type, v.initializer.type) == ("VariableV2", "Assign")
    assert (v.dtype, v.shape.as_list(), v.get_shape().as_list()) == (tf.int32, [2], [2])
    assert v.graph is tf.get_default_graph() and v.device == v.op.device and v.initialized_value() is v.initial_value
    assert v.trainable is True and v.op.get_attr("trainable") is True and v.constraint is None
    assert repr(v) == "<tf.Variable 'v:0' shape=(2,) dtype=int32>"
    assert tf.Variable(1.0).name == "Variable:0" and tf.Variable(1.0, name="v").name == "v_1:0"


def test_a_variable_stands_outside_of_what_surrounds_it():
    """Its initial value runs whenever it is asked for: neither after other operations nor only in a branch."""
    first = tf.no_op()
    with tf.control_dependencies([first]):
        v = tf.Variable(lambda: tf.constant(2.0) * 3.0)
    made = []
    chosen = tf.cond(tf.constant(True), lambda: made.append(tf.Variable(4.0)) or made[0] + 1.0, lambda: 0.0)
    for op in (v.op, v.initializer, v.initial_value.op, v.initial_value.op.inputs[0].op):
        assert op.control_inputs == ()
    assert v.initial_value.op.name.startswith("Variable/Initializer/")
    assert made[0].op.block is None and made[0].initializer.block is None
    assert started().run(chosen) == 5.0


def test_the_dtype_of_an_initial_value():
    assert tf.Variable(1).dtype == tf.int32 and tf.Variable(1, dtype=tf.float64).dtype == tf.float64
    assert tf.Variable(1, dtype="float64").dtype == tf.float64
    with pytest.raises(ValueError, match="Tensor conversion requested dtype float64 for Tensor with dtype float32"):
        tf.Variable(tf.constant(1.0), dtype=tf.float64)


def test_a_variable_of_no_certain_shape():
    x = tf.placeholder(tf.float32)
    with pytest.raises(ValueError, match="initial_value must have a shape specified"):
        tf.Variable(x)
    v = tf.Variable([1.0], validate_shape=False)
    assert v.shape.ndims is None
    grown = tf.assign(v, [1.0, 2.0])
    v.set_shape([None])
    assert v.shape.as_list() == [None]
    assert started().run(grown).tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match=r"initial_value must be specified\."):
        tf.Variable()


def test_where_a_variable_is_collected():
    plain, fixed = tf.Variable(0.0), tf.Variable(0.0, trainable=False)
    mine, both = tf.Variable(0.0, collections=["mine"]), tf.Variable(0.0, trainable=True, collections=())
    own = tf.Variable(0.0, collections=[tf.GraphKeys.TRAINABLE_VARIABLES, "mine"])
    local = tf.Variable(0.0, trainable=False, collections=[tf.GraphKeys.LOCAL_VARIABLES], name="scope/local")
    assert tf.global_variables() == [plain, fixed] and tf.local_variables() == [local]
    assert tf.trainable_variables() == [plain, mine, both, own] and tf.get_collection("mine") == [mine, own]
    assert tf.local_variables("scope") == [local] and tf.local_variables("other") == []
    assert tf.global_variables("Variable_1") == [fixed] and tf.trainable_variables("Variable_2") == [mine]
    s = Session(backend="numpy")
    s.run(tf.local_variables_initializer())
    assert s.run(local) == 0.0
    with pytest.raises(tf.errors.FailedPreconditionError):
        s.run(plain)
    init = tf.variables_initializer([plain], name="only")
    s.run(init)
    assert init.name == "only" and s.run(plain) == 0.0
    assert (tf.global_variables_initializer().name, tf.local_variables_initializer().name) == ("init_1", "init_2")


@pytest.mark.parametrize(
    ("build", "want"),
    [
        (lambda v: v + 2, 9),
        (lambda v: 2 + v, 9),
        (lambda v: v - 2, 5),
        (lambda v: 2 - v, -5),
        (lambda v: v * 2, 14),
        (lambda v: 2 * v, 14),
        (lambda v: v / 2, 3.5),
        (lambda v: 2 / v, 2 / 7),
        (lambda v: v // 2, 3),
        (lambda v: 2 // v, 0),
        (lambda v: v % 2, 1),
        (lambda v: 2 % v, 2),
        (lambda v: v**2, 49),
        (lambda v: 2**v, 128),
        (lambda v: v < 8, True),
        (lambda v: v > 8, False),
        (lambda v: v <= 7, True),
        (lambda v: v >= 8, False),
        (lambda v: -v, -7),
        (lambda v: abs(-v), 7),
        (lambda v: abs(v), 7),
    ],
)
def test_a_variables_operators_are_its_values(build, want):
    v = tf.Variable(7)
    assert started().run(build(v)) == want


def test_more_operators_of_a_variable():
    yes, no, m = tf.Variable([True, False]), np.array([False, False]), tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    right = [[0.0, 1.0], [1.0, 0.0]]
    found = started().run([yes & no, no | yes, yes ^ True, ~yes, m @ right, right @ m, m[1], m[:, 0]])
    assert [f.tolist() for f in found] == [
        [False, False],
        [True, False],
        [False, True],
        [False, True],
        [[2, 1], [4, 3]],
        [[3, 4], [1, 2]],
        [3, 4],
        [1, 3],
    ]
    changed = m
    changed += 1.0
    assert isinstance(changed, tf.Tensor) and started().run([changed, m])[0].tolist() == [[2, 3], [4, 5]]
    with pytest.raises(TypeError, match=r"'Variable' object is not iterable\."):
        list(m)
    with pytest.raises(TypeError, match="as a Python `bool`"):
        bool(yes)


def test_a_variable_is_read_and_loaded_in_the_session_that_is_named():
    v = tf.Variable(1.0)
    one, other = started(), started()
    v.load(5.0, other)
    with one.as_default():
        assert v.eval() == 1.0 and v.eval(session=other) == 5.0
        v.load(2.0)
        v.load(3.0, session=other)
    assert one.run(v) == 2.0 and other.run(v) == 3.0


def test_a_read_stands_after_what_surrounds_it():
    v = tf.Variable(1.0, name="v")
    assert v.value() is v.op.outputs[0] and v.read_value().name == "v/read:0"
    with tf.control_dependencies([tf.assign(v, 2.0)]):
        assert v.value().op.type == "ReadVariableOp" and v.read_value().op.variable is v.op
        doubled = v * 2.0
    assert started().run(doubled) == 4.0


# Updates ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["assign", "assign_add", "assign_sub"])
def test_an_update_is_named_and_answers_the_new_value(method):
    v = tf.Variable([1.0, 2.0])
    made = [getattr(v, method)([3.0, 4.0], name="mine"), getattr(tf, method)(v, [3.0, 4.0], name="mine")]
    want = {"assign": [3, 4], "assign_add": [4, 6], "assign_sub": [-2, -2]}[method]
    assert [u.op.name for u in made] == ["mine", "mine_1"] and made[0].shape.as_list() == [2]
    for update in made:
        assert started().run(update).tolist() == want
    assert getattr(v, method)([0.0, 0.0]).op.type == {"assign": "Assign", "assign_add": "AssignAdd"}.get(
        method, "AssignSub"
    )
    with pytest.raises(
        ValueError, match=r"variable Variable:0 has shape \(2,\) and the value .* \(3,\); an assignment"
    ):
        getattr(tf, method)(v, [1.0, 2.0, 3.0])
    with pytest.raises(TypeError, match=r"variable Variable:0 holds float32, the value .* float64; write tf.cast"):
        getattr(tf, method)(v, tf.zeros([2], tf.float64))
    with pytest.raises(TypeError, match=f"{method}: the first argument must be a variable, got "):
        getattr(tf, method)(tf.zeros([2]), [1.0, 2.0])


@pytest.mark.parametrize(
    ("method", "want"),
    [
        ("scatter_add", [[0, 1], [12, 14], [4, 5]]),
        ("scatter_sub", [[0, 1], [-8, -8], [4, 5]]),
        ("scatter_update", [[0, 1], [10, 11], [4, 5]]),
    ],
)
def test_rows_are_updated_by_slices_too(method, want):
    v = tf.Variable(np.arange(6.0).reshape(3, 2))
    rows = tf.IndexedSlices(tf.constant([[10.0, 11.0]], tf.float64), tf.constant([1]))
    for update in (getattr(v, method)(rows, name="mine"), getattr(tf, method)(v, [1], [[10.0, 11.0]], name="mine")):
        assert update.op.name.startswith("mine") and update.shape.as_list() == [3, 2]
        assert started().run(update).tolist() == want


@pytest.mark.parametrize("scatter", [tf.scatter_add, tf.scatter_sub, tf.scatter_update])
def test_rows_that_do_not_fit_are_refused(scatter):
    v, free = tf.Variable(tf.zeros([3, 2])), tf.Variable([[0.0]], validate_shape=False)
    kind = {"scatter_add": "ScatterAdd", "scatter_sub": "ScatterSub"}.get(scatter.__name__, "ScatterUpdate")
    with pytest.raises(TypeError, match=f"{kind}: indices must hold int32 or int64, got float32"):
        scatter(v, [1.0], [[1.0, 2.0]])
    with pytest.raises(TypeError, match=f"{kind}: variable Variable:0 holds float32, the updates int32; write tf.cast"):
        scatter(v, [1], tf.constant([[1, 2]]))
    for indices, rows in (([1], [[1.0]]), ([1, 2], [[1.0, 2.0]]), (1, [[1.0, 2.0]]), ([[1]], [[1.0, 2.0]])):
        with pytest.raises(ValueError, match=rf"{kind}: updates must have shape \(.*2,?\) \(indices and rows\), got"):
            scatter(v, indices, rows)
    with pytest.raises(TypeError, match=f"{kind}: the first argument must be a variable"):
        scatter(tf.zeros([3, 2]), [1], [[1.0, 2.0]])
    unknown = tf.placeholder(tf.int32), tf.placeholder(tf.float32)
    assert scatter(v, unknown[0], [[1.0]]).shape.as_list() == [3, 2]
    assert scatter(v, [1], unknown[1]).shape.as_list() == [3, 2]
    assert scatter(free, [0], [[1.0, 2.0]]).shape.ndims is None
    assert scatter(v, np.array([1]), [[1.0, 2.0]]).op.inputs[0].dtype == tf.int64


# Groups and order ---------------------------------------------------------------------------------------------------------


def test_a_group_runs_all_of_it_and_what_surrounds_it():
    a, b, c, d = (tf.Variable(0.0) for _ in range(4))
    outer, inner = tf.assign(a, 1.0), tf.assign(b, 1.0)
    with tf.control_dependencies([outer]), tf.control_dependencies([inner]):
        group = tf.group(tf.assign(c, 1.0), [tf.assign(d, 1.0).op, outer], (d.initializer,))
    assert group.name == "group_deps" and group.type == "NoOp"
    assert [op.name for op in group.control_inputs] == [
        "Assign",
        "Assign_1",
        "Assign_2",
        "Assign_3",
        "Variable_3/Assign",
    ]
    s = started()
    s.run(tf.group(outer, [inner], (tf.assign(c, 3.0),), name="mine"))
    assert s.run([a, b, c, d]) == [1, 1, 3, 0]
    assert tf.group(name="mine").name == "mine_1" and tf.no_op().name == "NoOp" and tf.no_op("idle").name == "idle"


def test_a_tuple_waits_for_all_of_it():
    v = tf.Variable(0.0)
    up, again = tf.assign_add(v, 1.0), tf.assign_add(tf.Variable(0.0), 1.0)
    first, missing, second = tf.tuple([tf.constant(5.0), None, v + 2.0], control_inputs=[up])
    assert missing is None and first.op.type == "Identity"
    assert {op.type for op in first.op.control_inputs} >= {"Const", "AssignAdd"}
    s = started()
    assert s.run([first, second]) == [5.0, 2.0] and s.run(v) == 1.0
    (alone,) = tf.tuple([again])
    assert [op.name for op in alone.op.control_inputs] == [again.op.name]
