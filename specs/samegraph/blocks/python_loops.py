"""Control flow by Python itself, for steps that no framework compiles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Values = tuple[Any, ...]


def cond(pred: Any, true_fn: Callable[[], Values], false_fn: Callable[[], Values]) -> Values:
    """What the branch taken answers."""
    return true_fn() if bool(pred) else false_fn()


def while_loop(test: Callable[..., Any], body: Callable[..., Values], init: Values) -> Values:
    """The variables once the test fails."""
    values = init
    while bool(test(*values)):
        values = body(*values)
    return values


def recorded_while(
    test: Callable[..., Any], body: Callable[..., Values], init: Values, saves: Sequence[int]
) -> tuple[Values, int, Values]:
    """The variables once the test fails, the count of iterations, and lists of those numbered `saves` before each."""
    values = init
    states: list[list[Any]] = [[] for _ in saves]
    while bool(test(*values)):
        for kept, i in zip(states, saves, strict=True):
            kept.append(values[i])
        values = body(*values)
    return values, len(states[0]) if states else 0, tuple(states)


def scan(
    stack: Callable[..., Any],
    body: Callable[..., tuple[Values, Values]],
    init: Values,
    elems: Values,
    length: int,
    empty: Values,
    reverse: bool = False,
) -> tuple[Values, Values]:
    """The last carry, and what every iteration answered, stacked."""
    carry, ys = init, []
    for i in range(length - 1, -1, -1) if reverse else range(length):
        carry, y = body(*carry, *(e[i] for e in elems))
        ys.append(y)
    return carry, _stacked(stack, ys[::-1] if reverse else ys, empty)


def _stacked(stack: Callable[..., Any], rows: Sequence[Sequence[Any]], empty: Values) -> Values:
    """The columns of `rows` as arrays; one whose shape changes, as only a loop's saved states do, stays a list."""
    if not rows:
        return empty
    columns = zip(*rows, strict=True)
    return tuple(stack(*column) if len({tuple(v.shape) for v in column}) == 1 else column for column in columns)
