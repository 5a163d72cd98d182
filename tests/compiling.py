"""A backend that compiles steps and repeats them in one loop, of NumPy and Python: as frameworks do, at no cost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from samegraph.backend import load


def python_loop(step: Any, given: int, carried: Any, donate: Any) -> Any:
    """What a backend's compiled loop has to answer."""

    def many(count: int, *args: Any) -> Any:
        stacked, state = args[:given], list(args[given:])
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
        return [np.stack(column) for column in zip(*outs, strict=True)], new, done, failed

    return many


COMPILED = replace(
    load("numpy"),
    compile=lambda step, donate: step,
    run_steps=python_loop,
    ok_all=lambda flags: np.int32(next((i + 1 for i, ok in enumerate(flags) if not ok), 0)),
)
