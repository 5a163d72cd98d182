"""Random operations: their distributions, their static types, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph import candidates
from samegraph.random import DRAWS


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        tf.set_random_seed(4)
        yield g


def run(fetches, feed=None):
    with tf.Session() as session:
        return session.run(fetches, feed)


@pytest.mark.parametrize("range_max", [5000, 90, 12])
@pytest.mark.parametrize("kind", ["log_uniform", "uniform"])
def test_unique_candidates_of_many_steps_are_those_of_one_after_another(kind, range_max):
    sampler = getattr(tf.nn, f"{kind}_candidate_sampler")
    sampled, _, _ = sampler(tf.constant([[1]], tf.int64), 1, 12, True, range_max)
    draw, pick = DRAWS[sampled.op.type], {"log_uniform": candidates._log_uniform, "uniform": candidates._uniform}[kind]
    at_once = set()
    for seed in range(10):
        rng = np.random.default_rng(seed)
        classes, tries = draw(rng, 8, (12,), sampled.op)
        one_by_one = np.random.default_rng(seed)
        wanted = [candidates._one_draw(one_by_one, sampled.op, pick) for _ in range(8)]
        np.testing.assert_array_equal(classes, [c for c, _ in wanted])
        np.testing.assert_array_equal(tries, [t for _, t in wanted])
        assert rng.random() == one_by_one.random()
        assert all(len(set(row)) == 12 for row in classes.tolist())
        at_once.add(all(t <= 24 for t in tries))
    assert range_max != 12 or at_once == {False}, "no draw had to be repeated: this shows half of it"


def test_unique_candidates_of_very_many_classes():
    """So many that a class and its place are too large for one number."""
    sampled, _, _ = tf.nn.uniform_candidate_sampler(tf.constant([[1]], tf.int64), 1, 12, True, 2**62)

    def pick(numbers, op):
        return np.floor(numbers * 100).astype(np.int64) * 2**55

    for seed in range(20):
        (classes,), tries = candidates._drawing(pick)(np.random.default_rng(seed), 1, (12,), sampled.op)
        wanted, count = candidates._one_draw(np.random.default_rng(seed), sampled.op, pick)
        assert np.array_equal(classes, wanted) and tries == [count]


def test_classes_come_as_often_as_their_probabilities_say():
    wanted = np.array([[0.1, 0.2, 0.7], [0.5, 0.5, 0.0]])
    with np.errstate(divide="ignore"):
        logits = tf.constant(np.log(wanted).astype(np.float32) + 3.0)
    drawn = run(tf.multinomial(logits, 40_000))
    for row, p in zip(drawn, wanted, strict=True):
        share = np.bincount(row, minlength=3) / row.size
        np.testing.assert_allclose(share, p, atol=5 * np.sqrt(0.25 / row.size))


def test_candidates_come_as_often_as_their_counts_say():
    """Over many runs, a class is sampled as often as the expected counts say: once a draw, or as one of distinct ones."""
    weights = [1.0, 2.0, 3.0, 4.0, 8.0]
    for unique in (False, True):
        sampled, _, _ = tf.nn.fixed_unigram_candidate_sampler([[0]], 1, 3, unique, 5, unigrams=weights, distortion=0.5)
        _, expected, _ = tf.nn.fixed_unigram_candidate_sampler(
            [[0, 1, 2, 3, 4]], 5, 3, unique, 5, unigrams=weights, distortion=0.5
        )
        with tf.Session() as session:
            seen = np.concatenate([session.run(sampled) for _ in range(3000)])
            counts = np.mean([session.run(expected) for _ in range(3000)], axis=0)[0]
        # the expected count of distinct draws is TF1's approximation, not exact
        np.testing.assert_allclose(np.bincount(seen, minlength=5) / 3000, counts, atol=0.08 if unique else 0.05)


def test_unigrams_from_a_file(tmp_path):
    path = tmp_path / "vocabulary.txt"
    path.write_text("the,4\na,0\n\ncat,2\n")
    sampled, true, _ = tf.nn.fixed_unigram_candidate_sampler([[0], [1], [2]], 1, 50, False, 3, vocab_file=str(path))
    drawn, expected = run([sampled, true])
    assert set(drawn) == {0, 2}
    np.testing.assert_allclose(expected[:, 0], [50 * 4 / 6, 0, 50 * 2 / 6], rtol=1e-6)
    path.write_text("the four\n")
    with pytest.raises(ValueError, match="a comma and a weight"):
        tf.nn.fixed_unigram_candidate_sampler([[0]], 1, 1, False, 1, vocab_file=str(path))


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ({}, "either vocab_file or unigrams"),
        ({"unigrams": [1.0, 1.0], "vocab_file": "x"}, "not both"),
        ({"unigrams": [1.0, 1.0]}, "range_max is 3, but there are 2"),
        ({"unigrams": [1.0, 0.0, 0.0]}, "2 distinct classes cannot be drawn from 1"),
        ({"unigrams": [1.0, -1.0, 0.0]}, "not negative"),
        ({"unigrams": [1.0, 1.0, 1.0], "num_shards": 2}, "one process"),
    ],
)
def test_unigrams_that_are_refused(how, text):
    with pytest.raises(ValueError, match=text):
        tf.nn.fixed_unigram_candidate_sampler([[0]], 1, 2, True, 3, **how)


def test_static_types():
    fed = tf.placeholder(tf.float32, [None, 5])
    assert tf.multinomial(fed, 4).shape.as_list() == [None, 4]
    assert tf.random.categorical(fed, 4, tf.int32).dtype == tf.int32
    assert tf.random_shuffle(fed).shape.as_list() == [None, 5]
    assert tf.random_crop(fed, [2, 3]).shape.as_list() == [2, 3]
    assert tf.multinomial(fed, 4, name="drawn").name == "drawn/Multinomial:0"
    assert tf.random.get_seed(7) == (4, 7)


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda: tf.multinomial([1.0, 2.0], 3), "a matrix"),
        (lambda: tf.multinomial([[1.0]], [3]), "num_samples is a scalar"),
        (lambda: tf.multinomial([[1.0]], 3, output_dtype=tf.float32), "int32 or int64"),
        (lambda: tf.random_shuffle(1.0), "a scalar has no order"),
        (lambda: tf.random_crop(tf.zeros([4, 4]), [2]), "names 1 axes"),
        (lambda: tf.random_crop(tf.zeros([4, 4]), [5, 1]), "does not fit"),
        (lambda: tf.random_crop(tf.zeros([4]), tf.placeholder(tf.int32, [1])), "known before the run"),
    ],
)
def test_what_is_refused(build, text):
    with pytest.raises((TypeError, ValueError), match=text):
        build()


def test_a_crop_is_anywhere_with_equal_chance():
    crop = tf.random_crop(tf.range(6), [4])
    with tf.Session() as session:
        starts = np.array([session.run(crop)[0] for _ in range(3000)])
    np.testing.assert_allclose(np.bincount(starts, minlength=3) / 3000, 1 / 3, atol=0.05)


def test_the_seed_decides():
    logits = tf.zeros([1, 1000])
    same = [tf.multinomial(logits, 5, seed=3), tf.multinomial(logits, 5, seed=3), tf.multinomial(logits, 5, seed=4)]
    a, b, c = run(same)
    assert np.array_equal(a, b) and not np.array_equal(a, c)
    assert np.array_equal(a, run(same[0]))
