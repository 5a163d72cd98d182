"""What is composed of ops: the same numbers and gradients as TensorFlow 1, whose answers are recorded."""

from __future__ import annotations

import json

import numpy as np
import pytest
import samegraph.tf1 as tf

from tests.oracle_cases import ANSWERS, CASES, answer, floats

RECORDED = json.loads(ANSWERS.read_text())["answers"]


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def check(found, expected, where):
    """Equal structure, kinds and numbers; float32 sums may differ in their last digits."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys(), where
        for key, value in expected.items():
            check(found[key], value, f"{where}: {key}")
    elif isinstance(expected, list) and expected and isinstance(expected[0], (list, dict)):
        assert len(found) == len(expected), where
        for i, value in enumerate(expected):
            check(found[i], value, f"{where}[{i}]")
    else:
        ours, theirs = np.array(found), np.array(expected)
        assert ours.shape == theirs.shape and ours.dtype.kind == theirs.dtype.kind, (
            f"{where}: {found}, TensorFlow 1: {expected}"
        )
        # an element beside large ones is their difference: TensorFlow itself answers so far apart on two kinds of CPU
        largest = float(np.max(np.abs(theirs), initial=1.0, where=np.isfinite(theirs)))
        np.testing.assert_allclose(ours, theirs, rtol=3e-6, atol=1e-6 * largest, err_msg=where)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", CASES)
def test_as_tensorflow_1(name):
    check(answer(tf, name), RECORDED[name], name)


# Sampled classes --------------------------------------------------------------------------------------------------------


def sampled(loss, dtype=np.float32, **how):
    weights, biases = tf.Variable(floats(50, 4, dtype=dtype)), tf.Variable(floats(50, seed=1, dtype=dtype))
    labels = tf.constant([[3], [40]], tf.int64)
    inputs = tf.constant(floats(2, 4, seed=2, dtype=dtype))
    return loss(weights, biases, labels, inputs, 8, 50, **how), weights


@pytest.mark.parametrize("loss", [tf.nn.nce_loss, tf.nn.sampled_softmax_loss])
def test_sampling_in_the_graph_draws_anew_at_each_run(loss):
    tf.set_random_seed(3)
    made, _ = sampled(loss)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        first, second = session.run(made), session.run(made)
    assert first.shape == (2,) and np.isfinite(first).all() and not np.array_equal(first, second)


@pytest.mark.parametrize("loss", [tf.nn.nce_loss, tf.nn.sampled_softmax_loss])
def test_sampled_losses_keep_float64(loss):
    made, weights = sampled(loss, np.float64)
    assert made.dtype == tf.float64
    (gradient,) = tf.gradients(made, [weights])
    assert isinstance(gradient, tf.IndexedSlices) and gradient.dtype == tf.float64


def test_more_distinct_samples_than_classes():
    with pytest.raises(ValueError, match="51 distinct classes"):
        tf.nn.nce_loss(tf.zeros([50, 2]), tf.zeros([50]), [[1]], tf.zeros([1, 2]), 51, 50)


def test_a_table_split_into_parts_is_the_same_table():
    whole = floats(6, 4)
    labels, inputs, bias = tf.constant([[1], [4]], tf.int64), tf.constant(floats(2, 4, seed=2)), tf.zeros([6])
    values = (tf.constant([0, 5], tf.int64), tf.ones([2, 1]), tf.ones([2]))
    one = tf.nn.nce_loss(tf.constant(whole), bias, labels, inputs, 2, 6, sampled_values=values)
    parts = [tf.constant(whole[i::2]) for i in range(2)]
    several = tf.nn.nce_loss(parts, bias, labels, inputs, 2, 6, sampled_values=values)
    with tf.Session() as session:
        a, b = session.run([one, several])
    np.testing.assert_allclose(a, b, rtol=1e-6)


# Cross-entropies --------------------------------------------------------------------------------------------------------

LOSSES = [
    "softmax_cross_entropy_with_logits",
    "sparse_softmax_cross_entropy_with_logits",
    "sigmoid_cross_entropy_with_logits",
]


@pytest.mark.parametrize("name", LOSSES)
def test_losses_are_called_by_name_alone(name):
    loss = getattr(tf.nn, name)
    with pytest.raises(ValueError) as caught:
        loss([[1.0, 0.0]], [[1.0, 2.0]])
    assert str(caught.value) == f"Only call `{name}` with named arguments (labels=..., logits=..., ...)"
    with pytest.raises(ValueError, match=r"Both labels and logits must be provided\."):
        loss(labels=[[1.0, 0.0]])


def test_labels_take_no_gradient_but_in_v2():
    labels, logits = tf.constant([[0.5, 0.5]]), tf.constant([[1.0, 2.0]])
    held = tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    assert tf.gradients(held, [labels]) == [None]
    assert tf.gradients(tf.nn.softmax_cross_entropy_with_logits_v2(labels, logits), [labels]) != [None]


def test_weighted_cross_entropy_has_the_right_slope_at_zero():
    """TensorFlow 1 answers 1 - label there: abs and relu of its formula both have slope 0."""
    logits = tf.constant([0.0, 0.0])
    loss = tf.nn.weighted_cross_entropy_with_logits(labels=[0.0, 1.0], logits=logits, pos_weight=3.0)
    (slope,) = tf.gradients(loss, [logits])
    with tf.Session() as session:
        np.testing.assert_allclose(session.run(slope), [0.5, -1.5])


# Dropout ----------------------------------------------------------------------------------------------------------------


def test_dropout_keeps_the_share_and_the_mean():
    tf.set_random_seed(1)
    y = tf.nn.dropout(tf.ones([100, 100]), keep_prob=0.25)
    with tf.Session() as session:
        values = session.run(y)
    assert set(np.unique(values)) == {0.0, 4.0}
    assert abs((values > 0).mean() - 0.25) < 0.02


def test_dropout_and_its_gradient_drop_the_same_elements():
    x = tf.constant(floats(6, 6))
    y = tf.nn.dropout(x, rate=0.5)
    (slope,) = tf.gradients(y, [x])
    with tf.Session() as session:
        value, d, x_value = session.run([y, slope, x])
    np.testing.assert_allclose(value, x_value * d)


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ({}, "You must provide a rate to dropout."),
        ({"rate": 1.0}, "range [0, 1)"),
        ({"keep_prob": 0.0}, "range [0, 1)"),
        ({"keep_prob": 0.5, "rate": 0.5}, "Cannot specify both 'keep_prob' and 'rate'."),
        ({"keep_prob": "half"}, "keep_prob must be a floating point number or Tensor"),
    ],
)
def test_wrong_rates(how, text):
    with pytest.raises(ValueError) as caught:
        tf.nn.dropout(tf.zeros([2]), **how)
    assert text in str(caught.value)


def test_dropout_of_integers():
    with pytest.raises(ValueError, match="must be a floating point tensor"):
        tf.nn.dropout(tf.constant([1, 2]), rate=0.5)


# Shapes that do not fit -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda: tf.nn.bias_add(tf.zeros([2, 3]), tf.zeros([2])), "a vector as long as axis -1"),
        (lambda: tf.nn.bias_add(tf.zeros([2, 3]), tf.zeros([3]), data_format="HWC"), "`N...C` or `NC...`"),
        (lambda: tf.clip_by_norm(tf.zeros([2, 1]), tf.zeros([1, 3])), "would broadcast"),
        (lambda: tf.losses.mean_squared_error(tf.zeros([2]), tf.zeros([3])), "incompatible"),
        (
            lambda: tf.losses.mean_squared_error(tf.zeros([2, 2]), tf.zeros([2, 2]), weights=[1.0, 2.0]),
            "weights can not be broadcast to values",
        ),
        (lambda: tf.losses.compute_weighted_loss(tf.zeros([2]), reduction="best"), "Invalid Reduction Key: best"),
        (lambda: tf.tensordot(tf.zeros([2]), tf.zeros([2]), [[0], [0, 1]]), "Different number of contraction axes"),
        (
            lambda: tf.nn.weighted_cross_entropy_with_logits(tf.zeros([2]), tf.zeros([3]), 1.0),
            "must have the same shape",
        ),
        (lambda: tf.train.piecewise_constant(1, [1, 2], [0.1, 0.2]), "boundaries should be 1 less"),
        (lambda: tf.train.piecewise_constant(1, [1.5], [0.1, 0.2]), "must have the same dtype as x"),
        (lambda: tf.train.exponential_decay(0.1, None, 1, 0.9), "global_step is required for exponential_decay."),
    ],
)
def test_what_does_not_fit(build, text):
    with pytest.raises(ValueError) as caught:
        build()
    assert text in str(caught.value)


@pytest.mark.parametrize("clip", [tf.global_norm, lambda t: tf.clip_by_global_norm(t, 1.0)])
def test_a_global_norm_is_of_a_sequence(clip):
    with pytest.raises(TypeError, match="should be a sequence of tensors"):
        clip(tf.zeros([2]))


# Layers and steps -------------------------------------------------------------------------------------------------------


def test_dense_layers():
    x = tf.constant(floats(2, 3))
    half = tf.constant_initializer(0.5)
    first = tf.layers.dense(x, 2, activation=tf.nn.relu, kernel_initializer=half)
    tf.layers.dense(x, 2, kernel_initializer=half)
    deep = tf.layers.dense(tf.constant(floats(2, 2, 3)), 4, use_bias=False, name="deep")
    assert [v.name for v in tf.trainable_variables()] == [
        "dense/kernel:0",
        "dense/bias:0",
        "dense_1/kernel:0",
        "dense_1/bias:0",
        "deep/kernel:0",
    ]
    tf.layers.dense(x, 2, name="dense", reuse=True)
    assert len(tf.trainable_variables()) == 5 and deep.shape == (2, 2, 4)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        expected = np.maximum(floats(2, 3).sum(1, keepdims=True) * 0.5, 0) * np.ones((1, 2))
        np.testing.assert_allclose(session.run(first), expected, rtol=1e-6)


def test_the_global_step():
    assert tf.train.get_global_step() is None
    step = tf.train.get_or_create_global_step()
    assert tf.train.get_global_step() is step is tf.train.get_or_create_global_step()
    assert (step.name, step.dtype, step.trainable) == ("global_step:0", tf.int64, False)
    with pytest.raises(ValueError, match=r'"global_step" already exists\.'):
        tf.train.create_global_step()
    w = tf.Variable(1.0)
    rate = tf.train.exponential_decay(0.5, step, 1, 0.5)
    train = tf.train.GradientDescentOptimizer(rate).minimize(w, global_step=step)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        values = []
        for _ in range(3):
            session.run(train)
            values.append(float(session.run(w)))
        assert values == [0.5, 0.25, 0.125] and tf.train.global_step(session, step) == 3


def test_a_global_step_made_by_hand():
    step = tf.Variable(0, name="global_step", trainable=False)
    assert tf.train.get_global_step().op is step.op
    with tf.Graph().as_default():
        tf.Variable(0.0, name="global_step")
        with pytest.raises(TypeError, match='Existing "global_step" does not have integer type'):
            tf.train.get_global_step()


def test_a_global_step_of_another_graph():
    other = tf.Graph()
    with tf.name_scope("scope"):
        step = tf.train.create_global_step(other)
    assert (step.name, step.shape.as_list(), step.trainable) == ("global_step:0", [], False)
    assert step.graph is other and tf.train.get_global_step() is None
    assert tf.train.get_global_step(other) is step is tf.train.get_or_create_global_step(other)
    with pytest.raises(ValueError, match="already exists"):
        tf.train.create_global_step(other)
    with tf.name_scope("scope"):
        own = tf.train.get_or_create_global_step()
    assert own.name == "global_step:0" and own.graph is tf.get_default_graph()
    with other.as_default():
        assert tf.global_variables() == [step] and tf.trainable_variables() == []
    tf.add_to_collection(tf.GraphKeys.GLOBAL_STEP, tf.Variable(0))
    assert tf.train.get_global_step() is None, "of two it is neither"


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (lambda: 3, 'Existing "global_step" must be a Variable or Tensor: 3.'),
        (lambda: tf.constant(1.0), "Existing \"global_step\" does not have integer type: <dtype: 'float32'>"),
        (lambda: tf.constant([1, 2]), 'Existing "global_step" is not scalar: (2,)'),
        (lambda: tf.constant(1), ""),
        (lambda: tf.placeholder(tf.int64), ""),
        (lambda: tf.placeholder(tf.int32, [None]), ""),
    ],
)
def test_what_may_be_a_global_step(made, text):
    step = made()
    tf.add_to_collection(tf.GraphKeys.GLOBAL_STEP, step)
    if not text:
        tf.train.assert_global_step(step)
        assert tf.train.get_global_step() is step
        return
    for check in (lambda: tf.train.assert_global_step(step), tf.train.get_global_step):
        with pytest.raises(TypeError) as caught:
            check()
        assert str(caught.value) == text
