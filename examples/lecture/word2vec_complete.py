"""Word vectors from running text: skip-gram with noise-contrastive estimation, complete in one file.

    python word2vec_complete.py [TEXT] [--steps N]

TEXT is any plain text, the longer the better; without one, 300 news articles among gensim's test data are read.
"""

import argparse
import collections
import re

import numpy as np
import samegraph.tf1 as tf  # or: import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()  # needed under TensorFlow 2, without effect otherwise
tf.set_random_seed(0)

BATCH, DIMENSIONS, SAMPLED, WINDOW = 128, 64, 64, 8  # a pair of words is at most WINDOW words apart
MIN_COUNT, PROBES = 5, ["government", "australia", "palestinian", "police", "company", "two"]


def read_words(path):
    """The words of the text, in lower case."""
    if path is None:
        from gensim.test.utils import datapath

        path = datapath("lee_background.cor")
    with open(path, encoding="utf-8") as file:
        return re.findall(r"[a-z]+", file.read().lower())


def number_words(text, rng):
    """The vocabulary, the most frequent word first, and the text as indices into it.

    Rare words are left out. So is, by chance, most of what occurs very often (the, of, ...): it says little about its
    neighbours. The rule is that of the original word2vec, with its threshold raised as short texts need it.
    """
    counts = collections.Counter(text)
    words = [w for w, n in counts.most_common() if n >= MIN_COUNT]
    index = {w: i for i, w in enumerate(words)}
    ids = np.array([index[w] for w in text if w in index], np.int32)
    share = np.bincount(ids) / len(ids)
    keep = np.sqrt(3e-4 / share)
    return words, ids[rng.random_sample(len(ids)) < keep[ids]]


def skip_gram_batches(ids, rng):
    """Endless batches of (word, neighbour) pairs: inputs [BATCH], labels [BATCH, 1]."""
    distances = [d for d in range(1, WINDOW + 1) for _ in range(WINDOW + 1 - d)]  # near neighbours more often
    while True:
        # np.random takes a shape in one way (random_sample((3, 4))) and in another (rand(3, 4)); here `size` is it.
        at = rng.randint(WINDOW, len(ids) - WINDOW, size=BATCH)
        there = at + rng.choice(distances, BATCH) * rng.choice([-1, 1], BATCH)
        yield ids[at], ids[there][:, np.newaxis]


def build(vocabulary):
    """The graph: vectors looked up for the inputs; the loss tells each label from SAMPLED words that are noise."""
    inputs = tf.placeholder(tf.int32, [None], name="inputs")
    labels = tf.placeholder(tf.int32, [None, 1], name="labels")
    embeddings = tf.Variable(tf.random_uniform([vocabulary, DIMENSIONS], -0.1, 0.1), name="embeddings")
    embed = tf.nn.embedding_lookup(embeddings, inputs)
    nce_weights = tf.Variable(tf.truncated_normal([vocabulary, DIMENSIONS], stddev=0.01))
    nce_biases = tf.Variable(tf.zeros([vocabulary]))
    losses = tf.nn.nce_loss(
        weights=nce_weights, biases=nce_biases, labels=labels, inputs=embed, num_sampled=SAMPLED, num_classes=vocabulary
    )
    loss = tf.reduce_mean(losses, name="loss")
    # A step changes only the rows of the words it has seen, so its cost does not depend on the size of the vocabulary.
    step = tf.train.GradientDescentOptimizer(5.0).minimize(loss)
    normalized = embeddings / tf.sqrt(tf.reduce_sum(tf.square(embeddings), 1, keepdims=True))
    probes = tf.placeholder(tf.int32, [None], name="probes")
    similarity = tf.matmul(tf.nn.embedding_lookup(normalized, probes), normalized, transpose_b=True)
    return inputs, labels, loss, step, probes, similarity


def main(path, steps):
    rng = np.random.RandomState(0)
    words, ids = number_words(read_words(path), rng)
    print(f"{len(ids)} words of running text, {len(words)} different ones")
    inputs, labels, loss, step, probes, similarity = build(len(words))
    batches = skip_gram_batches(ids, rng)
    with tf.Session() as sess:
        print("session:", sess)
        sess.run(tf.global_variables_initializer())
        total, every = 0.0, max(steps // 5, 1)
        for i in range(1, steps + 1):
            batch_inputs, batch_labels = next(batches)
            value, _ = sess.run([loss, step], {inputs: batch_inputs, labels: batch_labels})
            total += value
            if i % every == 0:
                print(f"step {i:5}  mean loss {total / every:.3f}")
                total = 0.0
        chosen = [words.index(w) for w in PROBES if w in words] or list(range(len(PROBES)))
        for at, row in zip(chosen, sess.run(similarity, {probes: chosen})):
            nearest = np.argsort(-row)[1:7]
            print(f"{words[at]:>12}: {', '.join(words[i] for i in nearest)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Learns word vectors from a text.")
    parser.add_argument("text", nargs="?", help="a plain text file; default: news articles that come with gensim")
    parser.add_argument("--steps", type=int, default=5000, help="training steps (default: %(default)s)")
    arguments = parser.parse_args()
    main(arguments.text, arguments.steps)
