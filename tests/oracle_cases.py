"""Small programs, each a function of a TensorFlow 1 face, that samegraph and the oracle must answer alike.

`python -m tests.oracle_cases` in an environment with TensorFlow records the oracle's answers in oracle_answers.json.
"""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

ANSWERS = Path(__file__).with_name("oracle_answers.json")
CASES: dict[str, Callable[[Any], Any]] = {}

# Modules whose public callables are compared by signature (tf.layers comes with Keras 2 alone).
MODULES = (
    "nn",
    "train",
    "math",
    "random",
    "linalg",
    "losses",
    "initializers",
    "logging",
    "test",
    "compat",
    "bitwise",
    "debugging",
    "strings",
    "summary",
    "distributions",
)


def case(program: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Registers a program: it builds in the default graph and returns what to fetch, or (what to fetch, feeds)."""
    CASES[program.__name__] = program
    return program


def answer(tf: Any, name: str) -> Any:
    """What the program answers, as plain lists and numbers, or the kind of error that it raises."""
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        tf.set_random_seed(1)
        made = CASES[name](tf)
        fetches, feeds = made if isinstance(made, tuple) else (made, {})
        session.run(tf.global_variables_initializer())
        return {key: plain(session.run(fetch, feeds)) for key, fetch in fetches.items()}


def plain(value: Any) -> Any:
    """A fetched value as lists of numbers; floats to nine digits, which tell any two float32 apart."""
    if hasattr(value, "indices") and hasattr(value, "values"):
        return {"indices": plain(value.indices), "values": plain(value.values)}
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    value = np.asarray(value).item()
    return float(f"{value:.9g}") if isinstance(value, float) else value


def signatures(tf: Any, names: Iterable[str]) -> dict[str, Any]:
    """Name to [[parameter, default], ...] of the callables of those names; "absent", or "none" for what has no signature."""
    found: dict[str, Any] = {}
    for name in sorted(names):
        try:
            thing = functools.reduce(getattr, name.split("."), tf)
        except AttributeError:
            found[name] = "absent"
            continue
        if inspect.ismodule(thing) or not callable(thing):
            continue
        try:
            found[name] = [[p.name, shown(p.default)] for p in inspect.signature(thing).parameters.values()]
        except (TypeError, ValueError):
            found[name] = "none"
    return found


def public_names(face: Any) -> list[str]:
    """The names of a face and of its modules, as written after `tf.`."""
    return [*face.__all__, *(f"{m}.{n}" for m in MODULES for n in getattr(face, m).__all__)]


def shown(default: Any) -> str | None:
    """A default value as both faces show it; None for none."""
    if default is inspect.Parameter.empty:
        return None
    name = getattr(default, "name", None)
    return name if isinstance(name, str) else type(default).__name__ if "object at" in repr(default) else repr(default)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def floats(*shape: int, seed: int = 0, dtype: Any = np.float32) -> Any:
    return rng(seed).normal(size=shape).astype(dtype)


def with_gradients(tf: Any, y: Any, /, **xs: Any) -> dict[str, Any]:
    """`y`, and the gradients of its sum with respect to `xs`."""
    return {"value": y} | dict(zip((f"d_{k}" for k in xs), tf.gradients(y, list(xs.values())), strict=True))


# Sampled classes --------------------------------------------------------------------------------------------------------


def sampled_loss(tf: Any, loss: str, num_true: int, hits: bool, batch: int | None = 3) -> Any:
    weights, biases = tf.Variable(floats(7, 4, seed=1)), tf.Variable(floats(7, seed=2))
    inputs = tf.placeholder(tf.float32, [batch, 4])
    labels = tf.placeholder(tf.int32, [batch, num_true])
    ids = np.array([[0, 5], [6, 6], [2, 1]], np.int32)[:, :num_true]
    sampled = (
        tf.constant([5, 0, 3, 1], tf.int64),
        tf.constant(rng(3).uniform(0.1, 2.0, (3, num_true)).astype(np.float32)),
        tf.constant(rng(4).uniform(0.1, 2.0, 4).astype(np.float32)),
    )
    made = getattr(tf.nn, loss)(
        weights, biases, labels, inputs, 4, 7, num_true=num_true, sampled_values=sampled, remove_accidental_hits=hits
    )
    return with_gradients(tf, made, weights=weights, biases=biases, inputs=inputs), {
        inputs: floats(3, 4, seed=5),
        labels: ids,
    }


@case
def nce_loss(tf: Any) -> Any:
    return sampled_loss(tf, "nce_loss", 1, False)


@case
def nce_loss_of_an_unknown_batch(tf: Any) -> Any:
    return sampled_loss(tf, "nce_loss", 1, False, None)


@case
def nce_loss_two_true_classes(tf: Any) -> Any:
    return sampled_loss(tf, "nce_loss", 2, False)


@case
def nce_loss_without_accidental_hits(tf: Any) -> Any:
    return sampled_loss(tf, "nce_loss", 2, True)


@case
def sampled_softmax_loss(tf: Any) -> Any:
    return sampled_loss(tf, "sampled_softmax_loss", 1, True)


@case
def sampled_softmax_loss_two_true_classes(tf: Any) -> Any:
    return sampled_loss(tf, "sampled_softmax_loss", 2, True, None)


@case
def sampled_softmax_loss_with_accidental_hits(tf: Any) -> Any:
    return sampled_loss(tf, "sampled_softmax_loss", 1, False)


# Layers -----------------------------------------------------------------------------------------------------------------


def dropped(tf: Any, feeds: dict[Any, Any], x: Any, **how: Any) -> Any:
    y = tf.nn.dropout(x, **how)
    draws = next(o for o in tf.get_default_graph().get_operations() if o.type == "RandomUniform").outputs[0]
    shape = how.get("noise_shape") or (4, 3)
    values = rng(7).uniform(size=[n or 4 for n in shape]).astype(np.float32)
    values[0] = 0.5
    return with_gradients(tf, y, x=x), {draws: values, **feeds}


@case
def dropout_keep_prob(tf: Any) -> Any:
    return dropped(tf, {}, tf.constant(floats(4, 3)), keep_prob=0.5)


@case
def dropout_rate(tf: Any) -> Any:
    return dropped(tf, {}, tf.constant(floats(4, 3)), rate=0.7)


@case
def dropout_fed_keep_prob(tf: Any) -> Any:
    keep = tf.placeholder(tf.float32, [])
    return dropped(tf, {keep: 0.7}, tf.constant(floats(4, 3)), keep_prob=keep)


@case
def dropout_whole_rows(tf: Any) -> Any:
    return dropped(tf, {}, tf.constant(floats(4, 3)), rate=0.4, noise_shape=[None, 1])


@case
def dropout_of_nothing(tf: Any) -> Any:
    x = tf.constant(floats(2, 2))
    return {"value": tf.nn.dropout(x, keep_prob=1.0), "same": tf.nn.dropout(x, rate=0.0)}


@case
def moments(tf: Any) -> Any:
    x = tf.constant(floats(4, 3))
    mean, variance = tf.nn.moments(x, [0])
    kept = tf.nn.moments(x, axes=[0, 1], keep_dims=True)
    return with_gradients(tf, variance * mean, x=x) | {"mean": mean, "kept": list(kept)}


@case
def batch_normalization(tf: Any) -> Any:
    x, offset, scale = tf.constant(floats(4, 3)), tf.constant(floats(3, seed=1)), tf.constant(floats(3, seed=2))
    mean, variance = tf.nn.moments(x, [0])
    y = tf.nn.batch_normalization(x, mean, variance, offset, scale, 1e-3)
    plain_ = tf.nn.batch_normalization(x, mean, variance, None, None, 1e-3)
    return with_gradients(tf, y * y, x=x, offset=offset, scale=scale) | {"plain": plain_}


@case
def l2_normalize(tf: Any) -> Any:
    x = tf.constant(np.concatenate([floats(2, 3), np.zeros((1, 3), np.float32)]))
    return with_gradients(tf, tf.nn.l2_normalize(x, 1), x=x) | {"old": tf.nn.l2_normalize(x, dim=0)}


@case
def xw_plus_b(tf: Any) -> Any:
    x, w, b = tf.constant(floats(4, 3)), tf.constant(floats(3, 2, seed=1)), tf.constant(floats(2, seed=2))
    return with_gradients(tf, tf.nn.xw_plus_b(x, w, b), x=x, w=w, b=b) | {"relu": tf.nn.relu_layer(x, w, b)}


@case
def bias_add_of_channels_first(tf: Any) -> Any:
    x, b = tf.constant(floats(2, 3, 2, 2)), tf.constant(floats(3, seed=1))
    return {"first": tf.nn.bias_add(x, b, data_format="NCHW"), "last": tf.nn.bias_add(x, b[:2], data_format="NHWC")}


@case
def tensordot(tf: Any) -> Any:
    a, b = tf.constant(floats(2, 3, 4)), tf.constant(floats(4, 3, 5, seed=1))
    return with_gradients(tf, tf.tensordot(a, b, [[1, 2], [1, 0]]), a=a, b=b) | {
        "one": tf.tensordot(a, b, 1),
        "pair": tf.tensordot(a, b, [1, 1]),
        "none": tf.tensordot(a[0], b[0], 0),
    }


# Images -----------------------------------------------------------------------------------------------------------------


def slid(tf: Any, make: Callable[..., Any], *xs: Any) -> Any:
    """`make` of constants `xs` with gradients, for each choice of strides and padding."""
    found = {}
    for stride in (1, 2):
        for padding in ("SAME", "VALID"):
            tensors = {f"x{i}": tf.constant(x) for i, x in enumerate(xs)}
            y = make(*tensors.values(), stride, padding)
            made = with_gradients(tf, y * y, **tensors)
            found |= {f"{k}, {padding} by {stride}": v for k, v in made.items()}
    return found


@case
def conv2d(tf: Any) -> Any:
    run = lambda x, w, stride, padding: tf.nn.conv2d(x, w, [1, stride, stride, 1], padding)
    return slid(tf, run, floats(2, 5, 6, 2), floats(3, 2, 2, 3, seed=1))


@case
def conv2d_with_other_arguments(tf: Any) -> Any:
    x, w = tf.constant(floats(2, 6, 5, 2)), tf.constant(floats(2, 3, 2, 2, seed=1))
    padded = tf.nn.conv2d(x, w, strides=2, padding=[[0, 0], [1, 2], [0, 1], [0, 0]])
    return with_gradients(tf, padded * padded, x=x, w=w) | {
        "dilated": tf.nn.conv2d(x, w, padding="SAME", dilations=[1, 2, 1, 1], strides=[1, 1, 1, 1]),
        "of a pair": tf.nn.conv2d(x, filters=w, padding="VALID", strides=[2, 1]),
        "atrous": tf.nn.atrous_conv2d(x, w, 2, "SAME"),
        "any rank": tf.nn.convolution(x, w, "SAME", strides=[2, 2]),
    }


@case
def conv1d(tf: Any) -> Any:
    run = lambda x, w, stride, padding: tf.nn.conv1d(x, w, stride, padding)
    return slid(tf, run, floats(2, 6, 3), floats(3, 3, 2, seed=1))


@case
def conv2d_transpose(tf: Any) -> Any:
    x, w = tf.constant(floats(2, 3, 3, 2)), tf.constant(floats(3, 3, 4, 2, seed=1))
    y = tf.nn.conv2d_transpose(x, w, [2, 6, 5, 4], [1, 2, 2, 1])
    valid = tf.nn.conv2d_transpose(x, w, [tf.shape(x)[0], 7, 7, 4], [1, 2, 2, 1], "VALID")
    return with_gradients(tf, y * y, x=x, w=w) | {"valid": valid}


@case
def conv2d_backprop(tf: Any) -> Any:
    x, w, g = tf.constant(floats(2, 5, 4, 2)), tf.constant(floats(2, 2, 2, 3, seed=1)), tf.constant(floats(2, 3, 2, 3))
    how = {"strides": [1, 2, 2, 1], "padding": "SAME"}
    to_input = tf.nn.conv2d_backprop_input([2, 5, 4, 2], w, g, **how)
    to_filter = tf.nn.conv2d_backprop_filter(x, [2, 2, 2, 3], g, **how)
    first, second = to_input * to_input, to_filter * to_filter
    return {"input": to_input, "filter": to_filter} | {
        "gradients": [*tf.gradients(first, [w, g]), *tf.gradients(second, [x, g])]
    }


@case
def depthwise_conv2d(tf: Any) -> Any:
    run = lambda x, w, stride, padding: tf.nn.depthwise_conv2d(x, w, [1, stride, stride, 1], padding)
    return slid(tf, run, floats(2, 5, 4, 3), floats(2, 3, 3, 2, seed=1))


@case
def separable_conv2d(tf: Any) -> Any:
    run = lambda x, d, p, stride, padding: tf.nn.separable_conv2d(x, d, p, [1, stride, stride, 1], padding)
    return slid(tf, run, floats(2, 4, 5, 2), floats(3, 2, 2, 2, seed=1), floats(1, 1, 4, 3, seed=2))


@case
def max_pool(tf: Any) -> Any:
    run = lambda x, stride, padding: tf.nn.max_pool(x, [1, 2, 3, 1], [1, stride, stride, 1], padding)
    return slid(tf, run, floats(2, 5, 5, 2))


@case
def max_pool_of_ties(tf: Any) -> Any:
    x = tf.constant(np.array([[1, 1, 0], [1, 0, 2], [0, 2, 2]], np.float32).reshape(1, 3, 3, 1))
    return with_gradients(tf, tf.nn.max_pool(x, 2, 1, "SAME"), x=x)


@case
def avg_pool(tf: Any) -> Any:
    run = lambda x, stride, padding: tf.nn.avg_pool(x, [1, 3, 2, 1], [1, stride, stride, 1], padding)
    return slid(tf, run, floats(2, 5, 5, 2))


@case
def fused_batch_norm(tf: Any) -> Any:
    x = tf.constant(floats(2, 3, 2, 3))
    scale, offset = tf.constant(floats(3, seed=1)), tf.constant(floats(3, seed=2))
    y, mean, variance = tf.nn.fused_batch_norm(x, scale, offset)
    fixed = tf.nn.fused_batch_norm(x, scale, offset, mean=offset, variance=scale * scale, is_training=False)
    made = with_gradients(tf, y * y * y, x=x, scale=scale, offset=offset)
    return made | {
        "moments": [mean, variance],
        "fixed": fixed[0],
        "gradients of fixed": tf.gradients(fixed[0] ** 2, [x]),
    }


@case
def local_response_normalization(tf: Any) -> Any:
    x = tf.constant(floats(1, 2, 2, 7))
    y = tf.nn.local_response_normalization(x, depth_radius=2, bias=2.0, alpha=0.5, beta=0.75)
    return with_gradients(tf, y * y, x=x) | {"default": tf.nn.lrn(x)}


# Linear algebra ---------------------------------------------------------------------------------------------------------


def matrices(*shape: int, definite: bool = False) -> Any:
    m = floats(*shape)
    return (
        m @ m.swapaxes(-1, -2) + np.eye(shape[-1], dtype=np.float32)
        if definite
        else m + 3 * np.eye(shape[-1], dtype=m.dtype)
    )


@case
def cholesky(tf: Any) -> Any:
    a, rhs = tf.constant(matrices(2, 3, 3, definite=True)), tf.constant(floats(2, 3, 2, seed=1))
    y = tf.cholesky(a)
    solved = tf.cholesky_solve(y, rhs)
    return (
        with_gradients(tf, y * rhs[:, :, :1], a=a)
        | with_gradients(tf, solved * solved, rhs=rhs)
        | {
            "logdet": tf.linalg.logdet(a),
            "d_logdet": tf.gradients(tf.linalg.logdet(a), a)[0],
        }
    )


@case
def matrix_inverse(tf: Any) -> Any:
    a = tf.constant(matrices(2, 3, 3))
    y = tf.matrix_inverse(a)
    return with_gradients(tf, y * y, a=a) | {"adjoint": tf.linalg.inv(a, adjoint=True)}


@case
def matrix_solve(tf: Any) -> Any:
    a, rhs = tf.constant(matrices(2, 3, 3)), tf.constant(floats(2, 3, 2, seed=1))
    y, turned = tf.matrix_solve(a, rhs), tf.matrix_solve(a, rhs, adjoint=True)
    return with_gradients(tf, y * y, a=a, rhs=rhs) | {"adjoint": turned, "d_adjoint": tf.gradients(turned**2, [a, rhs])}


@case
def matrix_triangular_solve(tf: Any) -> Any:
    a, rhs = tf.constant(matrices(2, 3, 3)), tf.constant(floats(2, 3, 2, seed=1))
    found = {}
    for lower in (True, False):
        for adjoint in (True, False):
            y = tf.matrix_triangular_solve(a, rhs, lower=lower, adjoint=adjoint)
            found[f"{lower} {adjoint}"] = [y, *tf.gradients(y * y, [a, rhs])]
    return found


@case
def determinants(tf: Any) -> Any:
    a = tf.constant(matrices(2, 3, 3))
    y = tf.matrix_determinant(a)
    sign, log = tf.linalg.slogdet(a)
    return with_gradients(tf, y * y, a=a) | {"sign": sign, "log": log, "d_log": tf.gradients(log * log, a)[0]}


@case
def diagonals(tf: Any) -> Any:
    x, d = tf.constant(floats(2, 3, 4)), tf.constant(floats(2, 3, seed=1))
    set_, band = tf.matrix_set_diag(x, d), tf.matrix_band_part(x, 1, 0)
    return {
        "matrix_diag": tf.matrix_diag(d),
        "matrix_diag_part": [tf.matrix_diag_part(x), tf.matrix_diag_part(x, k=1), tf.linalg.diag_part(x, k=-1)],
        "matrix_set_diag": [set_, *tf.gradients(set_ * set_, [x, d])],
        "matrix_band_part": [band, tf.matrix_band_part(x, -1, 1), tf.gradients(band * band, x)[0]],
        "trace": tf.trace(x),
        "diag": tf.diag(d),
        "diag_part": tf.diag_part(tf.diag(d)),
        "cross": tf.cross(d, tf.constant(floats(2, 3, seed=2))),
    }


@case
def einsum(tf: Any) -> Any:
    a, b = tf.constant(floats(2, 3, 4)), tf.constant(floats(2, 4, 3, seed=1))
    y = tf.einsum("bij,bjk->bik", a, b)
    return with_gradients(tf, y * y, a=a, b=b) | {
        "implicit": tf.einsum("ij,jk", a[0], b[0]),
        "outer": tf.einsum("i,j->ij", a[0, 0], b[0, 0]),
        "transposed": tf.einsum("ijk->kij", a),
        "summed": tf.einsum("ijk->j", a),
        "contracted": tf.einsum("bij,bji->b", a, b),
    }


@case
def log_poisson_loss(tf: Any) -> Any:
    x, z = tf.constant(floats(2, 3)), tf.constant([[0.0, 1.0, 2.5], [7.0, 0.5, 3.0]])
    plain_ = tf.nn.log_poisson_loss(z, x)
    full = tf.nn.log_poisson_loss(z, x, compute_full_loss=True)
    return with_gradients(tf, full, x=x) | {"plain": plain_}


@case
def pool(tf: Any) -> Any:
    x = tf.constant(floats(2, 5, 5, 2))
    return {
        "max": tf.nn.pool(x, [2, 3], "MAX", "SAME", strides=[2, 1]),
        "mean": tf.nn.pool(x, [2, 2], "AVG", "VALID"),
    }


@case
def other_losses(tf: Any) -> Any:
    labels, predictions = tf.constant(floats(4, 3)), tf.constant(floats(4, 3, seed=1))
    truths, shares = tf.constant([[0.0, 1.0, 1.0]] * 4), tf.sigmoid(predictions)
    weights = tf.constant([[1.0], [0.0], [2.0], [0.5]])
    made = {
        "huber": tf.losses.huber_loss(labels, predictions, weights, delta=0.75),
        "hinge": tf.losses.hinge_loss(truths, predictions, weights),
        "log": tf.losses.log_loss(truths, shares, weights),
        "cosine": tf.losses.cosine_distance(
            tf.nn.l2_normalize(labels, 1), tf.nn.l2_normalize(predictions, 1), 1, weights
        ),
        "pairs": tf.losses.mean_pairwise_squared_error(labels, predictions, weights),
        "pairs of all": tf.losses.mean_pairwise_squared_error(labels, predictions),
    }
    return made | {f"d_{k}": tf.gradients(v, predictions)[0] for k, v in made.items()}


# Draws, Python functions, messages, strings --------------------------------------------------------------------------------


@case
def classes_drawn(tf: Any) -> Any:
    """Draws differ from library to library: what is compared is their type, and how often each class comes, in tenths."""
    logits = tf.constant(np.log(np.array([[0.1, 0.3, 0.6], [0.5, 0.5, 1e-30]], np.float32)))

    def tenths(drawn: Any) -> Any:
        return tf.round(tf.reduce_mean(tf.one_hot(drawn, 3), axis=1) * 10)

    wide = tf.multinomial(logits, 20_000)
    narrow = tf.random.categorical(logits, 20_000, dtype=tf.int32)
    return {
        "wide": tenths(wide),
        "narrow": tenths(narrow),
        "dtypes": [tf.zeros_like(t[0, 0]) for t in (wide, narrow)],
        "shapes": [tf.shape(wide), tf.shape(tf.random_shuffle(logits)), tf.shape(tf.random_crop(logits, [1, 2]))],
        "shuffled": tf.reduce_sum(tf.random_shuffle(tf.constant([[1, 2], [3, 4], [5, 6]])), 0),
        "gamma": tf.shape(tf.random_gamma([5], [[1.0], [2.0]], beta=[1.0, 2.0, 3.0])),
        "mean": tf.round(tf.reduce_mean(tf.random_gamma([20_000], 4.0, 2.0)) * 10),
        "poisson": tf.round(tf.reduce_mean(tf.random_poisson([3.0, 5.0], [20_000]), 0)),
    }


@case
def candidates(tf: Any) -> Any:
    labels = tf.constant([[1], [2], [4]], tf.int64)
    uniform = tf.nn.uniform_candidate_sampler(labels, 1, 4, False, 5)
    unigram = tf.nn.fixed_unigram_candidate_sampler(labels, 1, 8, False, 5, distortion=0.75, unigrams=[1, 2, 3, 4, 5.0])
    everything = tf.nn.all_candidate_sampler(labels, 1, 5, True)
    return {"uniform": list(uniform[1:]), "unigram": unigram[1], "all": list(everything)}


@case
def distributions(tf: Any) -> Any:
    one = tf.distributions.Categorical(logits=tf.constant(floats(2, 3)))
    two = tf.distributions.Categorical(probs=tf.constant([0.25, 0.75]), dtype=tf.int64)
    normal = tf.distributions.Normal(tf.constant([0.0, 1.0]), tf.constant(2.0))
    return {
        "log": [one.log_prob([0, 2]), one.log_prob([[0, 1], [2, 2]]), two.log_prob([1, 0, 1]), two.log_prob(1)],
        "prob": [one.prob([0, 2]), two.prob(1), normal.prob(0.5)],
        "rest": [one.entropy(), one.mode(), one.logits, two.logits, two.entropy(), two.mode(), one.event_size],
        "shapes": [
            tf.shape(one.sample()),
            tf.shape(one.sample([4, 2])),
            tf.shape(two.sample(5)),
            tf.shape(normal.sample(3)),
        ],
        "normal": [normal.log_prob([[1.0, 2.0]]), normal.entropy(), normal.mean(), normal.stddev(), normal.variance()],
        "gradient": tf.gradients(one.log_prob([0, 2]), one.logits),
        "dtype": [tf.zeros_like(one.sample()), tf.zeros_like(two.sample(2))],
    }


@case
def python_functions(tf: Any) -> Any:
    x = tf.constant(floats(2, 3))
    double = tf.py_func(lambda a: 2 * a, [x], tf.float32)
    first, second = tf.py_func(lambda a, n: (a[:n], np.int64(n)), [x, 1], [tf.float32, tf.int64])
    text = tf.py_func(lambda t, n: t * int(n), [tf.constant("ab"), 2], tf.string, stateful=False)
    double.set_shape([2, 3])
    return with_gradients(tf, x * double, x=x) | {"parts": [first, second], "text": tf.equal(text, "abab")}


@case
def a_python_function_of_another_dtype(tf: Any) -> Any:
    return raises(tf, lambda: tf.py_func(lambda: np.float64(1.0), [], tf.float32))


@case
def a_python_function_that_raises(tf: Any) -> Any:
    def broken(kind: Any) -> Any:
        raise kind("on purpose")

    kinds = [ValueError, TypeError, RuntimeError, NotImplementedError, StopIteration, MemoryError, KeyError]
    found = [raises(tf, lambda k=k: tf.py_func(lambda: broken(k), [], tf.float32)) for k in kinds]
    return {"kinds": [f["raised"] for f in found]}


def raises(tf: Any, build: Callable[[], Any], feeds: Any = None) -> Any:
    """The name of the error that the run (or building) raises, as bytes of a constant."""
    try:
        tf.get_default_session().run(build(), feeds)
    except Exception as error:
        return {"raised": tf.constant([ord(c) for c in type(error).__name__])}
    return {"raised": tf.constant([0])}


@case
def messages(tf: Any) -> Any:
    x = tf.constant(floats(2, 3))
    return with_gradients(tf, tf.Print(x, [x], "not compared: ", first_n=0) ** 2, x=x)


@case
def assertions(tf: Any) -> Any:
    x = tf.placeholder_with_default(np.array([1.0, 2.0], np.float32), [2])
    unknown = tf.placeholder(tf.float32)
    wrong = [
        lambda: tf.Assert(x[0] > 1, [x]),
        lambda: tf.assert_equal(x, [1.0, 3.0]),
        lambda: tf.assert_less(x, 2.0),
        lambda: tf.assert_positive(-x),
        lambda: tf.assert_near(x, x + 1.0),
        lambda: tf.assert_equal([1, 2], [1, 3]),
        lambda: tf.assert_rank(x, 2),
        lambda: tf.assert_rank(unknown, 1),
        lambda: tf.assert_type(x, tf.int32),
        lambda: tf.assert_integer(x),
        lambda: tf.assert_scalar(x),
    ]
    right = [tf.Assert(x[0] > 0, [x]), tf.assert_equal(x, x), tf.assert_rank(x, 1), tf.assert_non_negative(x)]
    with tf.control_dependencies(right):
        y = tf.identity(x)
    return {"y": y, "wrong": [raises(tf, w, {unknown: [[1.0]]})["raised"] for w in wrong]}


@case
def strings(tf: Any) -> Any:
    numbers = tf.constant([0.1, 1 / 3, -2.5, 1e20, 3.0, float("nan"), float("inf")])
    integers = tf.constant([3, -42], tf.int64)
    texts = [
        tf.as_string(numbers),
        tf.as_string(numbers, precision=2),
        tf.as_string(numbers, scientific=True, precision=3),
        tf.as_string(numbers, shortest=True),
        tf.as_string(numbers[:3], width=10, precision=1, fill="0"),
        tf.as_string(integers),
        tf.as_string(integers, width=5, fill="-"),
        tf.as_string(integers, fill="+"),
        tf.as_string([True, False]),
        tf.string_join([["a", "b"], "-", tf.as_string(integers)]),
        tf.string_join([["a", "b"], ["c", "d"]], separator=", "),
        tf.concat([["x"], tf.reshape(tf.constant([["y"], ["z"]]), [-1])], 0),
        tf.gather(["a", "b"], [1, 0]),
        tf.where([True, False], ["a", "b"], ["c", "d"]),
    ]
    ones = tf.ones([1], tf.float64)
    read = [" 2 ", "-7", "1e3", "0x10", "inf", "+5", ".5"]
    return {
        # text as its bytes, which both answer as numbers
        "texts": [
            tf.decode_raw(tf.reshape(tf.py_func(lambda a: b"|".join(a.tolist()), [t], tf.string), []), tf.uint8)
            for t in texts
        ],
        "read": [
            tf.string_to_number(read),
            tf.string_to_number(read, tf.float64) * ones,
            tf.string_to_number(["7", " -3 "], tf.int32),
        ],
        "wrong": [
            raises(tf, lambda w=w: tf.string_to_number(w, tf.int32))["raised"]
            for w in ("1.5", "", "abc", "99999999999")
        ],
        "raw": [
            tf.decode_raw([b"\x01\x00\x02\x00"], tf.int16),
            tf.decode_raw(b"\x01\x00", tf.int16, little_endian=False),
        ],
        "equal": [tf.equal(["a", "b"], "b"), tf.not_equal(["a", "b"], ["a", "c"]), tf.shape(tf.constant(["a", "b"]))],
    }


# Losses -----------------------------------------------------------------------------------------------------------------


@case
def softmax_cross_entropy_along_an_axis(tf: Any) -> Any:
    logits, labels = tf.constant(floats(2, 3, 4)), tf.nn.softmax(tf.constant(floats(2, 3, 4, seed=1)), axis=1)
    y = tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits, dim=1)
    return with_gradients(tf, y, logits=logits, labels=labels)


@case
def weighted_cross_entropy(tf: Any) -> Any:
    logits, targets = tf.constant(floats(2, 3)), tf.constant(rng(1).uniform(size=(2, 3)).astype(np.float32))
    y = tf.nn.weighted_cross_entropy_with_logits(targets=targets, logits=logits, pos_weight=2.5)
    return with_gradients(tf, y, logits=logits, targets=targets)


@case
def losses(tf: Any) -> Any:
    labels, predictions = tf.constant(floats(4, 3)), tf.constant(floats(4, 3, seed=1))
    one_hot = tf.one_hot([0, 2, 1, 1], 3)
    weights = tf.constant([[1.0], [0.0], [2.0], [0.5]])
    kinds = tf.losses.Reduction
    return {
        "squared": tf.losses.mean_squared_error(labels, predictions),
        "absolute": tf.losses.absolute_difference(labels, predictions, weights=weights),
        "mean": tf.losses.mean_squared_error(labels, predictions, weights=weights, reduction=kinds.MEAN),
        "batch": tf.losses.mean_squared_error(
            labels, predictions, weights=weights, reduction=kinds.SUM_OVER_BATCH_SIZE
        ),
        "sum": tf.losses.mean_squared_error(labels, predictions, weights=2.0, reduction=kinds.SUM),
        "none": tf.losses.mean_squared_error(labels, predictions, weights=weights, reduction=kinds.NONE),
        "softmax": tf.losses.softmax_cross_entropy(one_hot, predictions, weights=weights[:, 0], label_smoothing=0.1),
        "sparse": tf.losses.sparse_softmax_cross_entropy([[0], [2], [1], [1]], predictions, weights=weights),
        "sigmoid": tf.losses.sigmoid_cross_entropy(one_hot, predictions, label_smoothing=0.2),
        "total": tf.add_n(tf.losses.get_losses()[:5]),
        "no weights": tf.losses.mean_squared_error(labels, predictions, weights=0.0),
    }


# Clipping ---------------------------------------------------------------------------------------------------------------


def sparse(tf: Any) -> Any:
    table = tf.Variable(floats(5, 2, seed=3))
    return tf.gradients(tf.reduce_sum(tf.gather(table, [1, 3, 1]) ** 2), table)[0]


@case
def clip_by_value(tf: Any) -> Any:
    x = tf.constant([-2.0, -1.0, 0.0, 1.0, 2.0])
    return with_gradients(tf, tf.clip_by_value(x, -1.0, 1.0), x=x) | {"slices": tf.clip_by_value(sparse(tf), -0.5, 0.5)}


@case
def clip_by_norm(tf: Any) -> Any:
    x = tf.constant(np.concatenate([floats(2, 3), np.zeros((1, 3), np.float32)]))
    made = with_gradients(tf, tf.clip_by_norm(x, 1.0, axes=[1]) * tf.constant(floats(3, 3, seed=9)), x=x)
    whole = {
        "long": tf.clip_by_norm(x, 100.0),
        "fed": tf.clip_by_norm(x, tf.constant(0.5)),
        "below": tf.clip_by_norm(x, -1.0),
    }
    return made | whole | {"slices": tf.clip_by_norm(sparse(tf), 0.5)}


@case
def clip_by_global_norm(tf: Any) -> Any:
    tensors = [tf.constant(floats(3)), None, tf.constant(floats(2, 2, seed=1)), sparse(tf)]
    clipped, norm = tf.clip_by_global_norm(tensors, 1.5)
    loose, _ = tf.clip_by_global_norm(tensors[:1], 100.0)
    given, _ = tf.clip_by_global_norm(tensors[:1], 1.0, use_norm=tf.constant(4.0))
    broken, _ = tf.clip_by_global_norm([tf.constant([np.inf, 1.0])], 1.0)
    some = [c for c in clipped if c is not None]
    return {
        "clipped": some,
        "norm": norm,
        "loose": loose,
        "given": given,
        "broken": broken,
        "alone": tf.global_norm(tensors),
    }


# Learning rates ---------------------------------------------------------------------------------------------------------


def rates(tf: Any, make: Callable[[Any], Any]) -> Any:
    return {str(step): make(tf.constant(step, tf.int64)) for step in (0, 1, 5, 9, 10, 11, 25, 40)}


@case
def exponential_decay(tf: Any) -> Any:
    return rates(tf, lambda step: tf.train.exponential_decay(0.1, step, 10, 0.96))


@case
def exponential_decay_staircase(tf: Any) -> Any:
    return rates(tf, lambda step: tf.train.exponential_decay(0.1, step, 10, 0.5, staircase=True))


@case
def natural_exp_decay(tf: Any) -> Any:
    return rates(tf, lambda step: tf.train.natural_exp_decay(0.1, step, 10, 0.5))


@case
def inverse_time_decay(tf: Any) -> Any:
    return rates(tf, lambda step: tf.train.inverse_time_decay(0.1, step, 10, 0.5, staircase=True))


@case
def polynomial_decay(tf: Any) -> Any:
    return rates(tf, lambda step: tf.train.polynomial_decay(0.1, step, 10, 0.01, power=0.5))


@case
def polynomial_decay_in_cycles(tf: Any) -> Any:
    return rates(tf, lambda step: tf.train.polynomial_decay(0.1, step, 10, 0.01, power=2.0, cycle=True))


@case
def cosine_decay(tf: Any) -> Any:
    return rates(tf, lambda step: tf.train.cosine_decay(0.1, step, 30, alpha=0.1))


@case
def piecewise_constant(tf: Any) -> Any:
    return rates(tf, lambda step: tf.train.piecewise_constant(step, [5, 10, 20], [1.0, 0.5, 0.25, 0.1]))


@case
def exponential_decay_in_float64(tf: Any) -> Any:
    rate = tf.constant(0.1, tf.float64)
    return rates(tf, lambda step: tf.train.exponential_decay(rate, step, 10, 0.96))


# The face ---------------------------------------------------------------------------------------------------------------


@case
def division(tf: Any) -> Any:
    a, b = tf.constant([7, -7, 9]), tf.constant([2, 2, -4])
    x, y = tf.constant([7.0, -7.0]), tf.constant([2.0, 2.0])
    return {
        "div": tf.div(a, b),
        "div of floats": tf.div(x, y),
        "truediv": tf.truediv(a, b),
        "floordiv": [tf.floordiv(a, b), tf.floordiv(x, y), tf.floor_div(a, b)],
        "mod": [tf.mod(a, b), tf.floormod(x, y)],
        "divide": [tf.divide(a, b), tf.divide(x, y), tf.divide(1.0, y)],
        "operators": [a / b, a // b, a % b, x / y, 1 / y],
        "no nan": tf.div_no_nan(x, tf.constant([0.0, 2.0])),
    }


@case
def one_hot(tf: Any) -> Any:
    return {
        "plain": tf.one_hot([0, 2, -1, 5], 3),
        "first axis": tf.one_hot([0, 2], 3, axis=0),
        "values": tf.one_hot([1, 0], 2, on_value=5, off_value=-1),
        "dtype": tf.one_hot([1, 0], 2, dtype=tf.int64),
        "truths": tf.one_hot([1, 0], 2, on_value=True, off_value=False),
    }


@case
def where(tf: Any) -> Any:
    x, y = tf.constant(floats(3, 2)), tf.constant(floats(3, 2, seed=1))
    return {
        "rows": tf.where([True, False, True], x, y),
        "all": tf.where(x > 0, x, y),
        "wide": tf.where_v2(x > 0, x, 0.0),
    }


@case
def old_names(tf: Any) -> Any:
    x = tf.constant(floats(2, 3, 1))
    return {
        "sum": tf.reduce_sum(x, reduction_indices=[1]),
        "mean": tf.reduce_mean(x, 1, keep_dims=True),
        "max": tf.reduce_max(x, axis=[0, 1], keepdims=True),
        "argmax": [tf.argmax(x, 1), tf.argmax(x, dimension=1), tf.arg_max(x, 1), tf.argmax(x)],
        "argmin": [tf.argmin(x, 1, output_type=tf.int32), tf.arg_min(x, 1)],
        "squeeze": [tf.squeeze(x), tf.squeeze(x, squeeze_dims=[2]), tf.squeeze(x, [2])],
        "expand": [tf.expand_dims(x, 0), tf.expand_dims(x, dim=1)],
        "softmax": [tf.nn.softmax(x, dim=1), tf.nn.log_softmax(x, 1)],
        "casts": [tf.to_int32([1.7, -1.7]), tf.to_float([1, 2]), tf.to_double(x), tf.to_int64(x)],
        "sums": [tf.add_n([x, x, x]), tf.accumulate_n([x, x])],
        "top": list(tf.nn.top_k(tf.constant([[1.0, 3.0, 2.0]]), 2)),
        "range": [tf.range(3), tf.range(1, 6, 2), tf.range(0.0, 1.0, 0.25), tf.range(5, 0, -2)],
        "line": tf.lin_space(0.0, 1.0, 5),
        "constants": [
            tf.constant(2, shape=[2, 2]),
            tf.constant([1, 2], shape=[4]),
            tf.fill([2], 7),
            tf.eye(2),
            tf.zeros([2], tf.int32),
        ],
        "likes": [tf.zeros_like(x), tf.ones_like(x, dtype=tf.int32)],
        "shapes": [tf.shape(x), tf.size(x), tf.rank(x), tf.shape(x, out_type=tf.int64)],
        "slices": [
            tf.slice(x, [0, 1, 0], [1, -1, -1]),
            tf.strided_slice(x, [0, 0], [2, 3], [1, 2]),
            tf.strided_slice(x, [0], [1]),
        ],
        "joined": [
            tf.concat([x, x], 1),
            tf.stack([x, x], 2),
            *tf.unstack(x),
            *tf.split(x, [1, 2], 1),
            *tf.split(x, 3, axis=1),
        ],
        "turned": [
            tf.transpose(x),
            tf.transpose(x, [1, 0, 2]),
            tf.reverse(x, [1]),
            tf.tile(x, [1, 2, 1]),
            tf.matrix_transpose(x),
        ],
        "padded": [tf.pad(x, [[1, 0], [0, 1], [0, 0]]), tf.pad(x, [[0, 0], [1, 1], [0, 0]], "reflect")],
        "matmul": tf.matmul(x, x, adjoint_a=True),
        "powers": [tf.pow(x, 2.0), tf.square(x), tf.squared_difference(x, 1.0), tf.scalar_mul(2.0, x)],
        "segments": [
            tf.segment_sum(tf.constant([1.0, 2.0, 3.0]), [0, 0, 1]),
            tf.unsorted_segment_sum([1.0, 2.0], [1, 1], 3),
        ],
        "picked": [
            tf.gather(x, [1, 0]),
            tf.gather(x, [0], axis=1),
            tf.gather_nd(x, [[1, 2]]),
            tf.nn.zero_fraction([0.0, 1.0]),
        ],
    }


@case
def initial_values(tf: Any) -> Any:
    made = {
        "zeros": tf.zeros_initializer(),
        "ones": tf.ones_initializer(),
        "constant": tf.constant_initializer([1.0, 2.0]),
        "number": tf.constant_initializer(3.0),
        "identity": tf.initializers.identity(gain=2.0),
    }
    return {k: tf.get_variable(k, [2, 3], initializer=i) for k, i in made.items()} | {
        "value": tf.get_variable("value", initializer=[1.5, 2.5]),
        "called": tf.get_variable("called", initializer=lambda: tf.constant([1, 2])),
        "integers": tf.get_variable("integers", [2], tf.int32),
    }


# Maths and arrays -------------------------------------------------------------------------------------------------------


@case
def angles_and_their_functions(tf: Any) -> Any:
    x = tf.constant([-0.5, 0.0, 0.25, 0.75])
    names = ("asin", "acos", "atan", "sinh", "cosh", "asinh", "atanh")
    made = {n: with_gradients(tf, getattr(tf, n)(x), x=x) for n in names}
    y = tf.constant([1.5, 2.0, -3.0, 0.0])
    return {
        **{f"{n}_{k}": v for n, parts in made.items() for k, v in parts.items()},
        **with_gradients(tf, tf.atan2(x, y), x=x, y=y),
        "acosh": tf.acosh(x + 1.5),
    }


@case
def bessel_functions(tf: Any) -> Any:
    # not at 0: there TensorFlow 2's op for bessel_i1, which 1.15 had not, says 1 for the slope 1/2
    x = tf.constant([-20.0, -1.5, -0.25, 0.5, 3.0, 40.0])
    functions = ("bessel_i0", "bessel_i0e", "bessel_i1", "bessel_i1e")
    values = {name: getattr(tf.math, name)(x) for name in functions}
    return {name: [v, tf.gradients(v, x)[0]] for name, v in values.items()}


@case
def gamma_and_its_family(tf: Any) -> Any:
    x = tf.constant([0.5, 1.0, 3.25, 20.0], tf.float64)
    first = tf.gradients(tf.lgamma(x), x)[0]
    return {
        "erfc": tf.erfc(x),
        "orders": tf.polygamma([[0.0], [1.0], [3.0]], tf.cast([1.5, 4.0], tf.float32)),
        "zeta": with_gradients(tf, tf.zeta(tf.constant(2.5, tf.float64), x), x=x),
        "lgamma": [tf.lgamma(x), first, *tf.gradients(first, x)],
        "lbeta": tf.lbeta([[1.0, 2.0], [0.5, 4.0]]),
    }


@case
def quotients_and_bits(tf: Any) -> Any:
    x, y = tf.constant([7, -7, 7, -8]), tf.constant([2, 2, -2, 3])
    return {
        "truncated": [tf.truncatediv(x, y), tf.truncatemod(x, y), tf.truncatemod([7.5, -7.5], [2.0, 2.0])],
        "bits": [tf.bitwise.bitwise_and(x, y), tf.bitwise.bitwise_or(x, y), tf.bitwise.bitwise_xor(x, y)],
        "moved": [tf.bitwise.left_shift(x, [1, 40, -1, 2]), tf.bitwise.right_shift(x, [1, 40, -1, 2])],
        "inverted": tf.bitwise.invert(tf.constant([0, 200], tf.uint8)),
        "logarithms": tf.math.xlogy([0.0, 2.0, 0.0], [0.0, 3.0, -1.0]),
        "shares": tf.math.xdivy([0.0, 2.0], [0.0, 4.0]),
        "log_sigmoid": tf.log_sigmoid([-200.0, 0.0, 2.0]),
        "rint": tf.rint([0.5, 1.5, -2.5]),
    }


@case
def spreads_and_norms(tf: Any) -> Any:
    x = tf.constant(floats(2, 3, 4))
    zeros = tf.constant([[3.0, 4.0], [0.0, 2.0]])
    return {
        "spread": [tf.math.reduce_variance(x), tf.math.reduce_std(x)],
        "along": [tf.math.reduce_variance(x, [0, 2]), tf.math.reduce_std(x, [-1, 0])],
        "kept": [tf.math.reduce_std(x, 1, True), tf.math.reduce_variance(x, 1, True)],
        "gradients": tf.gradients([tf.math.reduce_std(x, 1), tf.math.reduce_variance(x)], x),
        "norms": [tf.norm(x), tf.norm(x, 1), tf.norm(x, 2.0), tf.norm(x, np.inf), tf.norm(x, 3.0)],
        "norms_along": [tf.norm(x, o, 1, keepdims=True) for o in ("euclidean", 1, 2, np.inf, 1.5)],
        "matrices": [tf.norm(x, o, axis=[0, 2]) for o in ("fro", "euclidean", 1, np.inf)],
        "other_matrices": [tf.norm(x, o, axis=(2, 1), keep_dims=True) for o in (1, np.inf)],
        "norm_gradients": tf.gradients([tf.norm(zeros, axis=1), tf.norm(zeros, 3, axis=0)], zeros),
        "euclidean": tf.math.reduce_euclidean_norm(zeros, 0),
        "nothing": [tf.math.reduce_variance(tf.zeros([2, 0]), 0), tf.norm(tf.zeros([0, 2]), axis=0)],
        "polynomial": [tf.math.polyval([1.0, 2.0, 3.0], zeros), tf.math.polyval([], zeros)],
    }


@case
def counts(tf: Any) -> Any:
    x = [1, 1, 4, 0]
    values = tf.constant([-1.0, 0.0, 1.5, 2.0, 5.0, 15.0])
    return {
        "bincount": tf.bincount(x),
        "longer": tf.bincount(x, minlength=7),
        "shorter": tf.bincount(x, maxlength=3, dtype=tf.int64),
        "weighted": tf.bincount(x, weights=[0.5, 1.5, 2.0, 3.0], minlength=2),
        "none": tf.bincount(tf.zeros([0], tf.int32)),
        "histogram": tf.histogram_fixed_width(values, [0.0, 5.0], nbins=5),
        "edges": tf.histogram_fixed_width(np.arange(21, dtype=np.float32) / 10, [0.0, 2.0], nbins=20, dtype=tf.int64),
        "whole_numbers": tf.histogram_fixed_width([-3, 0, 1, 4, 9], [0, 8], nbins=3),
        "confusion": tf.confusion_matrix([1, 2, 4], [2, 2, 4]),
        "some_classes": tf.confusion_matrix([1, 2, 2], [2, 2, 1], 4, tf.float32, weights=[1.0, 2.0, 0.5]),
        "nonzero": [tf.count_nonzero([[0.0, 1.0], [2.0, 3.0]], 0), tf.count_nonzero([[True, False], [True, True]], 1)],
    }


@case
def orders(tf: Any) -> Any:
    x = tf.constant([[3.0, 1.0, 3.0, 2.0], [0.5, 4.0, -1.0, 0.5]])
    down = tf.sort(x, direction="DESCENDING")
    found, idx = tf.unique([5, 3, 5, 7, 3])
    different, place, count = tf.unique_with_counts(tf.constant([0.5, 0.25, 0.5]), tf.int64)
    out, at = tf.setdiff1d([1, 2, 3, 4, 2, 1], [2, 4], tf.int64)
    scores = [[1.0, 2.0, 2.0, 0.0], [1.0, 1.0, 1.0, 0.0], [1.0, 2.0, 3.0, 4.0]]
    return {
        "sorted": [tf.sort(x), down, tf.sort(x, axis=0)],
        "places": [tf.argsort(x), tf.argsort(x, direction="DESCENDING"), tf.argsort(x, axis=0)],
        "gradients": tf.gradients(down * [1.0, 10.0, 100.0, 1000.0], x),
        "integers": [tf.sort(tf.constant([3, 1, 2], tf.uint8)), tf.sort(tf.constant([3, -1, 2], tf.int64))],
        "searched": [tf.searchsorted([1.0, 2.0, 2.0, 3.0], [0.0, 2.0, 4.0], s) for s in ("left", "right")],
        "by_rows": tf.searchsorted([[1, 5], [2, 3]], [[4], [4]], out_type=tf.int64),
        "found": found,
        "idx": idx,
        "different": different,
        "places_of": [place],
        "count": count,
        "out": out,
        "at": at,
        "rising": [f(v) for f in (tf.is_non_decreasing, tf.is_strictly_increasing) for v in ([1, 1, 2], [3.0], [2, 1])],
        "inverse": tf.invert_permutation([2, 0, 3, 1]),
        "in_top": [tf.nn.in_top_k(scores, [1, 2, 9], 2), tf.math.in_top_k(scores, [3, 2, 3], 1)],
    }


@case
def chosen_rows(tf: Any) -> Any:
    x = tf.constant(floats(3, 2))
    numbers = [0, 2, 0]
    parts = tf.dynamic_partition(x, numbers, 3)
    kept = tf.boolean_mask(x, [True, False, True])
    grid = tf.boolean_mask(x, x > 0.0)
    first, second = tf.constant([[1.0, 2.0]]), tf.constant([[3.0, 4.0], [5.0, 6.0]])
    whole = tf.dynamic_stitch([[2], [0, 4]], [first, second])
    return {
        "places": tf.where(x > 0.0),
        "of_numbers": tf.where([0, 3, 0, 1]),
        "kept": with_gradients(tf, kept * kept, x=x),
        "grid": with_gradients(tf, grid * grid, x=x),
        "columns": tf.boolean_mask(x, [False, True], axis=1),
        "parts": parts,
        "part_gradients": tf.gradients([parts[0] * 2.0, parts[1], parts[2] * parts[2]], x),
        "by_elements": tf.dynamic_partition(x, [[0, 1], [1, 1], [0, 1]], 2),
        "whole": with_gradients(tf, whole * whole, first=first, second=second),
        "scalar": tf.dynamic_stitch([2, [1, 0]], [[1.0, 2.0], [[3.0, 4.0], [5.0, 6.0]]]),
        "repeated": with_gradients(tf, tf.repeat(x, [2, 0, 3], axis=0), x=x),
        "each": [tf.repeat([[1, 2], [3, 4]], 2), tf.repeat(3, 4)],
        "computed": tf.repeat([[1, 2], [3, 4]], tf.reduce_sum([[1, 0], [0, 2]], 1), axis=1),
    }


@case
def reductions_of_segments(tf: Any) -> Any:
    x, ids = tf.constant(floats(4, 2)), [0, 0, 2, 2]
    mixed = [2, 0, -1, 2]
    sorted_ones = ("sum", "prod", "max", "min", "mean")
    unsorted_ones = ("sum", "prod", "max", "min", "mean", "sqrt_n")
    ties = tf.constant([[2.0, 0.0], [2.0, 3.0], [1.0, 0.0], [5.0, 4.0]])
    made = {f"segment_{n}": with_gradients(tf, getattr(tf, f"segment_{n}")(ties, ids), x=ties) for n in sorted_ones}
    made |= {
        n: with_gradients(tf, getattr(tf, n)(x, mixed, 4), x=x)
        for n in (f"unsorted_segment_{n}" for n in unsorted_ones)
    }
    return {f"{n}_{k}": v for n, parts in made.items() for k, v in parts.items()} | {
        "integers": [getattr(tf, f"segment_{n}")([1, -2, 5, 7], ids) for n in sorted_ones],
        "nothing": tf.segment_max(tf.zeros([0, 2]), tf.zeros([0], tf.int32)),
        "matrix_of_ids": tf.unsorted_segment_max(x, [[0, 1], [1, 0], [0, 0], [1, 1]], 2),
    }


@case
def rearrangements(tf: Any) -> Any:
    x = tf.constant(floats(2, 4, 2, 4))
    table = tf.constant(floats(2, 3, 2, 2))
    ids = [[2, 0, 0, 1], [1, 1, 0, 2]]
    y = tf.constant(np.arange(8, dtype=np.float32).reshape(2, 4))
    gathered = tf.gather(table, ids, batch_dims=1)
    return {
        "rolled": [tf.roll(y, [1, -1], [0, 1]), tf.roll(y, 3, 1)],
        "reversed": with_gradients(tf, tf.reverse_sequence(y, [3, 0], seq_axis=1) * y, y=y),
        "along": tf.reverse_sequence(y, [1, 2, 0, 2], seq_dim=0, batch_dim=1),
        "blocks": [tf.space_to_depth(x, 2)],
        "pixels": with_gradients(tf, tf.depth_to_space(x, 2) ** 2.0, x=x),
        "grid": tf.meshgrid([1, 2], [3, 4, 5]),
        "matrix_grid": tf.meshgrid([1, 2], [3, 4, 5], indexing="ij"),
        "three": tf.meshgrid([1.0], [2.0, 3.0], [4.0, 5.0]),
        "masks": [tf.sequence_mask([1, 3, 0]), tf.sequence_mask([1, 3, 0], 3)],
        "numbers": tf.sequence_mask([[1], [2]], 4, tf.float32),
        "batched": with_gradients(tf, gathered * gathered, table=table),
        "batched_later": [tf.gather(table, [[1, 0], [0, 0]], axis=2, batch_dims=1)],
        "batched_rows": tf.batch_gather(table, ids),
        "batched_nd": tf.gather_nd(table, [[[2], [1]], [[0], [0]]], batch_dims=1),
        "put": [
            tf.tensor_scatter_update(y, [[1], [0]], [[9.0] * 4, [8.0] * 4]),
            tf.tensor_scatter_add(y, [[1, 2], [1, 2]], [5.0, 7.0]),
            tf.tensor_scatter_sub(y, [[1, 2], [0, 0]], [5.0, 7.0]),
        ],
        "shapes": tf.broadcast_dynamic_shape(tf.shape(y), [3, 1, 1]),
        "coordinates": [tf.unravel_index([2, 5, 7], [3, 3])],
        "coordinate": tf.unravel_index(5, [3, 3]),
        "bits": [tf.bitcast(tf.constant([1.0, 2.0]), tf.uint8)],
        "number": tf.bitcast(tf.constant([1, 2, 0, 0], tf.uint8), tf.int32),
        "stacked": tf.parallel_stack([y, y]),
    }


# Control flow -----------------------------------------------------------------------------------------------------------


@case
def cond_with_gradients(tf: Any) -> Any:
    x, w = tf.placeholder(tf.float32, [3]), tf.Variable(0.5)
    q, p = tf.placeholder(tf.bool, []), tf.placeholder(tf.bool, [])
    z = x * w
    y = tf.cond(q, lambda: tf.reduce_sum(tf.sin(z)), lambda: tf.cond(p, lambda: tf.reduce_sum(z * z), lambda: w))
    first = with_gradients(tf, y, x=x, w=w)
    second = tf.gradients(tf.reduce_sum(tf.square(first["d_x"])), [x, w])
    return first | {"second": second}, {x: floats(3, seed=1), q: False, p: True}


@case
def cond_structures(tf: Any) -> Any:
    yes, no = tf.constant(True), tf.constant(False)
    v = tf.Variable(5.0)
    assigned = tf.cond(no, lambda: tf.assign(v, 1.0), lambda: v)
    return {
        "one": tf.cond(yes, lambda: [tf.constant(1)], lambda: [tf.constant(2)]),
        "several": tf.cond(no, lambda: {"b": 1, "a": (2, 3)}, lambda: {"b": 4, "a": (5, 6)})["a"],
        "operation": tf.cond(yes, lambda: tf.no_op(), lambda: tf.no_op()),
        "assigned": assigned,
        "added": tf.cond(tf.greater(assigned, 1.0), lambda: tf.assign_add(v, 2.0), lambda: v),
    }


@case
def case_of_three(tf: Any) -> Any:
    x = tf.placeholder(tf.float32, [])
    pairs = [(x < 0.0, lambda: -x), (x < 1.0, lambda: x * x), (x < 2.0, lambda: tf.exp(x))]
    y = tf.case(pairs, default=lambda: x * 0.0)
    alone = tf.case([(x < 1.0, lambda: x * x), (x > 2.0, lambda: x)], default=lambda: x + 7.0, exclusive=True)
    return with_gradients(tf, y, x=x) | {"alone": alone}, {x: 1.5}


@case
def while_loops(tf: Any) -> Any:
    x, n = tf.placeholder(tf.float32, [2]), tf.placeholder(tf.int32, [])
    w = tf.Variable(0.5)
    i, y = tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, tf.tanh(a * w) + x), [0, x])
    grown = tf.while_loop(
        lambda i, a: i < 2,
        lambda i, a: (i + 1, tf.concat([a, a * 2.0], 0)),
        [0, x],
        shape_invariants=[tf.TensorShape([]), tf.TensorShape([None])],
    )[1]
    nested = tf.while_loop(
        lambda i, a: i < 4,
        lambda i, a: (i + 1, tf.while_loop(lambda j, b: j < i, lambda j, b: (j + 1, b * w + x), [0, a])[1]),
        [0, x],
    )[1]
    return with_gradients(tf, y, x=x, w=w) | {
        "i": i,
        "most": tf.while_loop(lambda i: i < 100, lambda i: i + 1, [0], maximum_iterations=7),
        "same": tf.while_loop(lambda i: i < 3, lambda i: [i + 1], [0], return_same_structure=True),
        "grown": [grown, *tf.gradients(grown, [x])],
        "nested": [nested, *tf.gradients(nested, [x, w])],
    }, {x: floats(2, seed=1), n: 3}


@case
def scans_and_folds(tf: Any) -> Any:
    x, w = tf.placeholder(tf.float32, [None]), tf.Variable(0.5)

    def step(a: Any, e: Any) -> Any:
        return tf.sin(a * w) - e

    y = tf.scan(step, x, initializer=1.0)
    pairs = tf.scan(lambda a, e: (a[1], a[0] * w + e[0] * e[1]), (x, x * x), initializer=(0.0, 1.0))
    return with_gradients(tf, y, x=x, w=w) | {
        "bare": tf.scan(step, x),
        "back": tf.scan(step, x, initializer=1.0, reverse=True),
        "bare_back": tf.scan(step, x, reverse=True),
        "pairs": [*pairs, *tf.gradients(pairs[1], [x, w])],
        "foldl": [tf.foldl(step, x), tf.foldl(step, x, initializer=1.0)],
        "foldr": [tf.foldr(step, x), tf.foldr(step, x, initializer=1.0)],
    }, {x: floats(4, seed=1)}


@case
def maps(tf: Any) -> Any:
    x, k, w = tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.int32, [None]), tf.Variable(0.5)
    y = tf.map_fn(lambda e: tf.reduce_sum(tf.sin(e[0] * w)) * tf.cast(e[1], tf.float32), (x, k), dtype=tf.float32)
    return with_gradients(tf, y, x=x, w=w) | {
        "same": tf.map_fn(lambda e: (e[0] * w, e[1] + 1), (x, k)),
        "several": tf.map_fn(lambda e: (tf.reduce_sum(e), e[:1]), x, dtype=(tf.float32, tf.float32)),
    }, {x: floats(3, 2, seed=1), k: [1, 2, 3]}


@case
def host_operations_in_control_flow(tf: Any) -> Any:
    x, seen = tf.constant(floats(3, seed=2)), [[], []]  # type: ignore[var-annotated]

    def noted(k: int, a: Any) -> Any:
        def note(value: Any) -> Any:
            seen[k].append(float(np.sum(value)))
            return value * np.float32(2)

        y = tf.py_func(note, [a], tf.float32)
        y.set_shape(a.shape)
        return y

    def body(i: Any, a: Any) -> Any:
        a = tf.Print(a, [a, "not compared"], first_n=0)
        with tf.control_dependencies([tf.Assert(i < 9, [i, a])]):
            return i + 1, tf.cond(tf.equal(i % 2, 0), lambda: noted(0, a), lambda: a + 1.0)

    looped = tf.while_loop(lambda i, a: i < 5, body, [0, x])[1]
    mapped = tf.map_fn(lambda e: tf.cond(e > 0.0, lambda: noted(1, e), lambda: tf.Print(e, [e], first_n=0)), x)
    with tf.control_dependencies([looped, mapped]):
        calls = [tf.py_func(lambda k=k: np.array(seen[k], np.float32), [], tf.float32) for k in (0, 1)]
    printed = tf.map_fn(lambda e: tf.Print(e, [e], first_n=0) ** 2, x)
    return with_gradients(tf, printed, x=x) | {"values": [looped, mapped, *calls]}


@case
def errors_of_the_host_in_control_flow(tf: Any) -> Any:
    def broken(a: Any) -> Any:
        raise ValueError("on purpose")

    def fails(i: Any) -> Any:
        with tf.control_dependencies([tf.Assert(i < 2, [i])]):
            return i + 1

    yes, x = tf.placeholder_with_default(True, []), tf.constant(1.0)
    found = [
        raises(tf, lambda: tf.while_loop(lambda i: i < 3, fails, [0])),
        raises(tf, lambda: tf.while_loop(lambda i: i < 2, fails, [0])),
        raises(tf, lambda: tf.cond(yes, lambda: tf.py_func(broken, [x], tf.float32), lambda: x)),
        raises(tf, lambda: tf.cond(yes, lambda: x, lambda: tf.py_func(broken, [x], tf.float32))),
    ]
    return {"kinds": [f["raised"] for f in found]}


# Tables in parts --------------------------------------------------------------------------------------------------------


def looked_up(tf: Any, strategy: str, ids: Any, *rows: int) -> Any:
    """The rows `ids` of a table in parts of so many rows, and the gradients of the parts, as tensors."""
    parts = [tf.Variable(floats(n, 2, seed=i)) for i, n in enumerate(rows)]
    y = tf.nn.embedding_lookup(parts, ids, partition_strategy=strategy)
    return [y, *(tf.convert_to_tensor(g) for g in tf.gradients(y * y, parts))]


@case
def a_table_in_parts(tf: Any) -> Any:
    every, unranked = np.array([6, 0, 3, 3, 5, 1, 4, 2]), tf.placeholder(tf.int32)
    return {
        "dealt": looked_up(tf, "mod", every, 3, 2, 2),
        "in blocks": looked_up(tf, "div", every, 3, 2, 2),
        "in larger blocks": looked_up(tf, "div", every, 4, 4, 3),
        "in equal blocks": looked_up(tf, "div", every[1:], 2, 2, 2),
        "in two blocks": looked_up(tf, "div", every, 4, 3),
        "int32": looked_up(tf, "div", every.astype("int32"), 3, 2, 2),
        "one id": looked_up(tf, "mod", np.int32(4), 3, 2, 2),
        "rows of ids": looked_up(tf, "mod", every.reshape(2, 4), 3, 2, 2),
        "no ids": looked_up(tf, "mod", every[:0], 3, 2, 2),
        "ids of unknown rank": looked_up(tf, "div", unranked, 3, 2, 2),
    }, {unranked: [[5, 6, 0]]}


# Gradients of what has none ---------------------------------------------------------------------------------------------


@case
def gradients_of_whole_numbers(tf: Any) -> Any:
    x, n = tf.placeholder(tf.float32, [2]), tf.placeholder(tf.int32, [2])
    rounded = tf.cast(x, tf.int32)
    whole = [*tf.gradients(n * 2, n), *tf.gradients([n * 2, rounded], [x, n]), *tf.gradients(tf.argmax(x), x)]
    whole += [*tf.gradients(rounded, x, grad_ys=[n]), *tf.gradients(x > 0, x)]
    beside, none = tf.gradients([n * 2, x * 3.0], [x, n])
    weighted = tf.gradients([n * 2, x * 3.0], x, grad_ys=[None, x])[0]
    zeros = tf.gradients(rounded, x, unconnected_gradients="zero")[0]
    return {
        "none": tf.constant([g is None for g in [*whole, none]]),
        "beside": [beside, weighted],
        "zeros": zeros,
    }, {x: [1.5, 2.5], n: [1, 2]}


def asked(oracle: Any) -> dict[str, Any]:
    """All that is recorded of the oracle."""
    import samegraph.tf1

    return {
        "version": oracle.__version__,
        "answers": {name: answer(oracle, name) for name in CASES},
        "signatures": signatures(oracle, public_names(samegraph.tf1)),
    }


def record() -> None:
    """Asks the oracle, and writes down what it answers, a line an answer."""
    import tensorflow.compat.v1 as tf

    tf.disable_v2_behavior()
    tf.enable_resource_variables()
    found = asked(tf)
    lines = {
        part: ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in found[part].items())
        for part in ("answers", "signatures")
    }
    parts = [
        f'"version": {json.dumps(found["version"])}',
        *(f'"{part}": {{\n{rows}\n}}' for part, rows in lines.items()),
    ]
    ANSWERS.write_text("{\n" + ",\n".join(parts) + "\n}\n")


if __name__ == "__main__":
    record()
