"""How a run is computed, in words and source."""

from __future__ import annotations

from collections.abc import Sequence

from ..backend import Backend
from . import failures
from .plans import MANY_SHAPES, Plan, Step


def explanation(step: Step, backend: Backend, device: str, asked: str, plan: Plan) -> str:
    """asked: the route that the session was made with."""
    p = step.program
    names = [
        *(t.name for t in p.feeds),
        *(t.name for op in p.draws for t in op.outputs),
        *(v.name for v in p.variables),
    ]
    why_not = p.dynamic or "this backend runs steps as they are"
    given = f"donated     {', '.join(names[i] for i in step.donated) if step.compiled and step.donated else 'nothing'}"
    rows = [
        f"backend     {backend.name} {backend.version} on {device}",
        f"gradients   {p.route}" + (f" (asked for: {asked})" if p.route != asked else ""),
        f"compiled    {'yes' if step.compiled else 'no: ' + why_not}",
        f"64 bit      {'yes' if p.wide else 'no'}",
        f"specialised {'by the shapes of the feeds' if plan.must else 'no'}",
        f"in place    {', '.join(v.name for v in p.rows) or 'nothing'}",
        given,
        f"checked     {', '.join(f'{failures.check_text(op) if op.kernel else op.type} ({op.name})' for op in p.guards) or 'nothing'}",
    ]
    return "\n".join(rows) + "\n\n" + p.source


def shapes_warning(count: int) -> str:
    if count <= MANY_SHAPES:
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
