"""Skip-gram with negative sampling (Mikolov et al. 2013b) in batches that are a few matrix products.

Neighbouring centre words share most of their context words, so the pairs of a run of the text are a band of one product of its
centre words with its context words (Ji et al. 2016 and Rengasamy et al. 2017 combine contexts and negatives so): a batch of R runs
looks up, and updates, some two rows a word instead of two a pair. Numbers are those of the pairs one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import samegraph.tf1 as tf

from .model import Model


@dataclass(frozen=True)
class Settings:
    """How word vectors are trained. dimensions: of a vector. window: words on either side at most. negatives: noise words a pair.

    shared: noise words drawn for a batch, each of weight negatives/shared. runs, length: a batch is so many runs of so many
    centre words, of about window + 1 pairs each. sample: words of a larger share of the text are subsampled. min_count: rarer words are
    left out. rate: falls linearly to `least_rate` over all epochs. seed: of vectors, batches and noise.
    """

    dimensions: int = 100
    window: int = 5
    negatives: int = 5
    shared: int = 48
    runs: int = 12
    length: int = 16
    sample: float = 1e-4
    min_count: int = 5
    epochs: int = 1
    rate: float = 0.05
    least_rate: float = 1e-4
    seed: int = 1

    @property
    def reading(self) -> int:
        """Words that a run looks at: its centre words and a window on either side."""
        return self.length + 2 * self.window


def build(vocabulary: int, settings: Settings, dtype: Any = tf.float32) -> Model:
    """The graph of one step, in the default graph, on tables of [vocabulary, dimensions].

    Inputs, with R runs of L centre words that look at M = L + 2 * window words: centers [R * L], contexts [R * M] and noise
    [shared] (ids), weights [R, L, M] (1 where centre word and context word are a pair, else 0) and rate []. The loss is the sum over
    the pairs, in nats, of -log s(centre . context) and of -log s(-centre . noise), the noise weighted by negatives / shared, where
    s is the logistic function. Vectors begin evenly within 0.5 / dimensions of 0, outputs at 0, as in word2vec.
    """
    d = settings.dimensions
    inputs = {
        "centers": tf.placeholder(tf.int32, [None], name="centers"),
        "contexts": tf.placeholder(tf.int32, [None], name="contexts"),
        "weights": tf.placeholder(dtype, [None, settings.length, settings.reading], name="weights"),
        "noise": tf.placeholder(tf.int32, [None], name="noise"),
        "rate": tf.placeholder(dtype, [], name="rate"),
    }
    start = tf.random_uniform([vocabulary, d], -0.5 / d, 0.5 / d, dtype=dtype, seed=settings.seed)
    vectors = tf.Variable(start, name="vectors")
    outputs = tf.Variable(tf.zeros([vocabulary, d], dtype), name="outputs")
    loss = _loss(inputs, vectors, outputs, settings)
    optimizer = tf.train.GradientDescentOptimizer(inputs["rate"])
    pairs = optimizer.compute_gradients(loss)
    return Model(
        graph=tf.get_default_graph(),
        inputs=inputs,
        loss=loss,
        train=optimizer.apply_gradients(pairs),
        init=tf.global_variables_initializer(),
        parameters={"vectors": vectors, "outputs": outputs},
        gradients={v.op.name: g for g, v in pairs},
    )


def _loss(inputs: dict[str, Any], vectors: Any, outputs: Any, settings: Settings) -> Any:
    d, weights = settings.dimensions, inputs["weights"]
    center = tf.nn.embedding_lookup(vectors, inputs["centers"], name="center")
    context = tf.nn.embedding_lookup(outputs, inputs["contexts"], name="context")
    noise = tf.nn.embedding_lookup(outputs, inputs["noise"], name="drawn")
    by_run = tf.reshape(center, [-1, settings.length, d]), tf.reshape(context, [-1, settings.reading, d])
    right = tf.matmul(*by_run, transpose_b=True, name="right")
    wrong = tf.matmul(center, noise, transpose_b=True, name="wrong")
    # every pair of a centre word meets the same noise words
    pairs = tf.reshape(tf.reduce_sum(weights, 2), [-1, 1], name="pairs")
    share = settings.negatives / settings.shared
    seen, drawn = weights * tf.nn.softplus(-right), pairs * share * tf.nn.softplus(wrong)
    return tf.add(tf.reduce_sum(seen), tf.reduce_sum(drawn), name="loss")
