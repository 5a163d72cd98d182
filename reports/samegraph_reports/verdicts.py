"""What a column's verdict is worth: a claimed agreement counts only where the numbers beside it bear it out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

AGREE = "agree"
NONFINITE = "agree-nonfinite"
DIFFER = "differ"
EMPTY = "empty"
UNCLEAR = "unclear"
NOT_RUN = "not run"

# Worst first: where two columns fall into one cell of the matrix, the worse one is shown.
ORDER = (DIFFER, UNCLEAR, EMPTY, NOT_RUN, NONFINITE, AGREE)
MARKS = {AGREE: "✓", NONFINITE: "≈", DIFFER: "✗", EMPTY: "∅", UNCLEAR: "?", NOT_RUN: "○"}
STATUS = {AGREE: "good", NONFINITE: "warn", DIFFER: "bad", EMPTY: "warn", UNCLEAR: "bad", NOT_RUN: "none"}
MEANING = {
    AGREE: "every compared number lies within its bound",
    NONFINITE: "the same tensor first becomes NaN or infinite at the same step",
    DIFFER: "a number lies outside its bound",
    EMPTY: "said to agree, but nothing was compared",
    UNCLEAR: "the record contradicts itself or cannot be read",
    NOT_RUN: "did not run, so nothing is known",
}
Values = Sequence[float | None]


def judge(
    said: str,
    comparisons: int | None,
    *,
    loss: Values = (),
    distance: Values = (),
    bound: Values = (),
    shares: Values = (),
    nonfinite_step: int | None = None,
) -> tuple[str, str]:
    """The verdict that the record supports, and why it is not the one that was claimed."""
    if said in (DIFFER, NOT_RUN, EMPTY):
        return said, ""
    if said not in (AGREE, NONFINITE):
        return UNCLEAR, f"said to be {said!r}, which is no known verdict" if said else "given no verdict"
    if comparisons is None or comparisons <= 0:
        return EMPTY, "said to agree, but nothing was compared"
    if said == NONFINITE and nonfinite_step is None:
        return UNCLEAR, "said to agree up to a non-finite value, but does not name its step and tensor"
    end = nonfinite_step if said == NONFINITE else None
    strange = next(
        (step for step, value in enumerate(loss[:end]) if value is not None and not math.isfinite(value)), None
    )
    if strange is not None:
        return UNCLEAR, f"said to agree, but its loss is not finite at step {strange}"
    beyond = first_beyond(distance[:end], bound[:end])
    if beyond is not None:
        return UNCLEAR, f"said to agree, but its distance exceeds the bound at step {beyond}"
    wide = next((step for step, share in enumerate(shares[:end]) if share is not None and not share <= 1), None)
    if wide is not None:
        return UNCLEAR, f"said to agree, but step {wide} by itself exceeds its bound"
    return said, ""


def first_beyond(distance: Values, bound: Values) -> int | None:
    """The first step at which the distance is not within the bound."""
    for step, (far, limit) in enumerate(zip(distance, bound, strict=False)):
        if far is not None and limit is not None and not far <= limit:
            return step
    return None


def counts(verdicts: Sequence[str]) -> dict[str, int]:
    """How often each verdict occurs, every verdict named."""
    return {verdict: sum(found == verdict for found in verdicts) for verdict in ORDER}


def sentence(found: Mapping[str, int], noun: str) -> tuple[str, str]:
    """The status and the sentence that sum up many verdicts. What is not finite agrees with nothing, and is counted apart."""
    total = sum(found.values())
    if total == 0:
        return "none", "Nothing was compared"
    agreed = found[AGREE]
    rest = [
        (found[DIFFER], "differ" if found[DIFFER] != 1 else "differs"),
        (found[NONFINITE], "up to a non-finite value alone"),
        (found[UNCLEAR], "unclear"),
        (found[EMPTY], "empty"),
        (found[NOT_RUN], "not run"),
    ]
    tail = ", ".join(f"{number} {word}" for number, word in rest if number)
    if agreed == total:
        return "good", f"All {total} {noun}s agree"
    if agreed and agreed + found[NONFINITE] == total:  # which is where such a program is to end
        return "good", f"{agreed} of {total} {noun}s agree; {tail}"
    known = agreed or found[NONFINITE] or found[EMPTY]
    status = "bad" if found[DIFFER] or found[UNCLEAR] else "warn" if known else "none"
    if found[DIFFER]:
        parts = ", ".join(f"{number} {word}" for number, word in rest[1:] if number)
        verb = rest[0][1]
        return status, f"{found[DIFFER]} of {total} {noun}s {verb}; {agreed} agree" + (f"; {parts}" if parts else "")
    return status, f"{agreed} of {total} {noun}s agree; {tail}"
