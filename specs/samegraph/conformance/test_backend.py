"""The verbs of a backend, asked directly: how values come and go, its own gradients, row updates, loops in compiled steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, nullcontext
from typing import Any

import numpy as np
import pytest

from samegraph.backend import Backend, load
from samegraph.types import numpy_dtype

ROWS = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]], np.float32)


@pytest.fixture(autouse=True)
def inside(backend: Backend, device: str) -> Iterator[None]:
    """Kernels and verbs are called inside the backend's scope, as in a step."""
    with backend.scope(device) if backend.scope is not None else nullcontext():
        yield


def given(backend: Backend, value: Any, dtype: str = "float32") -> Any:
    return backend.to_device(np.array(value, numpy_dtype(dtype)), backend.devices()[0])


def shown(backend: Backend, values: Any) -> list[Any]:
    return [backend.to_numpy(v).tolist() for v in values]


def test_devices(backend: Backend) -> None:
    """The CPU is always there, and first; no name is told twice."""
    devices = load(backend.name).devices()
    assert devices[0] == "cpu" and len(set(devices)) == len(devices)
    assert "gpu:0" not in devices and "cpu:0" not in devices, "the first of a kind has no number"


LAYOUTS = {
    "in order": lambda a: a,
    "transposed": lambda a: a.T,
    "backwards": lambda a: a[::-1],
    "with gaps": lambda a: a[:, ::2],
    "0-d": lambda a: a[1, 1],
    "empty": lambda a: a[:0],
}


@pytest.mark.parametrize("layout", list(LAYOUTS))
@pytest.mark.parametrize("writeable", [True, False])
def test_there_and_back(backend: Backend, layout: str, writeable: bool) -> None:
    """In every dtype an array comes back as it went, whatever its layout, in memory of its own, in C order, to be written to."""
    for dtype in sorted(backend.dtypes):
        array = np.asarray(LAYOUTS[layout](np.array([[0, 1, 2], [3, 1, 5]]).astype(numpy_dtype(dtype))))
        array.setflags(write=writeable)
        wide = backend.wide is not None and dtype in ("float64", "int64", "uint64")
        with backend.wide(backend.devices()[0]) if wide and backend.wide is not None else nullcontext():
            held = backend.to_device(array, backend.devices()[0])
            back = backend.to_numpy(held)
        assert isinstance(back, np.ndarray) and back.dtype == array.dtype and back.shape == array.shape, dtype
        np.testing.assert_array_equal(back, array, err_msg=dtype)
        assert back.flags.c_contiguous and back.flags.writeable and not np.shares_memory(back, array), dtype
        if back.size:
            back.fill(9)
            np.testing.assert_array_equal(backend.to_numpy(held), array, err_msg=f"{dtype}: to_numpy gave a view")


@pytest.mark.samegraph_has("to_step")
def test_to_step(backend: Backend) -> None:
    """What goes into a compiled step is a copy."""
    assert backend.to_step is not None
    array = ROWS.copy()
    held = backend.to_step(array, backend.devices()[0])
    array.fill(9)
    np.testing.assert_array_equal(np.asarray(held), ROWS)


@pytest.mark.parametrize("rows", [False, True])
@pytest.mark.parametrize("native", [False, True])
def test_make_state(backend: Backend, rows: bool, native: bool) -> None:
    """A variable's value shares no memory with what it was made of."""
    array = ROWS.copy()
    state = backend.make_state(given(backend, array) if native else array, backend.devices()[0], rows)
    np.testing.assert_array_equal(backend.to_numpy(state), ROWS)
    if not native:
        array.fill(9)
    other = backend.make_state(state, backend.devices()[0], rows) if native and not rows else None
    if backend.update_rows is not None and rows:
        source = given(backend, ROWS)
        state = backend.make_state(source, backend.devices()[0], True)
        backend.update_rows(state, given(backend, [0], "int32"), given(backend, [[7.0, 7.0]]), "update", None)
        np.testing.assert_array_equal(backend.to_numpy(source), ROWS)
    elif other is not None:
        np.testing.assert_array_equal(backend.to_numpy(other), ROWS)
    else:
        np.testing.assert_array_equal(backend.to_numpy(state), ROWS)


ADDED = [[10.0, 20.0], [30.0, 40.0]]


@pytest.mark.samegraph_has("update_rows")
@pytest.mark.parametrize(
    ("how", "want"),
    [
        ("add", [[30, 41], [2, 3], [14, 25]]),
        ("sub", [[-30, -39], [2, 3], [-6, -15]]),
        ("update", [[30, 40], [2, 3], [10, 20]]),
    ],
)
@pytest.mark.parametrize("ids", [[2, 0], [[2, 0]], [[2], [0]]])
@pytest.mark.parametrize("ok", [None, True, False])
def test_update_rows(backend: Backend, how: str, want: Any, ids: Any, ok: bool | None) -> None:
    """Rows are added, taken away or put, whatever the rank of the ids; none where `ok` is False, if the backend compiles."""
    if ok is not None and backend.compile is None:
        ok = None  # a step that is not compiled stops before the update
    assert backend.update_rows is not None
    table = backend.make_state(ROWS, backend.devices()[0], True)
    indices = given(backend, ids, "int32")
    updates = given(backend, np.array(ADDED).reshape(*np.shape(ids), 2))
    new = backend.update_rows(table, indices, updates, how, None if ok is None else given(backend, ok, "bool"))
    got = backend.to_numpy(table if new is None else new)
    np.testing.assert_array_equal(got, ROWS if ok is False else np.array(want, np.float32))


@pytest.mark.samegraph_has("update_rows")
def test_update_of_repeated_rows(backend: Backend) -> None:
    assert backend.update_rows is not None
    for how, want in (("add", [5.0, 7.0]), ("sub", [-1.0, -1.0])):
        table = backend.make_state(ROWS, backend.devices()[0], True)
        ids, updates = given(backend, [1, 1], "int32"), given(backend, [[1.0, 1.0], [2.0, 3.0]])
        new = backend.update_rows(table, ids, updates, how, None)
        assert backend.to_numpy(table if new is None else new)[1].tolist() == want


# Gradients ---------------------------------------------------------------------------------------------------------------


@pytest.mark.samegraph_has("value_and_vjp")
def test_value_and_vjp(backend: Backend) -> None:
    """(ys, aux) and the gradients of sum(ys * grad_ys), of sum(ys) without grad_ys; zeros where nothing flows."""
    k, vjp = backend.kernels, backend.value_and_vjp
    assert vjp is not None
    x, y, z = (given(backend, v) for v in ([1.0, 2.0], [3.0, 4.0], [5.0, 6.0]))

    def fn(a: Any, b: Any, c: Any) -> Any:
        return (k["mul"](a, b), k["square"](a)), (k["negative"](a),)

    (ys, aux), grads = vjp(fn, (x, y, z), None)
    assert shown(backend, ys) == [[3, 8], [1, 4]] and shown(backend, aux) == [[-1, -2]]
    assert shown(backend, grads) == [[3 + 2, 4 + 4], [1, 2], [0, 0]]
    (ys, aux), grads = vjp(fn, (x, y, z), (given(backend, [1.0, 10.0]), given(backend, [0.5, 100.0])))
    assert shown(backend, ys) == [[3, 8], [1, 4]] and shown(backend, aux) == [[-1, -2]]
    assert shown(backend, grads) == [[3 + 1, 40 + 400], [1, 20], [0, 0]]


@pytest.mark.samegraph_has("value_and_vjp")
def test_value_and_vjp_where_nothing_flows(backend: Backend) -> None:
    k, vjp = backend.kernels, backend.value_and_vjp
    assert vjp is not None
    x = given(backend, [1.0, 2.0])
    (ys, _), grads = vjp(lambda a: ((k["stop_gradient"](a),), ()), (x,), None)
    assert shown(backend, ys) == [[1, 2]] and shown(backend, grads) == [[0, 0]]


@pytest.mark.samegraph_has("value_and_vjp")
def test_value_and_vjp_nests(backend: Backend) -> None:
    """The gradient of a gradient, and of a gradient times what it was given."""
    k, vjp = backend.kernels, backend.value_and_vjp
    assert vjp is not None
    x, w = given(backend, [1.0, 2.0]), given(backend, [10.0, 20.0])

    def slope(a: Any, b: Any) -> Any:
        (ys, _), (grad,) = vjp(lambda c: ((k["mul"](k["square"](c), c),), ()), (a,), (b,))
        return (grad,), ys

    (ys, aux), grads = vjp(slope, (x, w), None)
    assert shown(backend, ys) == [[30, 240]] and shown(backend, aux) == [[1, 8]]
    assert shown(backend, grads) == [[60, 240], [3, 12]]


# Compiled steps ----------------------------------------------------------------------------------------------------------


@pytest.mark.samegraph_has("compile")
def test_compile(backend: Backend) -> None:
    """A compiled step answers what it answers uncompiled, again and on other shapes."""
    assert backend.compile is not None
    k = backend.kernels
    step = backend.compile(lambda a, b: ((k["add"](k["mul"](a, a), b),), (), 0), (1,))
    for n in (2, 2, 3):
        a, b = np.arange(n, dtype=np.float32), np.ones(n, np.float32)
        out = step(given(backend, a), backend.make_state(b, backend.devices()[0], False))[0]
        assert shown(backend, out) == [(a * a + b).tolist()]


@pytest.mark.samegraph_has("ok_all")
def test_ok_all(backend: Backend) -> None:
    """0, or 1 + the index of the first False flag."""
    assert backend.ok_all is not None
    for flags, want in (
        ([True], 0),
        ([False], 1),
        ([True, True, True], 0),
        ([True, False, True], 2),
        ([True, False, False], 2),
        ([False, True, False], 1),
        ([True, True, False], 3),
    ):
        found = backend.to_numpy(backend.ok_all(tuple(given(backend, f, "bool") for f in flags)))
        assert found.dtype == np.int32 and found.shape == () and int(found) == want, flags


def compiled(backend: Backend, fn: Any, *args: Any) -> list[Any]:
    """What `fn` answers in a compiled step, which also has new values of variables and the number of what failed."""
    assert backend.compile is not None
    return shown(backend, backend.compile(lambda *values: (fn(*values), (), 0), ())(*args)[0])


@pytest.mark.samegraph_has("barrier")
def test_barrier(backend: Backend) -> None:
    barrier = backend.barrier
    assert barrier is not None
    assert compiled(backend, lambda *v: tuple(barrier(v)), given(backend, 1.0), given(backend, [2.0])) == [
        1,
        [2],
    ]


@pytest.mark.samegraph_has("cond")
def test_cond(backend: Backend) -> None:
    k = backend.kernels

    def step(pred: Any, x: Any) -> Any:
        assert backend.cond is not None
        return backend.cond(pred, lambda: (k["negative"](x), x), lambda: (k["square"](x), x))

    for pred, want in ((True, [-3, 3]), (False, [9, 3])):
        assert compiled(backend, step, given(backend, pred, "bool"), given(backend, 3.0)) == want


@pytest.mark.samegraph_has("while_loop")
def test_while_loop(backend: Backend) -> None:
    k = backend.kernels

    def step(n: Any, x: Any) -> Any:
        assert backend.while_loop is not None
        one = k["ones_like"](n)
        return backend.while_loop(
            lambda i, v: k["greater"](i, k["zeros_like"](i)), lambda i, v: (k["sub"](i, one), k["add"](v, v)), (n, x)
        )

    for n, want in ((3, [8, 16]), (0, [1, 2])):
        assert compiled(backend, step, given(backend, n, "int32"), given(backend, [1.0, 2.0])) == [0, want]


@pytest.mark.samegraph_has("scan")
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("length", [0, 1, 3])
def test_scan(backend: Backend, length: int, reverse: bool) -> None:
    """Running sums and products, ys of iteration i at i."""
    k, elems = backend.kernels, np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], np.float32)[:length]

    def step(start: Any, one: Any, rows: Any, empty: Any) -> Any:
        def body(total: Any, product: Any, row: Any) -> Any:
            total, product = k["add"](total, row), k["mul"](product, row)
            return (total, product), (total, k["negative"](row))

        assert backend.scan is not None
        carry, ys = backend.scan(body, (start, one), (rows,), length, (empty, empty), reverse=reverse)
        return (*carry, *ys)

    order = elems[::-1] if reverse else elems
    sums = np.cumsum(order, 0)[::-1] if reverse else np.cumsum(order, 0)
    want = [elems.sum(0).tolist(), elems.prod(0).tolist(), sums.tolist(), (-elems).tolist()]
    args = (given(backend, v) for v in ([0.0, 0.0], [1.0, 1.0], elems, np.zeros((0, 2))))
    assert compiled(backend, step, *args) == want


# Where and how -----------------------------------------------------------------------------------------------------------


def test_what_is_made_of_nothing_lies_on_the_device(backend: Backend) -> None:
    """On every device: a state, a fed array and a constant of the step meet there."""
    k = backend.kernels
    for device in backend.devices():
        with backend.scope(device) if backend.scope is not None else nullcontext():
            made = k["fill"]((2,), backend.to_device(np.float32(3.0).reshape(()), device))
            state = backend.make_state(np.ones(2, np.float32), device, False)
            assert backend.to_numpy(k["add"](made, state)).tolist() == [4, 4]
        if backend.synchronize is not None:
            backend.synchronize(device)


@pytest.mark.samegraph_has("wide")
def test_wide(backend: Backend) -> None:
    """Inside, 64-bit dtypes are kept; it can be entered twice, and nothing of it is left afterwards."""
    assert backend.wide is not None
    k, array = backend.kernels, np.array([1.0, 2.0**-40 + 1.0])
    with ExitStack() as stack:
        stack.enter_context(backend.wide(backend.devices()[0]))
        stack.enter_context(backend.wide(backend.devices()[0]))
        back = backend.to_numpy(
            k["add"](backend.to_device(array, backend.devices()[0]), backend.to_device(array, backend.devices()[0]))
        )
    assert back.dtype == np.float64 and back.tolist() == (2 * array).tolist()


def test_settings_are_taken_back(backend: Backend) -> None:
    """A setting holds inside of its `with` alone: what a kernel answers before and after is of the same dtype."""
    k = backend.kernels
    for enter in backend.settings.values():
        before = backend.to_numpy(k["add"](given(backend, 1.0), given(backend, 2.0)))
        with enter():
            backend.to_numpy(k["add"](given(backend, 1.0), given(backend, 2.0)))
        wide = [backend.to_numpy(backend.to_device(np.array(1.0), backend.devices()[0])).dtype for _ in range(2)]
        after = backend.to_numpy(k["add"](given(backend, 1.0), given(backend, 2.0)))
        assert before.dtype == after.dtype and wide[0] == wide[1]
