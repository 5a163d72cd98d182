"""Skip-gram word embeddings with noise-contrastive estimation, rows updated alone."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache, partial
from typing import Any

import numpy as np

import samegraph.tf1 as tf

from .data import Corpus, load_corpus, save_word2vec_text, skip_gram_batches
from .model import Batch, Model, Program, Table

BATCH, DIMENSIONS, SAMPLED, WINDOW = 128, 128, 64, 2
VOCABULARY, MIN_COUNT = 10_000, 5
PROBES = ("one", "he", "city", "war", "century", "world")


def build(vocabulary: int, rate: float, dtype: Any, dimensions: int = DIMENSIONS) -> Model:
    """embeddings looked up for the centre words, NCE against their contexts and shared noise words."""
    tf.set_random_seed(1)
    inputs = tf.placeholder(tf.int32, [None], name="inputs")
    labels = tf.placeholder(tf.int32, [None, 1], name="labels")
    embeddings = tf.Variable(tf.random_uniform([vocabulary, dimensions], -1.0, 1.0, dtype=dtype), name="embeddings")
    nce_weights = tf.Variable(
        tf.truncated_normal([vocabulary, dimensions], stddev=1.0 / math.sqrt(dimensions), dtype=dtype),
        name="nce_weights",
    )
    nce_biases = tf.Variable(tf.zeros([vocabulary], dtype), name="nce_biases")
    embed = tf.nn.embedding_lookup(embeddings, inputs, name="embed")
    sampler = tf.nn.log_uniform_candidate_sampler(tf.cast(labels, tf.int64), 1, SAMPLED, True, vocabulary)
    loss = tf.reduce_mean(
        tf.nn.nce_loss(
            weights=nce_weights,
            biases=nce_biases,
            labels=labels,
            inputs=embed,
            num_sampled=SAMPLED,
            num_classes=vocabulary,
            sampled_values=sampler,
        ),
        name="loss",
    )
    optimizer = tf.train.GradientDescentOptimizer(rate)
    pairs = optimizer.compute_gradients(loss)
    norm = tf.sqrt(tf.reduce_sum(tf.square(embeddings), 1, keepdims=True))
    return Model(
        graph=tf.get_default_graph(),
        inputs={"inputs": inputs, "labels": labels},
        loss=loss,
        train=optimizer.apply_gradients(pairs),
        init=tf.global_variables_initializer(),
        parameters={"embeddings": embeddings, "nce_weights": nce_weights, "nce_biases": nce_biases},
        gradients={v.op.name: g for g, v in pairs},
        draws=dict(zip(("sampled", "true_expected", "sampled_expected"), sampler, strict=True)),
        outputs={"normalized": embeddings / norm},
    )


@cache
def corpus(path: str | None) -> Corpus:
    """The text of that path, None for the Wikipedia sample among gensim's test data."""
    return load_corpus(path, vocabulary_size=VOCABULARY, min_count=MIN_COUNT)


def _batches(path: str | None, steps: int) -> Iterator[Batch]:
    for inputs, labels in skip_gram_batches(corpus(path).ids, BATCH, WINDOW, 0, steps):
        yield {"inputs": inputs, "labels": labels}


def nearest(vectors: np.ndarray[Any, Any], words: list[str], probes: list[str], count: int = 6) -> list[list[Any]]:
    """For each probe word its nearest words by cosine."""
    ids = {w: i for i, w in enumerate(words)}
    rows = []
    for probe in probes:
        if probe in ids:
            order = np.argsort(-(vectors @ vectors[ids[probe]]), kind="stable")
            near = [words[i] for i in order[: count + 1] if i != ids[probe]][:count]
            rows.append([probe, ", ".join(near)])
    return rows


def _tables(path: str | None, session: Any, model: Model) -> list[Table]:
    words = corpus(path).words
    probes = [p for p in PROBES if p in words] or words[1:7]
    vectors = session.run(model.outputs["normalized"])
    return [Table("Nearest neighbours by cosine", ["word", "nearest"], nearest(vectors, words, probes))]


def save(path: str | None, session: Any, model: Model, out: Any) -> None:
    """Writes the embeddings in word2vec's text format."""
    save_word2vec_text(out, corpus(path).words, session.run(model.parameters["embeddings"]))


def program(path: str | None = None) -> Program:
    """The program on the text of that path (any text, or text8), None for the Wikipedia sample."""
    rate = 1.0
    return Program(
        name="word2vec",
        variant="wikipedia sample" if path is None else "corpus",
        title="Word2vec: skip-gram with 64 shared noise words, NCE, rows updated alone (batches of 128)",
        steps=1000,
        rate=rate,
        build=lambda dtype: build(len(corpus(path).words), rate, dtype),
        batches=partial(_batches, path),
        twin="word2vec",
        wide=False,
        tables=partial(_tables, path),
        save=partial(save, path),
    )
