"""A backend that compiles steps and repeats them in one loop, of NumPy and Python: it does what frameworks may, at no cost.

What a step or a loop is given away is written over, so that whoever goes on reading it is found out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from samegraph.backend import load

TAKEN = 77


def _take(args: Sequence[Any], donate: Sequence[int]) -> None:
    for i in donate:
        args[i].fill(TAKEN)


def compiled(step: Callable[..., Any], donate: Sequence[int]) -> Callable[..., Any]:
    def run(*args: Any) -> Any:
        outs, new, failed = step(*args)
        found = tuple(map(np.array, outs)), tuple(map(np.array, new)), failed
        _take(args, donate)
        return found

    return run


def python_loop(
    step: Callable[..., Any], given: int, carried: Sequence[int | None], donate: Sequence[int]
) -> Callable[..., Any]:
    """What a backend's compiled loop has to answer."""

    def many(count: int, *args: Any) -> Any:
        stacked, state = args[:given], [np.array(a) for a in args[given:]]
        outs, new, done, failed = [], (), 0, 0
        for i in range(count):
            out, found, failed = step(*(a[i, ...] for a in stacked), *state)
            if failed:
                break
            outs.append(out)
            new, done = found, done + 1
            state = [s if at is None else found[at] for s, at in zip(state, carried, strict=True)]
        if not done:
            new = tuple(state[carried.index(i)] for i in range(len(carried)) if i in carried)
        found = [np.stack(column) for column in zip(*outs, strict=True)], tuple(map(np.array, new)), done, failed
        _take(args, donate)
        return found

    return many


COMPILED = replace(
    load("numpy"),
    compile=compiled,
    run_steps=python_loop,
    ok_all=lambda flags: np.int32(next((i + 1 for i, ok in enumerate(flags) if not ok), 0)),
    update_rows=None,
    order_rows=None,
)
