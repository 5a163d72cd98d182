"""Keras 3 asked raw, on its TensorFlow backend: layers, losses of probabilities, optimizers."""

# Where keras is not installed, Pyright takes this file for it.
# pyright: reportAttributeAccessIssue=false
from __future__ import annotations

import os
from typing import Any

os.environ["KERAS_BACKEND"] = "tensorflow"

import inspect

import keras
import numpy as np
import tensorflow as tf
from samegraph.divergences import SETTINGS as S
from samegraph.divergences import Probes, attempt

from . import plain, value_and_gradients


def _batch_norm(x):
    layer = keras.layers.BatchNormalization(momentum=0.9)
    y = layer(x, training=True)
    return {
        "output": tf.reshape(y, [-1]),
        "running variance": tf.convert_to_tensor(layer.moving_variance),
        "running mean": tf.convert_to_tensor(layer.moving_mean),
    }


def _batch_norm_defaults():
    layer = keras.layers.BatchNormalization()
    return {"epsilon": layer.epsilon, "decay": layer.momentum}


def _dense():
    keras.utils.set_random_seed(0)
    layer = keras.layers.Dense(1)
    layer.build((None, 1000))
    kernel, bias = layer.get_weights()
    reach = float(np.abs(kernel).max()) * 1000**0.5
    return {"largest weight * sqrt(inputs)": round(reach, 1), "bias": "drawn" if bias.any() else "zero"}


def _follow(make):
    """The parameters after each step, in float64."""

    def trajectory(start, gradients, rates):
        v = keras.Variable(start, dtype="float64")
        optimizer, out = make(), []
        optimizer.build([v])
        for g, rate in zip(gradients, rates):
            optimizer.learning_rate = float(rate)
            optimizer.apply([tf.constant(g)], [v])
            out.append(v.numpy())
        return np.array(out)

    return trajectory


def _sparse(make):
    """A table after each step, its gradient sparse and dense."""

    def both(*given):
        ids, rows, dense = given[:4], given[4:8], given[8:]
        shape = tf.constant([2, 1], tf.int64)
        slopes = [tf.IndexedSlices(tf.constant(r[:, None]), tf.constant(i), shape) for i, r in zip(ids, rows)]
        return {"sparse": attempt(lambda: run(slopes)), "dense": attempt(lambda: run(map(tf.constant, dense)))}

    def run(slopes):
        table = keras.Variable(np.ones((2, 1)), dtype="float64")
        optimizer, out = make(), []
        optimizer.build([table])
        for slope in slopes:
            optimizer.apply([slope], [table])
            out.append(table.numpy()[:, 0])
        return np.array(out)

    return both


def _defaults(optimizer, **names):
    def read():
        found = {k: p.default for k, p in inspect.signature(optimizer).parameters.items()}
        return {k: found[n] for k, n in names.items()}

    return read


_OPTIMIZERS = keras.optimizers
_ADAM = {"beta_1": S.beta1, "beta_2": S.beta2, "epsilon": S.epsilon}
_BETAS = {"beta1": "beta_1", "beta2": "beta_2", "epsilon": "epsilon"}
_RATE = {"rate": "learning_rate"}

TABLE: dict[str, Any] = {
    "binary-cross-entropy-of-probability": lambda x: keras.losses.binary_crossentropy(tf.ones([1]), x[None]),
    "batch-norm-training-step": _batch_norm,
    "batch-norm-defaults": _batch_norm_defaults,
    "layer-norm-epsilon": lambda: keras.layers.LayerNormalization().epsilon,
    "dense-initializer": _dense,
    "sgd-formula": _follow(_OPTIMIZERS.SGD),
    "momentum-formula": _follow(lambda: _OPTIMIZERS.SGD(momentum=S.momentum)),
    "nesterov-formula": _follow(lambda: _OPTIMIZERS.SGD(momentum=S.momentum, nesterov=True)),
    "adagrad-formula": _follow(lambda: _OPTIMIZERS.Adagrad(epsilon=S.epsilon)),
    "rmsprop-momentum-formula": _follow(
        lambda: _OPTIMIZERS.RMSprop(rho=S.decay, momentum=S.momentum, epsilon=S.epsilon)
    ),
    "rmsprop-centered-formula": _follow(lambda: _OPTIMIZERS.RMSprop(rho=S.decay, epsilon=S.epsilon, centered=True)),
    "adam-formula": _follow(lambda: _OPTIMIZERS.Adam(**_ADAM)),
    "adamw-formula": _follow(lambda: _OPTIMIZERS.AdamW(weight_decay=S.weight_decay, **_ADAM)),
    "sgd-weight-decay-formula": _follow(lambda: _OPTIMIZERS.SGD(weight_decay=S.weight_decay)),
    "momentum-weight-decay-formula": _follow(lambda: _OPTIMIZERS.SGD(momentum=S.momentum, weight_decay=S.weight_decay)),
    "adadelta-formula": _follow(lambda: _OPTIMIZERS.Adadelta(rho=S.decay, epsilon=S.epsilon)),
    "adamax-formula": _follow(lambda: _OPTIMIZERS.Adamax(**_ADAM)),
    "ftrl-formula": _follow(lambda: _OPTIMIZERS.Ftrl(l1_regularization_strength=S.l1, l2_regularization_strength=S.l2)),
    "sgd-defaults": _defaults(_OPTIMIZERS.SGD, **_RATE),
    "momentum-defaults": _defaults(_OPTIMIZERS.SGD, momentum="momentum", **_RATE),
    "adagrad-defaults": _defaults(
        _OPTIMIZERS.Adagrad, accumulator="initial_accumulator_value", epsilon="epsilon", **_RATE
    ),
    "rmsprop-defaults": _defaults(_OPTIMIZERS.RMSprop, decay="rho", momentum="momentum", epsilon="epsilon", **_RATE),
    "adam-defaults": _defaults(_OPTIMIZERS.Adam, **_BETAS, **_RATE),
    "adamw-defaults": _defaults(_OPTIMIZERS.AdamW, weight_decay="weight_decay", **_BETAS, **_RATE),
    "adadelta-defaults": _defaults(_OPTIMIZERS.Adadelta, decay="rho", epsilon="epsilon", **_RATE),
    "adamax-defaults": _defaults(_OPTIMIZERS.Adamax, **_BETAS, **_RATE),
    "ftrl-defaults": _defaults(
        _OPTIMIZERS.Ftrl, power="learning_rate_power", accumulator="initial_accumulator_value", **_RATE
    ),
    "momentum-sparse": _sparse(lambda: _OPTIMIZERS.SGD(0.1, momentum=0.9)),
    "adagrad-sparse": _sparse(lambda: _OPTIMIZERS.Adagrad(0.1)),
    "rmsprop-sparse": _sparse(lambda: _OPTIMIZERS.RMSprop(0.1)),
    "adam-sparse": _sparse(lambda: _OPTIMIZERS.Adam(0.1)),
}

probes = Probes(
    framework="keras",
    version=keras.__version__,
    table=TABLE,
    native=tf.constant,
    plain=plain,
    value_and_gradients=value_and_gradients,
)
