"""What the runs of several seeds come to: means with their standard errors, and whether a score is below gensim's."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import fmean, median, stdev
from typing import Any

from .scores import SCORES
from .training import GENSIM

NOT_BELOW, BELOW, UNKNOWN = "not below", "below", "not known"
ERRORS = 2.0
"""Standard errors of a difference that a mean may be below gensim's."""

Run = Mapping[str, Any]


def spread(values: Sequence[float]) -> dict[str, Any] | None:
    """{"mean", "standard_error", "median", "low", "high", "count"} of the values, None of none; one value has no standard error."""
    if not values:
        return None
    error = stdev(values) / math.sqrt(len(values)) if len(values) > 1 else None
    about = {"median": median(values), "low": min(values), "high": max(values), "count": len(values)}
    return {"mean": fmean(values), "standard_error": error, **about}


def against(own: Mapping[str, Any] | None, gensim: Mapping[str, Any] | None) -> dict[str, Any]:
    """{"verdict", "difference", "standard_error"}: whether the mean is below gensim's by more than two standard errors of the difference.

    Not known where one of the two has no mean or no standard error.
    """
    if own is None or gensim is None:
        return {"verdict": UNKNOWN, "difference": None, "standard_error": None}
    difference = own["mean"] - gensim["mean"]
    if own["standard_error"] is None or gensim["standard_error"] is None:
        return {"verdict": UNKNOWN, "difference": difference, "standard_error": None}
    error = math.hypot(own["standard_error"], gensim["standard_error"])
    verdict = BELOW if difference < -ERRORS * error else NOT_BELOW
    return {"verdict": verdict, "difference": difference, "standard_error": error}


def summarised(systems: Sequence[str], runs: Sequence[Run]) -> list[dict[str, Any]]:
    """A row a system: its speed, loss and scores over the seeds, what they are against gensim's, and why seeds are missing."""
    rival = _scores([r for r in runs if r["system"] == GENSIM])
    return [_row(system, runs, rival) for system in systems]


def _row(system: str, runs: Sequence[Run], rival: Mapping[str, Any]) -> dict[str, Any]:
    own = [r for r in runs if r["system"] == system]
    done = [r for r in own if not r["reason"]]
    scores = _scores(own)
    compared = system != GENSIM and any(r["system"] == GENSIM for r in runs)
    return {
        "system": system,
        "version": next((r["version"] for r in done), ""),
        "trained": len(done),
        "speed": spread([r["speed"] for r in done]),
        "speed_computed": spread([r["speed_computed"] for r in done]),
        "ratio": spread(_ratios(own, runs)) if compared else None,
        "first_step": spread([r["first_step"] for r in done if r["first_step"] is not None]),
        "loss": spread([r["loss"] for r in done if r["loss"] is not None and math.isfinite(r["loss"])]),
        "scores": scores,
        "against": {name: against(scores[name], rival[name]) for name in SCORES} if compared else {},
        "reasons": list(dict.fromkeys(why for r in own if (why := r["reason"] or r["unscored"]))),
    }


def _scores(runs: Sequence[Run]) -> dict[str, Any]:
    found = {}
    for name in SCORES:
        values = [r["scores"][name]["value"] for r in runs if not r["reason"] and name in r["scores"]]
        found[name] = spread([v for v in values if v is not None])
    return found


def _ratios(own: Sequence[Run], runs: Sequence[Run]) -> list[float]:
    """Words a second against gensim's of the same seed, whose turn was next to this one's."""
    rival = {r["seed"]: r["speed"] for r in runs if r["system"] == GENSIM and not r["reason"]}
    return [r["speed"] / rival[r["seed"]] for r in own if not r["reason"] and r["seed"] in rival]


def agreement(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """How far each backend's losses are from those of the first that ran, on the same batches: the largest difference, as a share.

    Rows {"system", "of", "first", "whole", "seeds"}: after the first twentieth of the training, and over all of it.
    """
    done = [r for r in runs if not r["reason"] and r["losses"]]
    if not done:
        return []
    of = done[0]["system"]
    start = {r["seed"]: r["losses"] for r in done if r["system"] == of}
    rows = []
    for system in dict.fromkeys(r["system"] for r in done if r["system"] != of):
        pairs = [(r["losses"], start[r["seed"]]) for r in done if r["system"] == system and r["seed"] in start]
        apart = [[_apart(a, b) for a, b in zip(own, first, strict=True)] for own, first in pairs]
        if apart:
            row = {"first": max(a[0] for a in apart), "whole": max(max(a) for a in apart), "seeds": len(apart)}
            rows.append({"system": system, "of": of, **row})
    return rows


def _apart(one: float, two: float) -> float:
    if not (math.isfinite(one) and math.isfinite(two)):
        return math.inf
    return abs(one - two) / max(abs(two), 1e-30)


def verdict(results: Mapping[str, Any], fail_if_below: bool = False) -> tuple[int, str]:
    """(exit status, a sentence): 0 all trained, 1 a system is missing or, where that is asked for, a score below gensim's; 3 nothing trained."""
    rows = results["systems"]
    missing = [row["system"] for row in rows if row["trained"] < len(results["seeds"])]
    if not any(row["trained"] for row in rows):
        return 3, "nothing was trained"
    if missing:
        return 1, f"not trained, or not with every seed: {', '.join(missing)}"
    unscored = [row["system"] for row in rows if row["reasons"]]
    if unscored:
        return 1, f"trained and not scored: {', '.join(unscored)}"
    below = [f"{row['system']} ({n})" for row in rows for n, a in row["against"].items() if a["verdict"] == BELOW]
    if below:
        told = f"below gensim's by more than {ERRORS:g} standard errors: {', '.join(below)}"
        return int(fail_if_below), f"{told}; {_fastest(rows)}"
    return 0, _praise(rows)


def _praise(rows: Sequence[Mapping[str, Any]]) -> str:
    timed = [row for row in rows if row["ratio"] is not None]
    if not timed:
        best = max(rows, key=lambda row: row["speed"]["median"])
        return f"{len(rows)} of {len(rows)} trained; fastest: {best['system']}, {best['speed']['median']:,.0f} words/s"
    known = [a for row in timed for a in row["against"].values() if a["verdict"] != UNKNOWN]
    scores = "no score is below gensim's" if known else "too few seeds to compare scores"
    return f"{_fastest(rows)}; {scores}"


def _fastest(rows: Sequence[Mapping[str, Any]]) -> str:
    """The system that gains most on gensim."""
    best = max((row for row in rows if row["ratio"] is not None), key=lambda row: row["ratio"]["median"])
    ratio = best["ratio"]
    told = f"{ratio['median']:.2f} times gensim's words a second ({ratio['low']:.2f} – {ratio['high']:.2f})"
    return f"{best['system']} reads {told}"
