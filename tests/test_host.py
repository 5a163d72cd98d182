"""What runs on the host: how TF1 writes values, what it refuses, and how a run is split."""

from __future__ import annotations

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.host.messages import summarized
from samegraph.parts import split


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def run(fetches, feed=None):
    with tf.Session() as session:
        return session.run(fetches, feed)


SEVENTHS = (np.arange(12, dtype=np.float32) / np.float32(7)).reshape(3, 4)


# What tf.Print of TensorFlow 2.21 writes of these values.
@pytest.mark.parametrize(
    ("value", "entries", "text"),
    [
        (SEVENTHS, 3, "[0 0.142857149 0.285714298...]..."),
        (
            SEVENTHS,
            10,
            "[0 0.142857149 0.285714298 0.428571433][0.571428597 0.714285731 0.857142866 1]"
            "[1.14285719 1.28571427...]...",
        ),
        (SEVENTHS, 0, "..."),
        (np.float32(0.1), 3, "0.1"),
        (np.array([1, 2, 3, 4]), 3, "1 2 3..."),
        (np.array(b"str", object), 3, "str"),
        (np.array([b"a", b"b\n\"'"], object), 3, "a b\\n\\\"\\'"),
        (np.array(True), 3, "1"),
        (np.array([True, False]), 3, "1 0"),
        (np.array(0.1), 3, "0.1"),
        (np.array(1 / 3), 3, "0.33333333333333331"),
        (np.float32(1e20), 3, "1e+20"),
        (np.float32(1e-7), 3, "1e-07"),
        (np.float32(3), 3, "3"),
        (np.float32(1234567), 3, "1234567"),
        (np.float32(123456789), 3, "123456792"),
        (np.float32("nan"), 3, "nan"),
        (np.float32("inf"), 3, "inf"),
        (np.float16(1.5), 3, "1.5"),
        (np.zeros(0), 3, ""),
        (np.zeros((0, 3)), 12, ""),
        (np.zeros((2, 0)), 3, ""),
        (np.arange(24).reshape(2, 3, 4), 5, "[[0 1 2 3][4...]]..."),
        (np.arange(8).reshape(2, 2, 2), 3, "[[0 1][2...]]..."),
        (np.arange(8).reshape(2, 2, 2), -1, "[[0 1][2 3]][[4 5][6 7]]"),
    ],
)
def test_values_as_text(value, entries, text):
    assert summarized(np.asarray(value), entries) == text


def test_whole_numbers_as_text_keep_every_digit():
    """More than a float64 holds: an id that is written down is the id that was computed."""
    numbers = [2**53 + 1, -(2**63)]
    assert tf.Session().run(tf.as_string(tf.constant(numbers, tf.int64))).tolist() == [str(n).encode() for n in numbers]


@pytest.mark.parametrize(
    ("build", "kind", "text"),
    [
        (lambda: tf.assert_equal([1, 2], [1, 3]), tf.errors.InvalidArgumentError, "x == y did not hold element-wise"),
        (lambda: tf.assert_negative([1.0], message="all"), tf.errors.InvalidArgumentError, "all\nCondition x < 0"),
        (lambda: tf.assert_rank(tf.zeros([3, 4]), 1), ValueError, "must have rank 1.  Received rank 2"),
        (lambda: tf.assert_rank_at_least(tf.zeros([3]), 2), ValueError, "must have rank at least 2"),
        (lambda: tf.assert_rank_in(tf.zeros([3, 4]), [1, 3]), ValueError, "must have rank in"),
        (lambda: tf.assert_type(tf.zeros([1]), tf.int32), TypeError, "must be of type"),
        (lambda: tf.assert_integer([1.0]), TypeError, "to be integer type"),
        (lambda: tf.assert_scalar([1.0]), ValueError, "Expected scalar shape"),
        (lambda: tf.assert_same_float_dtype([tf.zeros([1]), tf.zeros([1], tf.float64)]), ValueError, "same type"),
        (lambda: tf.assert_proper_iterable(tf.zeros([1])), TypeError, "proper"),
        (lambda: tf.Assert([True], ["x"]), ValueError, "a scalar"),
        (lambda: tf.Assert(1.0, ["x"]), TypeError, "a truth value"),
        (lambda: tf.py_func(3, [], []), ValueError, "callable"),
        (lambda: tf.as_string(1.0, scientific=True, shortest=True), ValueError, "both"),
        (lambda: tf.as_string(1, precision=2), ValueError, "not supported for int32"),
        (lambda: tf.as_string(1, fill="ab"), ValueError, "fill is one of"),
        (lambda: tf.string_join([["a", "b"], ["a", "b", "c"]]), ValueError, "shapes differ"),
        (lambda: tf.string_join([tf.constant(1), "a"]), TypeError, "tf.as_string"),
        (lambda: tf.string_to_number("1", tf.int8), TypeError, "not int8"),
        (lambda: tf.string_to_number(1.0), TypeError, "string"),
        (lambda: tf.string_to_number(tf.constant(1.0)), TypeError, "strings are needed"),
        (lambda: tf.random_gamma([1], 1.0, dtype=tf.int32), TypeError, "not int32"),
    ],
)
def test_what_is_refused_where_it_is_written(build, kind, text):
    with pytest.raises(kind) as caught:
        build()
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda: tf.py_func(lambda: 1.0, [], tf.float32), "is float64, but expects float32; write np.asarray"),
        (lambda: tf.py_func(lambda: (1, 2), [], [tf.int64]), "returns 2 values, but expects to see 1"),
        (lambda: tf.py_func(lambda: None, [], [tf.int64]), "returns 0 values"),
        (lambda: tf.py_func(lambda: np.array([1], object), [], tf.string), "text or bytes"),
        (lambda: tf.decode_raw([b"abc"], tf.int16), "not a multiple of 2"),
        (lambda: tf.decode_raw([b"ab", b"abcd"], tf.int16), "element 1 has size 4 != 2"),
        (lambda: tf.string_to_number(["1", "1_0"]), "could not correctly convert string: 1_0"),
        (lambda: tf.gather(["a"], [1]), "outside of the table"),
        (lambda: tf.gather(["a"], [-1]), "outside of the table"),
        (lambda: tf.random_gamma([1], [1.0, 0.0]), "alpha must be above 0"),
        (lambda: tf.random_poisson(-1.0, [1]), "must not be negative"),
        (lambda: tf.Variable("text").initializer, "variables hold numbers"),
    ],
)
def test_what_fails_a_run(build, text):
    made = build()
    with pytest.raises(tf.errors.OpError) as caught:
        run(made)
    assert text in str(caught.value) and "test_host.py" in str(caught.value)


def test_fed_strings_are_checked():
    words = tf.placeholder(tf.string, [2])
    with pytest.raises(TypeError, match="text or bytes"):
        run(words, {words: ["a", 1]})
    with pytest.raises(ValueError, match=r"Cannot feed value of shape \(1,\)"):
        run(words, {words: ["a"]})
    assert run(words, {words: np.array(["é", "b"])}).tolist() == ["é".encode(), b"b"]


def test_types_of_python_functions():
    one = tf.py_func(lambda: 1.0, [], tf.float64)
    some = tf.py_func(lambda: 1.0, [], [tf.float64], stateful=False)
    none = tf.py_func(lambda: None, [], [])
    assert one.shape.ndims is None and one.op.type == "PyFunc" and one.name == "PyFunc:0"
    assert isinstance(some, list) and some[0].op.type == "PyFuncStateless"
    assert isinstance(none, tf.Operation)


def test_a_message_is_named_as_tensorflow_1_names_it(capsys):
    x = tf.constant([1.0])
    assert tf.Print(x, [x]).name == "Print:0" and tf.Print(x, [x], name="shown").name == "shown:0"
    said = tf.Print(x, [], message="only this")
    assert said.op.type == "Print" and run(said).tolist() == [1.0]
    assert capsys.readouterr().err == "only this\n"


def test_an_assertion_speaks_before_the_failure_it_would_prevent():
    x = tf.placeholder(tf.float32, [])
    with tf.control_dependencies([tf.Assert(x > 0, ["x is", x])]):
        y = tf.check_numerics(tf.log(x), "y")
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"assertion failed: \[x is\] \[0\]"):
        run(y, {x: 0.0})


def test_an_assertion_of_several_needs_all_of_them():
    holds = tf.placeholder(tf.bool, None)
    first, second = tf.Assert(holds, ["all"]), tf.Assert(holds, ["all"], name="both")
    assert (first.name, second.name) == ("Assert", "both")
    run([first, second], {holds: True})
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"assertion failed: \[all\]"):
        run([first], {holds: [True, False]})


def test_only_what_the_host_splits_is_split():
    x = tf.placeholder(tf.float32, [], name="x")
    w = tf.Variable(1.0)
    plain = tf.assign(w, x * 2.0)
    assert split([plain], [x]) is None
    said = tf.Print(plain, [plain])
    assert len(split([said], [x])) == 1  # said after the step: one part
    y = tf.py_func(lambda a: a, [plain], tf.float32)
    assert [len(p.hosts) for p in split([y + said], [x])] == [1, 1]


def test_what_a_part_computed_crosses_and_views_are_taken_again():
    x = tf.placeholder(tf.float32, [4], name="x")
    heavy = tf.exp(x, name="heavy")
    view = tf.reshape(heavy, [2, 2])
    y = tf.py_func(lambda a: a, [heavy], tf.float32)
    y.set_shape([4])
    total = tf.reduce_sum(view * tf.reshape(y, [2, 2]))
    first, second = split([total], [x])
    assert first.targets == [heavy] and set(second.feeds) == {heavy, y}
    (gradient,) = tf.gradients(total, [x])
    second = split([gradient], [x])[1]
    assert heavy not in second.feeds  # it lies inside what is differentiated


def test_a_run_of_strings_alone_asks_no_backend():
    words = tf.placeholder(tf.string, [None])
    (part,) = split([tf.string_join([words, "!"])], [words])
    assert part.targets == []
    assert run(tf.string_join([words, "!"]), {words: ["a"]}).tolist() == [b"a!"]


def test_python_functions_are_called_once_a_run_and_not_unless_needed():
    calls = []
    y = tf.py_func(lambda: calls.append(1) or np.float32(1), [], tf.float32)
    with tf.Session() as session:
        session.run(tf.constant(1.0))
        assert calls == []
        session.run([y, y * 2.0, tf.Print(y, []), y + y])
        assert calls == [1]
        assert session.run(y * 2.0, {y: 4.0}) == 8.0  # fed, it is not called
        assert calls == [1]
