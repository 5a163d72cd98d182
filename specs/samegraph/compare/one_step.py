"""Each step by itself: the float64 reference, taken to where a training stands, makes the step that the training made.

Trainings part where rounding decides, and a bound on how far apart they are is then as wide as the parting. What one step does from
one place does not part: its loss, gradients and updates are held to what float32 rounds away in one step. Numbers that a step
leaves alone round nothing away: each of them is to stay what it was, and to have no gradient.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

import samegraph.tf1 as tf

from ..programs.model import Batch, Program
from .kinks import MOST_DECIDED, Decided, decided
from .recording import Arrays, GraphRunner, Step, norm, touched

FACTOR = 32.0  # `rounded` rounds once an operation; a sum of a thousand terms rounds as if by chance 32 times as much
_HALF_ULP = float(np.finfo(np.float32).eps) / 2
_EVERY_STEP_UP_TO = 100_000
_FEW, _MOST = 5, 20
_NEIGHBOURS = 4

_AT_REST = "numbers at rest of "

Bounds = Mapping[int, Mapping[str, float]]


def steps_looked_at(steps: int, parameters: int, keep: Sequence[int]) -> list[int]:
    """All steps of a model of few parameters; else every fiftieth or so, those in `keep` with them."""
    if parameters <= _EVERY_STEP_UP_TO:
        return list(range(steps))
    return sorted({*keep, *np.linspace(0, steps - 1, min(_MOST, max(_FEW, steps // 50))).round().astype(int).tolist()})


@dataclass(frozen=True)
class Error:
    """The quantity of a step that comes nearest to its bound: what share of it, and both relative to the reference's norm.

    Of numbers at rest `error` and `bound` are how many of them do not stay at rest.
    """

    step: int
    quantity: str
    share: float
    error: float
    bound: float

    def sentence(self) -> str:
        if self.quantity.startswith(_AT_REST):
            return f"step {self.step} by itself: {self.error:.0f} {self.quantity} move or have a gradient, bound {self.bound:.0f}"
        return (
            f"step {self.step} by itself: {self.quantity} {self.error:.3g} from the reference's at the same place, "
            f"bound {self.bound:.3g}"
        )


@dataclass
class EachStep:
    """A watcher of a recording: the reference makes every step `at` which it looks, from where the recorded training stands.

    errors, norms: by step and quantity, |training - reference| and |reference|, Euclidean; of numbers at rest, how many are not,
    and how many there are. A step that is not finite has none.
    touched: by step and parameter, of how many elements the reference's gradient is not 0.
    bounds: of the errors; None where a training is only looked at. nearest: by step, what comes nearest to its bound. excess: the
    first that is beyond it; what follows is not looked at. decided: steps at which the reference beside the place answered as the
    training did.
    """

    program: Program
    initial: Arrays
    at: Sequence[int]
    bounds: Bounds | None = None
    errors: dict[int, dict[str, float]] = field(default_factory=dict)
    norms: dict[int, dict[str, float]] = field(default_factory=dict)
    touched: dict[int, dict[str, int]] = field(default_factory=dict)
    nearest: dict[int, Error] = field(default_factory=dict)
    excess: Error | None = None
    decided: list[Decided] = field(default_factory=list)

    def __post_init__(self) -> None:
        wide = {n: np.asarray(a, np.float64) for n, a in self.initial.items()}
        self._runner = GraphRunner(self.program, "numpy", "rules", tf.float64, wide)

    def close(self) -> None:
        self._runner.close()

    def skip(self, batch: Batch) -> None:
        """A step that is not looked at."""
        self._runner.skip(batch)

    def __call__(self, step: int, batch: Batch, made: Step) -> None:
        if self.excess is None:
            self._look(step, batch, made)
        self._runner.skip(batch)

    def _look(self, step: int, batch: Batch, made: Step) -> None:
        want = self._runner.made_from(made.before, batch)
        if not (made.finite() and want.finite()):
            return
        nearest = self._held(step, made, want)
        if nearest.share > 1 and len(self.decided) < MOST_DECIDED:
            found = decided(self._runner, step, batch, want, made, lambda s: self._held(step, made, s).share <= 1)
            if found is not None:
                want, why = found
                self.decided.append(why)
                nearest = self._held(step, made, want)
        if self.bounds is not None:
            self.nearest[step], self.excess = nearest, nearest if nearest.share > 1 else None

    def _held(self, step: int, made: Step, want: Step) -> Error:
        """Keeps the errors and norms of the step, and answers what comes nearest to its bound."""
        self.errors[step], self.norms[step] = errors, norms = _errors(made, want), _norms(want)
        self.touched[step] = touched(want.gradients)
        if self.bounds is None:
            return Error(step, "", 0.0, 0.0, 0.0)
        bounds = self.bounds.get(step, {})
        shares = {q: e / b if (b := bounds.get(q, 0.0)) else (0.0 if e == 0 else np.inf) for q, e in errors.items()}
        worst = max(shares, key=lambda q: shares[q])
        scale = 1.0 if worst.startswith(_AT_REST) else max(norms[worst], 1e-300)
        return Error(step, worst, shares[worst], errors[worst] / scale, bounds.get(worst, 0.0) / scale)


def bounds_from(looked_at: EachStep) -> dict[int, dict[str, float]]:
    """FACTOR times the median error of the steps around, or half a float32 ulp of the quantity where that is more.

    The median: a step at which rounding decided does not widen its own bound, nor its neighbours'. Of numbers at rest, half an
    ulp of which is none, only as many may move as do where the reference is rounded.
    """
    steps = sorted(looked_at.errors)
    out: dict[int, dict[str, float]] = {}
    for i, step in enumerate(steps):
        around = steps[max(0, i - _NEIGHBOURS) : i + _NEIGHBOURS + 1]
        out[step] = {
            q: FACTOR
            * max(
                float(np.median([looked_at.errors[s][q] for s in around])),
                0.0 if q.startswith(_AT_REST) else _HALF_ULP * size,
            )
            for q, size in looked_at.norms[step].items()
        }
    return out


def _update(step: Step, name: str) -> np.ndarray:
    return np.asarray(step.after[name], np.float64) - np.asarray(step.before[name], np.float64)


def _errors(made: Step, want: Step) -> dict[str, float]:
    out = {"loss": abs(made.loss - want.loss)}
    for n, gradient in want.gradients.items():
        out[f"gradient of {n}"] = norm({n: np.asarray(made.gradients[n], np.float64) - gradient})
        out[f"update of {n}"] = norm({n: _update(made, n) - _update(want, n)})
        moves = (made.after[n] != made.before[n]) | (made.gradients[n] != 0)
        out[f"{_AT_REST}{n}"] = float(np.count_nonzero(_rests(want, n) & moves))
    return out


def _rests(want: Step, name: str) -> np.ndarray:
    return (want.gradients[name] == 0) & (want.after[name] == want.before[name])


def _norms(want: Step) -> dict[str, float]:
    out = {"loss": abs(want.loss)}
    for n, gradient in want.gradients.items():
        out[f"gradient of {n}"] = norm({n: gradient})
        out[f"update of {n}"] = norm({n: _update(want, n)})
        out[f"{_AT_REST}{n}"] = float(np.count_nonzero(_rests(want, n)))
    return out
