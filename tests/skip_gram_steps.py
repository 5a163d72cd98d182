"""A step of skip-gram on a tiny vocabulary, by the graph and pair by pair."""

from __future__ import annotations

import numpy as np
import samegraph.tf1 as tf
from samegraph.programs import skip_gram_batches as batches
from samegraph.programs.data import Corpus
from samegraph.programs.skip_gram import Settings, build

SMALL = Settings(dimensions=4, window=3, shared=5, runs=3, length=4, sample=0.0, rate=0.1)
FEEDS = ("centers", "contexts", "weights", "noise", "rate")


def text(words: int = 3000, vocabulary: int = 40, seed: int = 0) -> Corpus:
    """Words that come in fours, so that there is something to learn; a few of them too rare for the vocabulary."""
    rng = np.random.default_rng(seed)
    ids = (4 * rng.integers(0, vocabulary // 4, words // 4)[:, None] + rng.permutation(4)).ravel().astype(np.int32)
    counts = np.bincount(ids, minlength=vocabulary).astype(np.int64)
    return Corpus(ids, ["UNK", *(f"w{i}" for i in range(1, vocabulary))], counts)


def one_batch(seed: int = 5):
    """A batch that looks up rows many times, and the tables that it meets."""
    corpus = text(400, vocabulary=12, seed=seed)
    batch = next(next(iter(batches.stacks(corpus, SMALL))).batches())
    rng = np.random.default_rng(seed)
    return batch, rng.normal(size=(12, 4)), rng.normal(size=(12, 4))


def plain_step(batch, vectors, outputs):
    """The loss and the tables after a step, in float64, by the formula of the paper for one pair after another."""
    centers, contexts, weights, noise, rate = batch
    runs, length, reading = weights.shape
    centers, contexts = centers.reshape(runs, length), contexts.reshape(runs, reading)
    loss, d_vectors, d_outputs = 0.0, np.zeros_like(vectors), np.zeros_like(outputs)
    for run, i, j in np.argwhere(weights):
        center = centers[run, i]
        terms = [(contexts[run, j], 1.0, 1.0), *((word, -1.0, SMALL.negatives / len(noise)) for word in noise)]
        for word, sign, weight in terms:
            score = sign * (vectors[center] @ outputs[word])
            loss += weight * np.log1p(np.exp(-score))
            slope = -weight * sign / (1 + np.exp(score))
            d_vectors[center] += slope * outputs[word]
            d_outputs[word] += slope * vectors[center]
    return loss, vectors - rate * d_vectors, outputs - rate * d_outputs


def graph_step(batch, vectors, outputs, backend="numpy", route="rules", dtype=tf.float64):
    """The same by the graph."""
    with tf.Graph().as_default() as graph:
        model = build(len(vectors), SMALL, dtype)
        tables = [model.parameters["vectors"], model.parameters["outputs"]]
        with tf.Session(graph=graph, backend=backend, gradients=route) as session:
            session.run(model.init)
            for table, value in zip(tables, (vectors, outputs), strict=True):
                table.load(value, session)
            feed = {model.inputs[name]: value for name, value in zip(FEEDS, batch, strict=True)}
            loss, _ = session.run([model.loss, model.train], feed)
            return loss, *session.run(tables)
