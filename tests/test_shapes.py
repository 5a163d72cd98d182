"""Shape arithmetic before anything runs: what parts, pieces and windows of a shape are, and which elements are known."""

from __future__ import annotations

from dataclasses import replace

import pytest
import samegraph.tf1 as tf
from samegraph import shapes
from samegraph.graph import Graph
from samegraph.types import ShapeError, ints, typed


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default():
        yield


@pytest.mark.parametrize(
    ("old", "wanted", "found"),
    [
        ((2, 3), (3, 2), (3, 2)),
        ((), (1, 1), (1, 1)),
        ((2, 3), (None,), (None,)),
        ((None,), (5,), (5,)),
        ((4, 6), (2, -1, 3), (2, 4, 3)),
        ((4, 6), (-1,), (24,)),
        ((), (-1,), (1,)),
        ((None, 6), (2, -1, 3), (2, None, 3)),
        ((4, 6), (2, -1, None), (2, None, None)),
        ((0,), (-1, 3), (0, 3)),
        ((0,), (-1,), (0,)),
        ((0, 3), (0, -1), (0, 3)),
        ((0, 4, 3), (2, -1, 0), (2, 6, 0)),
        ((0, 3), (0, 2, -1), (0, 2, 1)),
    ],
)
def test_a_shape_taken_anew(old, wanted, found):
    assert shapes.reshaped(old, wanted) == found


@pytest.mark.parametrize(
    ("old", "wanted", "words"),
    [
        ((2, 3), (-1, -1), "at most one -1"),
        ((2, 3), (6, -2), "at most one -1"),
        ((2, 3), (4,), "6 elements do not fill"),
        ((2, 3), (2, 4), "6 elements do not fill"),
        ((2, 3), (-1, 4), "6 elements do not fill"),
        ((2, 3), (0, -1), "6 elements do not fill"),
    ],
)
def test_a_shape_that_elements_do_not_fill(old, wanted, words):
    with pytest.raises(ShapeError, match=words):
        shapes.reshaped(old, wanted)


def whole(*sizes):
    return [None if n is None else (0, n, 1) for n in sizes]


@pytest.mark.parametrize(
    ("shape", "bounds", "masks", "spans", "out"),
    [
        ((4, 5), ((1,), (3,), (1,)), {}, [(1, 2, 1), (0, 5, 1)], [2, 5]),
        ((4,), ((-3,), (-1,), (1,)), {}, [(1, 2, 1)], [2]),
        ((5,), ((4,), (0,), (-2,)), {}, [(4, 2, -2)], [2]),
        ((5,), ((3,), (1,), (1,)), {}, [(0, 0, 1)], [0]),
        ((4, 5), ((1, 2), (3, 3), (1, 1)), {"begin_mask": 2}, [(1, 2, 1), (0, 3, 1)], [2, 3]),
        ((4, 5), ((1, 2), (3, 3), (1, 1)), {"begin_mask": 1}, [(0, 3, 1), (2, 1, 1)], [3, 1]),
        ((4, 5), ((1, 2), (3, 3), (1, 1)), {"end_mask": 2}, [(1, 2, 1), (2, 3, 1)], [2, 3]),
        ((4, 5), ((1, 2), (3, 3), (1, 1)), {"end_mask": 1}, [(1, 3, 1), (2, 1, 1)], [3, 1]),
        ((4, 5, 6), ((0, 2), (0, 4), (1, 1)), {"ellipsis_mask": 1}, [*whole(4, 5), (2, 2, 1)], [4, 5, 2]),
        ((4, 5, 6), ((1, 0), (2, 0), (1, 1)), {"ellipsis_mask": 2}, [(1, 1, 1), *whole(5, 6)], [1, 5, 6]),
        ((4,), ((0, 1), (0, 2), (1, 1)), {"ellipsis_mask": 1}, [(1, 1, 1)], [1]),
        ((4,), ((1,), (2,), (1,)), {"ellipsis_mask": 1}, whole(4), [4]),
        ((None, 3), ((0,), (0,), (1,)), {"ellipsis_mask": 3}, whole(None, 3), [None, 3]),
        ((4, 5), ((1, 0, 2), (3, 0, 4), (1, 1, 1)), {"new_axis_mask": 2}, [(1, 2, 1), (2, 2, 1)], [2, 1, 2]),
        ((4, 5), ((1, -1), (3, 0), (1, 1)), {"shrink_axis_mask": 2}, [(1, 2, 1), (4, 1, 1)], [2]),
        ((4, 5), ((-4, 4), (0, 0), (1, 1)), {"shrink_axis_mask": 3}, [(0, 1, 1), (4, 1, 1)], []),
        ((4,), ((3,), (0,), (1,)), {"shrink_axis_mask": 1, "new_axis_mask": 1}, whole(4), [1, 4]),
        ((4, 5), ((3,), (0,), (1,)), {"new_axis_mask": 1, "ellipsis_mask": 1}, whole(4, 5), [4, 5]),
        ((None, 3), ((0,), (2,), (1,)), {}, [None, (0, 3, 1)], [None, 3]),
        ((3, None), ((1,), (2,), (1,)), {}, [(1, 1, 1), None], [1, None]),
        ((4,), ((None,), (2,), (1,)), {}, [None], [None]),
        ((4,), ((1,), (None,), (1,)), {}, [None], [None]),
        ((4,), ((1,), (2,), (None,)), {}, [None], [None]),
        ((4,), ((None,), (2,), (1,)), {"begin_mask": 1}, [(0, 2, 1)], [2]),
        ((4,), ((1,), (None,), (1,)), {"end_mask": 1}, [(1, 3, 1)], [3]),
        ((4,), ((None,), (None,), (1,)), {"begin_mask": 1, "end_mask": 1}, whole(4), [4]),
        ((4, 5), ((1, None), (2, None), (1, 1)), {"begin_mask": 2}, [(1, 1, 1), None], [1, None]),
        ((4, 5), ((1, None), (2, None), (1, 1)), {"end_mask": 2}, [(1, 1, 1), None], [1, None]),
        ((4,), ((None,), (0,), (1,)), {"shrink_axis_mask": 1}, [None], []),
        ((None,), ((9,), (0,), (1,)), {"shrink_axis_mask": 1}, [None], []),
    ],
)
def test_what_a_strided_slice_takes(shape, bounds, masks, spans, out):
    assert shapes.strided_spans(shape, *bounds, **masks) == (spans, out)


@pytest.mark.parametrize(
    ("shape", "bounds", "masks", "error", "words"),
    [
        ((4,), ((0, 0), (1, 1), (1, 1)), {}, ShapeError, "2 indices for a tensor of rank 1"),
        ((4, 5), ((0, 0), (1, 1), (1, 1)), {"ellipsis_mask": 3}, ShapeError, "more than one ellipsis"),
        ((4,), ((0,), (1,), (0,)), {}, ShapeError, "a stride of 0"),
        ((None,), ((0,), (1,), (0,)), {}, ShapeError, "a stride of 0"),
        (
            (4, 5),
            ((0, 5), (0, 0), (1, 1)),
            {"shrink_axis_mask": 2},
            IndexError,
            "index 5 is outside of axis 1, .* size 5",
        ),
        ((4,), ((-5,), (0,), (1,)), {"shrink_axis_mask": 1}, IndexError, "index -5 is outside of axis 0"),
    ],
)
def test_what_a_strided_slice_cannot_take(shape, bounds, masks, error, words):
    with pytest.raises(error, match=words):
        shapes.strided_spans(shape, *bounds, **masks)


def test_the_python_slice_of_a_span_takes_its_elements():
    for start, count, step in ((1, 2, 2), (4, 3, -2), (4, 2, -2), (5, 6, -1), (0, 0, 1), (2, 1, 1)):
        taken = list(range(6))[shapes.python_slice(start, count, step)]
        assert taken == [start + i * step for i in range(count)]


def test_what_a_slice_takes():
    assert shapes.slice_spans((4, 5), (1, 0), (2, -1)) == [(1, 2, 1), (0, 5, 1)]
    assert shapes.slice_spans((4, 5), (4, 2), (0, 3)) == [(4, 0, 1), (2, 3, 1)]
    assert shapes.slice_spans((4,), (4,), (-1,)) == [(4, 0, 1)]
    for low, count in ((-1, 1), (5, -1), (2, 3), (5, 0), (0, -2)):
        with pytest.raises(IndexError, match="does not lie inside axis 1, which has size 4"):
            shapes.slice_spans((4, 4), (0, low), (4, count))
    for low, count in (((0,), (1, 1)), ((0, 0), (1,)), ((0, 0, 0), (1, 1, 1))):
        with pytest.raises(ValueError, match="zip"):
            shapes.slice_spans((4, 4), low, count)


@pytest.mark.parametrize(
    ("size", "splits", "pieces"),
    [
        (6, 3, [2, 2, 2]),
        (6, 1, [6]),
        (None, 2, [None, None]),
        (6, [1, -1, 2], [1, 3, 2]),
        (6, [2, 4], [2, 4]),
        (6, [6, -1], [6, 0]),
        (6, [0, 6], [0, 6]),
        (None, [1, -1], [1, None]),
        (None, [2, 3], [2, 3]),
        (0, [], []),
    ],
)
def test_the_pieces_of_a_split(size, splits, pieces):
    assert shapes.split_sizes(size, splits) == pieces


@pytest.mark.parametrize(
    ("size", "splits"),
    [
        (6, 0),
        (None, 0),
        (6, -1),
        (7, 3),
        (6, [1, 2]),
        (6, [2, 3]),
        (6, [4, 4]),
        (3, [-1, 4]),
        (6, [-1, -1]),
        (None, [-1, -1]),
        (6, [8, -2]),
        (None, [-2, 3]),
    ],
)
def test_what_does_not_split(size, splits):
    with pytest.raises(IndexError, match="equal pieces" if isinstance(splits, int) else "do not add up"):
        shapes.split_sizes(size, splits)


def test_multiples_of_a_tile():
    assert shapes.tile_counts((2, 3), (0, 2)) == (0, 2)
    assert shapes.tile_counts((), ()) == ()
    for shape, multiples in (((2, 3), (2,)), ((2,), (1, 1)), ((2, 3), (2, -1)), ((2, 3), (-1, 2))):
        with pytest.raises(IndexError, match="not one of 0 or more for each axis"):
            shapes.tile_counts(shape, multiples)


def test_paddings_of_a_pad():
    assert shapes.pad_pairs((3, 4), (5, 0, 0, 9), "CONSTANT") == [(5, 0), (0, 9)]
    for mode, most in (("REFLECT", 2), ("SYMMETRIC", 3)):
        assert shapes.pad_pairs((3, 9), (most, 0, 0, most), mode) == [(most, 0), (0, most)]
        for pair in ((most + 1, 0), (0, most + 1)):
            with pytest.raises(IndexError, match=f"axis 1, which has size 3, must lie between 0 and {most}"):
                shapes.pad_pairs((9, 3), (0, 0, *pair), mode)
    for pair in ((-1, 0), (0, -1)):
        with pytest.raises(IndexError, match="of axis 0, which has size 3"):
            shapes.pad_pairs((3,), pair, "CONSTANT")
    for paddings in ((1, 0, 1), (1, 0, 1, 0), ()):
        with pytest.raises(ValueError, match="zip"):
            shapes.pad_pairs((3,), paddings, "CONSTANT")


def test_windows_along_axes():
    """The pads of "SAME" are in tests/test_images.py."""
    assert shapes.window_pads((5, 6), (2, 2), (1, 1), "VALID") == [(0, 0), (0, 0)]
    assert shapes.window_pads((5, 6), (2, 2), (1, 1), ((1, 2), (0, 3))) == [(1, 2), (0, 3)]
    assert shapes.window_counts((5, 6), (2, 3), (1, 2), "VALID") == (4, 2)
    assert shapes.window_counts((5, 6), (5, 1), (1, 1), "VALID") == (1, 6)
    assert shapes.window_counts((5, 6), (2, 3), (1, 2), ((1, 2), (0, 3))) == (7, 4)
    assert shapes.window_counts((5, 9), (3, 3), (1, 2), "VALID", (2, 3)) == (1, 2)
    assert shapes.window_counts((None, 5), (2, None), (1, 2), "SAME") == (None, 3)
    assert shapes.window_counts((None, 5, 4), (2, None, 2), (1, 2, 1), "VALID", (1, 1, 1)) == (None, None, 3)
    for padding, room in (("VALID", 5), (((0, 0), (1, 0)), 6)):
        with pytest.raises(ShapeError, match=f"reaches over 7 elements does not fit into the {room}"):
            shapes.window_counts((9, 5), (1, 4), (1, 1), padding, (1, 2))
    for how in (shapes.window_pads, shapes.window_counts):
        with pytest.raises(ValueError, match="zip"):
            how((5, 6), (2, 2), (1, 1, 1), "SAME")


def test_which_tensors_may_carry_known_elements():
    for t in (ints(), ints(64), ints(8, 8), typed("int64", 3), ints(0)):
        assert shapes.small_integers(t)
    for t in (
        ints(65),
        ints(1, 1, 1),
        ints(None),
        typed("int16", 3),
        typed("float32", 3),
        tf.placeholder("int32").type,
    ):
        assert not shapes.small_integers(t)


def a_number():
    """A size that is not known before a run."""
    return tf.shape(tf.placeholder(tf.float32, [None]))[0]


def partly():
    """A vector whose second element is not known before a run."""
    return tf.stack([3, a_number(), 5])


def table():
    return tf.constant([[2, 3], [4, 5]])


@pytest.mark.parametrize(
    ("make", "known"),
    [
        (partly, (3, None, 5)),
        (lambda: tf.shape(tf.placeholder(tf.float32, [2, None])), (2, None)),
        (lambda: tf.size(tf.placeholder(tf.float32, [2, 3])), (6,)),
        (lambda: tf.size(tf.placeholder(tf.float32, [2, None])), (None,)),
        (lambda: tf.rank(tf.placeholder(tf.float32, [2, None])), (2,)),
        (lambda: tf.stack([[1, 2], [3, 4]], axis=1), (1, 3, 2, 4)),
        (lambda: tf.concat([table(), [[6], [7]]], 1), (2, 3, 6, 4, 5, 7)),
        (lambda: tf.concat([partly(), [9]], 0), (3, None, 5, 9)),
        (lambda: tf.cast(tf.identity(partly()), tf.int64), (3, None, 5)),
        (lambda: tf.stop_gradient(partly()), (3, None, 5)),
        (lambda: tf.reshape(table(), [4]), (2, 3, 4, 5)),
        (lambda: tf.squeeze(tf.expand_dims(partly(), 0)), (3, None, 5)),
        (lambda: tf.slice(partly(), [1], [2]), (None, 5)),
        (lambda: tf.slice(partly(), [0], [2]), (3, None)),
        (lambda: tf.slice(partly(), [1], [-1]), (None, 5)),
        (lambda: tf.slice(partly(), tf.stack([a_number()]), [2]), None),
        (lambda: tf.slice(table(), [1, 0], [1, 2]), None),
        (lambda: partly()[::-1], (5, None, 3)),
        (lambda: partly()[1:], (None, 5)),
        (lambda: table()[1], (4, 5)),
        (lambda: table()[1, 0], (4,)),
        (lambda: table()[:, 1], (3, 5)),
        (lambda: table()[tf.newaxis, 0], (2, 3)),
        (lambda: table()[a_number(), :], None),
        (lambda: tf.strided_slice(table(), tf.stack([a_number(), 0]), [2, 2], [1, 1], shrink_axis_mask=1), None),
        (lambda: tf.gather(partly(), [2, 0]), (5, 3)),
        (lambda: tf.gather(partly(), 0), (3,)),
        (lambda: tf.gather(partly(), [[2, 0], [1, 1]]), (5, 3, None, None)),
        (lambda: tf.gather([7, 8], tf.zeros([0], tf.int32)), ()),
        (lambda: tf.gather(partly(), tf.stack([0, a_number()])), None),
        (lambda: tf.gather(table(), [0]), None),
        (lambda: tf.unstack(partly())[1], (None,)),
        (lambda: tf.unstack(partly())[2], (5,)),
        (lambda: tf.unstack(table())[1], None),
        (lambda: tf.split(partly(), [1, 2])[1], (None, 5)),
        (lambda: tf.split(partly(), [0, 3])[0], ()),
        (lambda: tf.split(table(), 2, axis=1)[1], None),
        (lambda: tf.range(2, 9, 3), (2, 5, 8)),
        (lambda: tf.range(5, 0, -2), (5, 3, 1)),
        (lambda: tf.fill([2], 7), (7, 7)),
        (lambda: tf.fill([0], 7), ()),
        (lambda: tf.fill([2, 2], 7), (7, 7, 7, 7)),
        (lambda: tf.fill([2], a_number()), (None, None)),
        (lambda: tf.add(partly(), [1, 2, 3]), (4, None, 8)),
        (lambda: partly() - 1, (2, None, 4)),
        (lambda: partly() * partly(), (9, None, 25)),
        (lambda: -partly(), (-3, None, -5)),
        (lambda: tf.add([[10], [20]], [1, 2]), (11, 12, 21, 22)),
        (lambda: [-7, 7, 7] // tf.constant([2, -2, 0]), (-4, -4, None)),
        (lambda: [-7, 7, 7] % tf.constant([2, -2, 0]), (1, -1, None)),
        (lambda: tf.maximum(partly(), 4), (4, None, 5)),
        (lambda: tf.minimum(partly(), 4), (3, None, 4)),
        (lambda: tf.reduce_sum(tf.constant([2, 3, 5])), (10,)),
        (lambda: tf.reduce_prod(tf.constant([2, 3, 5])), (30,)),
        (lambda: tf.reduce_max(tf.constant([2, 5, 3])), (5,)),
        (lambda: tf.reduce_min(tf.constant([3, 2, 5])), (2,)),
        (lambda: tf.reduce_sum(tf.zeros([0], tf.int32)), (0,)),
        (lambda: tf.reduce_prod(tf.zeros([0], tf.int32)), (1,)),
        (lambda: tf.reduce_max(tf.zeros([0], tf.int32)), (None,)),
        (lambda: tf.reduce_sum(partly()), None),
        (lambda: tf.reduce_sum(table(), 0), None),
        (lambda: a_number() + 1, (None,)),
        (lambda: tf.placeholder(tf.int32, []) + 1, None),
        (lambda: tf.stack([3, tf.placeholder(tf.int32, [])]), None),
        (lambda: tf.abs(tf.constant([-1])), None),
    ],
)
def test_which_elements_are_known(make, known):
    assert make().type.known == known


def test_an_element_at_a_place_that_is_known():
    for value, index, axis, known in (
        ((3, None, 5), 2, 0, (5,)),
        ((3, None, 5), -3, 0, (3,)),
        ((3, None, 5), 3, 0, None),
        ((3, None, 5), -4, 0, None),
        ((3, None, 5), None, 0, None),
    ):
        given = replace(ints(3), known=value), replace(ints(), known=(index,))
        assert shapes.known_values("slice_at", given, {"axis": axis}, ints()) == known
    pairs = replace(ints(2, 2), known=(2, 3, 4, 5)), replace(ints(), known=(1,))
    assert shapes.known_values("slice_at", pairs, {"axis": 1}, ints(2)) == (3, 5)
    for ids, known in (((0, 2), None), ((1, -1), None), ((1, 0), (4, 3))):
        given = replace(ints(2), known=(3, 4)), replace(ints(2), known=ids)
        assert shapes.known_values("gather", given, {"axis": 0}, ints(2)) == known


def test_a_sequence_of_which_all_is_known():
    for numbers, known in (
        ((2, 3, 4), (2, 5, 8, 11)),
        ((None, 3, 4), None),
        ((2, None, 4), None),
        ((2, 3, None), None),
    ):
        given = [replace(ints(), known=(n,)) for n in numbers]
        assert shapes.known_values("sequence", given, {}, ints(4)) == known
