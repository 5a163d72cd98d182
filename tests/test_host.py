"""What runs on the host: how TF1 writes values, what it refuses, and how a run is split."""

from __future__ import annotations

import io
import sys
import warnings

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.host.messages import summarized
from samegraph.parts import split
from samegraph.program import MissingFeed


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def unknown(*values):
    """Strings whose shapes are not known before a run."""
    return [tf.py_func(lambda v=v: np.array(v, object), [], tf.string) for v in values]


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
        (np.arange(8).reshape(2, 2, 2), 5, "[[0 1][2 3]][[4...]]..."),
        (np.arange(8).reshape(2, 2, 2), 6, "[[0 1][2 3]][[4 5]]..."),
        (np.arange(8).reshape(2, 2, 2), 9, "[[0 1][2 3]][[4 5][6 7]]"),
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
        *((lambda f=f: tf.as_string(1, fill=f), ValueError, "fill is one of") for f in ("ab", "1", "00", "0+")),
        (lambda: tf.as_string(1, precision=0), ValueError, "not supported for int32"),
        (lambda: tf.as_string("a", scientific=True), ValueError, "precision and notation are not supported for string"),
        (lambda: tf.as_string(True, shortest=True), ValueError, "precision and notation are not supported for bool"),
        (lambda: tf.string_join([]), ValueError, "string_join: at least one tensor is needed"),
        (lambda: tf.string_join([["a"], "b", [["c"]]]), ValueError, "shapes differ, Const_2:0 has (1, 1)"),
        (lambda: tf.decode_raw(tf.constant(1), tf.int16), TypeError, "decode_raw: strings are needed, got int32()"),
        (lambda: tf.decode_raw("ab", tf.string), TypeError, "decode_raw: string is not supported"),
        (lambda: tf.random_gamma([1], 1.0, dtype=tf.string), TypeError, "not string"),
        (lambda: tf.random_poisson(1.0, [1], tf.int16), TypeError, "random_poisson: int16 is not supported"),
        (lambda: tf.Assert([[True]], ["x"]), ValueError, "Assert: the condition is a scalar, got bool(1, 1)"),
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
    assert text in str(caught.value).partition("made at")[0]


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda: tf.py_func(lambda: 1.0, [], tf.float32), "is float64, but expects float32; write np.asarray"),
        (lambda: tf.py_func(lambda: (1, 2), [], [tf.int64]), "returns 2 values, but expects to see 1"),
        (lambda: tf.py_func(lambda: None, [], [tf.int64]), "returns 0 values"),
        (lambda: tf.py_func(lambda: np.array([1], object), [], tf.string), "text or bytes"),
        (
            lambda: tf.py_func(lambda: "a", [], tf.float32),
            "0-th value returned by <lambda> is <U1, but expects float32",
        ),
        (
            lambda: tf.py_func(lambda: (1.0, 1), [], [tf.float64, tf.string])[1],
            "1-th value returned by <lambda> is int64",
        ),
        (lambda: tf.decode_raw([b"abc"], tf.int16), "not a multiple of 2"),
        (lambda: tf.decode_raw([b"ab", b"abcd"], tf.int16), "element 1 has size 4 != 2"),
        (lambda: tf.decode_raw([b"ab", b"cd", b""], tf.int8), "element 2 has size 0 != 2"),
        (lambda: tf.string_join(unknown([b"a", b"b"], [b"c"])), "string_join: shapes differ: (1,), (2,)"),
        *(
            (lambda t=t: tf.string_to_number([t], tf.int32), f"correctly convert string: {t}")
            for t in ("2147483648", "-2147483649", "1.0", "+-1", "0x1", "1 1", "")
        ),
        (
            lambda: tf.string_to_number(["9223372036854775808"], tf.int64),
            "correctly convert string: 9223372036854775808",
        ),
        *(
            (lambda t=t: tf.string_to_number(t), f"correctly convert string: {t}")
            for t in ("", ".", "e5", "1e", "1 1", "0x", "0xg", "infin", "1.0f", "--1", "1,5")
        ),
        (lambda: tf.string_to_number(b"\xff"), "correctly convert string: \ufffd"),
        (lambda: tf.gather([["a", "b"]], [2], axis=1), "outside of the table"),
        (lambda: tf.gather([["a", "b"]], [0, -1], axis=1), "outside of the table"),
        (lambda: tf.random_gamma([1], -1.0), "alpha must be above 0, got -1.0"),
        (lambda: tf.random_gamma([1], float("nan")), "alpha must be above 0, got nan"),
        (lambda: tf.random_poisson([1.0, -0.5], [1]), "the rate must not be negative, got -0.5"),
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
    words, made_at, line = str(caught.value).partition("made at")  # that line holds the words as well
    assert text in words and made_at and "test_host.py" in line


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


@pytest.mark.parametrize("beside", [False, True])
def test_what_a_gradient_of_an_earlier_part_goes_through_is_taken_again(beside):
    """Though what is differentiated now depends on another variable than the gradient was taken by."""
    x, w = tf.placeholder(tf.float32, []), tf.Variable(2.0)
    heavy = tf.exp(tf.sin(x), name="heavy")
    slope = tf.gradients(heavy * w, [x, w] if beside else [x])[0]
    told = tf.py_func(lambda a: a, [slope], tf.float32)
    told.set_shape([])
    first, second = split(tf.gradients(slope * told, [w]), [x])
    assert first.targets == [slope] and set(second.feeds) == {x, told}


def test_constants_are_fetched_beside_functions():
    """No part of the backend's computes them."""
    x, one, text = tf.placeholder(tf.float32, []), tf.constant([1.0]), tf.constant("a")
    y = doubled_by_python(x)
    first, second = split([one, text, y, tf.Print(y, [one], "")], [x])
    assert first.targets == [] and one not in second.targets
    got = run([one, text, y], {x: 2.0})
    assert got[0].tolist() == [1.0] and got[1:] == [b"a", 4.0]


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


# Strings ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (1.5, {}, b"1.500000"),
        (1.5, {"precision": 0}, b"2"),
        (-1.25, {"precision": 1, "width": 7}, b"   -1.2"),
        (1.25, {"precision": 1, "width": 6, "fill": "0"}, b"0001.2"),
        (1.25, {"precision": 1, "width": 6, "fill": "-"}, b"1.2   "),
        (1.25, {"precision": 1, "width": 6, "fill": "+"}, b"  +1.2"),
        (1.25, {"precision": 1, "width": 5, "fill": " "}, b"  1.2"),
        (1.25, {"width": 0, "shortest": True}, b"1.25"),
        (1250.0, {"scientific": True}, b"1.250000e+03"),
        (1250.0, {"scientific": True, "precision": 0}, b"1e+03"),
        (1e10, {"shortest": True}, b"1e+10"),
        (np.float16(0.5), {"shortest": True}, b"0.5"),
        (7, {}, b"7"),
        (-7, {"width": 4}, b"  -7"),
        (7, {"width": 3, "fill": "0"}, b"007"),
        (7, {"fill": "+"}, b"+7"),
        (np.uint8(255), {}, b"255"),
        (True, {}, b"true"),
        (False, {"width": 7}, b"  false"),
        (b"\xff", {"width": 3}, b"  \xff"),
        ("a", {"width": 3, "fill": "-"}, b"a  "),
    ],
)
def test_as_string_writes_as_c_does(value, form, text):
    assert tf.as_string(value, **form, name="mine").name == "mine:0"
    made = tf.as_string([[value]], **form)
    assert made.dtype == tf.string and made.shape == (1, 1) and made.name == "AsString:0"
    assert run(made).tolist() == [[text]]


def test_as_string_of_bfloat16_and_of_nothing():
    assert run(tf.as_string(tf.constant([0.5, -2.0], tf.bfloat16), precision=1)).tolist() == [b"0.5", b"-2.0"]
    assert run(tf.as_string(tf.zeros([0, 2]))).shape == (0, 2)


def test_string_join_element_by_element():
    """Scalars go with every element; what is known of one shape is known of the result."""
    words = tf.placeholder(tf.string, [None, 2])
    joined = tf.string_join(["<", words, [["a", "b"], ["c", "d"]], ">"], separator="-")
    assert joined.shape == (2, 2) and joined.name == "StringJoin:0"
    assert run(tf.string_join([["a", "b"]], separator="-")).tolist() == [b"a", b"b"]
    assert run(joined, {words: [["1", "2"], ["3", "4"]]}).tolist() == [
        [b"<-1-a->", b"<-2-b->"],
        [b"<-3-c->", b"<-4-d->"],
    ]
    assert run(tf.string_join(["a", "b"], name="both")) == b"ab" and tf.string_join(["a"], name="one").name == "one:0"
    assert tf.string_join([words, "a"]).shape.as_list() == [None, 2] and tf.string_join(["a", "b"]).shape == ()
    loose = tf.placeholder(tf.string)
    for parts in ([loose, "a"], [words, loose], [loose, words]):
        assert tf.string_join(parts).shape.ndims is None
    assert run(tf.string_join([loose, "a", words]), {loose: "x", words: [["1", "2"]]}).tolist() == [[b"xa1", b"xa2"]]


@pytest.mark.parametrize(
    ("kind", "text", "number"),
    [
        (tf.float32, " 1.5 ", 1.5),
        (tf.float32, "+.5e+1", 5.0),
        (tf.float32, "-2.", -2.0),
        (tf.float32, "1E-2", 0.01),
        (tf.float32, "0x1F", 31.0),
        (tf.float64, "-0X10", -16.0),
        (tf.float64, "0.1", 0.1),
        (tf.float32, "-inf", -np.inf),
        (tf.float32, "Infinity", np.inf),
        (tf.float32, "1e39", np.inf),
        (tf.float64, "NaN", np.nan),
        (tf.int32, "2147483647", 2**31 - 1),
        (tf.int32, " -2147483648 ", -(2**31)),
        (tf.int32, "+7", 7),
        (tf.int64, "9223372036854775807", 2**63 - 1),
        (tf.int64, "-9223372036854775808", -(2**63)),
    ],
)
def test_string_to_number_reads_as_c_does(kind, text, number):
    made = tf.string_to_number([text], kind)
    assert made.dtype == kind and made.shape == (1,) and made.name == "StringToNumber:0"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = run([made, tf.string_to_number(input=text, out_type=kind, name="same")])
    assert tf.string_to_number(text, kind, name="mine").name == "mine:0"
    np.testing.assert_array_equal(got[0], np.array([number], kind.as_numpy_dtype))
    np.testing.assert_array_equal(got[1], np.array(number, kind.as_numpy_dtype))


def test_decode_raw_reads_memory():
    words = tf.placeholder(tf.string, [None, 2])
    made = tf.decode_raw(words, tf.int16)
    assert made.shape.as_list() == [None, 2, None] and made.dtype == tf.int16 and made.name == "DecodeRaw:0"
    fed = {words: [[b"\x01\x00\x02\x01", b"\xff\xff\x00\x80"]]}
    assert run(made, fed).tolist() == [[[1, 258], [-1, -(2**15)]]]
    got = run(tf.decode_raw(words, tf.int16, little_endian=False), fed)
    assert got.tolist() == [[[256, 513], [-1, 128]]] and got.flags.writeable
    named = tf.decode_raw(bytes=b"\x00\x01", out_type=tf.bool, name="b")
    assert run(named).tolist() == [False, True] and named.name == "b:0"
    assert run(tf.decode_raw(tf.placeholder(tf.string), tf.float32), {"Placeholder_1:0": b""}).shape == (0,)
    assert tf.decode_raw(tf.placeholder(tf.string), tf.uint8).shape.ndims is None
    assert run(tf.decode_raw(words, tf.float64), {words: np.empty((0, 2), object)}).shape == (0, 2, 0)


# Draws with computed parameters -----------------------------------------------------------------------------------------------


def test_the_shapes_of_draws_with_computed_parameters():
    fed, dims, sizes = (
        tf.placeholder(tf.float32, [None]),
        tf.placeholder(tf.int32, [2]),
        tf.placeholder(tf.int32, [None]),
    )
    some = tf.placeholder(tf.float32)
    for shape, parameter, known in (
        ([3], [1.0, 2.0], [3, 2]),
        ([], 1.0, []),
        (dims, [1.0, 2.0], [None, None, 2]),
        ([3], fed, [3, None]),
        (sizes, [1.0], None),
        ([3], some, None),
    ):
        for made in (tf.random_gamma(shape, parameter), tf.random_poisson(parameter, shape)):
            assert (made.shape.as_list() if made.shape.ndims is not None else None) == known
    drawn = tf.random_gamma(dims, [0.5, 2.0])
    assert run(drawn, {dims: [2, 3]}).shape == (2, 3, 2) and run(drawn, {dims: [0, 3]}).shape == (0, 3, 2)


def test_gammas_and_poissons_are_drawn_with_their_parameters():
    """Means and spreads of many draws; the names and dtypes that TensorFlow 1 gives them."""
    gamma = tf.random_gamma([20000], [0.5, 4.0], [2.0, 0.5], tf.float64, seed=3)
    poisson = tf.random_poisson([0.5, 30.0], [20000], tf.int32, seed=3)
    counts = tf.random_poisson(tf.constant([0.0, 2.0], tf.float64), [20000], tf.float16, seed=3)
    assert gamma.dtype == tf.float64 and poisson.dtype == tf.int32 and counts.dtype == tf.float16
    assert gamma.name == "random_gamma:0" and poisson.name == "random_poisson/RandomPoissonV2:0"
    g, p, c = run([gamma, poisson, counts])
    np.testing.assert_allclose(g.mean(0), [0.25, 8.0], rtol=0.05)
    np.testing.assert_allclose(g.var(0), [0.125, 16.0], rtol=0.1)
    np.testing.assert_allclose(p.mean(0), [0.5, 30.0], rtol=0.05)
    np.testing.assert_allclose(p.var(0), [0.5, 30.0], rtol=0.1)
    np.testing.assert_allclose(c.astype(float).mean(0), [0.0, 2.0], rtol=0.05)
    np.testing.assert_allclose(run(tf.random_gamma([20000], 3.0, seed=3)).mean(), 3.0, rtol=0.05)
    assert tf.random_gamma([1], 1.0, name="mine").name == "mine:0"


def test_a_gamma_is_never_zero():
    """Of so small a shape parameter nearly all draws are less than any float; the gradient flows to the scale alone."""
    for kind, least in (
        (tf.float16, 2.0**-14),
        (tf.bfloat16, 2.0**-126),
        (tf.float32, 2.0**-126),
        (tf.float64, 2.0**-1022),
    ):
        assert float(run(tf.cast(tf.reduce_min(tf.random_gamma([100], 1e-4, dtype=kind)), tf.float64))) == least
    alpha, beta = tf.Variable(3.0), tf.Variable([2.0, 4.0])
    drawn = tf.random_gamma([5], alpha, beta)
    assert drawn.shape == (5, 2) and tf.gradients(drawn, [alpha]) == [None]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        values, slope = session.run([drawn, tf.gradients(drawn, [beta])[0]])
        np.testing.assert_allclose(slope, -(values / [2.0, 4.0]).sum(0), rtol=1e-5)


def test_a_scalar_scale_takes_the_shape_of_alpha():
    assert tf.random_gamma([5], [1.0, 2.0], 3.0).shape == (5, 2)
    assert tf.random_gamma([5], [1.0, 2.0], [[3.0], [4.0]]).shape == (5, 2, 2)


# How a run is split ------------------------------------------------------------------------------------------------------------


def doubled_by_python(x):
    return tf.py_func(lambda a: a * 2, [x], tf.float32) + 0.0


def a_table():
    ids = tf.placeholder(tf.int32, [None], name="ids")
    table = tf.Variable(tf.zeros([4, 3]), name="table")
    loss = tf.reduce_sum(tf.square(tf.gather(table, ids)), name="loss")
    train = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    (update,) = (op for op in tf.get_default_graph().get_operations() if op.type == "ScatterSub")
    return ids, table, loss, train, update


@pytest.mark.parametrize("beside", ["nothing", "a read", "an assignment"])
def test_rows_are_checked_in_the_first_part_and_updated_in_place_in_the_last(beside):
    ids, table, loss, train, update = a_table()
    other = tf.Variable(1.0, name="other")
    more = {"nothing": [], "a read": [table.read_value()], "an assignment": [other.assign(loss)]}[beside]
    first, last = split([train, doubled_by_python(loss), *more], [ids])
    assert update in last.targets and update not in first.targets
    assert list(first.checked.values()) == [update] and last.checked == {}
    assert set(first.checked) <= set(first.targets) and table.op in first.kept and table.op not in last.kept
    assert (other.op in last.kept) == (other.op in first.kept) == (beside == "an assignment")
    assert [op.type for op in first.hosts] == ["PyFunc"] and last.hosts == []


@pytest.mark.parametrize("how", ["the new table", "a read afterwards"])
def test_rows_that_the_run_reads_are_updated_where_they_stand(how):
    ids, table, loss, train, update = a_table()
    with tf.control_dependencies([train]):
        read = update.outputs[0] if how == "the new table" else table.read_value()
    first, last = split([read, doubled_by_python(loss)], [ids])
    assert update in first.targets and update not in last.targets
    assert first.checked == last.checked == {}
    assert table.op in first.kept and table.op in last.kept


def test_a_variable_assigned_in_an_earlier_part():
    """Later parts are fed with its value at the start of the run, or with the new one where they read that."""
    v, untouched = tf.Variable([1.0, 2.0], name="v"), tf.Variable(1.0, name="untouched")
    up = tf.assign(v, v * 3.0)
    late = (doubled_by_python(up) + v) * untouched
    first, last = split([late, up], [])
    assert last.starts == {v.op.outputs[0]: v.op} and first.starts == {} and last.reads == {}
    assert {op.name for op in last.variables} == {"v", "untouched"} and [op.name for op in first.variables] == ["v"]
    with tf.control_dependencies([up]):
        after = doubled_by_python(up)
        with tf.control_dependencies([after]):
            read = v.read_value()
    first, last = split([read * 2.0, after], [])
    assert last.reads == {read: v.op} and last.starts == {}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run([late, up])[0].tolist() == [7.0, 14.0]
        assert session.run(read * 2.0).tolist() == [18.0, 36.0]


def test_the_host_takes_turns_as_often_as_it_has_to_wait():
    x = tf.placeholder(tf.float32, [])
    once, twice = doubled_by_python(x), doubled_by_python(doubled_by_python(x))
    chained = tf.py_func(lambda a: a, [tf.py_func(lambda a: a, [x], tf.float32)], tf.float32)  # one turn of the host
    assert [len(split([t], [x])) for t in (once, twice, chained, chained + 1.0, [once, twice][1] + once)] == [
        2,
        3,
        1,
        2,
        3,
    ]
    assert [len(p.hosts) for p in split([twice + once, chained], [x])] == [4, 1, 0]


def test_messages_come_before_what_hangs_on_them_and_others_last(capsys):
    """A function's answer, or its turn, is awaited by what the backend goes on with; so is a message before it."""

    def say(word):
        return lambda *a: print(word, file=sys.stderr) or np.float32(1)

    x = tf.placeholder(tf.float32, [])
    by_value = tf.py_func(say("value"), [tf.Print(x, [x], "before value ")], tf.float32) + 1.0
    with tf.control_dependencies([tf.Print(x, [x], "before turn ").op]):
        by_turn = tf.py_func(say("turn"), [], tf.float32) + 1.0
    last = tf.Print(x, [x], "last ")
    for fetch, lines in (
        (by_value, ["before value [1]", "value"]),
        (by_turn, ["before turn [1]", "turn"]),
        ([last, by_value], ["before value [1]", "value", "last [1]"]),
    ):
        run(fetch, {x: 1.0})
        assert capsys.readouterr().err.splitlines() == lines
    assert [[op.type for op in p.hosts] for p in split([last, by_value], [x])] == [
        ["PrintMessage", "PyFunc"],
        ["PrintMessage"],
    ]


def test_assertions_that_the_backend_can_decide_are_known_to_a_part():
    x = tf.placeholder(tf.float32, [])
    plain, of_python = tf.Assert(x > 0.0, ["x is", x]), tf.Assert(tf.py_func(lambda: True, [], tf.bool), ["told"])
    with tf.control_dependencies([plain, of_python]):
        y = tf.identity(x) * 2.0
    found = [p for p in split([y], [x]) if p.hosts]
    assert [p.asserted for p in found] == [[plain]] and of_python in found[0].hosts


def test_a_fed_string_is_handed_on():
    words = tf.placeholder(tf.string, [None])
    (part,) = split([words], [words])
    assert part.targets == [] and part.hosts == [] and part.feeds == []
    assert run([words, words], {words: ["a"]})[1].tolist() == [b"a"]


def test_placeholders_are_missed_before_a_run_is_split():
    x, words = tf.placeholder(tf.float32, [], name="x"), tf.placeholder(tf.string, [], name="words")
    for fetch, fed, missing in (
        (doubled_by_python(x), [], "x"),
        (tf.string_join([words, "a"]), [x], "words"),
        ([words, x], [words], "x"),
    ):
        with pytest.raises(MissingFeed) as told:
            split(fetch if isinstance(fetch, list) else [fetch], fed)
        assert told.value.op.name == missing


def test_what_a_run_does_not_need_is_not_done(capsys):
    """Behind what is fed, and behind what is known before the run, no message is written, inside of branches neither."""
    x, yes = tf.placeholder(tf.float32, [2]), tf.placeholder(tf.bool, [])
    said = tf.Print(x, [x], "said ")
    fed = said * 2.0

    def inside(value):
        return tf.cond(yes, lambda: tf.py_func(lambda a: a, [value], tf.float32), lambda: x)

    assert split([tf.reshape(x + 1.0, tf.shape(said))], [x]) is None
    known = tf.reshape(x + 1.0, tf.shape(said))
    behind = inside(fed * 3.0)
    outside = doubled_by_python(x)
    for also in ([], [outside]):
        assert run([inside(known), *also], {x: [1.0, 2.0], yes: True})[0].tolist() == [2.0, 3.0]
        assert run([behind, *also], {x: [1.0, 2.0], yes: True, fed: [5.0, 5.0]})[0].tolist() == [15.0, 15.0]
    assert capsys.readouterr().err == ""
    assert run(behind, {x: [1.0, 2.0], yes: True}).tolist() == [6.0, 12.0]
    assert capsys.readouterr().err == "said [1 2]\n" and len(split([behind], [x, yes])) == 2


def test_what_a_function_waits_for_is_done():
    x, called = tf.placeholder(tf.float32, []), []
    with tf.control_dependencies([tf.check_numerics(x, "x")]):
        y = tf.py_func(lambda: called.append(1) or np.float32(1), [], tf.float32)
    assert run(y, {x: 1.0}) == 1.0
    with pytest.raises(tf.errors.InvalidArgumentError, match="x : Tensor had NaN"):
        run(y, {x: np.nan})
    assert called == [1]


# Python functions -------------------------------------------------------------------------------------------------------------


def test_a_function_gets_rows_that_lie_in_order():
    """In branches and loops too, where it stands among the backend's operations."""
    seen = []

    def look(a):
        seen.append(a.flags.c_contiguous and a.flags.writeable)
        return a.T

    x = tf.placeholder(tf.float32, [2, 3])
    turned = tf.py_func(look, [tf.transpose(x)], tf.float32)
    inside = tf.cond(tf.reduce_sum(x) > 0.0, lambda: tf.py_func(look, [tf.transpose(x)], tf.float32), lambda: x)
    found = run([turned, inside], {x: np.arange(6.0).reshape(2, 3)})
    assert seen == [True, True]
    assert all(a.tolist() == [[0, 1, 2], [3, 4, 5]] and a.flags.c_contiguous for a in found)


def test_what_a_function_answers():
    """Names, numbers of values, and text in any nesting."""
    assert tf.py_func(lambda: 1, [], [], name="mine").name == "mine"
    one, pair = tf.py_func(lambda: [1], [], [tf.int64]), tf.py_func(lambda: (1, 2.0), [], [tf.int64, tf.float64])
    text = tf.py_func(lambda: [["a", b"\xff"], ["é", ""]], [], tf.string)
    bare, scalar = tf.py_func(lambda: "a", [], tf.string), tf.py_func(lambda a: type(a).__name__, [1.0], tf.string)
    array = tf.py_func(lambda a: type(a).__name__, [[1.0]], tf.string)
    got = run([one, pair, bare, scalar, array])
    assert got == [[1], [1, 2.0], b"a", b"float32", b"ndarray"]
    with pytest.raises(tf.errors.InvalidArgumentError, match="<lambda> returns 2 values, but expects to see 1 values"):
        run(text)
    nested = tf.py_func(lambda: np.array([["a", b"\xff"], ["é", ""]], object), [], tf.string)
    assert run(nested).tolist() == [[b"a", b"\xff"], ["é".encode(), b""]]


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (StopIteration("x"), tf.errors.OutOfRangeError),
        (MemoryError("x"), tf.errors.ResourceExhaustedError),
        (NotImplementedError("x"), tf.errors.UnimplementedError),
        (TypeError("x"), tf.errors.InvalidArgumentError),
        (ValueError("x"), tf.errors.InvalidArgumentError),
        (KeyError("x"), tf.errors.UnknownError),
    ],
)
def test_what_a_function_raises(raised, kind):
    class Raising:
        def __call__(self):
            raise raised

    with pytest.raises(kind, match=rf"{type(raised).__name__} in Raising: '?x'?; no variable was changed") as told:
        run(tf.py_func(Raising(), [], tf.float32))
    assert told.value.__cause__ is raised


def test_an_error_of_ours_is_passed_on_as_it_is():
    own = tf.errors.NotFoundError(None, None, "mine")

    def raising():
        raise own

    with pytest.raises(tf.errors.NotFoundError) as told:
        run(tf.py_func(raising, [], tf.float32))
    assert told.value is own


# Messages ---------------------------------------------------------------------------------------------------------------------


def test_a_message_is_seen_at_once_and_so_often(monkeypatch):
    class Seen(io.StringIO):
        def flush(self):
            seen.append(self.getvalue())

    seen, x = [], tf.placeholder(tf.float32, [])
    twice, always = tf.Print(x, [x], "a ", first_n=2), tf.Print(x, [x, "b"], summarize=0)
    assert [t.op.control_inputs[0].get_attr("first_n") for t in (twice, always)] == [2, -1]
    never = tf.Print(x, [x], first_n=0)
    monkeypatch.setattr(sys, "stderr", Seen())
    with tf.Session() as session:
        for i in range(3):
            session.run([twice, never], {x: i})
        assert seen == ["a [0]\n", "a [0]\na [1]\n"]
        session.run(always, {x: 5})
    assert seen[-1].endswith("a [1]\n[...][...]\n")
