"""Skip-gram's batches, its loss and one training on NumPy: each against a plain computation, word by word and pair by pair."""

from __future__ import annotations

import threading
from collections import Counter

import numpy as np
import pytest
from samegraph.programs import skip_gram_batches as batches
from samegraph.programs.ahead import Ahead
from samegraph.programs.data import Corpus, CorpusError
from samegraph.programs.skip_gram import Settings
from samegraph.word_vectors.training import train

from tests.skip_gram_steps import SMALL, graph_step, one_batch, plain_step, text


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


# Sampling -----------------------------------------------------------------------------------------------------------------


def test_frequent_words_are_subsampled_as_in_word2vec():
    counts = np.array([50, 9000, 900, 90, 10])
    chance = batches.keeping(counts, 1e-2)
    for word, count in list(enumerate(counts))[1:]:
        share = count / 10_000  # of the words that the vocabulary holds
        assert chance[word] == pytest.approx(min(1, (np.sqrt(share / 1e-2) + 1) * 1e-2 / share))
    assert chance[0] == 0 and chance[4] == 1
    assert batches.keeping(counts, 0).tolist() == [0, 1, 1, 1, 1]


def test_as_many_words_are_kept_as_their_chance_says(monkeypatch):
    corpus = text(40_000)
    settings = Settings(runs=1, length=1, window=1, sample=1e-3, shared=1)
    kept = np.concatenate([s.centers[s.weights.any((1, 2, 3))].ravel() for s in batches.stacks(corpus, settings)])
    wanted = corpus.counts * batches.keeping(corpus.counts, 1e-3)
    found = np.bincount(kept, minlength=40)
    assert found[0] == 0
    # a binomial's deviation is at most its root: five of them, for 39 words
    assert (np.abs(found - wanted)[1:] < 5 * np.sqrt(wanted[1:]) + 2).all()


def test_noise_words_come_by_their_counts_to_three_quarters():
    counts = np.array([1000, 625, 81, 16, 1])
    drawn = batches.drawn_noise(batches.noise_steps(counts), (400, 100), generator())
    found, wanted = np.bincount(drawn.ravel(), minlength=5), 40_000 * np.array([0, 125, 27, 8, 1]) / 161
    assert found[0] == 0 and drawn.dtype == np.int32
    assert (np.abs(found - wanted) <= 5 * np.sqrt(wanted)).all()
    evenly = 40_000 * np.array([0, 625, 81, 16, 1]) / 723  # by their counts alone: the test could tell
    assert not (np.abs(found - evenly) <= 5 * np.sqrt(evenly)).all()


# Windows and batches ------------------------------------------------------------------------------------------------------


def pairs_of(runs: batches.Runs) -> Counter[tuple[int, int]]:
    """(centre, context) of every pair, by what the weights say."""
    n, center, context = np.nonzero(runs.weights)
    return Counter(zip(runs.centers[n, center].tolist(), runs.contexts[n, context].tolist(), strict=True))


def plain_pairs(words: list[int], reach: list[int]) -> Counter[tuple[int, int]]:
    at = range(len(words))
    return Counter((words[i], words[j]) for i in at for j in at if i != j and abs(i - j) <= reach[i])


@pytest.mark.parametrize("count", [1, 2, 7, 8, 41])
def test_runs_hold_the_pairs_of_every_window_once(count):
    words = np.arange(100, 100 + count, dtype=np.int32)
    filled = -(-count // SMALL.length) * SMALL.length
    reach = generator(3).integers(1, SMALL.window + 1, size=filled).tolist()
    runs = batches.runs_of(words, SMALL, generator(3))
    assert pairs_of(runs) == plain_pairs(words.tolist(), reach)
    if count > 7:  # a window that were wider by one would be seen
        assert pairs_of(runs) != plain_pairs(words.tolist(), [r + 1 for r in reach])


def test_reaches_are_even():
    settings = Settings(window=4, length=16)
    runs = batches.runs_of(np.arange(1, 16_001, dtype=np.int32), settings, generator())
    inner = runs.weights.sum(2)[1:-1].ravel() // 2
    found = np.bincount(inner, minlength=5)
    assert found[0] == 0 and (np.abs(found[1:] - inner.size / 4) < 5 * np.sqrt(inner.size / 4)).all()


@pytest.mark.parametrize("block", [256, 8])  # of 8 words two runs, and a batch has three
def test_every_word_is_a_centre_once_an_epoch_and_the_rate_falls(block, monkeypatch):
    monkeypatch.setattr(batches, "BLOCK", block)
    corpus, settings = text(), Settings(**{**vars(SMALL), "epochs": 2})
    made = list(batches.stacks(corpus, settings))
    there = Counter(np.concatenate([s.centers[(s.weights.sum(3) > 0).reshape(s.centers.shape)] for s in made]).tolist())
    assert there == {word: 2 * count for word, count in enumerate(corpus.counts.tolist()) if word}
    rates = np.concatenate([s.rates for s in made])
    assert rates[0] == np.float32(0.1) and (np.diff(rates) < 0).all() and 0 < rates[-1] < 0.002
    assert sum(s.read for s in made) == 2 * corpus.ids.size
    assert {s.centers.shape[1:] for s in made} == {(12,)} and {s.weights.shape[1:] for s in made} == {(3, 4, 10)}


def test_the_seed_alone_makes_the_batches():
    def bits(seed):
        made = batches.stacks(text(), Settings(**{**vars(SMALL), "seed": seed}))
        return [array.tobytes() for stack in made for array in stack[:5]]

    assert bits(1) == bits(1) != bits(2)


def test_a_text_without_pairs_is_refused():
    alone = Corpus(np.array([0, 1, 0, 0], np.int32), ["UNK", "a"], np.array([3, 1]))
    with pytest.raises(CorpusError, match="longer text"):
        list(batches.stacks(alone, SMALL))


# The loss and its gradient ------------------------------------------------------------------------------------------------


def test_a_step_is_the_sum_over_the_pairs_one_by_one():
    batch, *tables = one_batch()
    assert max(Counter(batch[0].tolist()).values()) > 1  # rows that meet themselves
    for found, wanted in zip(graph_step(batch, *tables), plain_step(batch, *tables), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_a_pair_less_would_be_seen():
    batch, *tables = one_batch()
    fewer = batch[2].copy()
    fewer[tuple(np.argwhere(fewer)[0])] = 0
    found, wanted = graph_step((*batch[:2], fewer, *batch[3:]), *tables), plain_step(batch, *tables)
    assert all(np.abs(a - b).max() > 1e-4 for a, b in zip(found, wanted, strict=True))


# Training -----------------------------------------------------------------------------------------------------------------


def test_words_that_come_together_are_learnt():
    corpus = text(20_000)
    heard = []
    trained = train("numpy", corpus, Settings(**{**vars(SMALL), "dimensions": 8, "epochs": 2}), heard.append)
    assert trained.words == heard[-1] == 40_000 and trained.losses[0] > 3 > 2.8 > trained.loss
    unit = trained.vectors / np.linalg.norm(trained.vectors, axis=1, keepdims=True).clip(1e-9)
    near = unit[5] @ unit.T
    others = np.delete(near, [0, 4, 5, 6, 7])
    assert near[[4, 6, 7]].mean() > others.mean() + 0.3 and near[[4, 6, 7]].min() > np.median(others)


def test_before_the_first_step_every_word_costs_ln_2_and_the_seed_makes_the_vectors():
    corpus, settings = text(16), Settings(**{**vars(SMALL), "runs": 4, "dimensions": 50})
    once = train("numpy", corpus, settings)
    assert once.steps == 1 and once.losses == pytest.approx([6 * np.log(2)], rel=1e-6)
    unseen = np.setdiff1d(np.arange(40), corpus.ids)
    other = train("numpy", corpus, Settings(**{**vars(settings), "seed": 2}))
    assert 0.009 < np.abs(once.vectors[unseen]).max() <= 0.01 and not (once.vectors == other.vectors)[unseen].any()


def test_batches_that_cannot_be_made_end_the_training():
    alone = Corpus(np.array([0, 1, 0, 0], np.int32), ["UNK", "a"], np.array([3, 1]))
    with pytest.raises(CorpusError, match="longer text"):
        train("numpy", alone, SMALL)
    assert not living()


# The thread beside the steps ----------------------------------------------------------------------------------------------


def living() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == "samegraph-ahead"]


def endless():
    number = 0
    while True:
        yield number
        number += 1


def test_what_is_made_ahead_comes_in_order():
    with Ahead(range(100), depth=3) as ahead:
        assert list(ahead) == list(range(100))
    assert not living()


def test_an_error_of_the_maker_comes_after_what_it_made():
    def broken():
        yield 1
        raise ValueError("planted")

    taken = []
    with pytest.raises(ValueError, match="planted"), Ahead(broken()) as ahead:
        for item in ahead:
            taken.append(item)
    assert taken == [1] and not living()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_the_thread_ends_with_the_taker(error):
    with pytest.raises(error), Ahead(endless()) as ahead:  # it waits for room by then
        for item in ahead:
            if item == 3:
                assert living()
                raise error
    assert not living()


def test_it_works_no_further_ahead_than_it_may():
    made = []

    def counted():
        for number in endless():
            made.append(number)
            yield number

    with Ahead(counted(), depth=2) as ahead:
        assert next(iter(ahead)) == 0
        threading.Event().wait(0.05)
        assert len(made) <= 4  # one taken, two that wait, one in hand
