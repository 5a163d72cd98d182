"""How a run is computed, in words and source."""

from __future__ import annotations

from collections.abc import Sequence

from ..backend import Backend
from . import failures
from .plans import MANY_SHAPES, Plan, Step, cannot_loop


def explanation(step: Step, backend: Backend, device: str, asked: str, plan: Plan) -> str:
    """asked: the route that the session was made with."""
    p = step.program
    checked = (f"{failures.check_text(op) if op.kernel else op.type} ({op.name})" for op in p.guards)
    rows = [
        f"backend     {backend.name} {backend.version} on {device}",
        f"gradients   {p.route}" + (f" (asked for: {asked})" if p.route != asked else ""),
        f"compiled    {'yes' if step.compiled else 'no: ' + (p.dynamic or _uncompiled(backend))}",
        f"64 bit      {'yes' if p.wide else 'no'}",
        f"specialised {_specialised(step, plan)}",
        f"in place    {', '.join(v.name for v in p.rows) or 'nothing'}",
        f"donated     {_donated(step)}",
        f"checked     {', '.join(checked) or 'nothing'}",
        f"many steps  {_many(step, backend)}",
    ]
    return "\n".join(rows) + "\n" + _shapes_warning(plan) + "\n" + p.source


def _uncompiled(backend: Backend) -> str:
    return "this backend runs steps as they are" if backend.compile is None else "the step computes nothing"


def _specialised(step: Step, plan: Plan) -> str:
    if plan.must:
        return "by the shapes of the feeds" + (" and by values that shapes are made of" if plan.values_matter else "")
    if step is plan.whole:
        return "no"
    return (
        f"by the shapes of the feeds, to be faster; from the {MANY_SHAPES + 1}th set of shapes on, one program for all"
    )


def _donated(step: Step) -> str:
    p = step.program
    if not step.compiled:
        return "nothing: the step is not compiled"
    names = [
        *(t.name for t in p.feeds),
        *(t.name for op in p.draws for t in op.outputs),
        *(v.name for v in p.variables),
    ]
    given = ", ".join(names[i] for i in step.donated) or "nothing"
    kept = [v.name for v in p.assigned if v in p.variables and step.given + p.variables.index(v) not in step.donated]
    return given + (f"; not {', '.join(kept)}, whose old value counts if a check fails" if kept else "")


def _many(step: Step, backend: Backend) -> str:
    if backend.run_steps is None:
        return "one after another: the backend has no loop of its own"
    why = cannot_loop(step)
    return f"one after another: {why}" if why else "one compiled loop"


def _shapes_warning(plan: Plan) -> str:
    count = len(plan.by_shape)
    if not plan.must or count <= MANY_SHAPES:
        return ""
    return (
        f"warning     {count} shapes were fed so far, and each is a program of its own; pad the feeds to a few shapes\n"
    )


def explained_turns(turns: Sequence[Plan], texts: Sequence[str]) -> str:
    """texts: of the backend's part of each turn."""
    rows: list[str] = []
    for turn, text in zip(turns, texts, strict=True):
        assert turn.part is not None
        if turn.targets:
            rows.append(f"backend's part\n\n{text}")
        if turn.part.hosts:
            ops = [f"    {op.type} ({op.name})" for op in turn.part.hosts if op.type != "Const"]
            rows.append("\n".join(["host's part", *ops]))
    return "\n\n".join(rows) + "\n\nvariables take their new values when all parts are through\n"
