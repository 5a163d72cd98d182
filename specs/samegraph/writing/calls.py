"""How kernels are called in a step, and inside of branches and loops the host."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import straight
from ..backend import Call
from ..blocks.structured import needed_inputs
from ..errors import UnimplementedError
from ..graph import Operation, Tensor
from ..op import Op
from ..registry import OPS
from ..straight import Line
from ..types import DType
from .naming import as_tuple
from .scopes import Scope
from .writer import SHAPE_IS_COMPUTED, Writer


def write_kernel(w: Writer, scope: Scope, op: Operation) -> None:
    spec: Op[Any, Any] = OPS[op.kernel]
    if spec.dynamic:
        w.uncompiled(SHAPE_IS_COMPUTED)
    args = [_argument(w, scope, spec, op, i, t) for i, t in enumerate(op.inputs)]
    outputs = [t for t in op.outputs if t not in w.needs.fed]
    names = [w.names.of(t) if t in outputs else "_" for t in op.outputs]
    left = f"({', '.join(names)},)" if spec.several else names[0]
    given = [f"{k}={_literal(v)}" for k, v in op.attrs.items() if k in spec.defaults and v != spec.defaults[k]]
    line = Line(scope.indent, f"{left} = {op.kernel}({', '.join([*args, *given])})", op)
    if w.needs.straight and scope.parent is None:
        operands = [w.needs.resolve(t) for t in op.inputs]
        zeros = [i for i, t in enumerate(operands) if t.op.kernel == "zeros_like" and t not in w.needs.fed]
        call = Call(args, op.attrs, [t.type for t in operands], op.outputs[0].type, zeros=zeros)
        line.note(op.kernel, call, outputs, [w.names.of(t) for t in outputs])
    if line.call is not None and _is_constant(w, op, outputs):
        line.indent = 0
        w.once.update(outputs)
    (w.first if line.indent == 0 else w.lines).append(line)
    for t in outputs:
        scope.defined[t] = w.names.of(t)
        w.shift(scope, t)


def _argument(w: Writer, scope: Scope, spec: Op[Any, Any], op: Operation, i: int, t: Tensor) -> str:
    t = w.needs.resolve(t)
    if w.needs.straight and straight.is_sized(op, i, t):
        return w.names.stand_in(t.type)
    is_shape = i < len(spec.operands) and spec.operands[i] in spec.shapes
    return w.known_int(scope, t) if is_shape else w.value(scope, t)


def _is_constant(w: Writer, op: Operation, outputs: Sequence[Tensor]) -> bool:
    """Whether an operation answers the same in every step, small enough to be kept as long as the program."""
    spec: Op[Any, Any] = OPS[op.kernel]
    if spec.check is not None or spec.dynamic or len(outputs) < len(op.outputs) or not straight.is_small(outputs):
        return False
    return all(
        (t.op.type == "Const" and t not in w.needs.fed) or t in w.once
        for t in map(w.needs.resolve, w.needs.waited_for(op))
    )


def _literal(value: Any) -> str:
    if isinstance(value, DType):
        return repr(value.name)
    if isinstance(value, tuple):
        return as_tuple(_literal(v) for v in value)
    return repr(value)


def write_host(w: Writer, scope: Scope, op: Operation) -> None:
    """Inside a branch or loop: a call, of what is no text written down."""
    if op.attrs.get("lost"):
        raise UnimplementedError(
            None,
            op.origin,
            f"the gradient needs what {op.name} answered inside of a cond or loop, which is not kept; call the function "
            "outside of it, or stop the gradient with tf.stop_gradient",
        )
    called = w.names.fresh(f"call_{op.name.lstrip('~')}")
    w.hosts[called] = op
    args = ", ".join(w.value(scope, t) for t in needed_inputs(op))
    scope.defined.update((t, w.names.of(t)) for t in op.outputs)
    left = f"{as_tuple(w.names.of(t) for t in op.outputs)} = " if op.outputs else ""
    w.line(scope, f"{left}{called}({args})", op)
