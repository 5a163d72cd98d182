"""Every op on the backend: a kernel of its signature; values, types and gradients on all its inputs; its exact points."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import samegraph.tf1 as tf
from samegraph.backend import Backend
from samegraph.conformance.batches import Answers, Batch, Entry, answers, batch_of
from samegraph.conformance.cases import Case, is_shape
from samegraph.conformance.checks import assert_close, counted, each, record
from samegraph.op import Op, shape_tensor
from samegraph.registry import OPS
from samegraph.session import Session
from samegraph.types import FLOATS, TensorType, as_dtype, compatible, numpy_dtype

# A gradient may pass through several kernels, each with roundings of its own; a second one through many more.
GRADIENT_ULPS = 8.0
SECOND_ULPS = 64.0 * GRADIENT_ULPS

LAYOUTS = {
    "column by column": lambda a: np.array(a, order="F"),
    "backwards": lambda a: np.flip(np.array(np.flip(a), order="C")),
    "with gaps": lambda a: np.repeat(a, 2, axis=-1)[..., ::2] if a.ndim else a,
    "read-only": lambda a: _read_only(np.array(a)),
}


def _read_only(array: Any) -> Any:
    array.flags.writeable = False
    return array


def require_kernel(backend: Backend, op: Op[Any, Any]) -> None:
    if op.name in backend.lacks:
        pytest.skip(f"{backend.name} lacks {op.name}: {backend.lacks[op.name]}")


def routes_of(backend: Backend) -> list[str]:
    return ["rules", "native"] if backend.value_and_vjp is not None else ["rules"]


def answer(asked: Answers, found: dict[Entry, Any], e: Entry, part: str) -> list[Any]:
    """The arrays of one part; the exception, if there was one, is raised."""
    if isinstance(found[e], Exception):
        raise found[e]
    assert e not in asked.written, "the backend wrote to a fed array"
    return found[e][part]


def close(e: Entry, part: str, got: list[Any], backend: Backend, device: str, route: str) -> None:
    """All arrays of a part are the reference's within the op's tolerance, in the dtype the graph says."""
    factor, scale = {"values": (1.0, 1.0), "gradients": (GRADIENT_ULPS, 4.0), "seconds": (SECOND_ULPS, 16.0)}[part]
    op, dtype = e.inputs.op, e.inputs.dtype
    allowed = factor * op.tolerance.of(dtype, device)
    for t, g, w in zip(e.fetches[part], got, e.want[part], strict=True):
        assert t is not None
        assert g.dtype == numpy_dtype(t.dtype), f"{t.dtype.name} said, {g.dtype} computed"
        of = None if part == "values" or as_dtype(g.dtype) != dtype else numpy_dtype(dtype)
        ulps = assert_close(g, w, allowed, backend.name, scale * e.inputs.scale, of=of)
        if part != "seconds":
            record(backend.name, op.name, ulps, f"{part} in {dtype}, {route}")


def drawn(asked: Answers, part: str) -> list[Entry]:
    """Drawn and derived entries that were asked for `part`, or could not even be built."""
    usable = [e for e in asked.batch.usable(asked.backend) if not e.is_point]
    return [e for e in usable if e.error is not None or part in asked.parts.get(e, ())]


def plain(batch: Batch, backend: Backend) -> list[Entry]:
    """Drawn entries the backend can be asked, the smallest first."""
    return [e for e in batch.usable(backend) if e.inputs.kind == "drawn"]


def test_kernel_signature(backend: Backend, op: Op[Any, Any]) -> None:
    """The backend has a kernel under the op's name, with the op's parameters and defaults; or it lacks it as it says."""
    if op.name in backend.lacks:
        assert op.name not in backend.kernels, f"{backend.name} says it lacks {op.name}, and has a kernel of that name"
    require_kernel(backend, op)
    assert op.name in backend.kernels, f"backend {backend.name!r} has no kernel {op.name!r}"
    wanted = [(p.name, p.default) for p in op.signature.parameters.values() if p.name != "name"]
    found = [(p.name, p.default) for p in inspect.signature(backend.kernels[op.name]).parameters.values()]
    assert [(n, d) for n, d in found] == [(n, d) for n, d in wanted]
    counted(backend.name)


def test_value_and_type(backend: Backend, op: Op[Any, Any], count: int) -> None:
    """The value is NumPy's in float64 within the op's tolerance; dtype and shape are those the type rule said.

    In every dtype that op and backend have, with known and unknown dims, and on empty and 0-d operands where the op takes them.
    """
    require_kernel(backend, op)
    asked = answers(op, count, backend, "rules")

    def check(e: Entry) -> None:
        got = answer(asked, asked.found, e, "values")
        for t, g in zip(e.case.outputs, got, strict=True):
            assert compatible(t.type.shape, g.shape), f"static shape {t.shape}, run-time shape {g.shape}"
        close(e, "values", got, backend, asked.session.device, "rules")
        said_of_less(e, got)

    each(drawn(asked, "values"), check)


def said_of_less(e: Entry, got: list[Any]) -> None:
    """What the type rule says of less known operands holds as well: of unknown dims, of an unknown rank."""
    op = e.inputs.op
    whole = [_type_of(op, i, a) for i, a in enumerate(e.inputs.arrays)]
    dims = [t if t.shape is None else TensorType((None,) * len(t.shape), t.dtype) for t in whole]
    unranked = [t if is_shape(op, i) else TensorType(None, t.dtype) for i, t in enumerate(whole)]
    for types in (whole, dims, unranked):
        out = op.infer(types, e.case.outputs[0].op.attrs)
        for t, g in zip(out if isinstance(out, list) else [out], got, strict=True):
            said = f"for {', '.join(map(str, types))} the type rule says {t}, computed was {g.dtype}{g.shape}"
            assert numpy_dtype(t.dtype) == g.dtype and compatible(t.shape, g.shape), said
            if t.known is not None:
                assert all(k is None or k == v for k, v in zip(t.known, g.reshape(-1).tolist(), strict=True)), said


def _type_of(op: Op[Any, Any], i: int, array: Any) -> TensorType:
    if is_shape(op, i):
        with tf.Graph().as_default():
            return shape_tensor(array).type
    return TensorType(array.shape, as_dtype(array.dtype))


def test_layouts(backend: Backend, op: Op[Any, Any], count: int) -> None:
    """Fed arrays may lie in memory as they like: transposed, backwards, with gaps, read-only."""
    require_kernel(backend, op)
    asked = answers(op, count, backend, "rules")
    for name, layout in LAYOUTS.items():
        found = asked.run(layout)

        def check(e: Entry, found: Any = found, name: str = name) -> None:
            try:
                for part in asked.parts[e]:
                    close(e, part, answer(asked, found, e, part), backend, asked.session.device, "rules")
            except Exception as error:
                raise AssertionError(f"fed {name}: {type(error).__name__}: {error}") from error

        each(drawn(asked, "values"), check)


@pytest.mark.samegraph_differentiable
def test_gradients(backend: Backend, op: Op[Any, Any], count: int) -> None:
    """Both routes give the gradient that the rules give on NumPy in float64."""
    require_kernel(backend, op)
    _by_both_routes(backend, op, count, "gradients")


@pytest.mark.samegraph_differentiable
@pytest.mark.samegraph_dtype("float64")
def test_second_order(backend: Backend, op: Op[Any, Any], count: int) -> None:
    """The gradient of a gradient is the same by both routes, in float64."""
    require_kernel(backend, op)
    _by_both_routes(backend, op, count, "seconds")


def _by_both_routes(backend: Backend, op: Op[Any, Any], count: int, part: str) -> None:
    for route in routes_of(backend):
        asked = answers(op, count, backend, route)

        def check(e: Entry, asked: Answers = asked, route: str = route) -> None:
            try:
                close(e, part, answer(asked, asked.found, e, part), backend, asked.session.device, route)
            except AssertionError as error:
                raise AssertionError(f"gradients by {route}: {error}") from error

        each(drawn(asked, part), check)


def test_compiled(backend: Backend, op: Op[Any, Any], count: int) -> None:
    """One case with its gradients, natively where the backend can, in a program of its own, as a user runs it; compiled if it compiles."""
    require_kernel(backend, op)
    batch = batch_of(op, count)
    cases = plain(batch, backend)
    # In half precision a gradient of the wrong sign may lie within the tolerance.
    one = ([e for e in cases if e.inputs.dtype == "float32"] or cases)[-1:]

    def check(e: Entry) -> None:
        with tf.Graph().as_default() as graph:
            case = Case(e.inputs)
            y = case.scalar()
            fetches = {"values": case.outputs}
            if y is not None:
                fetches["gradients"] = case.gradients_of(y, case.differentiable())
                case.weigh({t: v.shape for t, v in zip(case.outputs, e.want["values"], strict=True)})
            session = Session(graph=graph, backend=backend, gradients="native")
            for part, got in session.run(fetches, case.feeds).items():
                close(e, part, [np.asarray(g) for g in got], backend, session.device, session.route)

    each(one, check)


@pytest.mark.samegraph_has("compile")
def test_uncompiled(backend: Backend, uncompiled: Backend, op: Op[Any, Any], count: int) -> None:
    """One case with the kernels called one by one, as in a program whose shapes depend on computed values."""
    require_kernel(backend, op)
    batch = batch_of(op, count)
    one = plain(batch, backend)[:1]

    def check(e: Entry) -> None:
        session = Session(graph=batch.graph, backend=uncompiled)
        got = session.run(e.case.outputs, e.case.feeds)
        close(e, "values", [np.asarray(g) for g in got], backend, session.device, "rules")

    each(one, check)


@pytest.mark.samegraph_has("spelled")
def test_kernel_itself(backend: Backend, unspelled: Backend, op: Op[Any, Any], count: int) -> None:
    """The kernel that a step calls where a leaner expression does not do: inside of loops, of unknown shapes."""
    require_kernel(backend, op)
    asked = answers(op, count, unspelled, "rules")

    def check(e: Entry) -> None:
        close(e, "values", answer(asked, asked.found, e, "values"), backend, asked.session.device, "rules")

    each(drawn(asked, "values"), check)


@pytest.mark.samegraph_has("hand_over")
@pytest.mark.samegraph_memory
def test_memory_of_its_own(backend: Backend, unspelled: Backend, op: Op[Any, Any], count: int) -> None:
    """But where the op says `may_view` a kernel's values share memory with no operand: a step writes over what is dead."""
    require_kernel(backend, op)
    kernel, look, seen, looked_at = backend.kernels[op.name], backend.hand_over, list[str](), list[int]()
    assert look is not None

    def watched(*args: Any, **attrs: Any) -> Any:
        out = kernel(*args, **attrs)
        values = list(out) if op.several else [out]
        arrays = [look(v) for v in values]
        # Of some dtypes NumPy is handed a copy, which shares nothing whatever the kernel does; a scalar of NumPy's cannot share.
        looked_at.append(
            sum(isinstance(v, np.generic) or np.shares_memory(a, look(v)) for a, v in zip(arrays, values, strict=True))
        )
        taken = [look(a) for i, a in enumerate(args) if not (isinstance(a, (int, tuple)) or is_shape(op, i))]
        for i, a in enumerate(arrays):
            overlapping = a.size and any(step == 0 and n > 1 for step, n in zip(a.strides, a.shape, strict=True))
            if overlapping or any(np.may_share_memory(a, b) for b in [*taken, *arrays[:i]]):
                seen.append(f"output {i} of shape {a.shape}")
        return out

    batch = batch_of(op, count)
    entries = [e for e in batch.usable(backend) if e.error is None]
    watching = replace(unspelled, kernels={**unspelled.kernels, op.name: watched})
    session = Session(graph=batch.graph, backend=watching, gradients="rules")
    session.run([e.case.outputs for e in entries], {t: v for e in entries for t, v in e.case.feeds.items()})
    assert not seen, f"{op.name} says nothing of views: {seen[0]} shares memory"
    assert sum(looked_at), "no value's own memory could be looked at"
    counted(backend.name, sum(looked_at))


def test_setting(backend: Backend, setting: str, op: Op[Any, Any], count: int) -> None:
    """Under each of the framework's settings that may change what it computes, all inputs and points answer the same."""
    require_kernel(backend, op)
    route = routes_of(backend)[-1]
    asked = answers(op, count, backend, route, setting)

    def check(e: Entry) -> None:
        if e not in asked.found:  # a 64-bit one
            return
        if e.is_point:
            at_point(e, asked.found, asked, backend, ("values", "gradients"))
        else:
            for part in asked.parts[e]:
                close(e, part, answer(asked, asked.found, e, part), backend, asked.session.device, route)

    each(asked.batch.usable(backend), check)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_ops_that_may_share_work(backend: Backend, dtype: str) -> None:
    """Ops of the same operand answer together what each answers alone."""
    if dtype not in backend.dtypes:
        pytest.skip(f"{backend.name} has no {dtype}")
    rng = np.random.default_rng(0)
    x = tf.placeholder(dtype, [None, 5])
    labels, classes = rng.dirichlet(np.ones(5), 4).astype(dtype), np.array([4, 0, 2, 2])
    given = {x: (3 * rng.standard_normal((4, 5))).astype(dtype)}
    ops: list[Any] = [tf.nn.softmax(x), tf.nn.log_softmax(x), tf.nn.softmax(x, 0), tf.nn.log_softmax(x, 0)]
    ops.append(tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=x))
    ops.append(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=classes, logits=x))
    ops += [tf.gradients(tf.square(y), x)[0] for y in ops]
    session = Session(graph=tf.get_default_graph(), backend=backend, gradients="rules")
    alone = [session.run(y, given) for y in ops]
    for together in (session.run(ops, given), session.run(ops[::-1], given)[::-1]):
        for y, a, b in zip(ops, together, alone, strict=True):
            assert_close(a, b, 0.0 if backend.compile is None else 16.0, backend.name, scale=1.0)
            assert np.any(a != 0), y.name


# (op, operands, attributes, value): mutation found that draws seldom come by these.
SELDOM: list[tuple[str, list[Any], dict[str, Any], Any]] = [
    ("reduce_mean", [np.array([[7, -8], [2, 1]], np.int32)], {"axis": 1, "keepdims": True}, [[0], [1]]),
    ("scatter_rows", [np.array([1, 1, 1], np.int8), np.array([2, 2, 0]), np.array([3, 4, 5], np.int8)], {"how": "sub"}, [-4, 1, -6]),
    ("reverse_sequence", [np.array([[1, 2, 3], [4, 5, 6]]), np.array([3, 2])], {"seq_axis": 1}, [[3, 2, 1], [5, 4, 6]]),
    ("reshape", [np.zeros((0, 3)), (2, 0, -1)], {}, np.zeros((2, 0, 1))),
    ("gather_or_zeros", [np.zeros((0, 1, 3)), np.array([[-1], [-1]])], {}, np.zeros((2, 1, 1, 3))),
    ("clip_by_value", [np.array([1, 5, 9], np.int16), np.array(2, np.int16), np.array(6, np.int16)], {}, [2, 5, 6]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "operands", "attrs", "value"), SELDOM, ids=[name for name, *_ in SELDOM])
def test_what_is_seldom_drawn(backend: Backend, name: str, operands: Any, attrs: Any, value: Any) -> None:
    require_kernel(backend, OPS[name])
    for given in (backend, replace(backend, spelled={})):
        got = Session(graph=tf.get_default_graph(), backend=given).run(OPS[name](*operands, **attrs))
        assert got.dtype == operands[0].dtype
        np.testing.assert_array_equal(got, value)
        counted(backend.name, got.size)


def points() -> list[Any]:
    import samegraph.ops  # noqa: F401

    ops = {name: op for name, op in OPS.items() if isinstance(op, Op)}
    return [pytest.param(op, i, id=f"{name}-{i}") for name, op in ops.items() for i in range(len(op.points))]


def test_pieces_and_the_rest(backend: Backend) -> None:
    """-1 is the size that is left over, also where it is not the last."""
    require_kernel(backend, OPS["split"])
    x = tf.constant(np.arange(5.0))
    session = Session(graph=tf.get_default_graph(), backend=backend)
    for sizes in ([2, -1], [-1, 1, 2], [5, -1]):
        pieces = session.run(tf.split(x, sizes))
        assert [len(p) for p in pieces] == [5 - sum(n for n in sizes if n > 0) if n < 0 else n for n in sizes]
        np.testing.assert_array_equal(np.concatenate(pieces), np.arange(5.0))
        counted(backend.name, 5)


@pytest.mark.parametrize("shape", [(9,), (1, 9), (2, 9)], ids=str)
def test_bits_of_a_part(backend: Backend, shape: tuple[int, ...]) -> None:
    """Bytes from the middle of an array, which may begin anywhere in memory and lie in it in any order."""
    require_kernel(backend, OPS["bitcast"])
    x = tf.placeholder(tf.uint8, shape)
    value = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    y = tf.bitcast(x[..., 1:5], tf.int32)
    for fed in (value, np.asfortranarray(value)):
        got = Session(graph=tf.get_default_graph(), backend=backend).run(y, {x: fed})
        np.testing.assert_array_equal(got, np.ascontiguousarray(value[..., 1:5]).view("<i4")[..., 0])
    counted(backend.name, 2)


@pytest.mark.parametrize(("op", "number"), points())
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_exact_point(backend: Backend, op: Op[Any, Any], number: int, dtype: str, route: str, count: int) -> None:
    """Value and gradient at a kink, a tie or a singular point are exactly what the specification says."""
    require_kernel(backend, op)
    asked = answers(op, count, backend, route)
    kind = f"point {number}"
    found = [e for e in asked.batch.usable(backend) if e.inputs.kind == kind and e.inputs.dtype == dtype]
    if not found:
        pytest.skip(f"{backend.name} lacks a dtype that this point holds beside {dtype}")
    each(found, lambda e: at_point(e, asked.found, asked, backend, ("values", "gradients")))


def at_point(e: Entry, found: dict[Entry, Any], asked: Answers, backend: Backend, parts: tuple[str, ...]) -> None:
    op = e.inputs.op
    point = op.points[int(e.inputs.kind.split()[1])]
    ulps = op.tolerance.of(e.inputs.dtype, asked.session.device)
    if point.value is not None:
        got = answer(asked, found, e, "values")
        for g, want in zip(got, point.value if len(got) > 1 else (point.value,), strict=True):
            assert_close(g, np.asarray(want, g.dtype), ulps, backend.name)
    if point.gradients is None:
        return
    inputs = e.case.outputs[0].op.inputs
    for t, g, want in zip(inputs, answer(asked, found, e, "gradients"), point.gradients, strict=False):
        if want is None:
            assert g is None or t.dtype not in FLOATS, f"{t.name} has a gradient, none was expected"
            continue
        assert g is not None, f"no gradient for {t.name}"
        assert_close(g, np.asarray(want, g.dtype), GRADIENT_ULPS * ulps, backend.name)
