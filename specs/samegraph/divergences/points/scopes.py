"""Graph, session and variable semantics of TensorFlow 1: programs, run as they are on both sides."""

from __future__ import annotations

from typing import Any

from ..point import Point, Section

TF1 = "TensorFlow 1 decides"


def _twice(tf: Any, session: Any) -> Any:
    tf.get_variable("w", [2])
    return tf.get_variable("w", [2]).name


def _reuse_of_missing(tf: Any, session: Any) -> Any:
    with tf.variable_scope("s", reuse=True):
        return tf.get_variable("w", [2]).name


def _auto_reuse(tf: Any, session: Any) -> Any:
    def made() -> Any:
        with tf.variable_scope("s", reuse=tf.AUTO_REUSE):
            return tf.get_variable("w", [2])

    first, second = made(), made()
    return {"same object": first is second, "name": first.name}


def _reused_with(**other: Any) -> Any:
    def program(tf: Any, session: Any) -> Any:
        with tf.variable_scope("s"):
            tf.get_variable("w", [2])
        with tf.variable_scope("s", reuse=True):
            dtype = tf.as_dtype(other.get("dtype", "float32"))
            return tf.get_variable("w", other.get("shape", [2]), dtype=dtype).name

    return program


def _variable_never_shares(tf: Any, session: Any) -> Any:
    with tf.variable_scope("s"):
        first = tf.Variable(1.0, name="v")
    with tf.variable_scope("s", reuse=True):
        second = tf.Variable(1.0, name="v")
    return [first.name, second.name]


def _name_scope(tf: Any, session: Any) -> Any:
    with tf.name_scope("n"):
        v = tf.get_variable("w", [1])
        return [v.name, tf.add(v, 1.0, name="op").name]


def _reentered(tf: Any, session: Any) -> Any:
    with tf.variable_scope("a"), tf.variable_scope("b") as scope:
        v = tf.get_variable("w", [1])
    with tf.variable_scope(scope, reuse=True):
        again = tf.get_variable("w", [1])
    with tf.variable_scope("a"):
        op = tf.add(v, 1.0, name="op")
    return {"variable": v.name, "same object": v is again, "op": op.name}


def _reuse_is_inherited(tf: Any, session: Any) -> Any:
    with tf.variable_scope("a", reuse=True), tf.variable_scope("b", reuse=False):
        return bool(tf.get_variable_scope().reuse)


def _default_name(tf: Any, session: Any) -> Any:
    out = []
    for _ in range(2):
        with tf.variable_scope(None, default_name="layer"):
            out.append(tf.get_variable("w", [1]).name)
    return out


def _inherited_initializer(tf: Any, session: Any) -> Any:
    with tf.variable_scope("a", initializer=tf.constant_initializer(3.0)):
        v = tf.get_variable("w", [1])
    s = session()
    s.run(tf.global_variables_initializer())
    return s.run(v)


def _uninitialized(tf: Any, session: Any) -> Any:
    return session().run(tf.get_variable("w", [1]))


def _not_fed(tf: Any, session: Any) -> Any:
    return session().run(tf.placeholder(tf.float32, []) * 2.0)


def _feeds_cut(tf: Any, session: Any) -> Any:
    a = tf.constant(1.0)
    b = a + 1.0
    s = session()
    return [s.run(b, {a: 10.0}), s.run(b, {b: 7.0})]


def _fetches_nest(tf: Any, session: Any) -> Any:
    a = tf.constant(1.0)
    step = tf.no_op()
    return session().run({"a": a, "l": [a, (a,)], "op": step})


def _fetched_thrice(tf: Any, session: Any) -> Any:
    v = tf.get_variable("w", [], initializer=tf.zeros_initializer(), use_resource=True)
    up = tf.assign_add(v, 1.0)
    s = session()
    s.run(tf.global_variables_initializer())
    return s.run([up, up, up])


def _read_and_assign(tf: Any, session: Any) -> Any:
    v = tf.get_variable("w", [], initializer=tf.zeros_initializer(), use_resource=True)
    with tf.control_dependencies([v.read_value()]):
        up = tf.assign_add(v, 1.0)
    s = session()
    s.run(tf.global_variables_initializer())
    return [s.run([v, up])[1] for _ in range(3)]


def _unconnected_variable(tf: Any, session: Any) -> Any:
    x = tf.get_variable("x", [], initializer=tf.constant_initializer(3.0))
    tf.get_variable("y", [], initializer=tf.constant_initializer(1.0))
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    step, found = optimizer.minimize(x * x), optimizer.compute_gradients(x * x)
    s = session()
    s.run(tf.global_variables_initializer())
    s.run(step)
    return {"x": s.run(x), "gradient of y": found[1][0]}


def _no_path(tf: Any, session: Any) -> Any:
    tf.get_variable("x", [])
    return tf.train.GradientDescentOptimizer(0.1).minimize(tf.constant(1.0)).name


def _absent_device(tf: Any, session: Any) -> Any:
    with tf.device("/GPU:7"):
        a = tf.constant(1.0)
    return session().run(a)


def _two_graphs(tf: Any, session: Any) -> Any:
    a = tf.constant(1.0)
    with tf.Graph().as_default():
        b = tf.constant(1.0)
    return (a + b).name


def _finalized(tf: Any, session: Any) -> Any:
    tf.constant(1.0)
    tf.get_default_graph().finalize()
    return tf.constant(2.0).name


def _point(id: str, asked: str, program: Any, why: str = TF1) -> Point:
    return Point(id, asked, program=program, why=why)


SECTION = Section(
    "scopes",
    "Graph, session and variables of TensorFlow 1",
    (
        _point("get-variable-twice", "get_variable('w') twice without reuse", _twice),
        _point("reuse-of-missing", "reuse=True of a variable that does not exist", _reuse_of_missing),
        _point("auto-reuse", "AUTO_REUSE called twice", _auto_reuse),
        _point("reuse-other-shape", "a variable reused with another shape", _reused_with(shape=[3])),
        _point("reuse-other-dtype", "a variable reused with another dtype", _reused_with(dtype="float64")),
        _point("variable-never-shares", "tf.Variable in a reused scope", _variable_never_shares),
        _point("name-scope-and-get-variable", "names of a variable and an op inside a name scope", _name_scope),
        _point(
            "scope-reentered", "a nested scope reopened by its object, and an op in a scope entered again", _reentered
        ),
        _point("reuse-inherited", "reuse=False inside reuse=True", _reuse_is_inherited),
        _point("default-name", "default_name used twice", _default_name),
        _point("inherited-initializer", "a scope's initializer", _inherited_initializer),
        _point("read-uninitialized", "a variable read before it is initialised", _uninitialized),
        _point("placeholder-not-fed", "a placeholder that is not fed", _not_fed),
        _point("feed-any-tensor", "a constant fed, and the fetched tensor itself fed", _feeds_cut),
        _point("fetches-nest", "a nested fetch with an operation in it", _fetches_nest),
        _point("fetch-thrice", "one assignment fetched three times in a run", _fetched_thrice, TF1 + ": it runs once"),
        _point(
            "read-and-assign",
            "an assignment fetched together with the variable, three times",
            _read_and_assign,
            TF1 + " leaves open what the read sees; here it sees the start of the run",
        ),
        _point(
            "minimize-unconnected",
            "minimize with a trainable variable that the loss does not depend on",
            _unconnected_variable,
        ),
        _point("minimize-no-path", "minimize of a loss that depends on no variable", _no_path),
        _point(
            "absent-device",
            "an operation placed on a device that is not there",
            _absent_device,
            "the specification takes devices from the session and reads a graph's device as a note",
        ),
        _point("two-graphs", "tensors of two graphs added", _two_graphs),
        _point("finalized-graph", "an operation added to a finalized graph", _finalized),
    ),
)
