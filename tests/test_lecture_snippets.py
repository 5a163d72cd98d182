"""The lecture's lines as they are printed, on every installed backend by both gradient routes, and slips answered where they are made."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import samegraph
import samegraph.tf1 as tf

INSTALLED = [name for name in samegraph.available() if importlib.util.find_spec(name)]


@pytest.fixture(autouse=True)
def graph() -> Iterator[Any]:
    with tf.Graph().as_default() as g:
        yield g


@pytest.fixture(params=[f"{name}-{route}" for name in INSTALLED for route in ("rules", "native")])
def chosen(request: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Makes a bare tf.Session() run on one backend by one gradient route; its name. NumPy has but the rules."""
    backend, route = request.param.rsplit("-", 1)
    monkeypatch.setenv("SAMEGRAPH_BACKEND", backend)
    monkeypatch.setenv("SAMEGRAPH_GRADIENTS", route)
    return str(backend)


def here() -> str:
    """`file:line` of the line that calls it, as messages name it."""
    return f"test_lecture_snippets.py:{sys._getframe(1).f_lineno}"


def said(error: pytest.ExceptionInfo[Any]) -> str:
    return str(error.value)


# The lecture's own lines ------------------------------------------------------------------------------------------------


def test_relu_layer_and_its_session(chosen: str, graph: Any) -> None:
    b = tf.Variable(tf.zeros((100,)))
    W = tf.Variable(tf.random_uniform((784, 100), -1, 1))

    x = tf.placeholder(tf.float32, (100, 784))

    h = tf.nn.relu(tf.matmul(x, W) + b)

    sess = tf.Session()
    sess.run(tf.initialize_all_variables())
    value = sess.run(h, {x: np.random.random((100, 784))})

    assert sess.backend.name == chosen
    assert value.shape == (100, 100) and value.dtype == np.float32 and value.min() == 0.0
    assert 0.3 < np.mean(value > 0) < 0.7
    fed = np.random.default_rng(0).random((100, 784))
    got, weights = sess.run([h, W], {x: fed})
    np.testing.assert_allclose(got, np.maximum(fed @ weights.astype(np.float64), 0), rtol=1e-4, atol=1e-4)


def test_the_graph_is_what_was_written(graph: Any) -> None:
    """Variables are operations without inputs, the placeholder knows its size, the three others are MatMul, Add, Relu."""
    b = tf.Variable(tf.zeros((100,)))
    W = tf.Variable(tf.random_uniform((784, 100), -1, 1))
    x = tf.placeholder(tf.float32, (100, 784))
    h = tf.nn.relu(tf.matmul(x, W) + b)

    add = h.op.inputs[0].op
    product = add.inputs[0].op
    assert [op.type for op in (h.op, add, product)] == ["Relu", "Add", "MatMul"]
    assert product.inputs[0] is x and x.shape == (100, 784)
    assert [len(v.op.inputs) for v in (W, b)] == [0, 0]
    assert all(op in graph.get_operations() for op in (W.op, b.op, x.op, product, add, h.op))


def test_training_step(chosen: str) -> None:
    """As printed: the loss summed over the batch, a rate of 0.5. The first step is right; from the second on log(0) rules."""
    data = np.random.default_rng(0)
    batch_x = data.random((100, 784))
    batch_label = np.eye(10)[data.integers(0, 10, 100)]
    b = tf.Variable(tf.zeros((100,)))
    W = tf.Variable(tf.random_uniform((784, 100), -1, 1))
    x = tf.placeholder(tf.float32, (100, 784))
    h = tf.nn.relu(tf.matmul(x, W) + b)
    V = tf.Variable(tf.zeros([100, 10]))

    prediction = tf.nn.softmax(tf.matmul(h, V))
    label = tf.placeholder(tf.float32, [100, 10])
    cross_entropy = -tf.reduce_sum(label * tf.log(prediction), axis=1)

    train_step = tf.train.GradientDescentOptimizer(0.5).minimize(cross_entropy)

    sess = tf.Session()
    sess.run(tf.initialize_all_variables())
    feed_dict = {x: batch_x, label: batch_label}
    hidden, before, _ = sess.run([h, cross_entropy, train_step], feed_dict)
    weights = sess.run(V)
    after, _ = sess.run([cross_entropy, train_step], feed_dict)

    np.testing.assert_allclose(before, np.full(100, np.log(10)), rtol=1e-6)
    wanted = 0.5 * hidden.astype(np.float64).T @ (batch_label - 0.1)
    np.testing.assert_allclose(weights, wanted, rtol=1e-3, atol=1e-2)
    assert not np.isfinite(after).all()
    assert np.isnan(sess.run(V)).any()


def test_training_step_that_trains(chosen: str) -> None:
    """Features scaled to [0, 1], small weights and the mean over the batch: the same lines train."""
    data = np.random.default_rng(0)
    batch_x = data.random((100, 20))
    batch_label = np.eye(10)[batch_x[:, :10].argmax(1)]
    x = tf.placeholder(tf.float32, (100, 20))
    label = tf.placeholder(tf.float32, [100, 10])
    W = tf.Variable(tf.random_uniform((20, 10), -0.1, 0.1))
    prediction = tf.nn.softmax(tf.matmul(x, W))
    cross_entropy = tf.reduce_mean(-tf.reduce_sum(label * tf.log(prediction), axis=1))
    train_step = tf.train.GradientDescentOptimizer(0.5).minimize(cross_entropy)

    sess = tf.Session()
    sess.run(tf.initialize_all_variables())
    losses = []
    for _i in range(100):
        losses.append(sess.run([cross_entropy, train_step], feed_dict={x: batch_x, label: batch_label})[0])
    assert losses[0] == pytest.approx(np.log(10), rel=0.05)
    assert losses[-1] < 0.8 * losses[0] and np.isfinite(losses).all()


def test_cross_entropy(chosen: str) -> None:
    """Value and gradient of the printed expression."""
    prediction = tf.placeholder(tf.float32, [100, 10])
    label = tf.placeholder(tf.float32, [100, 10])
    cross_entropy = -tf.reduce_sum(label * tf.log(prediction), axis=1)
    gradient = tf.gradients(cross_entropy, prediction)[0]

    data = np.random.default_rng(0)
    p = data.dirichlet(np.ones(10), 100).astype(np.float32) + np.float32(0.01)
    y = np.eye(10, dtype=np.float32)[data.integers(0, 10, 100)]
    value, slope = tf.Session().run([cross_entropy, gradient], {prediction: p, label: y})
    np.testing.assert_allclose(value, -np.sum(y * np.log(p), axis=1), rtol=1e-5)
    np.testing.assert_allclose(slope, -y / p, rtol=1e-5)


def test_the_dictionary_of_variables(chosen: str) -> None:
    """In its meant form: as printed, its brackets do not match."""
    variables_dict = {
        "weights": tf.Variable(tf.random_normal([782, 100]), name="weights"),
        "biases": tf.Variable(tf.zeros([100]), name="biases"),
    }

    assert [v.name for v in variables_dict.values()] == ["weights:0", "biases:0"]
    x = tf.placeholder(tf.float32, [None, 782])
    towers = [tf.matmul(x, variables_dict["weights"]) + variables_dict["biases"] for _ in range(2)]
    sess = tf.Session()
    sess.run(tf.initialize_all_variables())
    sess.run(variables_dict["biases"].assign(np.arange(100)))
    one, other = sess.run(towers, {x: np.ones((3, 782))})
    np.testing.assert_array_equal(one, other)
    weights = sess.run(variables_dict["weights"])
    assert abs(weights.mean()) < 0.02 and abs(weights.std() - 1) < 0.02
    np.testing.assert_allclose(one[0], weights.astype(np.float64).sum(0) + np.arange(100), rtol=1e-4, atol=1e-3)
    assert len(tf.global_variables()) == 2


def test_the_dictionary_as_printed_is_no_python() -> None:
    printed = (
        'variables_dict = { "weights": tf.Variable(tf.random_normal([782, 100]), name="weights" ) ) '
        '"biases": tf.Variable(tf.zeros([100]), name="biases" }'
    )
    with pytest.raises(SyntaxError):
        compile(printed, "slide", "exec")


def test_variable_scopes(chosen: str) -> None:
    with tf.variable_scope("foo"):
        v = tf.get_variable("v", shape=[1])
        made = here().rpartition(":")[0], int(here().rpartition(":")[2]) - 1
    assert v.name == "foo/v:0"

    with tf.variable_scope("foo", reuse=True):
        v1 = tf.get_variable("v")
    assert v1 is v

    with pytest.raises(ValueError) as crash, tf.variable_scope("foo", reuse=False):
        v1 = tf.get_variable("v")
    assert said(crash).startswith(
        "Variable foo/v already exists, disallowed. Did you mean to set reuse=True or reuse=tf.AUTO_REUSE in VarScope?"
    )
    assert f"{made[0]}:{made[1]}" in said(crash)

    sess = tf.Session()
    sess.run(tf.initialize_all_variables())
    sess.run(v.assign([3.0]))
    assert sess.run(v1 * 2.0) == 6.0


# Slips ------------------------------------------------------------------------------------------------------------------


def test_numpys_slip_is_numpys_error() -> None:
    """`random` takes one shape. The error is NumPy's and comes before samegraph sees anything."""
    with pytest.raises(TypeError, match="at most 1 positional argument"):
        np.random.random(100, 784)  # type: ignore[call-arg]


def test_a_fed_array_of_another_shape(chosen: str) -> None:
    x, made = tf.placeholder(tf.float32, (100, 784), name="x"), here()
    sess = tf.Session()
    with pytest.raises(ValueError) as error:
        sess.run(x * 2.0, {x: np.random.random((784, 100))})
    assert "Cannot feed value of shape (784, 100) for Tensor 'x:0', which has shape '(100, 784)'" in said(error)
    assert "its transpose would fit" in said(error) and made in said(error)
    with pytest.raises(ValueError) as error:
        sess.run(x * 2.0, {x: np.random.random(100)})
    assert "(100,)" in said(error) and made in said(error)
    with pytest.raises(ValueError) as error:
        sess.run(x * 2.0, {x: [[1.0, 2.0], [3.0]]})
    assert "'x:0'" in said(error) and made in said(error)


def test_a_forgotten_initializer(chosen: str) -> None:
    W, made = tf.Variable(tf.random_uniform((784, 100), -1, 1), name="W"), here()
    x = tf.placeholder(tf.float32, (100, 784))
    sess = tf.Session()
    with pytest.raises(tf.errors.FailedPreconditionError) as error:
        sess.run(tf.matmul(x, W), {x: np.random.random((100, 784))})
    assert (
        "uninitialized value W" in said(error)
        and "tf.global_variables_initializer()" in said(error)
        and made in said(error)
    )
    sess.run(tf.global_variables_initializer())
    assert sess.run(tf.matmul(x, W), {x: np.random.random((100, 784))}).shape == (100, 100)


def test_a_placeholder_that_is_not_fed(chosen: str) -> None:
    x, made = tf.placeholder(tf.float32, (100, 784), name="x"), here()
    label = tf.placeholder(tf.float32, [100, 10], name="label")
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        tf.Session().run(tf.reduce_sum(x) + tf.reduce_sum(label), {label: np.zeros((100, 10))})
    assert "You must feed a value for placeholder tensor 'x:0' with dtype float32 and shape (100, 784)" in said(error)
    assert made in said(error)


def test_matrices_that_do_not_fit(graph: Any) -> None:
    """The error comes from the line that multiplies, before any session, and tells both operands, shapes and lines."""
    x, made_x = tf.placeholder(tf.float32, (100, 784), name="x"), here()
    W, made_W = tf.Variable(tf.zeros((100, 784)), name="W"), here()
    size = graph.size
    with pytest.raises(ValueError) as error:
        tf.matmul(x, W)
    for part in (
        "matmul",
        "784 and 100",
        "x:0 float32(100, 784)",
        "W:0 float32(100, 784)",
        made_x,
        made_W,
        "transpose_b=True",
    ):
        assert part in said(error), f"{part!r} is not in {said(error)}"
    assert graph.size == size, "a refused line left something in the graph"
    assert tf.matmul(x, W, transpose_b=True).shape == (100, 100)


def test_a_bias_that_does_not_fit() -> None:
    h, made_h = tf.placeholder(tf.float32, (100, 784), name="h"), here()
    b, made_b = tf.Variable(tf.zeros((100,)), name="b"), here()
    with pytest.raises(ValueError) as error:
        h + b
    for part in ("add", "do not broadcast", "h:0 float32(100, 784)", "b:0 float32(100,)", made_h, made_b):
        assert part in said(error), f"{part!r} is not in {said(error)}"


def test_dtypes_that_do_not_fit() -> None:
    x, made_x = tf.placeholder(tf.float32, [None, 3], name="x"), here()
    n, made_n = tf.constant([1, 2, 3], name="n"), here()
    with pytest.raises(TypeError) as error:
        x * n
    for part in ("float32", "int32", "tf.cast", "x:0", "n:0", made_x, made_n):
        assert part in said(error), f"{part!r} is not in {said(error)}"
    assert (x * tf.cast(n, tf.float32)).dtype == tf.float32
    with pytest.raises(TypeError, match="int32"):
        n + 0.5


def test_tensors_of_two_graphs() -> None:
    with tf.Graph().as_default():
        stranger, made_stranger = tf.constant(1.0, name="stranger"), here()
    x, made_x = tf.placeholder(tf.float32, [], name="x"), here()
    with pytest.raises(ValueError) as error:
        x + stranger
    for part in ("same graph", "stranger:0", "x:0", made_stranger, made_x):
        assert part in said(error), f"{part!r} is not in {said(error)}"
    with pytest.raises(ValueError, match=r"stranger.*not an element of this graph"):
        tf.Session().run(stranger)
    with pytest.raises(TypeError, match="not an element of this graph"):
        tf.Session().run(x, {x: 1.0, stranger: 2.0})


def test_unknown_backends_devices_and_routes(chosen: str) -> None:
    with pytest.raises(LookupError) as error:
        tf.Session(backend="theano")
    assert "'theano'" in said(error) and all(name in said(error) for name in samegraph.available())
    with pytest.raises(ValueError, match=rf"{chosen} has no device 'gpu:77' here; present: cpu"):
        tf.Session(device="gpu:77")
    with pytest.raises(ValueError, match="native, rules"):
        tf.Session(gradients="numeric")


def test_unknown_fetches(chosen: str) -> None:
    x = tf.placeholder(tf.float32, [], name="x")
    sess = tf.Session()
    for name in ("nothing", "nothing:0", "x:1"):
        with pytest.raises(ValueError, match=name):
            sess.run(name, {x: 1.0})
    for thing in (3.5, None, object()):
        with pytest.raises(TypeError, match=r"[Ff]etch"):
            sess.run(thing, {x: 1.0})


@pytest.mark.parametrize("key", ["nothing:0", "nothing", "x", 3.5, None, "x:1"])
def test_unknown_feed_keys(chosen: str, key: Any) -> None:
    x = tf.placeholder(tf.float32, [], name="x")
    with pytest.raises(TypeError, match="Cannot interpret feed_dict key as Tensor"):
        tf.Session().run(x * 2.0, {x: 1.0, key: 1.0})


def test_a_tensor_fed_as_a_value(chosen: str) -> None:
    x = tf.placeholder(tf.float32, [2], name="x")
    with pytest.raises(TypeError, match=r"cannot be a tf\.Tensor"):
        tf.Session().run(x * 2.0, {x: tf.zeros([2])})


def test_a_refused_run_changes_nothing(chosen: str) -> None:
    """After each slip the session still holds what it held."""
    x = tf.placeholder(tf.float32, [2], name="x")
    v = tf.Variable([1.0, 2.0])
    step = v.assign_add(x)
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    slips: list[tuple[type[Exception], Any]] = [
        (ValueError, {x: [1.0, 2.0, 3.0]}),
        (ValueError, {x: "one"}),
        (tf.errors.InvalidArgumentError, {}),
        (TypeError, {x: [1.0, 1.0], "no": 1.0}),
    ]
    for kind, feed in slips:
        with pytest.raises(kind):
            sess.run(step, feed)
    np.testing.assert_array_equal(sess.run(v), [1.0, 2.0])


def test_a_tensor_is_no_number() -> None:
    x = tf.placeholder(tf.float32, [2], name="x")
    with pytest.raises(TypeError, match="bool"):
        bool(x > 0.0)
    with pytest.raises(TypeError, match="x:0"):
        np.dot(x, np.ones(2))
    with pytest.raises(TypeError, match="iter"):
        list(x)
