"""Optax asked raw: the losses and optimizers that JAX itself does not have."""

# Where optax is not installed, Pyright takes this file for it.
# pyright: reportAttributeAccessIssue=false
from __future__ import annotations

import inspect
from typing import Any

import jax
import jax.numpy as jnp
import optax
from samegraph.divergences import SETTINGS as S
from samegraph.divergences import Probes

from . import plain, value_and_gradients


def _cross_entropy(*labels):
    return lambda x: optax.softmax_cross_entropy(x, jnp.array(labels))


def _of_labels(x, i):
    return optax.softmax_cross_entropy_with_integer_labels(x, i)


def _clipped(x):
    return [optax.clip_by_global_norm(1.0).update(x, None)[0]]


def _follow(make):
    """The parameters after each step, in float64. make: a schedule of rates to an optimizer."""

    def trajectory(start, gradients, rates):
        with jax.enable_x64(True):
            schedule = jnp.asarray(rates)
            optimizer = make(lambda count: schedule[count])
            p, out = jnp.asarray(start), []
            state = optimizer.init(p)
            for g in gradients:
                updates, state = optimizer.update(jnp.asarray(g), state, p)
                p = optax.apply_updates(p, updates)
                out.append(p)
            return plain(jnp.stack(out))

    return trajectory


def _defaults(optimizer, **names):
    def read():
        found = {k: p.default for k, p in inspect.signature(optimizer).parameters.items()}
        values = {k: found[n] for k, n in names.items()}
        return {k: "none" if v in (inspect.Parameter.empty, None) else float(v) for k, v in values.items()}

    return read


_RMSPROP = {"decay": S.decay, "eps": S.epsilon, "momentum": S.momentum}
_ADAM = {"b1": S.beta1, "b2": S.beta2, "eps": S.epsilon}

TABLE: dict[str, Any] = {
    "cross-entropy-label-at-minus-inf": _cross_entropy(1.0, 0.0),
    "cross-entropy-other-at-minus-inf": _cross_entropy(1.0, 0.0),
    "cross-entropy-labels-sum-to-2": _cross_entropy(1.0, 1.0),
    "cosine-similarity-of-zero": lambda x: optax.cosine_similarity(x, jnp.array([1.0, 0.0])),
    "cross-entropy-label-outside": _of_labels,
    "cross-entropy-reduction": _of_labels,
    "l2-loss": optax.l2_loss,
    "clip-by-global-norm": _clipped,
    "clip-by-global-norm-inf": _clipped,
    "sgd-formula": _follow(optax.sgd),
    "momentum-formula": _follow(lambda rate: optax.sgd(rate, momentum=S.momentum)),
    "nesterov-formula": _follow(lambda rate: optax.sgd(rate, momentum=S.momentum, nesterov=True)),
    "adagrad-formula": _follow(lambda rate: optax.adagrad(rate, eps=S.epsilon)),
    "rmsprop-momentum-formula": _follow(lambda rate: optax.rmsprop(rate, **_RMSPROP)),
    "rmsprop-momentum-outside-formula": _follow(lambda rate: optax.rmsprop(rate, eps_in_sqrt=False, **_RMSPROP)),
    "rmsprop-momentum-from-1-formula": _follow(lambda rate: optax.rmsprop(rate, initial_scale=1.0, **_RMSPROP)),
    "rmsprop-centered-formula": _follow(lambda rate: optax.rmsprop(rate, S.decay, S.epsilon, centered=True)),
    "adam-formula": _follow(lambda rate: optax.adam(rate, **_ADAM)),
    "adamw-formula": _follow(lambda rate: optax.adamw(rate, weight_decay=S.weight_decay, **_ADAM)),
    "adadelta-formula": _follow(lambda rate: optax.adadelta(rate, S.decay, S.epsilon)),
    "adamax-formula": _follow(lambda rate: optax.adamax(rate, **_ADAM)),
    "sgd-defaults": _defaults(optax.sgd, rate="learning_rate"),
    "momentum-defaults": _defaults(optax.sgd, rate="learning_rate", momentum="momentum"),
    "adagrad-defaults": _defaults(
        optax.adagrad, rate="learning_rate", accumulator="initial_accumulator_value", epsilon="eps"
    ),
    "rmsprop-defaults": _defaults(
        optax.rmsprop, rate="learning_rate", decay="decay", momentum="momentum", epsilon="eps"
    ),
    "adam-defaults": _defaults(optax.adam, rate="learning_rate", beta1="b1", beta2="b2", epsilon="eps"),
    "adamw-defaults": _defaults(
        optax.adamw, rate="learning_rate", beta1="b1", beta2="b2", epsilon="eps", weight_decay="weight_decay"
    ),
    "adadelta-defaults": _defaults(optax.adadelta, rate="learning_rate", decay="rho", epsilon="eps"),
    "adamax-defaults": _defaults(optax.adamax, rate="learning_rate", beta1="b1", beta2="b2", epsilon="eps"),
}

probes = Probes(
    framework="optax",
    version=optax.__version__,
    table=TABLE,
    native=jnp.asarray,
    plain=plain,
    value_and_gradients=value_and_gradients,
)
