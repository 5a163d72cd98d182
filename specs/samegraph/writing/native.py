"""How a segment is written: an inner function from xs to ys, differentiated in place by the framework."""

from __future__ import annotations

from ..gradients import Backwards
from ..graph import Tensor
from ..program import NeedsRules
from ..segments import Segment
from .naming import as_tuple
from .scopes import Scope
from .writer import Writer


def write_segment(w: Writer, scope: Scope, s: Segment) -> None:
    _check_differentiable(w, scope, s)
    inner = Scope(scope, s.inside, scope.indent + 1, differentiated=True)
    inner.xs = frozenset(s.xs)
    fn = w.names.fresh(f"{s.ys[0].op.name.lstrip('~')}_of")
    w.line(scope, f"def {fn}({', '.join(_parameters(w, scope, inner, s))}):")
    w.write(inner, [*s.ys, *s.aux])
    aux = {t: w.value(inner, t) for t in s.aux}
    w.line(inner, f"return {as_tuple(w.value(inner, y) for y in s.ys)}, {as_tuple(aux.values())}")
    _call(w, scope, s, fn, aux)


def _check_differentiable(w: Writer, scope: Scope, s: Segment) -> None:
    """Raises NeedsRules where a framework's derivative is not what TF1's gradients are."""
    if not w.needs.fed.isdisjoint(s.inside):
        raise NeedsRules("a gradient flows backwards through a tensor that is fed")
    if any(not w.needs.fed.isdisjoint(node.outputs) for node in s.nodes):
        raise NeedsRules("gradients made of another one of the same call, which is fed")
    if _through_siblings(s):
        raise NeedsRules("a gradient with respect to one that another of the same call was computed from")
    if any(not within.xs.isdisjoint(s.inside) for within in scope.outwards()):
        raise NeedsRules("a gradient's own dependence on a tensor it flows through, which only its rule can tell")


def _through_siblings(s: Segment) -> bool:
    """Whether an x is an output of a gradients operation of which another output reaches a y as well.

    In TF1 the gradients of one call are computed from each other, the one nearer to the ys first; a framework's are not.
    """
    made = [x for x in s.xs if x.op.type == "Gradients"]
    reached = Backwards(s.ys, s.stops).users if made else {}
    return any(t in reached for x in made for t in x.op.outputs if t is not x)


def _parameters(w: Writer, scope: Scope, inner: Scope, s: Segment) -> list[str]:
    """A name for each x inside: its own, or, of one that is computed inside, that of the zero it is shifted by."""
    parameters: list[str] = []
    # An assignment shares the name of the value it assigns, a read that of its variable; they do not vary with an x.
    constant = {scope.find(t) for t in s.closure() if t not in s.xs}
    for x in s.xs:
        if x in s.inside:
            inner.shifts[x] = w.names.fresh(f"{w.names.of(x)}_shift")
            parameters.append(inner.shifts[x])
        else:
            name = scope.find(x) or w.names.of(x)
            inner.defined[x] = w.names.fresh(name) if name in parameters or name in constant else name
            parameters.append(inner.defined[x])
    return parameters


def _call(w: Writer, scope: Scope, s: Segment, fn: str, aux: dict[Tensor, str]) -> None:
    """aux: the names that values from inside have there; they keep them outside."""
    # an x that lies inside its own segment is computed once more outside, for its shape
    given = as_tuple(f"zeros_like({w.value(scope, x)})" if x in s.inside else w.value(scope, x) for x in s.xs)
    grads = {x: w.names.fresh(f"d_{w.names.of(x)}") for x in s.xs}
    cotangents = f", {as_tuple(w.value(scope, g) for g in s.grad_ys)}" if s.grad_ys else ""
    outer_ys = as_tuple(w.names.of(y) if y in s.inside else "_" for y in s.ys)
    w.line(
        scope,
        f"({outer_ys}, {as_tuple(aux.values())}), {as_tuple(grads.values())} = value_and_vjp({fn}, {given}{cotangents})",
        s.nodes[0],
    )
    scope.defined.update((y, w.names.of(y)) for y in s.ys if y in s.inside)
    scope.defined.update(aux)
    for t, x in s.outputs.items():
        if t not in w.needs.fed:
            scope.defined[t] = grads[x]
