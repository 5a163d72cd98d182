"""The two functions that every cached run goes through, written out for one plan and one step: nothing is looked up twice.

A door checks and casts what is fed and finds the step for the feeds' shapes; a runner hands the step its arguments, keeps
variables' new values, and answers what is fetched.
"""

from __future__ import annotations

import linecache
import time
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from ..graph import Operation, Tensor
from ..types import STRING
from .engine import Engine
from .feeds import as_fed
from .fetches import Rebuild
from .plans import Plan, Step

Names = dict[str, Any]
_LOOKS, _BETWEEN = 20, 0.001  # seconds


def door(
    plan: Plan, find: Callable[..., Any], lock: Any, closed: Sequence[Any], rebuild: Rebuild
) -> Callable[..., Any]:
    """A function of the values fed that runs the plan and answers the structure that `rebuild` makes of the fetches.

    find: from the arrays fed to what has a `run` that takes them, where `plan.by_shape` does not have it. closed: not empty once the session is closed; the function then raises RuntimeError.
    """
    names: Names = {
        "lock": lock,
        "closed": closed,
        "rebuild": rebuild,
        "ndarray": np.ndarray,
        "as_fed": as_fed,
        "wait": _wait,
    }
    names.update(refuse=_refuse_closed, by_shape=plan.by_shape, find=find)
    feeds = [f"feed_{i}" for i in range(len(plan.feeds))]
    lines = [f"def run({', '.join(feeds)}):"]
    for i, (t, dtype) in enumerate(zip(plan.feeds, plan.dtypes, strict=True)):
        # a string's array is looked at element by element
        names[f"tensor_{i}"], names[f"dtype_{i}"] = t, None if t.dtype == STRING else dtype
        lines.append(f"    if feed_{i}.__class__ is not ndarray or feed_{i}.dtype is not dtype_{i}:")
        lines.append(f"        feed_{i} = as_fed(tensor_{i}, feed_{i})")
    shapes = "".join(f"feed_{i}.shape, " for i in range(len(feeds)))
    given = ", ".join(feeds)
    lines += [
        "    if not lock.acquire(False): wait(lock)",
        "    try:",
        "        if closed: refuse()",
        f"        step = {'None' if plan.values_matter else f'by_shape.get(({shapes}))'} or find({given})",
        f"        found = step.run({given})",
        "    finally:",
        "        lock.release()",
        f"    return {_structure(plan.targets, rebuild)}",
    ]
    return _made(lines, names, "run", f"<samegraph door of {plan.targets[0].name if plan.targets else 'nothing'}>")


def _structure(elements: Sequence[Tensor | Operation], rebuild: Rebuild) -> str:
    """The answer's source: `found` holds the tensors' values, operations are answered by None."""
    places = iter(range(len(elements)))
    values = ", ".join(f"found[{next(places)}]" if isinstance(e, Tensor) else "None" for e in elements)
    if rebuild is list:
        return f"[{values}]"
    return f"({values},)" if rebuild is tuple and values else f"rebuild([{values}])"


def _wait(lock: Any) -> None:
    """Takes a lock that another thread holds.

    Not by sleeping until it is free, at first: whoever gives back a lock that others sleep for wakes one of them at every step,
    which costs several tiny steps, and takes it again before that one is awake.
    """
    for _ in range(_LOOKS):
        time.sleep(_BETWEEN)
        if lock.acquire(False):
            return
    lock.acquire()


def _refuse_closed() -> NoReturn:
    raise RuntimeError("Attempted to use a closed Session.")


def runner(engine: Engine, step: Step, renewed: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """A function of the arrays fed that does one step of `engine` and answers the fetches of tensors.

    It holds for the form in which the variables are kept now; later it hands over to `renewed`.
    """
    p, variables = step.program, engine.variables
    names: Names = {"variables": variables, "held": variables.values, "forms": variables.forms, "device": engine.device}
    names.update(give=step.give, renewed=renewed, scope=step.scope)
    names.update(call=step.enclosed or step.call, raised=lambda error: engine.raised(step, error))
    feeds = [f"feed_{i}" for i in range(len(p.feeds))]
    args = [f"give({f}, device)" for f in feeds]
    if p.draws:
        names["draw"] = lambda: engine.drawn(step)
        args.append("*[give(a, device) for a in draw()]")
    for i, v in enumerate(p.variables):
        names[f"variable_{i}"] = v
        args.append(f"held[variable_{i}]")
    lines = [*_called(engine, step, names, args), *_kept(engine, step, names), _answered(engine, step, names)]
    inside = "" if step.enclosed is not None else "    "
    text = [
        f"def run({', '.join(feeds)}):",
        "    if variables.forms != forms:",
        f"        return renewed({', '.join(feeds)})",
    ]
    text += [] if step.enclosed is not None else ["    with scope():"]
    return _made(text + [f"    {inside}{line}" for line in lines], names, "run", f"<runner of {p.filename[1:]}")


def _called(engine: Engine, step: Step, names: Names, args: Sequence[str]) -> list[str]:
    p = step.program
    outs = "".join(f"out_{i}, " for i in range(len(p.fetches)))
    news = "".join(f"new_{i}, " for i in range(len(p.assigned)))
    lines = [
        "try:",
        f"    ({outs}), ({news}), failed = call({', '.join(args)})",
        "except Exception as error:",
        "    raised(error)",
    ]
    if p.guards and engine.backend.compile is not None:
        names["number"] = lambda failed: int(engine.backend.to_numpy(failed))
        names["refused"] = lambda failure, *new: engine.refused(step, failure, new)
        lines += ["failure = number(failed)", "if failure:", f"    refused(failure, {news})"]
    return lines


def _kept(engine: Engine, step: Step, names: Names) -> list[str]:
    p, in_rows, lines = step.program, engine.variables.in_rows, list[str]()
    names["kept"] = engine.variables.kept
    for i, v in enumerate(p.assigned):
        names[f"assigned_{i}"] = v
        if v in p.rows:
            lines.append(f"if new_{i} is not None: held[assigned_{i}] = new_{i}")
        elif v in p.copied or v in in_rows:
            lines.append(f"held[assigned_{i}] = kept(new_{i}, {v in in_rows})")
        else:
            lines.append(f"held[assigned_{i}] = new_{i}")
    return lines


def _answered(engine: Engine, step: Step, names: Names) -> str:
    names["fetched"] = engine.fetched
    values = []
    for i, how in enumerate(step.taken):
        names[f"scalar_{i}"], names[f"how_{i}"] = how[1].type, how
        values.append(f"out_{i} if out_{i}.__class__ is scalar_{i} else fetched(out_{i}, *how_{i})")
    return f"return [{', '.join(values)}]"


def _made(lines: Sequence[str], names: Names, function: str, filename: str) -> Callable[..., Any]:
    source = "\n".join(lines) + "\n"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    exec(compile(source, filename, "exec"), names)
    return names[function]
