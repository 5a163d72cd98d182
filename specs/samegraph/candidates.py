"""Candidate samplers: classes drawn as negative examples, and how often each was to be expected among them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .graph import Operation, Tensor, get_default_graph
from .op import as_tensor
from .random import DRAWS, Arrays, op_seeds
from .registry import OPS
from .types import FLOAT32, INT64, TensorType

Candidates = tuple[Tensor, Tensor, Tensor]


def log_uniform_candidates(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> Candidates:
    """(sampled classes [num_sampled] int64, expected counts of the true classes, of the sampled ones) under Zipf's law.

    P(class) = (log(class + 2) - log(class + 1)) / log(range_max + 1) (TF1: tf.nn.log_uniform_candidate_sampler).
    Raises ValueError when more unique classes are asked for than there are.
    """

    def probability(classes: Tensor) -> Tensor:
        # log(c + 2) - log(c + 1), without the cancellation that makes float32 libraries differ in the third digit
        c = OPS["cast"](classes, dtype=FLOAT32)
        return OPS["log1p"](1.0 / (c + 1.0)) / math.log(range_max + 1)

    return _sampled("LogUniformCandidateSampler", true_classes, num_sampled, unique, range_max, probability, seed, name)


def uniform_candidates(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> Candidates:
    """As log_uniform_candidates, every class as likely as any other (TF1: tf.nn.uniform_candidate_sampler)."""

    def probability(classes: Tensor) -> Tensor:
        return OPS["ones_like"](OPS["cast"](classes, dtype=FLOAT32)) * (1.0 / range_max)

    return _sampled("UniformCandidateSampler", true_classes, num_sampled, unique, range_max, probability, seed, name)


def fixed_unigram_candidates(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    vocab_file: str = "",
    distortion: float = 1.0,
    num_reserved_ids: int = 0,
    num_shards: int = 1,
    shard: int = 0,
    unigrams: Sequence[float] = (),
    seed: int | None = None,
    name: str | None = None,
) -> Candidates:
    """As log_uniform_candidates, P(class) proportional to weight ** distortion (TF1: tf.nn.fixed_unigram_candidate_sampler).

    The weights are `unigrams`, or the last comma-separated field of each line of `vocab_file`; the first num_reserved_ids
    classes come before them and are never drawn. Raises ValueError when both or neither are given, when there are not
    range_max weights, when fewer classes can be drawn than unique ones are asked for, and for shards.
    """
    if (num_shards, shard) != (1, 0):
        raise ValueError("fixed_unigram_candidate_sampler: samegraph samples in one process; leave num_shards at 1")
    if bool(vocab_file) == bool(len(unigrams)):
        raise ValueError("Must provide either vocab_file or unigrams, and not both of them.")
    given = _file_weights(vocab_file) if vocab_file else np.asarray(unigrams, np.float64)
    weights = np.concatenate([np.zeros(num_reserved_ids), given**distortion])
    if len(weights) != range_max:
        raise ValueError(f"range_max is {range_max}, but there are {len(weights)} unigrams, reserved ids included")
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any()):
        raise ValueError("unigrams must be finite, not negative, and not all 0")
    possible = int(np.count_nonzero(weights))
    if unique and num_sampled > possible:
        raise ValueError(
            f"num_sampled={num_sampled} distinct classes cannot be drawn from {possible} of weight above 0"
        )
    table = weights / weights.sum()

    def probability(classes: Tensor) -> Tensor:
        return OPS["gather"](as_tensor(table.astype(np.float32)), classes)

    return _sampled(
        "FixedUnigramCandidateSampler",
        true_classes,
        num_sampled,
        unique,
        range_max,
        probability,
        seed,
        name,
        cumulated=tuple(np.cumsum(table).tolist()),
    )


def _file_weights(path: str) -> np.ndarray[Any, Any]:
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    try:
        return np.array([float(line.rpartition(",")[2]) for line in lines if line.strip()])
    except ValueError as error:
        raise ValueError(f"{path}: each line must end in a comma and a weight: {error}") from None


def all_candidates(
    true_classes: Any, num_true: int, num_sampled: int, unique: bool, seed: int | None = None, name: str | None = None
) -> Candidates:
    """Every class below num_sampled once, each expected once (TF1: tf.nn.all_candidate_sampler)."""
    with get_default_graph().name_scope(name or "AllCandidateSampler"):
        sampled = OPS["range"](as_tensor(num_sampled, INT64))
        ones = [OPS["ones_like"](OPS["cast"](c, dtype=FLOAT32)) for c in (as_tensor(true_classes), sampled)]
        return sampled, ones[0], ones[1]


def _sampled(
    type: str,
    true_classes: Any,
    num_sampled: int,
    unique: bool,
    range_max: int,
    probability: Callable[[Tensor], Tensor],
    seed: int | None,
    name: str | None,
    **attrs: Any,
) -> Candidates:
    if unique and num_sampled > range_max:
        raise ValueError(f"num_sampled={num_sampled} distinct classes cannot be drawn from range_max={range_max}")
    graph_seed, op_seed = op_seeds(seed)
    attrs |= {
        "seed": graph_seed,
        "seed2": op_seed,
        "num_sampled": num_sampled,
        "unique": unique,
        "range_max": range_max,
    }
    types = [TensorType((num_sampled,), INT64), TensorType((), FLOAT32)]
    graph = get_default_graph()
    with graph.name_scope(name or type):
        sampled, tries = graph.add(type, (), types, attrs, type).outputs
        true = as_tensor(true_classes)
        # all classes at once: they are few, and each call of a kernel costs more than they do
        classes = OPS["concat"](OPS["reshape"](OPS["cast"](true, dtype=INT64), [-1]), sampled, axis=0)
        expected = _expected_count(probability(classes), tries, unique)
        of_true, of_sampled = OPS["split"](expected, num_or_size_splits=(-1, num_sampled))
        return sampled, OPS["reshape_like"](of_true, true), of_sampled


def _expected_count(p: Tensor, tries: Tensor, unique: bool) -> Tensor:
    return -OPS["expm1"](tries * OPS["log1p"](-p)) if unique else p * tries


# What a session draws ---------------------------------------------------------------------------------------------------

Picker = Callable[[np.ndarray[Any, Any], Operation], np.ndarray[Any, Any]]


def _drawing(pick: Picker) -> Callable[..., Arrays]:
    """A draw of candidate classes, made of what turns numbers of [0, 1) into classes."""

    def draw(rng: np.random.Generator, n: int, shape: tuple[int, ...], op: Operation) -> Arrays:
        if op.attrs["unique"] and op.attrs["num_sampled"]:
            state = rng.bit_generator.state
            if (found := _unique_at_first(rng, n, op, pick)) is not None:
                return found
            rng.bit_generator.state = state
        sampled, tries = np.empty((n, op.attrs["num_sampled"]), np.int64), np.empty(n)
        for i in range(n):
            sampled[i], tries[i] = _one_draw(rng, op, pick)
        return [sampled, tries]

    return draw


def _unique_at_first(rng: np.random.Generator, n: int, op: Operation, pick: Picker) -> Arrays | None:
    """What `_one_draw` answers `n` times, all at once; None where one has to draw classes again, or these are too large."""
    count = op.attrs["num_sampled"]
    places = (2 * count).bit_length()
    if op.attrs["range_max"] > 1 << (62 - places):
        return None
    drawn = pick(rng.random((n, 2 * count)), op)
    # a class and its place make one number, and numbers are sorted faster than places are
    keys = np.left_shift(drawn, places, dtype=np.int64) | np.arange(drawn.shape[1])
    keys.sort(axis=1)
    ordered, order = keys >> places, keys & ((1 << places) - 1)
    fresh = np.ones(drawn.shape, bool)
    np.put_along_axis(fresh, order[:, 1:], ordered[:, 1:] != ordered[:, :-1], axis=1)
    if (fresh.sum(axis=1) < count).any():
        return None
    fresh &= fresh.cumsum(axis=1) <= count
    return [drawn[fresh].reshape(n, count), (2 * count - fresh[:, ::-1].argmax(axis=1)).astype(np.float64)]


def _one_draw(rng: np.random.Generator, op: Operation, pick: Picker) -> tuple[np.ndarray[Any, Any], int]:
    """The classes and how many draws they took; with `unique`, classes seen before are drawn again."""
    count, unique, drawn = op.attrs["num_sampled"], op.attrs["unique"], np.empty(0, np.int64)
    while True:
        drawn = np.concatenate([drawn, pick(rng.random(2 * count if unique else count), op)])
        if not unique:
            return drawn, count
        classes, first = np.unique(drawn, return_index=True)
        if len(classes) >= count:
            first.sort()
            return drawn[first[:count]], int(first[count - 1]) + 1 if count else 0


def _log_uniform(u: np.ndarray[Any, Any], op: Operation) -> np.ndarray[Any, Any]:
    top = op.attrs["range_max"]
    return np.minimum(np.exp(u * np.log(top + 1)).astype(np.int64) - 1, top - 1)


def _uniform(u: np.ndarray[Any, Any], op: Operation) -> np.ndarray[Any, Any]:
    return np.minimum((u * op.attrs["range_max"]).astype(np.int64), op.attrs["range_max"] - 1)


def _fixed_unigram(u: np.ndarray[Any, Any], op: Operation) -> np.ndarray[Any, Any]:
    cumulated = np.asarray(op.attrs["cumulated"])
    return np.searchsorted(cumulated, u * cumulated[-1], side="right").astype(np.int64)


DRAWS.update(
    LogUniformCandidateSampler=_drawing(_log_uniform),
    UniformCandidateSampler=_drawing(_uniform),
    FixedUnigramCandidateSampler=_drawing(_fixed_unigram),
)
