"""What a run raises: the user's line and words for what a guard, a framework or a missing feed says."""

from __future__ import annotations

import traceback
from typing import Any

from ..blocks.structured import may_refuse
from ..errors import InternalError, InvalidArgumentError, UnimplementedError
from ..graph import Operation
from ..program import MissingFeed, Program
from ..random import draw_shape
from ..registry import OPS
from ..types import shape_text


def not_fed(missing: MissingFeed) -> InvalidArgumentError:
    t = missing.op.outputs[0]
    return InvalidArgumentError(
        None,
        missing.op.origin,
        f"You must feed a value for placeholder tensor {t.name!r} with dtype {t.dtype.name} and shape {shape_text(t.type.shape)}",
    )


def guard_failed(op: Operation) -> InvalidArgumentError:
    return InvalidArgumentError(None, op.origin, f"{op.type}: {check_text(op)}; no variable was changed")


def check_text(op: Operation) -> str:
    """What the guard of an operation says when it is False."""
    return OPS[op.kernel].check_message.format(**op.attrs) if op.kernel else "indices outside of the table"


def explained(p: Program, backend: str, error: Exception) -> Exception:
    """A framework's exception as one that names the user's line."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == p.filename and f.lineno]
    op = p.lines.get(lines[-1]) if lines else None
    text = str(error).strip().split("\n")[0]
    refused = isinstance(error, (IndexError, ValueError)) or type(error).__name__ == "InvalidArgumentError"
    if refused and op is not None and may_refuse(op):
        return guard_failed(op)
    if op is None:
        checked = (*p.guards, *filter(may_refuse, p.lines.values()))
        op = next(iter(checked), None) if type(error).__name__ == "InvalidArgumentError" else None
        if op is not None:
            return guard_failed(op)
    where = f" in line {lines[-1]} of the generated step" if lines else ""
    return InternalError(
        None,
        op.origin if op is not None else None,
        f"{backend} failed{where}: {type(error).__name__}: {text}",
    )


def check_possible(p: Program, backend: Any) -> None:
    """UnimplementedError for a program with an op that the backend has no kernel for, or a draw of unknown shape."""
    absent = {op.kernel: op for op in p.lines.values() if op.kernel and op.kernel not in backend.kernels}
    if absent:
        lacks = ", ".join(f"{n} ({backend.lacks[n]})" if n in backend.lacks else n for n in absent)
        raise UnimplementedError(
            None, next(iter(absent.values())), f"backend {backend.name!r} has no kernel for {lacks}"
        )
    unknown = [op for op in p.draws if draw_shape(op) is None]
    if unknown:
        raise UnimplementedError(
            None,
            unknown[0],
            "the shape of a random operation depends on computed values; draw it in a run of its own",
        )
