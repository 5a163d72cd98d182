"""Closed formulas of the optimizers, and which of them a trajectory follows.

The hyper-parameters are those of SETTINGS; the rate changes during the trajectory, so that formulas that fold it into
their state show.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import SETTINGS

Array = np.ndarray[Any, Any]
State = dict[str, Array]
Update = Callable[
    [Array, Array, int, float, State], Array
]  # (parameters, gradient, step from 1, rate, state) -> parameters

_EPS, _MU, _RHO = SETTINGS.epsilon, SETTINGS.momentum, SETTINGS.decay
_B1, _B2, _WD = SETTINGS.beta1, SETTINGS.beta2, SETTINGS.weight_decay

START = np.array([1.0, -1.0, 0.5, 2.0])
# Of very different sizes, one always zero: an epsilon shows in the small ones.
GRADIENTS = np.array(
    [
        [0.5, -0.06, 4e-4, 0.0],
        [-1.2, 0.11, -9e-4, 0.0],
        [0.3, 0.02, 1.3e-3, 0.0],
        [0.9, -0.14, 2e-4, 0.0],
        [-0.4, 0.07, -1.1e-3, 0.0],
        [1.6, 0.05, 7e-4, 0.0],
    ]
)
RATES = np.array([0.1, 0.1, 0.1, 0.05, 0.05, 0.05])
CONSTANT_RATES = np.full(6, 0.1)


def _sgd(p: Array, g: Array, t: int, rate: float, s: State) -> Array:
    return p - rate * g


def _momentum(p: Array, g: Array, t: int, rate: float, s: State) -> Array:
    s["v"] = _MU * s["v"] + g
    return p - rate * s["v"]


def _momentum_of_steps(p: Array, g: Array, t: int, rate: float, s: State) -> Array:
    s["v"] = _MU * s["v"] - rate * g
    return p + s["v"]


def _nesterov(p: Array, g: Array, t: int, rate: float, s: State) -> Array:
    s["v"] = _MU * s["v"] + g
    return p - rate * (g + _MU * s["v"])


def _nesterov_of_steps(p: Array, g: Array, t: int, rate: float, s: State) -> Array:
    s["v"] = _MU * s["v"] - rate * g
    return p + _MU * s["v"] - rate * g


def _adagrad(epsilon: str) -> Update:
    def update(p: Array, g: Array, t: int, rate: float, s: State) -> Array:
        s["a"] = s["a"] + g * g
        root = {"none": np.sqrt(s["a"]), "outside": np.sqrt(s["a"]) + _EPS, "inside": np.sqrt(s["a"] + _EPS)}[epsilon]
        return p - rate * np.divide(g, root, out=np.zeros_like(g), where=g != 0)

    return update


def _rmsprop(epsilon: str, centered: bool, buffer: str) -> Update:
    def update(p: Array, g: Array, t: int, rate: float, s: State) -> Array:
        s["a"] = _RHO * s["a"] + (1 - _RHO) * g * g
        s["g"] = _RHO * s["g"] + (1 - _RHO) * g
        spread = s["a"] - s["g"] ** 2 if centered else s["a"]
        step = g / (np.sqrt(spread + _EPS) if epsilon == "inside" else np.sqrt(spread) + _EPS)
        if buffer == "none":
            return p - rate * step
        s["m"] = _MU * s["m"] + (rate * step if buffer == "steps" else step)
        return p - (s["m"] if buffer == "steps" else rate * s["m"])

    return update


def _adam(epsilon_hat: bool) -> Update:
    def update(p: Array, g: Array, t: int, rate: float, s: State) -> Array:
        s["m"] = _B1 * s["m"] + (1 - _B1) * g
        s["v"] = _B2 * s["v"] + (1 - _B2) * g * g
        if epsilon_hat:
            return p - rate * np.sqrt(1 - _B2**t) / (1 - _B1**t) * s["m"] / (np.sqrt(s["v"]) + _EPS)
        return p - rate * (s["m"] / (1 - _B1**t)) / (np.sqrt(s["v"] / (1 - _B2**t)) + _EPS)

    return update


def _adadelta(p: Array, g: Array, t: int, rate: float, s: State) -> Array:
    s["a"] = _RHO * s["a"] + (1 - _RHO) * g * g
    step = np.sqrt(s["u"] + _EPS) / np.sqrt(s["a"] + _EPS) * g
    s["u"] = _RHO * s["u"] + (1 - _RHO) * step * step
    return p - rate * step


def _adamax(epsilon: str) -> Update:
    def update(p: Array, g: Array, t: int, rate: float, s: State) -> Array:
        s["m"] = _B1 * s["m"] + (1 - _B1) * g
        s["u"] = np.maximum(_B2 * s["u"], np.abs(g) + (_EPS if epsilon == "inside" else 0.0))
        return p - rate / (1 - _B1**t) * s["m"] / (s["u"] + (_EPS if epsilon == "outside" else 0.0))

    return update


def _ftrl(p: Array, g: Array, t: int, rate: float, s: State) -> Array:
    total = s["n"] + g * g
    s["z"] = s["z"] + g - (np.sqrt(total) - np.sqrt(s["n"])) / rate * p
    s["n"] = total
    shrunk = (np.sign(s["z"]) * SETTINGS.l1 - s["z"]) / (np.sqrt(total) / rate + 2 * SETTINGS.l2)
    return np.where(np.abs(s["z"]) > SETTINGS.l1, shrunk, 0.0)


def _proximal(p: Array, g: Array, t: int, rate: float, s: State) -> Array:
    q = p - rate * g
    return np.sign(q) * np.maximum(np.abs(q) - rate * SETTINGS.l1, 0.0) / (1 + rate * SETTINGS.l2)


def _coupled(update: Update) -> Update:
    return lambda p, g, t, rate, s: update(p, g + _WD * p, t, rate, s)


def _decoupled(update: Update) -> Update:
    return lambda p, g, t, rate, s: update(p - rate * _WD * p, g, t, rate, s)


def _zeros(**other: float) -> State:
    return {k: np.full(4, other.get(k, 0.0)) for k in "vagmunz"}


# name: (what makes the next parameters, what its state starts as, whether the rate must be constant)
FORMULAS: dict[str, tuple[Update, dict[str, float]]] = {
    "p -= rate g": (_sgd, {}),
    "v = mu v + g; p -= rate v": (_momentum, {}),
    "v = mu v - rate g; p += v": (_momentum_of_steps, {}),
    "v = mu v + g; p -= rate (g + mu v)": (_nesterov, {}),
    "v = mu v - rate g; p += mu v - rate g": (_nesterov_of_steps, {}),
    **{
        f"adagrad: accumulator starts at {a}, epsilon {e}": (_adagrad(e), {"a": a})
        for e in ("none", "outside", "inside")
        for a in (0.1, 0.0)
    },
    **{
        f"{'centered ' if c else ''}rmsprop: mean square starts at {a:g}, epsilon {e} the root{b}": (
            _rmsprop(e, c, {"": "none", ", momentum of steps": "steps", ", momentum of directions": "directions"}[b]),
            {"a": a},
        )
        for c in (False, True)
        for e in ("inside", "outside")
        for a in (1.0, 0.0)
        for b in (("",) if c else ("", ", momentum of steps", ", momentum of directions"))
    },
    "adam: epsilon-hat, p -= rate sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + epsilon)": (_adam(True), {}),
    "adam: p -= rate m-hat / (sqrt(v-hat) + epsilon)": (_adam(False), {}),
    "adam, epsilon-hat, decoupled decay: p -= rate wd p": (_decoupled(_adam(True)), {}),
    "adam, decoupled decay: p -= rate wd p": (_decoupled(_adam(False)), {}),
    "adam, coupled decay: g += wd p": (_coupled(_adam(False)), {}),
    "p -= rate (g + wd p)": (_coupled(_sgd), {}),
    "v = mu v + g + wd p; p -= rate v": (_coupled(_momentum), {}),
    "v = mu v - rate g; p += v - rate wd p": (_decoupled(_momentum_of_steps), {}),
    "adadelta: epsilon inside both roots": (_adadelta, {}),
    "adamax: u = max(b2 u, |g| + epsilon)": (_adamax("inside"), {}),
    "adamax: u = max(b2 u, |g|), divided by u + epsilon": (_adamax("outside"), {}),
    "ftrl: accumulator starts at 0.1, l2 doubled": (_ftrl, {"n": 0.1}),
    "proximal descent: shrunk by rate l1, divided by 1 + rate l2": (_proximal, {}),
}


def trajectory(name: str, rates: Array) -> Array:
    """The parameters after each of the six steps of that formula."""
    update, initial = FORMULAS[name]
    p, state, out = START.copy(), _zeros(**initial), []
    for t, (g, rate) in enumerate(zip(GRADIENTS, rates), 1):
        p = update(p, g, t, float(rate), state)
        out.append(p)
    return np.array(out)


def named(rates: Array) -> Callable[[Any], str]:
    """Reads a trajectory as the name of the formula that it follows."""

    def read(found: Any) -> str:
        apart = {n: float(np.abs(trajectory(n, rates) - np.asarray(found)).max()) for n in FORMULAS}
        near = min(apart, key=lambda n: apart[n])
        return near if apart[near] < 1e-7 else f"none of the formulas; {apart[near]:.2g} from {near}"

    return read
