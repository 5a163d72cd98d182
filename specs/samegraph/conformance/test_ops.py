"""Every op on the backend: a kernel of its signature, its values, types and gradients on drawn inputs, its exact points."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import samegraph.tf1 as tf
from samegraph.backend import Backend
from samegraph.conformance import strategies as gen
from samegraph.conformance.cases import Case, cast, dtypes_of
from samegraph.conformance.checks import assert_close, counted
from samegraph.gradients import gradients
from samegraph.graph import Tensor
from samegraph.op import Op
from samegraph.session import Session
from samegraph.types import FLOATS, as_dtype, compatible, numpy_dtype

# A gradient may pass through several kernels, each with roundings of its own.
GRADIENT_ULPS = 8.0


def fewer(share: int) -> settings:
    """A `share` of the tier's drawn inputs, at least one."""
    return settings(max_examples=max(1, settings().max_examples // share))


def require_kernel(backend: Backend, op: Op[Any, Any]) -> None:
    if op.name in backend.lacks:
        pytest.skip(f"{backend.name} declares that it lacks {op.name}: {backend.lacks[op.name]}")


def draw_case(data: Any, op: Op[Any, Any], backend: Backend, floats_only: bool = False) -> tuple[Any, ...]:
    """(operands in a drawn dtype, attributes, the dtype)."""
    assert op.drawn is not None, f"{op.name} draws no cases"
    arrays, attrs = op.drawn(data.draw, gen)
    dtypes = dtypes_of(op, arrays, backend)
    if floats_only:
        dtypes = [d for d in dtypes if d in ("float32", "float64")] or dtypes
    assume(bool(dtypes))
    dtype = data.draw(st.sampled_from(dtypes))
    return cast(op, arrays, dtype), attrs, dtype


def reference(op: Op[Any, Any], arrays: tuple[Any, ...], attrs: dict[str, Any]) -> Case:
    """The same case in float64."""
    wide = tuple(
        np.asarray(a, np.float64) if isinstance(a, np.ndarray) and as_dtype(a.dtype) in FLOATS else a for a in arrays
    )
    changed = dict(attrs)
    if attrs.get("dtype") in FLOATS:
        changed["dtype"] = "float64"
    return Case(op, wide, changed)


def scale_of(arrays: tuple[Any, ...]) -> float:
    """The magnitude that roundings are measured against: that of the operands."""
    sizes = [
        np.abs(np.asarray(a, np.float64)).max()
        for a in arrays
        if isinstance(a, np.ndarray) and a.size and a.dtype.kind in "fV"
    ]
    return float(max(sizes, default=1.0))


def test_kernel_signature(backend: Backend, op: Op[Any, Any]) -> None:
    """The backend has a kernel under the op's name, with the op's parameters and defaults."""
    require_kernel(backend, op)
    assert op.name in backend.kernels, f"backend {backend.name!r} has no kernel {op.name!r}"
    wanted = [(p.name, p.default) for p in op.signature.parameters.values() if p.name != "name"]
    found = [(p.name, p.default) for p in inspect.signature(backend.kernels[op.name]).parameters.values()]
    assert [(n, d) for n, d in found] == [(n, d) for n, d in wanted]
    counted(backend.name)


@given(data=st.data())
def test_value_and_type(backend: Backend, uncompiled: Backend, op: Op[Any, Any], data: Any) -> None:
    """The value is NumPy's in float64 within the op's tolerance; dtype and shape are those the type rule said."""
    require_kernel(backend, op)
    arrays, attrs, _ = draw_case(data, op, backend)
    with tf.Graph().as_default():
        case = Case(op, arrays, attrs, unknown=data.draw(st.booleans()))
        got = case.run(case.outputs, uncompiled)
    with tf.Graph().as_default():
        ref = reference(op, arrays, attrs)
        want = ref.run(ref.outputs, "numpy")
    for t, g, w in zip(case.outputs, got, want, strict=True):
        assert g.dtype == numpy_dtype(t.dtype)
        assert compatible(t.type.shape, g.shape), f"static shape {t.shape}, run-time shape {g.shape}"
        assert_close(g, w, op.tolerance.ulps, backend.name, scale_of(arrays))


@pytest.mark.samegraph_differentiable
@given(data=st.data())
def test_gradients(backend: Backend, uncompiled: Backend, op: Op[Any, Any], data: Any) -> None:
    """Both routes give the gradient that the rules give on NumPy in float64."""
    require_kernel(backend, op)
    arrays, attrs, dtype = draw_case(data, op, backend, floats_only=True)
    with tf.Graph().as_default():
        case = Case(op, arrays, attrs, unknown=data.draw(st.booleans()))
        found = case.scalar()
        assume(found is not None)
        assert found is not None
        routes = ["rules", "native"] if backend.value_and_vjp is not None else ["rules"]
        got = {r: case.run(found[1], uncompiled, r) for r in routes}
    with tf.Graph().as_default():
        ref = reference(op, arrays, attrs)
        expected = ref.scalar()
        assert expected is not None
        want = ref.run(expected[1], "numpy")
    for values in got.values():
        for g, w in zip(values, want, strict=True):
            assert_close(
                g, w, GRADIENT_ULPS * op.tolerance.ulps, backend.name, 4 * scale_of(arrays), of=numpy_dtype(dtype)
            )


@pytest.mark.samegraph_differentiable
@fewer(2)
@given(data=st.data())
def test_second_order(backend: Backend, uncompiled: Backend, op: Op[Any, Any], data: Any) -> None:
    """The gradient of a gradient is the same by both routes, in float64."""
    require_kernel(backend, op)
    arrays, attrs, _ = draw_case(data, op, backend, floats_only=True)
    with tf.Graph().as_default():
        case = reference(op, arrays, attrs)
        first = case.scalar()
        assume(first is not None)
        assert first is not None
        along = [
            g * tf.constant(np.linspace(0.5, 1.5, int(np.prod(s))).reshape(s))
            for g in first[1]
            for s in [case.run_shape(g)]
        ]
        seconds = gradients(along, case.differentiable(), unconnected_gradients="zero")
        dense = [g if isinstance(g, Tensor) else g._as_tensor() for g in seconds]
        want = case.run(dense, "numpy")
        routes = ["rules", "native"] if backend.value_and_vjp is not None else ["rules"]
        for r in routes:
            for g, w in zip(case.run(dense, uncompiled, r), want, strict=True):
                assert_close(g, w, 64 * GRADIENT_ULPS * op.tolerance.ulps, backend.name, 16 * scale_of(arrays))


@fewer(5)
@given(data=st.data())
def test_compiled(backend: Backend, op: Op[Any, Any], data: Any) -> None:
    """One case with its gradients through a whole compiled program."""
    require_kernel(backend, op)
    arrays, attrs, _ = draw_case(data, op, backend, floats_only=True)
    with tf.Graph().as_default():
        case = Case(op, arrays, attrs)
        found = case.scalar()
        fetches = [*case.outputs, *(found[1] if found else [])]
        want = case.run(fetches, "numpy")
        for g, w in zip(case.run(fetches, backend, "native"), want, strict=True):
            assert_close(g, w, GRADIENT_ULPS * op.tolerance.ulps, backend.name, 4 * scale_of(arrays))


def points() -> list[Any]:
    import samegraph.ops  # noqa: F401
    from samegraph.registry import OPS

    return [
        pytest.param(op, i, id=f"{name}-{i}")
        for name, op in OPS.items()
        if isinstance(op, Op)
        for i in range(len(op.points))
    ]


@pytest.mark.parametrize(("spec", "number"), points())
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_exact_point(
    backend: Backend, uncompiled: Backend, spec: Op[Any, Any], number: int, dtype: str, route: str
) -> None:
    """Value and gradient at a kink, a tie or a singular point are exactly what the specification says."""
    require_kernel(backend, spec)
    point = spec.points[number]
    arrays = (
        cast(
            spec,
            tuple(
                v
                if isinstance(v, tuple) and spec.operands[min(i, len(spec.operands) - 1)] in spec.shapes
                else np.asarray(v)
                for i, v in enumerate(point.operands)
            ),
            dtype,
        )
        if spec.operands or point.operands
        else ()
    )
    case = Case(spec, arrays, dict(point.attrs))
    session = Session(graph=tf.get_default_graph(), backend=uncompiled, gradients=route)
    ulps = spec.tolerance.ulps
    if point.value is not None:
        values = session.run(case.outputs, case.feeds)
        wanted = point.value if len(case.outputs) > 1 else (point.value,)
        for got, want in zip(values, wanted, strict=True):
            assert_close(got, np.asarray(want, np.asarray(got).dtype), ulps, backend.name)
    if point.gradients is None:
        return
    inputs = case.outputs[0].op.inputs
    totals = [tf.reduce_sum(t) for t in case.outputs if t.dtype in FLOATS]
    grads = gradients(totals, list(inputs)) if totals else [None] * len(inputs)
    for t, g, want in zip(inputs, grads, point.gradients, strict=False):
        if want is None:
            assert g is None or t.dtype not in FLOATS, f"{t.name} has a gradient, none was expected"
            continue
        assert g is not None, f"no gradient for {t.name}"
        got = session.run(g if isinstance(g, Tensor) else g._as_tensor(), case.feeds)
        assert_close(got, np.asarray(want, got.dtype), GRADIENT_ULPS * ulps, backend.name)
