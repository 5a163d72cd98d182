"""The batches of skip-gram: subsampled words, windows and noise words of whole blocks of a text at once, in NumPy.

The same settings give the same bits, whoever trains on them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .data import Corpus, CorpusError, Ids
from .skip_gram import Settings

BLOCK = 1 << 18
"""Words of the text whose runs are made, and shuffled, at once. What a sentence is in word2vec: no pair crosses its edge."""

NOISE_POWER = 0.75
"""Noise words are drawn by their counts to this power (Mikolov et al. 2013b)."""

Floats = NDArray[np.float32]


class Runs(NamedTuple):
    """n runs of L centre words that look at M words: centers [n, L], contexts [n, M], weights [n, L, M] (True: a pair)."""

    centers: Ids
    contexts: Ids
    weights: NDArray[np.bool_]

    def each(self, change: Callable[[NDArray[Any]], NDArray[Any]]) -> Runs:
        """The same change of each array."""
        return Runs(change(self.centers), change(self.contexts), change(self.weights))

    def and_then(self, more: Runs) -> Runs:
        """These runs, and those behind them."""
        return Runs(
            np.concatenate([self.centers, more.centers]),
            np.concatenate([self.contexts, more.contexts]),
            np.concatenate([self.weights, more.weights]),
        )

    def cut(self, at: slice) -> Runs:
        """Some of the runs."""
        return self.each(lambda a: a[at])

    def filled(self, count: int) -> Runs:
        """The runs and as many empty ones as make `count`."""
        return self.each(lambda a: np.concatenate([a, np.zeros((count - len(a), *a.shape[1:]), a.dtype)]))


class Stack(NamedTuple):
    """n batches as `skip_gram.build` wants them, along a first axis; and the raw words that are read when they are trained."""

    centers: Ids
    contexts: Ids
    weights: Floats
    noise: Ids
    rates: Floats
    read: int

    def cut(self, at: slice) -> Stack:
        """Some of the batches; `read` is that of all."""
        arrays = self.centers[at], self.contexts[at], self.weights[at], self.noise[at], self.rates[at]
        return Stack(*arrays, self.read)

    def batches(self) -> Iterator[tuple[Any, ...]]:
        """(centers, contexts, weights, noise, rate) of each batch."""
        return zip(self.centers, self.contexts, self.weights, self.noise, self.rates, strict=True)


def keeping(counts: NDArray[np.int64], sample: float) -> NDArray[np.float64]:
    """[V]: how likely a word stays, sqrt(t/f) + t/f of its share f of the text and t = `sample`, at most 1.

    Word 0, whatever is too rare for the vocabulary, never stays. sample 0 keeps every other word, as in word2vec.
    """
    known = counts.astype(np.float64)
    known[0] = 0.0
    chance = np.zeros(known.size)
    share = sample * known.sum() / known[1:] if sample else np.ones(known.size - 1)
    chance[1:] = np.minimum(1.0, np.sqrt(share) + share)
    return chance


def noise_steps(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """[V]: the cumulative distribution of noise words; word 0 is never drawn."""
    weight = counts.astype(np.float64) ** NOISE_POWER
    weight[0] = 0.0
    steps = np.cumsum(weight)
    return np.asarray(steps / steps[-1])


def drawn_noise(steps: NDArray[np.float64], shape: tuple[int, ...], rng: np.random.Generator) -> Ids:
    """Words of that distribution, of any shape."""
    return np.searchsorted(steps, rng.random(shape), side="right").astype(np.int32)


def runs_of(words: Ids, settings: Settings, rng: np.random.Generator) -> Runs:
    """All runs of a text `words` [m], in its order; the last is filled up with words that are in no pair.

    As in word2vec each centre word draws a reach from 1..window, evenly, and is paired with all words within it.
    """
    length, window = settings.length, settings.window
    n = -(-words.size // length)
    text = np.zeros(n * length + 2 * window, np.int32)
    there = np.zeros(text.size, np.bool_)
    text[window : window + words.size] = words
    there[window : window + words.size] = True
    reach = rng.integers(1, window + 1, size=n * length).reshape(n, length, 1)
    distance = np.abs(np.arange(settings.reading) - window - np.arange(length)[:, np.newaxis])
    distance[distance == 0] = window + 1  # no word is its own context
    weights = reach >= distance
    weights &= _looked_at(there, settings)[:, np.newaxis, :]
    centers = text[window : window + n * length].reshape(n, length)
    weights &= there[window : window + n * length].reshape(n, length, 1)
    return Runs(centers, _looked_at(text, settings), weights)


def _looked_at(text: NDArray[Any], settings: Settings) -> NDArray[Any]:
    return np.lib.stride_tricks.sliding_window_view(text, settings.reading)[:: settings.length]


def stacks(corpus: Corpus, settings: Settings) -> Iterator[Stack]:
    """All batches of all epochs, a stack a block of the text, with every pair in exactly one batch.

    Blocks come in a random order, and their runs are shuffled within the block; runs that fill no batch go into the next stack,
    and those of the very last batch are filled up by empty ones. The rate falls with the words read. Raises CorpusError
    where the text, as subsampled, has no pair.
    """
    blocks = _Blocks(corpus, settings)
    left: Runs | None = None
    paired, read = False, 0
    for start, last in blocks.order():
        runs = blocks.runs(start)
        if left is not None:
            runs = left.and_then(runs)
        whole = len(runs.centers) - len(runs.centers) % settings.runs
        if last and whole < len(runs.centers):
            whole += settings.runs
            runs = runs.filled(whole)
        left = runs.cut(slice(whole, None))
        paired = paired or bool(runs.weights.any())
        read += min(BLOCK, corpus.ids.size - start)
        if whole:
            yield blocks.stack(runs.cut(slice(whole)), read)
            read = 0
    if not paired:
        raise CorpusError("no two words of this text are left beside each other; give a longer text or a larger sample")


class _Blocks:
    """What all blocks of a text share; done: the raw words read so far."""

    def __init__(self, corpus: Corpus, settings: Settings) -> None:
        self.ids, self.settings, self.done = corpus.ids, settings, 0
        self.keep, self.noise = keeping(corpus.counts, settings.sample), noise_steps(corpus.counts)
        self.rng = np.random.Generator(np.random.Philox(settings.seed))

    def order(self) -> Iterator[tuple[int, bool]]:
        """Where blocks start, every epoch in another order; and whether it is the last."""
        starts = np.arange(0, self.ids.size, BLOCK)
        for epoch in range(self.settings.epochs):
            shuffled = self.rng.permutation(starts).tolist()
            for i, start in enumerate(shuffled):
                yield start, epoch == self.settings.epochs - 1 and i == len(shuffled) - 1

    def runs(self, start: int) -> Runs:
        """The runs of the block that starts there, shuffled."""
        ids = self.ids[start : start + BLOCK]
        runs = runs_of(ids[self.rng.random(ids.size) < self.keep[ids]], self.settings, self.rng)
        order = self.rng.permutation(len(runs.centers))
        return runs.each(lambda a: a.take(order, axis=0))

    def stack(self, runs: Runs, read: int) -> Stack:
        """Whole batches of these runs, with their noise words and rates; `read` more raw words are read with them."""
        s, n = self.settings, len(runs.centers) // self.settings.runs
        progress = (self.done + read * np.arange(n) / n) / (self.ids.size * s.epochs)
        self.done += read
        return Stack(
            centers=runs.centers.reshape(n, -1),
            contexts=runs.contexts.reshape(n, -1),
            weights=runs.weights.reshape(n, s.runs, s.length, s.reading).astype(np.float32),
            noise=drawn_noise(self.noise, (n, s.shared), self.rng),
            rates=(s.rate - (s.rate - s.least_rate) * progress).astype(np.float32),
            read=read,
        )
