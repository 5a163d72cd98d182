"""The whole source of steps of every kind, as a backend is handed it, and what goes with it."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.backend import load
from samegraph.blocks import python_loops
from samegraph.program import Program
from samegraph.session import Session
from samegraph.writing.building import build

from tests.compiling import COMPILED

PLAIN = load("numpy")
WHOLE = replace(
    COMPILED,
    cond=python_loops.cond,
    while_loop=python_loops.while_loop,
    scan=lambda *_: None,
    barrier=tuple,
    order_rows=PLAIN.order_rows,
    update_rows=PLAIN.update_rows,
)
"""It compiles, and has every verb; nothing here is run."""
NATIVE = replace(WHOLE, value_and_vjp=lambda *_: None)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def assert_source(p: Program, source: str) -> None:
    assert p.source == dedent(source).lstrip("\n")
    assert all(line == line.rstrip() for line in p.source.splitlines())


def test_a_gradient_is_a_function_inside_of_the_step():
    """What is asked for besides comes out of it, beside the ys; what nothing differentiates stands outside."""
    x, w = tf.placeholder(tf.float32, [2], name="x"), tf.Variable([1.0, 2.0], name="w")
    c = tf.constant([3.0, 4.0], name="c")
    h = tf.tanh(x * w, name="h")
    y = tf.reduce_sum(h * c, name="y")
    (slope,) = tf.gradients(y, w)
    kept = tf.assign(tf.Variable([0.0, 0.0], name="v"), slope)
    p = build([tf.assign_sub(w, slope * 0.5).op, y, kept, h], [x], NATIVE, native=True)
    assert_source(
        p,
        """
        def step(x, w):
            def y_of(w):
                mul_1 = mul(x, w)
                h = tanh(mul_1)
                mul_1_1 = mul(h, c)
                y = reduce_sum(mul_1_1)
                return (y,), (h,)
            ((y,), (h,)), (d_w,) = value_and_vjp(y_of, (w,))
            mul_2 = mul(d_w, const)
            new_w = sub(w, mul_2)
            new_v = d_w
            return (y, new_v, h,), (new_w, new_v,), 0
        """,
    )
    assert (p.route, [v.name for v in p.copied], p.dynamic, p.wide) == ("native", ["v"], "", False)


def test_a_gradient_by_a_tensor_on_the_way_is_one_by_a_shift():
    x, w = tf.placeholder(tf.float32, [2], name="x"), tf.Variable([1.0, 2.0], name="w")
    c = tf.constant([3.0, 4.0], name="c")
    h = tf.tanh(x * w, name="h")
    y, z = tf.reduce_sum(h * c, name="y"), tf.exp(h, name="z")
    gradients = tf.gradients([y, z], [x, w, h], grad_ys=[tf.constant(1.0, name="one"), c])
    p = build([*gradients, z], [x], NATIVE, native=True)
    assert_source(
        p,
        """
        def step(x, w):
            mul_1 = mul(x, w)
            h = tanh(mul_1)
            def y_of(x, w, h_shift):
                mul_1 = mul(x, w)
                h = tanh(mul_1)
                h = add(h, h_shift)
                mul_1_1 = mul(h, c)
                y = reduce_sum(mul_1_1)
                z = exp(h)
                return (y, z,), (h,)
            ((y, z,), (h,)), (d_x, d_w, d_h,) = value_and_vjp(y_of, (x, w, zeros_like(h),), (one, c,))
            return (d_x, d_w, d_h, z,), (), 0
        """,
    )


def test_gradients_of_gradients_nest():
    x = tf.placeholder(tf.float32, [2], name="x")
    h = tf.tanh(x, name="h")
    y = tf.reduce_sum(h * h, name="y")
    (second,) = tf.gradients(tf.gradients(y, x, name="first")[0], x)
    p = build([second, y, tf.exp(h, name="z")], [x], NATIVE, native=True)
    assert_source(
        p,
        """
        def step(x):
            def first_Gradients_of(x):
                def y_of(x):
                    h = tanh(x)
                    mul_1 = mul(h, h)
                    y = reduce_sum(mul_1)
                    return (y,), (h,)
                ((y,), (h,)), (d_x,) = value_and_vjp(y_of, (x,))
                return (d_x,), (h, y,)
            ((first_Gradients,), (h, y,)), (d_x_1,) = value_and_vjp(first_Gradients_of, (x,))
            z = exp(h)
            return (d_x_1, y, z,), (), 0
        """,
    )


def test_a_gradient_by_a_read_of_what_it_is_of_too():
    """An x that is another one by another name has a name of its own inside."""
    v = tf.Variable([1.0, 2.0], name="v")
    read = v.read_value()
    y = tf.multiply(read, v, name="y")
    p = build(tf.gradients(y, [read, v]), [], NATIVE, native=True)
    assert_source(
        p,
        """
        def step(v):
            def y_of(v_read_shift, v):
                v_read = add(v, v_read_shift)
                y = mul(v_read, v)
                return (y,), (v_read,)
            ((y,), (v_read,)), (d_v_read, d_v,) = value_and_vjp(y_of, (zeros_like(v), v,))
            return (d_v_read, d_v,), (), 0
        """,
    )


def test_the_old_values_that_a_step_takes():
    """Those read, updated, or kept where a branch assigns nothing; not one that is only replaced."""
    x, q = tf.placeholder(tf.float32, [], name="x"), tf.placeholder(tf.bool, [], name="q")
    v, w = tf.Variable(1.0, name="v"), tf.Variable(2.0, name="w")
    with tf.control_dependencies([tf.assign_add(v, x)]):
        then_replaced = tf.assign(v, x * 2.0)
    with tf.control_dependencies([tf.assign(v, x)]):
        then_updated, then_read = tf.assign_sub(v, x * 2.0), v.read_value()
    for fetch, want in (
        (then_replaced, [v.op]),
        (then_updated, [v.op]),
        (then_read, []),
        (tf.assign(v, w), [w.op]),
        (tf.group(tf.assign(v, x), tf.assign(w, x)), []),
        (tf.cond(q, lambda: tf.assign(v, x), lambda: x), [v.op]),
        (w.read_value() + v, [w.op, v.op]),
    ):
        for backend in (PLAIN, WHOLE):
            assert build([fetch], [x, q], backend, native=False).variables == want
    assert Session(backend="numpy").run(then_read, {x: 3.0}) == 3.0


def test_values_of_one_name_have_names_of_their_own_where_they_are_differentiated_by():
    """Two reads of a variable, and one beside the variable itself, have the variable's name outside."""
    v, w = tf.Variable([1.0, 2.0], name="v"), tf.constant([1.0, 1.0], name="w")
    first, second = v.read_value(), v.read_value()
    y, z = tf.multiply(first, second, name="y"), tf.multiply(first, v, name="z")
    assert_source(
        build(tf.gradients(y, [first, second]), [], NATIVE, native=True),
        """
        def step(v):
            def y_of(v, v_1):
                y = mul(v, v_1)
                return (y,), ()
            ((y,), ()), (d_v_read, d_v_read_1,) = value_and_vjp(y_of, (v, v,))
            return (d_v_read, d_v_read_1,), (), 0
        """,
    )
    assert_source(
        build(tf.gradients(z, first, grad_ys=w), [], NATIVE, native=True),
        """
        def step(v):
            def z_of(v_1):
                z = mul(v_1, v)
                return (z,), ()
            ((z,), ()), (d_v_read,) = value_and_vjp(z_of, (v,), (w,))
            return (d_v_read,), (), 0
        """,
    )


def test_a_gradient_by_a_gradient_has_its_name():
    x = tf.placeholder(tf.float32, [], name="x")
    (g,) = tf.gradients(tf.sin(x, name="y"), x)
    assert_source(
        build(tf.gradients(tf.multiply(g, g, name="z"), g), [x], NATIVE, native=True),
        """
        def step(x):
            def y_of(x):
                y = sin(x)
                return (y,), ()
            ((y,), ()), (d_x,) = value_and_vjp(y_of, (x,))
            def z_of(d_x):
                z = mul(d_x, d_x)
                return (z,), ()
            ((z,), ()), (d_gradients_Gradients,) = value_and_vjp(z_of, (d_x,))
            return (d_gradients_Gradients,), (), 0
        """,
    )


def test_rows_are_updated_last_and_held_back_in_a_compiled_step():
    """What was seen of a table before has memory of its own; equal ids are ordered once."""
    table, other = tf.Variable(tf.zeros([4, 2]), name="table"), tf.Variable(tf.zeros([4]), name="other")
    kept, ids = tf.Variable(tf.zeros([4, 2]), name="kept"), tf.placeholder(tf.int32, [3], name="ids")
    rows = tf.placeholder(tf.float32, [3, 2], name="rows")
    updates = [
        tf.scatter_add(table, ids, rows),
        tf.scatter_sub(other, ids, tf.reduce_sum(rows, 1, name="sums")),
        tf.scatter_update(table, ids, rows),
    ]
    fetches = [*(u.op for u in updates), tf.assign(kept, table).op, tf.reshape(table, [-1], name="seen"), other.value()]
    p = build(fetches, [ids, rows], WHOLE, native=False)
    assert_source(
        p,
        """
        def step(ids, rows, table, other):
            sums = reduce_sum(rows, axis=1)
            seen = reshape(table, (-1,))
            indices_in_range_ = indices_in_range(ids, table)
            failed = ok_all((indices_in_range_,))
            seen_before = owned(seen)
            other_before = owned(other)
            new_kept = owned(table)
            (table, other, sums, seen_before, other_before,) = barrier((table, other, sums, seen_before, other_before,))
            ids_order = order_rows(ids)
            new_table = update_rows(table, ids_order, rows, 'add', equal(failed, none_failed))
            new_table = update_rows(table if new_table is None else new_table, ids_order, rows, 'update', equal(failed, none_failed))
            new_other = update_rows(other, ids_order, sums, 'sub', equal(failed, none_failed))
            return (seen_before, other_before,), (new_table, new_other, new_kept,), failed
        """,
    )
    assert [v.name for v in p.rows] == ["table", "other"] and [v.name for v in p.copied] == ["kept"]
    assert [op.name for op in p.guards] == ["ScatterAdd"]


def test_rows_are_updated_last_in_a_step_that_runs_as_it_is():
    table, other = tf.Variable(tf.zeros([4, 2]), name="table"), tf.Variable(tf.zeros([4]), name="other")
    kept, ids = tf.Variable(tf.zeros([4, 2]), name="kept"), tf.placeholder(tf.int32, [3], name="ids")
    rows = tf.placeholder(tf.float32, [3, 2], name="rows")
    updates = [
        tf.scatter_add(table, ids, rows),
        tf.scatter_sub(other, ids, tf.reduce_sum(rows, 1, name="sums")),
        tf.scatter_update(table, ids, rows),
    ]
    fetches = [*(u.op for u in updates), tf.assign(kept, table).op, tf.reshape(table, [-1], name="seen"), other.value()]
    p = build(fetches, [ids, rows], replace(PLAIN, update_rows=None), native=False)
    assert_source(
        p,
        """
        def step(ids, rows, table, other):
            sums = row_sums(rows)
            seen = table.reshape((8,))
            indices_in_range_ = indices_in_range(ids, table)
            failed = ok_all((indices_in_range_,))
            stop_if(failed)
            seen_before = owned(seen)
            other_before = owned(other)
            new_kept = owned(table)
            new_table = update_rows(table, ids, rows, 'add', None)
            new_table = update_rows(table if new_table is None else new_table, ids, rows, 'update', None)
            new_other = update_rows(other, ids, sums, 'sub', None)
            return (seen_before, other_before,), (new_table, new_other, new_kept,), failed
        """,
    )
    assert [v.name for v in p.rows] == ["table", "other"] and [v.name for v in p.copied] == ["kept"]
    assert [op.name for op in p.guards] == ["ScatterAdd"]


def test_what_may_look_into_a_table_has_memory_of_its_own_when_it_changes():
    """Views, what a branch or loop answers and what was assigned; not what a kernel made memory for."""
    table, q = tf.Variable(tf.zeros([2, 2]), name="table"), tf.placeholder(tf.bool, [], name="q")
    other, third = tf.Variable(tf.zeros([2, 2]), name="other"), tf.Variable(tf.zeros([4]), name="third")
    update = tf.scatter_add(table, [0], [[1.0, 1.0]])
    turned = tf.transpose(table, name="turned")
    views = [
        turned,
        tf.reshape(turned, [4], name="flat"),
        tf.cond(q, lambda: table.value(), lambda: turned * 2.0, name="chosen"),
        tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a), [0, turned], name="loop")[1],
        tf.assign(other, table, name="assigned"),
        tf.assign(third, tf.reshape(turned, [4]), name="reshaped"),
    ]
    made = [tf.exp(table, name="e"), turned + 1.0, tf.reshape(tf.sin(table), [4])]
    for backend in (PLAIN, WHOLE):
        for fetch in (*views, *made):
            source = build([update.op, fetch], [q], backend, native=False).source
            assert source.count(" = owned(") == (fetch in views) + (fetch.op.type == "Assign"), source


def test_looking_for_shared_memory_is_linear():
    """Each value once, over however many ways it is reached."""
    table, q = tf.Variable(tf.zeros([2, 2]), name="table"), tf.placeholder(tf.bool, [], name="q")
    y, other = table.value(), tf.Variable(tf.zeros([2, 2])).value()
    for _ in range(25):
        a, b = tf.transpose(other), tf.reverse(other, [0])
        other = tf.cond(q, lambda a=a: a, lambda b=b: tf.identity(b))
    p = build([tf.scatter_add(table, [0], [[1.0, 1.0]]).op, other, y], [q], PLAIN, native=False)
    assert p.source.count(" = owned(") == 1


def test_rows_whose_new_table_is_taken_are_not_updated_in_place():
    table, ids = tf.Variable(tf.zeros([4, 2]), name="table"), tf.placeholder(tf.int32, [3], name="ids")
    first = tf.scatter_add(table, ids, tf.ones([3, 2]), name="first")
    with tf.control_dependencies([first]):
        second = tf.scatter_sub(table, ids, tf.ones([3, 2]), name="second")
    p = build([second * 2.0], [ids], WHOLE, native=False)
    assert_source(
        p,
        """
        def step(ids, table):
            ones_1 = identity(ones_value)
            new_table = scatter_rows(table, ids, ones_value, how='add')
            new_table_1 = scatter_rows(new_table, ids, ones_1, how='sub')
            mul_1 = mul(new_table_1, const_3)
            indices_in_range_ = indices_in_range(ids, table)
            failed = ok_all((indices_in_range_,))
            return (mul_1,), (new_table_1,), failed
        """,
    )
    assert p.rows == [] and p.copied == set()


def test_a_loop_whose_condition_may_fail_asks_before_every_iteration():
    n, x = tf.placeholder(tf.int32, [], name="n"), tf.placeholder(tf.float32, [], name="x")
    v = tf.Variable(0.0, name="v")

    def test(i: Any, a: Any) -> Any:
        return tf.logical_and(i < n, tf.check_numerics(a, "test", name="tested") < 100.0, name="both")

    def body(i: Any, a: Any) -> Any:
        with tf.control_dependencies([tf.assign_add(v, a)]):
            return tf.add(i, 1, name="next"), tf.check_numerics(
                tf.multiply(a, x, name="product"), "body", name="checked"
            )

    last = tf.while_loop(test, body, [0, x], name="loop")[1]
    p = build([last], [n, x], WHOLE, native=False)
    assert_source(
        p,
        """
        def step(n, x, v):
            def loop_ask(loop_i, loop_a, v_now, held, held_1):
                loop_Less = less(loop_i, n)
                loop_tested = check_numerics(loop_a, message='test')
                loop_Less_1 = less(loop_tested, loop_Const_1)
                loop_both = logical_and(loop_Less, loop_Less_1)
                all_finite_ = all_finite(loop_a)
                return (loop_both, all_finite_,)
            def loop_cond(going, loop_i, loop_a, v_now, held, held_1):
                return going
            def loop_body(going, loop_i, loop_a, v_now, held, held_1):
                loop_next = add(loop_i, loop_Const_2)
                loop_product = mul(loop_a, x)
                loop_checked = check_numerics(loop_product, message='body')
                new_v = add(v_now, loop_a)
                all_finite__1 = all_finite(loop_product)
                holds = logical_and(held, yes)
                holds_1 = logical_and(held_1, all_finite__1)
                (going, held_2,) = loop_ask(loop_next, loop_checked, new_v, holds, holds_1)
                goes_on = logical_and(holds, held_2)
                goes_on_1 = logical_and(going, goes_on)
                goes_on_2 = logical_and(goes_on_1, holds_1)
                return (goes_on_2, loop_next, loop_checked, new_v, goes_on, holds_1,)
            (going_1, held_3,) = loop_ask(loop_Const, x, v, yes, yes)
            goes_on_3 = logical_and(going_1, held_3)
            (_, loop_i_1, loop_a_1, new_v_1, loop_5, loop_6,) = while_loop(loop_cond, loop_body, (goes_on_3, loop_Const, x, v, held_3, yes,))
            failed = ok_all((loop_5, loop_6,))
            return (loop_a_1,), (new_v_1,), failed
        """,
    )
    assert [op.name for op in p.guards] == ["loop/tested", "loop/checked"] and [v.name for v in p.copied] == ["v"]


def test_a_loop_whose_body_may_fail_ends_where_it_does():
    n, x = tf.placeholder(tf.int32, [], name="n"), tf.placeholder(tf.float32, [], name="x")
    last = tf.while_loop(
        lambda i, a: tf.less(i, n, name="less"),
        lambda i, a: (
            tf.add(i, 1, name="next"),
            tf.check_numerics(tf.multiply(a, x, name="product"), "bad", name="checked"),
        ),
        [0, x],
        name="loop",
    )[1]
    p = build([last], [n, x], PLAIN, native=False)
    assert_source(
        p,
        """
        def step(n, x):
            def loop_cond(loop_i, loop_a, held):
                loop_less = less(loop_i, n)
                goes_on = logical_and(loop_less, held)
                return goes_on
            def loop_body(loop_i, loop_a, held):
                loop_next = add(loop_i, loop_Const_1)
                loop_product = mul(loop_a, x)
                loop_checked = check_numerics(loop_product, message='bad')
                all_finite_ = all_finite(loop_product)
                holds = logical_and(held, all_finite_)
                return (loop_next, loop_checked, holds,)
            (loop_i_1, loop_a_1, loop_5,) = while_loop(loop_cond, loop_body, (loop_Const, x, yes,))
            failed = ok_all((loop_5,))
            stop_if(failed)
            return (loop_a_1,), (), failed
        """,
    )


def test_the_gradient_of_a_loop_takes_its_states_in_reverse():
    n, x = tf.placeholder(tf.int32, [], name="n"), tf.placeholder(tf.float32, [], name="x")
    last = tf.while_loop(
        lambda i, a: tf.less(i, n, name="less"),
        lambda i, a: (
            tf.add(i, 1, name="next"),
            tf.check_numerics(tf.multiply(a, x, name="product"), "bad", name="checked"),
        ),
        [0, x],
        name="loop",
    )[1]
    p = build(tf.gradients(last, x, name="slope"), [n, x], WHOLE, native=False)
    assert_source(
        p,
        """
        def step(n, x):
            def loop_cond(loop_i, loop_a, held):
                loop_less = less(loop_i, n)
                goes_on = logical_and(loop_less, held)
                return goes_on
            def loop_body(loop_i, loop_a, held):
                loop_next = add(loop_i, loop_Const_1)
                loop_product = mul(loop_a, x)
                loop_checked = check_numerics(loop_product, message='bad')
                all_finite_ = all_finite(loop_product)
                holds = logical_and(held, all_finite_)
                return (loop_next, loop_checked, holds,)
            (loop_i_1, loop_a_1, loop_5,), loop_2, (loop_3, loop_4,) = recorded_while(loop_cond, loop_body, (loop_Const, x, yes,), (0, 1,))
            ones_like_ = ones_like(loop_a_1)
            zeros_like_ = zeros_like(x)
            def loop_grad_body(gradient, gradient_1, slice_1, slice_2):
                identity_ = identity(x)
                mul_ = mul(gradient, identity_)
                sum_to_like_ = sum_to_like(mul_, slice_2)
                mul__1 = mul(gradient, slice_2)
                sum_to_like__1 = sum_to_like(mul__1, identity_)
                add_ = add(gradient_1, sum_to_like__1)
                return (sum_to_like_, add_,), ()
            (loop_grad__Gradient, loop_grad__Gradient_1,), () = scan(loop_grad_body, (ones_like_, zeros_like_,), (loop_3, loop_4,), ints(loop_2), (), reverse=True)
            add__1 = add(loop_grad__Gradient, loop_grad__Gradient_1)
            failed = ok_all((loop_5,))
            return (add__1,), (), failed
        """,
    )
    assert p.dynamic == "the gradient of loop, a loop of unknown length, needs the state before every iteration"


def test_what_a_loop_records_is_its_variables():
    """Not the answer of a condition that may fail, which goes around with them; all of them, where one is taken."""
    n, x = tf.placeholder(tf.int32, [], name="n"), tf.placeholder(tf.float32, [], name="x")
    last = tf.while_loop(
        lambda i, a: i < tf.cast(tf.check_numerics(a, "bad"), tf.int32), lambda i, a: (i + 1, a * x), [n, x]
    )[1]
    source = build(tf.gradients(last, x), [n, x], WHOLE, native=False).source
    assert "(1, 2,))\n" in source and "recorded_while(" in source
    e, w = tf.placeholder(tf.float32, [3], name="e"), tf.Variable(2.0, name="w")
    totals, _ = tf.scan(
        lambda c, row: (c[0] * w + row, c[1] + 1.0), e, (tf.constant(1.0), tf.constant(0.0)), name="scan"
    )
    source = build(tf.gradients(totals, w), [e], WHOLE, native=False).source
    scan = next(line for line in source.splitlines() if "= scan(scan_body" in line)
    assert scan.count("empty_scan") == 4, source


def test_branches_answer_what_they_assign_and_check():
    """Each answers for what only the other assigns or checks, too."""
    q, x = tf.placeholder(tf.bool, [], name="q"), tf.placeholder(tf.float32, [2], name="x")
    v = tf.Variable([0.0, 0.0], name="v")

    def yes() -> Any:
        with tf.control_dependencies([tf.assign(v, x)]):
            return tf.check_numerics(x, "yes", name="yes")

    y = tf.cond(q, yes, lambda: tf.check_numerics(tf.negative(x, name="less"), "no", name="no"), name="choice")
    p = build([y, v.value()], [q, x], WHOLE, native=False)
    assert_source(
        p,
        """
        def step(q, x, v):
            def choice_true():
                choice_yes = check_numerics(x, message='yes')
                all_finite_ = all_finite(x)
                return (choice_yes, x, all_finite_, yes,)
            def choice_false():
                choice_less = negative(x)
                choice_no = check_numerics(choice_less, message='no')
                all_finite__1 = all_finite(choice_less)
                return (choice_no, v, yes, all_finite__1,)
            (choice, new_v, choice_1, choice_2,) = cond(q, choice_true, choice_false)
            failed = ok_all((choice_1, choice_2,))
            return (choice, v,), (new_v,), failed
        """,
    )
    assert [op.name for op in p.guards] == ["choice/yes", "choice/no"] and [v.name for v in p.copied] == ["v"]


def test_a_scan_carries_what_it_assigns_and_checks():
    e, w = tf.placeholder(tf.float32, [3, 2], name="e"), tf.Variable([1.0, 2.0], name="w")
    v = tf.Variable([0.0, 0.0], name="v")

    def step(total: Any, row: Any) -> Any:
        with tf.control_dependencies([tf.assign_add(v, row)]):
            return tf.check_numerics(tf.add(total * w, row, name="sum"), "odd", name="checked")

    y = tf.scan(step, e, tf.zeros([2], name="start"), name="scan", reverse=True)
    p = build([y], [e], WHOLE, native=False)
    assert_source(
        p,
        """
        def step(e, w, v):
            def scan_body(scan_Accumulator, v_now, held, scan_Elem):
                scan_mul = mul(scan_Accumulator, w)
                scan_sum = add(scan_mul, scan_Elem)
                scan_checked = check_numerics(scan_sum, message='odd')
                new_v = add(v_now, scan_Elem)
                all_finite_ = all_finite(scan_sum)
                holds = logical_and(held, all_finite_)
                return (scan_checked, new_v, holds,), (scan_checked,)
            (scan_Accumulator_1, new_v_1, scan_3,), (scan_1,) = scan(scan_body, (start, v, yes,), (e,), 3, (empty_scan,), reverse=True)
            failed = ok_all((scan_3,))
            return (scan_1,), (new_v_1,), failed
        """,
    )
    assert p.dynamic == "" and [v.name for v in p.copied] == ["v"]
    assert {n: a.shape for n, a in p.constants.items() if n.startswith("empty")} == {"empty_scan": (0, 2)}


def test_a_scan_saves_what_its_gradient_takes():
    e, w = tf.placeholder(tf.float32, [3, 2], name="e"), tf.Variable([1.0, 2.0], name="w")
    y = tf.scan(lambda total, row: tf.add(total * w, row, name="sum"), e, tf.zeros([2], name="start"), name="scan")
    p = build([y, *tf.gradients(y, w, name="slope")], [e], WHOLE, native=False)
    assert_source(
        p,
        """
        def step(e, w):
            def scan_body(scan_Accumulator, scan_Elem):
                scan_mul = mul(scan_Accumulator, w)
                scan_sum = add(scan_mul, scan_Elem)
                return (scan_sum,), (scan_sum, scan_Accumulator,)
            (scan_Accumulator_1,), (scan_1, scan_2,) = scan(scan_body, (start,), (e,), 3, (empty_scan, empty_scan_1,))
            zeros_like_ = zeros_like(scan_Accumulator_1)
            zeros_like__1 = zeros_like(w)
            ones_like_ = ones_like(scan_1)
            def scan_grad_body(gradient, gradient_1, slice_1, slice_2, slice_3):
                add_ = add(gradient, slice_3)
                identity_ = identity(w)
                scan_mul_1 = mul(slice_1, identity_)
                sum_to_like_ = sum_to_like(add_, scan_mul_1)
                mul_ = mul(sum_to_like_, identity_)
                sum_to_like__1 = sum_to_like(mul_, slice_1)
                mul__1 = mul(sum_to_like_, slice_1)
                sum_to_like__2 = sum_to_like(mul__1, identity_)
                add__1 = add(gradient_1, sum_to_like__2)
                return (sum_to_like__1, add__1,), ()
            (scan_grad__Gradient, scan_grad__Gradient_1,), () = scan(scan_grad_body, (zeros_like_, zeros_like__1,), (scan_2, e, ones_like_,), 3, (), reverse=True)
            return (scan_1, scan_grad__Gradient_1,), (), 0
        """,
    )


def test_constants_are_given_once_and_what_they_make_is_computed_once():
    """Small ones that hold the same have one name."""
    x = tf.placeholder(tf.float32, [1024], name="x")
    same = [tf.constant(np.arange(1024, dtype=np.float32), name=f"same_{i}") for i in range(2)]
    large = [tf.constant(np.arange(1025, dtype=np.float32), name=f"large_{i}") for i in range(2)]
    other = tf.constant(np.arange(1024, dtype=np.int32), name="other")
    p = build([x * same[0], x * same[1], large[0], large[1], same[0] + same[1], other], [x], PLAIN, native=False)
    assert_source(
        p,
        """
        add_1 = np.add(same_0, same_0)

        def step(x):
            mul_1 = np.multiply(x, same_0)
            mul_1_1 = np.multiply(x, same_0)
            return (mul_1, mul_1_1, large_0, large_1, add_1, other,), (), 0
        """,
    )
    assert [(n, a.dtype.name, len(a)) for n, a in p.constants.items()] == [
        ("same_0", "float32", 1024),
        ("large_0", "float32", 1025),
        ("large_1", "float32", 1025),
        ("other", "int32", 1024),
    ]


def test_a_step_that_runs_as_it_is_writes_over_what_is_dead():
    """Not so inside of a branch, whose values may be anyone's."""
    x, q = tf.placeholder(tf.float32, [2], name="x"), tf.placeholder(tf.bool, [], name="q")
    v, w = tf.Variable([0.0, 0.0], name="v"), tf.Variable([0.0, 0.0], name="w")
    chosen = tf.cond(q, lambda: tf.assign_add(w, tf.tanh(x, name="t")), lambda: x, name="chosen")
    p = build([tf.assign_add(v, tf.exp(x, name="e")).op, chosen], [x, q], PLAIN, native=False)
    assert_source(
        p,
        """
        def step(x, q, v, w):
            e = np.exp(x)
            new_v = np.add(v, e, out=e)
            def chosen_true():
                chosen_t = tanh(x)
                new_w = add(w, chosen_t)
                return (new_w, new_w,)
            def chosen_false():
                return (x, w,)
            (chosen, new_w_1,) = cond(q, chosen_true, chosen_false)
            return (chosen,), (new_v, new_w_1,), 0
        """,
    )
    assert [v.name for v in p.copied] == ["w"]


def test_what_is_made_of_constants_is_computed_once():
    """And stays with the program: a variable that takes it has a copy."""
    c, x, v = tf.constant([1.0, 2.0], name="c"), tf.placeholder(tf.float32, [2], name="x"), tf.Variable([0.0, 0.0])
    once = tf.sin(tf.exp(c, name="e"), name="s")
    p = build([tf.multiply(once, x, name="y"), tf.assign(v, once).op], [x], PLAIN, native=False)
    assert_source(
        p,
        """
        e = np.exp(c)
        s = np.sin(e)

        def step(x):
            y = np.multiply(s, x)
            return (y,), (s,), 0
        """,
    )
    assert p.copied == {v.op}
    fed = build([once], [c], PLAIN, native=False)
    assert fed.source.startswith("def step(c):") and list(p.constants) == ["c"] and not fed.constants


def test_a_read_is_its_variable_unless_something_is_assigned_before():
    v = tf.Variable([1.0, 2.0], name="v")
    early = v.read_value()
    with tf.control_dependencies([tf.assign_add(v, [1.0, 1.0])]):
        late = tf.multiply(v.read_value(), 2.0, name="late")
    for backend in (PLAIN, WHOLE):
        p = build([early], [], backend, native=False)
        assert p.source == "def step(v):\n    return (v,), (), 0\n" and p.variables == [v.op] and p.assigned == []
        p = build([early, late], [], backend, native=False)
        assert p.source.endswith("    return (v, late,), (new_v,), 0\n") and p.assigned == [v.op]


def test_what_nobody_else_holds_is_handed_over():
    """Where the step runs as it is written, a value made for one fetch alone is the caller's without a copy."""
    x, v = tf.placeholder(tf.float32, [2, 2], name="x"), tf.Variable([0.0, 0.0], name="v")
    own, kept, used = tf.exp(x), tf.assign(v, x[0] * 2.0), tf.sin(x)
    fetches = [own, kept, used, tf.transpose(used), x, tf.constant(1.0)]
    assert build(fetches, [x], PLAIN, native=False).unshared == {own}
    assert build(fetches, [x], COMPILED, native=False).unshared == frozenset()


def test_the_route_of_a_gradient_by_one_of_several():
    """A framework can take it where no other gradient of the same call leads there."""
    x = tf.placeholder(tf.float32, [], name="x")
    h = x * x
    first, second = tf.gradients(tf.sin(h), [h, x])
    assert build(tf.gradients(second * second, second), [x], NATIVE, native=True).route == "native"
    assert build(tf.gradients(second * first, second), [x], NATIVE, native=True).route == "rules"


def test_the_route_where_an_assignment_lies_behind_what_is_fed():
    """What is fed needs nothing behind it, so that the rules, which take less, are asked."""
    x, w = tf.placeholder(tf.float32, [2], name="x"), tf.constant([1.0, 2.0])
    v = tf.Variable([0.0, 0.0])
    with tf.control_dependencies([tf.assign_add(v, w)]):
        after = v.read_value()
    fed = after * 2.0
    (untaken,) = tf.gradients(x * 3.0 + after, x, grad_ys=w)
    assert build([untaken], [x], NATIVE, native=True).route == "rules"
    assert build([untaken, fed + 1.0], [x, fed], NATIVE, native=True).route == "rules"
    assert build([untaken, after], [x], NATIVE, native=True).route == "native"
    assert build([untaken, fed + 1.0], [x], NATIVE, native=True).route == "native"


def test_the_route_where_a_draw_lies_behind_what_is_not_taken():
    x, w = tf.placeholder(tf.float32, [2], name="x"), tf.constant([1.0, 2.0])
    drawn = tf.random_uniform([2])
    (untaken,) = tf.gradients(x * 3.0 + drawn, x, grad_ys=w)
    assert build([untaken], [x], NATIVE, native=True).route == "rules"
    assert build([untaken, drawn], [x], NATIVE, native=True).route == "native"


def test_what_only_lends_its_shape_is_not_computed():
    """Neither in the gradient of what was broadcast nor where it is asked for twice; but what counts itself is."""
    h, b = tf.exp(tf.placeholder(tf.float32, [2, 3], name="x"), name="h"), tf.Variable([1.0, 2.0, 3.0], name="b")
    k, w = tf.sin(b, name="k"), tf.constant(np.ones([2, 3], np.float32), name="w")
    by_k, by_h = tf.gradients(h + k, [k, h], grad_ys=w)
    x = h.op.inputs[0]
    p = build([by_k, by_h], [x], PLAIN, native=False)
    assert "exp" not in p.source and "sin" not in p.source and p.variables == [b.op]
    p = build([by_k, k], [x], PLAIN, native=False)
    assert "exp" not in p.source and p.source.count("np.sin(") == 1 and p.variables == [b.op]


def test_what_a_scan_stacks_when_there_is_nothing():
    """Sizes that are not known are none."""
    x, rows = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.float32, [3, None, 2], name="rows")
    y = tf.map_fn(lambda row: row * 2.0, rows, name="map")
    z = tf.map_fn(lambda row: tf.cast(tf.reshape(x, tf.shape(row)), tf.int32), rows, dtype=tf.int32, name="other")
    z.set_shape(None)
    p = build([y, z], [x, rows], WHOLE, native=False)
    empty = {n: (a.shape, a.dtype.name) for n, a in p.constants.items() if n.startswith("empty")}
    assert empty == {"empty_map": ((0, 0, 2), "float32"), "empty_other": ((0, 0, 2), "int32")}


# Why a step is not compiled -----------------------------------------------------------------------------------------------


def looped(n: Any, x: Any) -> Any:
    return tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, a * x), [0, x], name="loop")[1]


def why_not(fetch: Any, feeds: Any, backend: Any = WHOLE, native: bool = False) -> str:
    return build([fetch], feeds, backend, native=native).dynamic


def test_a_loop_that_a_framework_cannot_differentiate_is_not_compiled():
    n, x = tf.placeholder(tf.int32, [], name="n"), tf.placeholder(tf.float32, [], name="x")
    y = looped(n, x)
    (slope,) = tf.gradients(y, x)
    lacking = replace(NATIVE, lacks={"while_loop_vjp": "it cannot"})
    assert why_not(slope, [n, x], lacking, native=True) == (
        "the framework cannot differentiate loop, a loop of unknown length, inside a compiled step"
    )
    assert why_not(slope, [n, x], NATIVE, native=True) == why_not(y, [n, x], lacking, native=True) == ""
    assert why_not(slope, [n, x], replace(lacking, compile=None), native=True) == ""
    assert why_not(slope, [n, x]) == (
        "the gradient of loop, a loop of unknown length, needs the state before every iteration"
    )
    assert why_not(y, [n, x]) == ""


def test_a_construct_that_a_backend_has_no_verb_for_is_not_compiled():
    n, x, q = (tf.placeholder(d, []) for d in (tf.int32, tf.float32, tf.bool))
    made = {
        "cond": (tf.cond(q, lambda: x, lambda: -x), "Cond"),
        "while_loop": (looped(n, x), "While"),
        "scan": (tf.map_fn(lambda e: e * x, tf.ones([3])), "Scan"),
    }
    for verb in made:
        lacking = replace(WHOLE, **{verb: None})
        for name, (y, kind) in made.items():
            told = f"the backend has no {kind} for compiled steps" if name == verb else ""
            assert why_not(y, [n, x, q], lacking) == told
        assert why_not(made[verb][0], [n, x, q], replace(PLAIN, **{verb: None})) == ""


def test_what_differs_in_shape_or_holds_the_host_is_not_compiled():
    n, x, q = (tf.placeholder(d, s) for d, s in ((tf.int32, []), (tf.float32, [None]), (tf.bool, [])))
    grown = tf.while_loop(
        lambda i, a: i < n,
        lambda i, a: (i + 1, tf.concat([a, a], 0)),
        [0, x],
        [tf.TensorShape([]), tf.TensorShape([None])],
        name="grown",
    )[1]
    chosen = tf.cond(q, lambda: x, lambda: tf.concat([x, x], 0), name="chosen")
    printed = tf.cond(q, lambda: tf.Print(x, [x]), lambda: x * 2.0, name="printed")
    assert why_not(grown, [n, x, q]) == "the iterations of grown differ in shape"
    assert why_not(chosen, [n, x, q]) == "the branches of chosen differ in shape"
    assert why_not(printed, [n, x, q]) == "operations of the host lie inside of printed"
    assert why_not(printed + grown, [n, x, q]) == "operations of the host lie inside of printed", "the first reason"


def test_a_shape_that_is_computed_is_not_compiled():
    n, x = tf.placeholder(tf.int32, []), tf.placeholder(tf.float32, [None])
    told = "a shape depends on computed values"
    assert why_not(tf.fill([n * 2], 1.0), [n]) == why_not(tf.boolean_mask(x, x > 0.0), [x]) == told
    assert why_not(tf.map_fn(lambda e: e, x), [x]) == why_not(tf.reshape(x, [n, -1]), [n, x]) == told
    assert why_not(tf.reshape(x, [-1, 2]), [x]) == why_not(tf.fill([2], 1.0) * x, [x]) == ""
    assert "fill(ints(" in build([tf.fill([n * 2], 1.0)], [n], WHOLE, native=False).source
