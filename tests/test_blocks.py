"""What control flow and gradients are made of, each part alone: structures, Python's loops, blocks, guards, segments."""

from __future__ import annotations

from collections import OrderedDict, namedtuple

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.blocks import nest, python_loops, structured
from samegraph.gradients import expanded
from samegraph.graph import Graph, ancestors
from samegraph.segments import Segment, find_aux, plan
from samegraph.session import Session

Pair = namedtuple("Pair", "left right")


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default() as g:
        yield g


def run(fetches, feeds=None):
    s = Session(backend="numpy")
    s.run(tf.global_variables_initializer())
    return s.run(fetches, feeds)


# Structures and Python's loops ------------------------------------------------------------------------------------------


def test_structures_are_taken_apart_and_put_together():
    for value, leaves in (
        (1, [1]),
        ((), []),
        ([1, (2, [3]), {"b": 5, "a": 4}], [1, 2, 3, 4, 5]),
        (Pair(1, {"k": [2]}), [1, 2]),
        (OrderedDict([("b", 2), ("a", 1)]), [1, 2]),
    ):
        assert nest.flatten(value) == leaves
        again = nest.pack(value, leaves)
        assert again == value and type(again) is type(value)
        nest.assert_same(value, again)
    assert list(nest.pack(OrderedDict([("b", 0), ("a", 0)]), [1, 2]).items()) == [("b", 2), ("a", 1)]
    assert nest.pack([0, 0], [1, 2, 3]) == [1, 2]
    for value, nested in ((1, False), ("text", False), ([], True), ((), True), ({}, True)):
        assert nest.is_nested(value) == nested


def test_structures_that_differ():
    for first, second in (
        (1, [1]),
        ([1], 1),
        ([1], [1, 2]),
        ({"a": 1}, {"b": 1}),
        ([[1], 2], [1, [2]]),
        ({"a": 1}, [1]),
    ):
        with pytest.raises(ValueError, match=r"first: .*\n  second: "):
            nest.assert_same(first, second)
    for first, second, kinds in (([1], (1,), "list and tuple"), ([Pair(1, 2)], [(1, 2)], "Pair and tuple")):
        with pytest.raises(TypeError, match=kinds):
            nest.assert_same(first, second)


def test_control_flow_by_python_itself():
    assert python_loops.cond(1, lambda: "yes", lambda: "no") == "yes"
    assert python_loops.cond(np.array(False), lambda: "yes", lambda: "no") == "no"

    def below(i, _):
        return i < 3

    def step(i, total):
        return i + 1, total + i

    assert python_loops.while_loop(below, step, (0, 10)) == (3, 13)
    assert python_loops.while_loop(below, step, (5, 10)) == (5, 10)
    assert python_loops.recorded_while(below, step, (1, 10), (1, 0)) == ((3, 13), 2, ([10, 11], [1, 2]))
    assert python_loops.recorded_while(below, step, (5, 10), (0,)) == ((5, 10), 0, ([],))
    assert python_loops.recorded_while(below, step, (1, 10), ()) == ((3, 13), 0, ())


def test_a_scan_by_python_itself():
    def stack(*rows):
        return np.stack(rows)

    def body(total, x, y):
        return (total * 2 + x,), (np.array(total), np.array([x, y]))

    elems, empty = (np.array([1, 2, 3]), np.array([4, 5, 6])), ("nothing",)
    carry, (totals, pairs) = python_loops.scan(stack, body, (0,), elems, 3, empty)
    assert carry == (11,) and totals.tolist() == [0, 1, 4] and pairs.tolist() == [[1, 4], [2, 5], [3, 6]]
    carry, (totals, pairs) = python_loops.scan(stack, body, (0,), elems, 3, empty, reverse=True)
    assert carry == (17,) and totals.tolist() == [8, 3, 0] and pairs.tolist() == [[1, 4], [2, 5], [3, 6]]
    for reverse in (True, False):
        assert python_loops.scan(stack, body, (7,), elems, 0, empty, reverse) == ((7,), empty)

    def growing(a, x):
        return (np.append(a, x),), (a, np.array(x))

    _, (states, xs) = python_loops.scan(stack, growing, (np.array([0]),), (np.array([1, 2]),), 2, empty)
    assert [s.tolist() for s in states] == [[0], [0, 1]] and xs.tolist() == [1, 2]


# Blocks -----------------------------------------------------------------------------------------------------------------


def test_inputs_that_must_be_computed():
    """A shape that is known is written down, and a constant of text inside of a block too."""
    x, n = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.int32, [])
    known, unknown = tf.reshape(x, [2, 3]), tf.reshape(x, tf.stack([n, 3]))
    assert list(structured.needed_inputs(known.op)) == [x]
    assert list(structured.needed_inputs(unknown.op)) == list(unknown.op.inputs)
    assert list(structured.needed_inputs((x + x).op)) == [x, x]
    twice, often = (tf.foldl(lambda a, e: a + e, v, tf.constant(0.0)) for v in (tf.ones([2]), x))
    assert list(structured.needed_inputs(twice.op)) == list(twice.op.inputs[1:])
    assert list(structured.needed_inputs(often.op)) == list(often.op.inputs)
    assert structured.is_text(tf.constant("a")) and not structured.is_text(tf.constant(1))
    assert not structured.is_text(tf.as_string(n))
    joined = tf.string_join([tf.as_string(n), tf.constant("b")])
    assert list(structured.needed_inputs(joined.op)) == [] and list(structured.needed_inputs(tf.as_string(n).op)) == [n]
    assert list(structured.copied_inputs(joined.op)) == [] and list(structured.copied_inputs(known.op)) == [
        x,
        known.op.inputs[1],
    ]
    assert structured.shape_operand(known.op, 1) and not structured.shape_operand(known.op, 0)
    assert structured.shape_operand(often.op, 0) and not structured.shape_operand(often.op, 1)
    drawn = tf.random_uniform(tf.stack([n]))
    while drawn.op.type not in structured.DRAWS:
        drawn = drawn.op.inputs[0]
    assert structured.shape_operand(drawn.op, 0)


def test_shapes_that_have_something_in_common():
    for a, b, common in (
        ((2, 3), (2, 3), (2, 3)),
        ((2, 3), (2, 4), (2, None)),
        ((None, 3), (2, 3), (None, 3)),
        ((2,), (2, 3), None),
        (None, (2,), None),
        ((2,), None, None),
    ):
        assert structured.common_shape(a, b) == structured.common_shape(b, a) == common
    for given, wanted, so in (
        ((2, 3), (None, 3), True),
        ((None, 3), (2, 3), False),
        ((2, 3), (2, 4), False),
        ((2,), (2, 3), False),
        ((2,), None, True),
        (None, (2,), False),
        (None, None, True),
    ):
        assert structured.fits(given, wanted) == so


def test_results_whose_shapes_may_vary():
    q, x = tf.placeholder(tf.bool, []), tf.placeholder(tf.float32, [None])
    n = tf.placeholder(tf.int32, [])
    choice = tf.cond(q, lambda: (tf.ones([2]), tf.ones([2]), x), lambda: (tf.ones([2]), tf.ones([3]), x))
    assert structured.varying(choice[0].op) == [choice[1], choice[2]]
    assert [t.shape.as_list() for t in choice] == [[2], [None], [None]]
    shapes = [tf.TensorShape([]), tf.TensorShape([None])]
    grows = tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, tf.concat([a, a], 0)), [0, tf.ones([2])], shapes)
    stays = tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, a * 2.0), [0, tf.ones([2])])
    assert structured.varying(grows[0].op) == [grows[1]] and structured.varying(stays[0].op) == []
    scanned = tf.scan(lambda a, e: a + e, x, tf.constant(0.0))
    mapped = tf.map_fn(lambda e: tf.stack([e, e]), tf.ones([3]))
    assert structured.varying(scanned.op) == structured.varying(mapped.op) == structured.varying(x.op) == []


def test_what_runs_with_a_block():
    """Its own operations in their order, without its inputs and what lies around; asked once when it is settled."""
    x, v = tf.placeholder(tf.float32, [3]), tf.Variable(1.0)
    around = tf.exp(x)

    def body(a, e):
        tf.sin(e, name="unused")
        return tf.cond(a > 0.0, lambda: tf.negative(a, name="down") * e, lambda: tf.assign_add(v, e)) + around[0]

    loop = tf.foldl(body, x, tf.constant(0.0)).op
    (block,) = loop.attrs["blocks"]
    own = structured.inner(block)
    assert own is structured.inner(block) and own[-1] is block.outputs[0].op
    assert {op.type for op in own} >= {"Greater", "Cond", "Add"} and not {"BodyInput", "Sin", "Exp"} & {
        op.type for op in own
    }
    assert all(op.block is block for op in own)
    every = [op.type for op in structured.everything([loop])]
    assert every[0] == "Scan" and every.count("Cond") == 1 and "Neg" in every and "AssignAdd" in every
    assert structured.assigned(loop) == [v.op] and structured.assigned(around.op) == []
    rows = tf.Variable([1.0])
    for update, variable in ((tf.assign(v, 2.0), v), (tf.scatter_sub(rows, [0], [1.0]), rows)):
        assert structured.assigned(update.op) == [variable.op]


def test_a_body_waits_for_what_its_loop_waits_for():
    """Its inputs have their values from the loop, and wait for nothing themselves."""
    x = tf.placeholder(tf.float32, [3])
    with tf.control_dependencies([tf.no_op(name="before")]):
        loop = tf.foldl(lambda a, e: a + e, x, tf.constant(0.0)).op
    assert [c.name for c in loop.control_inputs] == ["before"]
    assert all(t.op.control_inputs == () for b in loop.attrs["blocks"] for t in b.inputs)


def test_a_draw_in_a_branch_happens_in_every_run():
    q = tf.placeholder(tf.bool, [])
    tf.set_random_seed(3)
    y = tf.cond(q, lambda: tf.random_uniform([]), lambda: tf.constant(-1.0))
    (drawn,) = [t.op for t in y.op.inputs if t.op.type in structured.DRAWS]
    assert drawn.block is None
    s, other = Session(backend="numpy"), Session(backend="numpy")
    one, two = (s.run(y, {q: True}) for _ in range(2))
    assert one != two and other.run(y, {q: False}) == -1 and other.run(y, {q: True}) == two


def test_a_draw_in_a_body_has_the_line_that_wrote_it():
    def noisy(e):
        return e * tf.random_uniform([], name="noise")

    loop = tf.map_fn(noisy, tf.ones([3])).op
    (drawn,) = [t.op for t in loop.inputs if t.op.type in structured.DRAWS]
    assert "tf.random_uniform" in drawn.made_at and "noise" in drawn.name


@pytest.mark.parametrize("update", [lambda v, x: tf.assign_add(v, x), lambda v, x: tf.scatter_add(v, [0], x)])
def test_a_gradient_through_an_assignment_in_a_branch_is_refused(update):
    q, x, v = tf.placeholder(tf.bool, []), tf.placeholder(tf.float32, [1]), tf.Variable([1.0])
    y = tf.cond(q, lambda: x * update(v, x), lambda: x)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="assigns inside a branch or body that a gradient is asked"
    ):
        run(tf.gradients(y, x)[0], {q: True, x: [2.0]})


def test_what_values_can_make_fail():
    x, v = tf.placeholder(tf.float32, [3]), tf.Variable([1.0])
    ids = tf.placeholder(tf.int32, [2])
    for t, may in (
        (tf.gather(x, ids), True),
        (x + x, False),
        (x, False),
        (tf.scatter_add(v, [0], [1.0]), True),
        (v.value(), False),
    ):
        assert structured.may_refuse(t.op) == may


def test_the_parts_of_structured_operations():
    x, n, ids = tf.placeholder(tf.float32, [3]), tf.placeholder(tf.int32, []), tf.placeholder(tf.int32, [])
    loop = tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, a + tf.gather(x, ids)), [0, x[0]])[1].op
    parts = structured.Parts(loop)
    assert list(parts.operands) == list(parts.init) == list(loop.inputs[:2]) and list(parts.elems) == []
    assert set(parts.captured) >= {n, x, ids} and list(parts.captured) == list(loop.inputs[2:])
    assert parts.results == parts.finals == loop.outputs[:2] and parts.stacked == []
    assert parts.counts == loop.outputs[2:3] and parts.states == loop.outputs[3:5] and parts.flags == loop.outputs[5:]
    assert [(t.dtype, t.shape.as_list()) for t in (*parts.counts, *parts.states, *parts.flags)] == [
        ("int32", []),
        ("int32", [None]),
        ("float32", [None]),
        ("bool", []),
    ]
    scanned = tf.scan(lambda a, e: a + e * tf.gather(x, ids), x, tf.constant(0.0)).op
    parts = structured.Parts(scanned)
    assert list(parts.operands) == list(scanned.inputs[:3]) and list(parts.init) == list(scanned.inputs[1:2])
    assert list(parts.elems) == [x] and ids in parts.captured and len(parts.captured) == len(scanned.inputs) - 3
    assert parts.finals == scanned.outputs[:1] and parts.stacked == scanned.outputs[1:2] and parts.counts == []
    assert (
        parts.results == scanned.outputs[:2]
        and parts.states == scanned.outputs[2:3]
        and parts.flags == scanned.outputs[3:]
    )
    assert parts.body is parts.blocks[-1] and len(parts.guarded) == len(parts.flags) == 1


def test_blocks_lie_only_so_deep_in_one_another():
    block = None
    for _ in range(80):
        block = structured.block_within(block)
    with pytest.raises(tf.errors.UnimplementedError, match="80 deep in other control flow"):
        structured.block_within(block)


def test_strings_neither_enter_nor_leave_a_block():
    q, n = tf.placeholder(tf.bool, []), tf.placeholder(tf.int32, [])
    text = tf.as_string(n)
    for yes, no in (
        (lambda: tf.string_to_number(text), lambda: 1.0),
        (lambda: 1.0, lambda: tf.string_to_number(text)),
        (lambda: tf.as_string(n), lambda: tf.as_string(n + 1)),
    ):
        with pytest.raises(tf.errors.UnimplementedError, match="holds strings, which cannot enter or leave a cond"):
            tf.cond(q, yes, no)
    with pytest.raises(tf.errors.UnimplementedError, match="holds strings"):
        tf.while_loop(lambda i: i < n, lambda i: i + tf.cast(tf.string_to_number(text), tf.int32), [0])
    with pytest.raises(tf.errors.UnimplementedError, match="holds strings"):
        tf.map_fn(lambda e: tf.string_to_number(text) + e, tf.ones([2]))
    y = tf.cond(q, lambda: tf.string_to_number(tf.as_string(n)), lambda: tf.string_to_number(tf.constant("7")))
    assert [run(y, {q: v, n: 5}) for v in (True, False)] == [5, 7]


def test_what_a_structured_operation_waits_for_and_holds():
    """What operations inside wait for from around, and whether any of the host's is among them, at every depth."""
    q, x = tf.placeholder(tf.bool, []), tf.placeholder(tf.float32, [])
    before = tf.no_op(name="before")

    def waiting():
        with tf.control_dependencies([before]):
            y = tf.identity(x)
        with tf.control_dependencies([y]):
            return tf.identity(x)

    def asking():
        return tf.py_func(lambda v: v, [x], tf.float32)

    plain = tf.cond(q, lambda: x, lambda: x * 2.0)
    waits = tf.cond(q, waiting, lambda: x)
    assert list(plain.op.control_inputs) == [] and list(waits.op.control_inputs) == [before]
    held = [
        tf.cond(q, asking, lambda: x * 2.0),
        tf.cond(q, lambda: x * 2.0, asking),
        tf.cond(q, lambda: tf.cond(q, asking, lambda: x), lambda: x),
        tf.while_loop(lambda a: a < 3.0, lambda a: a + tf.reshape(tf.py_func(lambda v: v, [a], tf.float32), []), [x]),
    ]
    assert [structured.holds_host(t.op) for t in held] == [True] * 4
    assert [structured.holds_host(t.op) for t in (plain, waits, x * 2.0)] == [False] * 3


def guarded(*made):
    ops = [op for t in made for op in (t.op.inputs[1].op, t.op)]
    return len(structured.guards_of(list(dict.fromkeys(ops))))


def test_what_holds_together_is_checked_once():
    a, b = tf.placeholder(tf.int32, [2]), tf.placeholder(tf.int32, [2])
    table, same, longer = (tf.placeholder(tf.float32, s) for s in ([4, 2], [4, 3], [5, 2]))
    open_, other = tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.float32, [None, 2])
    wide = tf.placeholder(tf.float32, [2, 4])
    pick, joined = tf.gather, tf.concat([a, b], 0)
    for made, count in (
        ([pick(table, a)], 1),
        ([pick(table, a), pick(table, a)], 1),
        ([pick(table, a), pick(same, a)], 1),
        ([pick(table, a), pick(wide, a, axis=1)], 1),
        ([pick(table, a), pick(wide, a)], 2),
        ([pick(table, a), pick(longer, a)], 2),
        ([pick(table, a), pick(table, b)], 2),
        ([pick(open_, a), pick(open_, a)], 1),
        ([pick(open_, a), pick(other, a)], 2),
        ([pick(table, a), pick(table, b), pick(table, joined)], 2),
        ([pick(table, a), pick(table, joined)], 2),
        ([pick(table, a), pick(longer, b), pick(table, joined)], 3),
        ([pick(table, a), pick(table, b), pick(longer, joined)], 3),
        ([pick(table, joined)], 1),
    ):
        assert guarded(*made) == count
    apart = [pick(table, a).op, pick(table, b).op, pick(table, joined).op]
    assert len(structured.guards_of(apart)) == 3


def test_a_guard_inside_is_asked_of_the_whole():
    q, ids = tf.placeholder(tf.bool, []), tf.placeholder(tf.int32, [2])
    choice = tf.cond(q, lambda: tf.gather([1.0, 2.0], ids), lambda: tf.zeros([2])).op
    parts = structured.Parts(choice)
    ((flag, op),) = structured.guards_of([choice])
    assert flag is parts.flags[0] and op is parts.guarded[0] and op.type.startswith("Gather")


def test_inner_shapes_of_a_gradient_in_a_body_follow_the_feeds():
    x, w = tf.placeholder(tf.float32, [None, None]), tf.placeholder(tf.float32, [None])
    y = tf.map_fn(lambda e: tf.gradients(e * e * e, e, grad_ys=w[: tf.size(e)])[0], x)
    got = run([y, tf.gradients(y, w)[0]], {x: [[1.0, 2.0], [3.0, 4.0]], w: [1.0, 10.0]})
    np.testing.assert_allclose(got[0], [[3, 120], [27, 480]])
    np.testing.assert_allclose(got[1], [30, 60])


def test_a_map_goes_from_the_first_element_to_the_last():
    seen = []

    def note(e):
        seen.append(int(e))
        return e

    run(tf.map_fn(lambda e: tf.py_func(note, [e], tf.int32), tf.constant([1, 2, 3])))
    assert seen == [1, 2, 3]


def test_the_gradient_of_a_loop_stacks_what_its_elements_get_alone():
    x, w = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.float32, [])
    y = tf.scan(lambda a, e: a * w + e, x, initializer=0.0)
    for xs, results in (([x, w], 3), ([w], 2), ([x], 2)):
        (g, *_) = tf.gradients(y, xs)
        (back,) = [op for op in ancestors([expanded(g)]) if op.type == "Scan" and op is not y.op]
        assert structured.Parts(back).op.attrs["results"] == results


# Segments ---------------------------------------------------------------------------------------------------------------


def test_what_lies_between_x_and_y():
    x, c = tf.placeholder(tf.float32, [2], name="x"), tf.placeholder(tf.float32, [2], name="c")
    before = tf.exp(c)
    h = x * before
    flat = tf.ones_like(h)
    y = tf.sin(h) + flat * c
    (g,) = tf.gradients(y, x)
    segment = Segment([g.op])
    assert segment.inside == {h, y, y.op.inputs[0]} and segment.beside == set() and segment.shifted == []
    assert segment.dependent == {flat, y.op.inputs[1]}
    assert set(segment.closure()) == {x, before, c} and segment.outputs == {g: x}
    assert segment.xs == [x]


def test_an_x_on_the_way_of_another_is_shifted():
    x = tf.placeholder(tf.float32, [2])
    h = tf.sin(x)
    y = h * x
    segment = Segment([tf.gradients(y, [x, h])[0].op])
    assert segment.shifted == [h] and segment.xs == [x, h] and segment.inside == {h, y}


def test_stopped_tensors_come_from_around():
    x = tf.placeholder(tf.float32, [2])
    h = tf.sin(x)
    y = h * x
    (g,) = tf.gradients(y, x, stop_gradients=[h])
    segment = Segment([g.op])
    assert segment.inside == {y} and set(segment.closure()) == {x, h}
    assert [op.type for op in segment.order if op.type == "Sin"] == []


def test_a_y_that_no_x_reaches_comes_from_around():
    x, z = tf.placeholder(tf.float32, [2]), tf.placeholder(tf.float32, [2])
    weight = tf.placeholder(tf.float32, [2])
    y, other = x * x, tf.exp(z)
    (g,) = tf.gradients([y, other], x, grad_ys=[weight, weight])
    segment = Segment([g.op])
    assert segment.inside == {y} and set(segment.closure()) == {x, weight, other}


def test_segments_of_one_call_are_one_and_those_inside_wait():
    x, z = tf.placeholder(tf.float32, [2]), tf.placeholder(tf.float32, [2])
    y = x * x * z
    first, second = tf.gradients(y, x)[0], tf.gradients(y, z)[0]
    other = tf.gradients(y, x, stop_gradients=[z])[0]
    segments = plan([first.op, second.op, other.op, y.op])
    assert [s.nodes for s in segments] == [[first.op, second.op], [other.op]] and segments[0].xs == [x, z]
    outer = tf.gradients(first * x, x)[0]
    assert [s.nodes for s in plan([first.op, outer.op])] == [[outer.op]]


def test_what_others_need_of_a_segment():
    x = tf.placeholder(tf.float32, [2])
    h = tf.sin(x)
    y = h * h
    (g,) = tf.gradients(y, x)
    for roots, aux in (([g], []), ([g, h + 1.0], [h]), ([g, y], []), ([g, y, h], [h])):
        (segment,) = plan([g.op])
        makers = find_aux([segment], roots)
        assert list(segment.aux) == aux and set(makers) == {g, h, y}
    (segment,) = plan([g.op])
    find_aux([segment], [g, h + 1.0], visible=[h])
    assert not segment.aux
    (segment,) = plan([g.op])
    with tf.control_dependencies([h + 1.0]):
        late = tf.no_op()
    find_aux([segment], [late, g])
    assert list(segment.aux) == [h]


def test_other_outputs_of_control_flow_are_made_beside():
    q, x = tf.placeholder(tf.bool, []), tf.placeholder(tf.float32, [])
    h = x * 2.0
    y, count = tf.cond(q, lambda: (h * h, tf.cast(h, tf.int32)), lambda: (h, tf.constant(0)))
    (g,) = tf.gradients(y, x)
    (segment,) = plan([g.op])
    assert segment.inside == {h, y} and count in segment.beside and y not in segment.beside
    makers = find_aux([segment], [g, count])
    assert list(segment.aux) == [count] and makers[count] is segment


def test_what_a_cond_takes_beside_an_x_comes_from_around():
    q, x = tf.placeholder(tf.bool, []), tf.placeholder(tf.float32, [])
    y, _ = tf.cond(q, lambda: (x * x, tf.is_nan(x)), lambda: (x, tf.is_inf(x)))
    segment = Segment([tf.gradients(y, x)[0].op])
    assert segment.inside == {y} and set(segment.closure()) == {x, q}


def test_what_is_waited_for_or_written_down_is_no_part_of_a_segment():
    x = tf.placeholder(tf.float32, [2, 3])
    h = tf.sin(x)
    with tf.control_dependencies([h * 2.0]):
        y = tf.reshape(h, tf.shape(h)[::-1])
    segment = Segment([tf.gradients(y, x)[0].op])
    assert [op.type for op in segment.order] == ["Placeholder", "Sin", "Reshape"]
    assert segment.inside == {h, y} and segment.dependent == set()


def test_a_segment_that_another_needs_hands_it_out():
    x, z = tf.placeholder(tf.float32, [2]), tf.placeholder(tf.float32, [2])
    p, q = tf.sin(x), tf.cos(z)
    first, second = tf.gradients(p * q, x)[0], tf.gradients(tf.exp(q), z)[0]
    segments = plan([first.op, second.op])
    find_aux(segments, [first, second])
    assert [list(s.aux) for s in segments] == [[], [q]]


def test_what_is_used_twice_is_looked_at_once():
    x = tf.placeholder(tf.float32, [2])
    (g,) = tf.gradients(x * x, x)
    y = x
    for _ in range(60):
        y = y + y
    (segment,) = plan([g.op])
    find_aux([segment], [g, y])
    assert not segment.aux
