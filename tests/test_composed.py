"""What is composed of ops: mistakes are told in words, and sizes need not be known before a run."""

from __future__ import annotations

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.registry import OPS

X = np.array([[1.0, -2.0, 3.0], [-4.0, 5.0, 6.0]], np.float32)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def run(fetches, feeds=None):
    return tf.Session().run(fetches, feeds)


REFUSED = {
    "a scalar mask": (lambda: tf.boolean_mask(X, True), ValueError, "mask cannot be scalar"),
    "a mask of another shape": (lambda: tf.boolean_mask(X, [True] * 3), ValueError, r"\(3,\).*\(2,\)"),
    "a mask of numbers": (lambda: tf.boolean_mask(X, [1, 0]), TypeError, "must hold bool"),
    "one arm of where": (lambda: tf.where([True], [1.0]), ValueError, "both be None"),
    "an unknown norm": (lambda: tf.norm(X, "nuclear"), ValueError, "positive number"),
    "a negative norm": (lambda: tf.norm(X, -1), ValueError, "positive number"),
    "singular values": (lambda: tf.norm(X, 2, axis=[0, 1]), ValueError, "no singular values yet"),
    "three axes of a norm": (lambda: tf.norm(tf.zeros([1, 1, 1]), axis=[0, 1, 2]), ValueError, "2 unique integers"),
    "a variance of integers": (lambda: tf.math.reduce_variance([1, 2]), TypeError, "integer"),
    "a sorted scalar": (lambda: tf.sort(1.0), ValueError, "scalar cannot be sorted"),
    "a direction": (lambda: tf.sort([1.0], direction="UP"), ValueError, "ASCENDING, DESCENDING"),
    "an indexing": (lambda: tf.meshgrid([1], [2], indexing="yx"), ValueError, "'xy' or 'ij'"),
    "repetitions": (lambda: tf.repeat(X, [1, 2, 3], axis=0), ValueError, "not one number for each of 2"),
    "partitions": (lambda: tf.dynamic_partition(X, [0, 1, 0], 2), ValueError, "must begin that of data"),
    "stitches": (lambda: tf.dynamic_stitch([[0]], []), ValueError, "1 indices for 0 data"),
    "blocks": (lambda: tf.space_to_depth(tf.zeros([1, 3, 2, 1]), 2), ValueError, "axis 1.* no multiple of 2"),
    "sequences": (lambda: tf.reverse_sequence(X, [1, 1, 1], 1), ValueError, "one length for each of axis 0"),
    "coefficients": (lambda: tf.math.polyval((1.0,), X), ValueError, "must be list"),
    "shapes": (lambda: tf.broadcast_static_shape([2], [3]), ValueError, "do not broadcast"),
    "batches": (lambda: tf.gather(X, [0, 1], batch_dims=2), ValueError, "must not exceed"),
    "shifts": (lambda: tf.roll(X, [1, 2], 0), ValueError, "equally many"),
    "updates": (lambda: tf.tensor_scatter_update(X, [[0]], [[1.0]]), ValueError, "do not fit"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_where_the_line_is_written(what):
    make, error, text = REFUSED[what]
    with pytest.raises(error, match=text):
        make()


FAILING = {
    "a partition out of range": (lambda n: tf.dynamic_partition(X, n[:2], 2)[0], [0, 2], "outside of"),
    "segments out of order": (lambda n: tf.segment_max(X, n[:2]), [1, 0], "not increasing"),
    "negative segments": (lambda n: tf.segment_sum(X, n[:2]), [-1, 0], "not increasing"),
    "negative numbers to count": (lambda n: tf.bincount(n), [1, -1], "0 or more"),
    "no permutation": (lambda n: tf.invert_permutation(n), [1, 1], "must occur once"),
    "a length too long": (lambda n: tf.reverse_sequence(X, n, 1), [1, 4], "sequence lengths"),
    "an index outside of a shape": (lambda n: tf.unravel_index(n, [2, 2]), [3, 4], "outside of the shape"),
    "an index outside of its batch": (lambda n: tf.gather(X, n[:, None], batch_dims=1), [0, 3], "outside of the table"),
    "a negative place": (lambda n: tf.dynamic_stitch([n], [X]), [0, -1], "below 0"),
    "a row outside of a tensor": (lambda n: tf.tensor_scatter_add(X, n[:, None], X), [0, 2], "outside of the tensor"),
    "a class out of range": (lambda n: tf.confusion_matrix(n, n, 2), [0, 2], "outside of the shape"),
}


@pytest.mark.parametrize("computed", [False, True])
@pytest.mark.parametrize("what", FAILING)
def test_fails_when_run(what, computed):
    make, value, text = FAILING[what]
    fed = tf.placeholder(tf.int32, [2])
    made = make(fed + 0 if computed else fed)
    with pytest.raises(tf.errors.InvalidArgumentError, match=text) as caught:
        run(made, {fed: value})
    assert "test_composed.py" in str(caught.value)


def test_shapes_that_do_not_broadcast_when_run():
    a, b = tf.placeholder(tf.int32, [2]), tf.placeholder(tf.int32, [1])
    made = tf.broadcast_dynamic_shape(a, b)
    assert run(made, {a: [2, 1], b: [3]}).tolist() == [2, 3]
    with pytest.raises(tf.errors.InvalidArgumentError, match="do not broadcast"):
        run(made, {a: [2, 2], b: [3]})


def test_sizes_known_only_when_run():
    """Each as of a tensor of a known shape, gradients too."""
    made = {
        "mask": lambda x: tf.boolean_mask(x, [True, False]),
        "columns": lambda x: tf.boolean_mask(x, [True, False, True], axis=1),
        "parts": lambda x: tf.dynamic_partition(x, [1, 0], 2)[1],
        "stitch": lambda x: tf.dynamic_stitch([[3, 0]], [x]),
        "sorted": lambda x: tf.sort(x, 0),
        "repeat": lambda x: tf.repeat(x, [2, 1], axis=0),
        "each": lambda x: tf.repeat(x, 2, axis=1),
        "flat": lambda x: tf.repeat(x, 2),
        "grid": lambda x: tf.meshgrid(x[0], x[1], x[0, :2])[2],
        "batch": lambda x: tf.gather(x, [[2, 2], [0, 1]], batch_dims=1),
        "later": lambda x: tf.gather(x[:, None], [[2, 2], [0, 1]], axis=2, batch_dims=1),
        "nd": lambda x: tf.gather_nd(x, [[2], [1]], batch_dims=1),
        "segments": lambda x: tf.segment_mean(x, [0, 0]),
        "unsorted": lambda x: tf.unsorted_segment_sqrt_n(x, [1, 1], 3),
        "spread": lambda x: tf.math.reduce_std(x, 1),
        "norm": lambda x: tf.norm(x, 3, axis=0),
        "turned": lambda x: tf.reverse_sequence(x, [2, 3], 1),
        "depth": lambda x: tf.depth_to_space(tf.tile(x[:, None, None], [1, 1, 1, 4]), 2),
        "rolled": lambda x: tf.roll(x, 1, 1),
        "diagonal": lambda x: tf.diag(x),
        "of a diagonal": lambda x: tf.diag_part(tf.diag(x) + 1.0),
        "crossed": lambda x: tf.cross(x, x[::-1]),
    }
    for name, make in made.items():
        answers = []
        for shape in ([2, 3], [None, None]):
            x = tf.placeholder(tf.float32, shape)
            y = make(x)
            slope = tf.convert_to_tensor(tf.gradients(y * y, x)[0])
            answers.append(run([y, slope], {x: X}))
            assert y.shape.is_compatible_with(answers[-1][0].shape), name
        for known, unknown in zip(*answers, strict=True):
            np.testing.assert_array_equal(known, unknown, err_msg=name)


def test_known_numbers_give_known_shapes():
    x = tf.constant(X)
    assert tf.repeat(x, [2, 0], axis=0).shape == (2, 3) and tf.repeat(x, 2, axis=1).shape == (2, 6)
    assert tf.segment_sum(x, [0, 2]).shape == (3, 3)
    assert tf.dynamic_stitch([[0, 4]], [x]).shape == (5, 3)
    assert tf.sequence_mask([1, 3]).shape == (2, 3)
    assert tf.bincount([1, 4]).shape == (5,)
    assert tf.boolean_mask(x, [True, False]).shape.as_list() == [None, 3]


def test_a_shape_that_is_ensured():
    x = tf.placeholder(tf.float32, [None, 3])
    pair = tf.ensure_shape(tf.boolean_mask(x, x[:, 0] > 0.0), [2, None])
    assert pair.shape == (2, 3)
    assert run(pair, {x: np.ones((2, 3))}).shape == (2, 3)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"another shape than \(2, None\)"):
        run(pair, {x: np.ones((3, 3))})
    with pytest.raises(ValueError, match="cannot have the shape"):
        tf.ensure_shape(x, [2, 4])


def test_the_last_of_equal_places_wins_and_has_the_gradient():
    a, b = tf.constant([1.0, 2.0]), tf.constant([3.0, 4.0])
    whole = tf.dynamic_stitch([[0, 2], [1, 0]], [a, b])
    value, da, db = run([whole, *tf.gradients(whole * [1.0, 10.0, 100.0], [a, b])])
    assert value.tolist() == [4.0, 3.0, 2.0]
    assert da.tolist() == [0.0, 100.0] and db.tolist() == [10.0, 1.0]


def test_norms_and_spreads_have_the_slope_0_at_0():
    x = tf.constant([[0.0, 0.0], [2.0, 2.0]])
    made = [tf.norm(x[0]), tf.norm(x[0], 3), tf.norm(x[0], 1), tf.math.reduce_std(x[1])]
    for y in made:
        value, slope = run([y, tf.gradients(y, x)[0]])
        assert value == 0.0 and not slope.any()


def test_equal_elements_share_the_largest_norm():
    x = tf.constant([2.0, -2.0, 1.0])
    assert run(tf.gradients(tf.norm(x, np.inf), x)[0]).tolist() == [0.5, -0.5, 0.0]


def test_counted_weights_have_a_gradient():
    w = tf.constant([1.0, 2.0, 3.0])
    counted = tf.bincount([1, 1, 0], weights=w)
    assert run(tf.gradients(counted * [1.0, 10.0], w)[0]).tolist() == [10.0, 10.0, 1.0]


def test_round_leaves_integers_as_they_are():
    x = tf.constant([1, -2])
    assert tf.round(x) is x and run(tf.rint([0.5, 1.5])).tolist() == [0.0, 2.0]


# Names, and what is made without computing -------------------------------------------------------------------------------

NAMES = {
    "cholesky_solve": lambda **name: tf.cholesky_solve(tf.eye(2), tf.ones([2, 1]), **name),
    "logdet": lambda **name: tf.linalg.logdet(tf.eye(2), **name),
    "Trace": lambda **name: tf.trace(X, **name),
    "Diag": lambda **name: tf.diag([1.0], **name),
    "DiagPart": lambda **name: tf.diag_part([[1.0]], **name),
    "Cross": lambda **name: tf.cross([1.0, 0.0, 0.0], [0.0, 1.0, 0.0], **name),
    "zeros": lambda **name: tf.zeros([2], **name),
    "ones": lambda **name: tf.ones([1000], **name),
    "range": lambda **name: tf.range(3, **name),
    "eye": lambda **name: tf.eye(2, **name),
    "eye of a batch": lambda **name: tf.eye(2, batch_shape=[3], **name),
    "embedding_lookup": lambda **name: tf.nn.embedding_lookup(X, [1], **name),
    "embedding_lookup in parts": lambda **name: tf.nn.embedding_lookup([X, X], [1], **name),
    "embedding_lookup of pairs": lambda **name: tf.nn.embedding_lookup([X, X], [[1]], **name),
}


@pytest.mark.parametrize("default", NAMES)
def test_what_is_composed_has_the_name_that_it_is_given(default):
    assert NAMES[default](name="mine").op.name == "mine"
    assert NAMES[default]().op.name == default.split(" ")[0]


def test_small_zeros_and_ones_are_constants():
    n = tf.shape(tf.placeholder(tf.float32, [None]))[0]
    made = [tf.zeros([999]), tf.zeros([1000]), tf.zeros([n, 2]), tf.zeros(tf.constant([2])), tf.zeros([0, n])]
    assert [t.op.type for t in made] == ["Const", "Fill", "Fill", "Fill", "Fill"]
    assert run(tf.ones([2], tf.bool)).tolist() == [True, True] and run(tf.zeros([2], tf.bool)).tolist() == [False] * 2
    assert run(tf.zeros([1], tf.string)).tolist() == [b""] and run(tf.ones([1], tf.int64)).dtype == np.int64


@pytest.mark.parametrize(
    "bounds",
    [(1, 8, 3), (0, 7, 2), (8, 1, -3), (0, 3, 1), (2, 2, 1), (0.5, 2.0, 0.5), (0.0, 2.5, 1.0), (3.0, 0.25, -1.25)],
)
def test_ranges_of_numbers_that_only_the_run_knows(bounds):
    want = np.arange(*bounds)
    dtype = tf.int32 if want.dtype.kind == "i" else tf.float32
    fed = [tf.placeholder(dtype, []) for _ in bounds]
    for which in range(8):
        given = [f if which >> i & 1 else b for i, (f, b) in enumerate(zip(fed, bounds, strict=True))]
        made = tf.range(*given)
        assert made.dtype == dtype
        np.testing.assert_array_equal(run(made, dict(zip(fed, bounds, strict=True))), want, err_msg=str(given))


def test_a_range_up_to_a_number_computes_nothing():
    n = tf.shape(tf.placeholder(tf.float32, [None]))[0]
    assert n in tf.range(n).op.inputs and tf.range(tf.constant(1), tf.constant(3)).shape == (2,)


def test_ranges_of_several_dtypes_take_the_widest():
    n = tf.placeholder(tf.int32, [])
    made = [
        tf.range(n, 3.5),
        tf.range(0.5, n),
        tf.range(n, 4, tf.constant(1, tf.int64)),
        tf.range(n, tf.constant(3.0, tf.float64)),
    ]
    assert [t.dtype for t in made] == [tf.float32, tf.float32, tf.int64, tf.float64]
    assert [a.tolist() for a in run(made, {n: 2})] == [[2.0, 3.0], [0.5, 1.5], [2, 3], [2.0]]
    assert run(tf.range(n, dtype=tf.float32), {n: 2}).dtype == np.float32


# What is known before a run ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("divided", [tf.floordiv, tf.floormod, tf.truncatediv, tf.truncatemod])
def test_a_constant_divisor_of_0_fails(divided):
    x = tf.placeholder(tf.int32, [2])
    for divisor in ([1, 0], [0, 0]):
        with pytest.raises(tf.errors.InvalidArgumentError, match="integer division by zero"):
            run(divided(x, divisor), {x: [4, 4]})
    with pytest.raises(tf.errors.InvalidArgumentError, match="negative integer powers"):
        run(tf.pow(x, [1, -1]), {x: [2, 2]})


def test_nothing_is_asked_of_what_is_known_to_be_safe():
    x, f = tf.placeholder(tf.int32, [2]), tf.placeholder(tf.float32, [2])
    assert OPS["floordiv"].check(x, tf.constant([1, -2])) is None and OPS["floordiv"].check(f, f) is None
    assert OPS["pow"].check(x, tf.constant([0, 2])) is None and OPS["pow"].check(f, f) is None
    assert OPS["floordiv"].check(x, x) is not None and OPS["pow"].check(x, x) is not None
