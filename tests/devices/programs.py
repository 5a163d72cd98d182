"""The programs, each trained for two steps on made-up batches: no data set is needed to see on which device a step runs."""

from __future__ import annotations

import numpy as np
import samegraph.tf1 as tf
from samegraph.programs import catalog, word2vec
from samegraph.session import Session
from samegraph.types import numpy_dtype

PROGRAMS = [p.key for p in catalog.programs()]


def train(backend, key, route):
    """Initialises, trains and fetches the loss, on `backend`."""
    program = next(p for p in catalog.programs() if p.key == key)
    with tf.Graph().as_default() as graph:
        words = program.name == "word2vec"  # as many as there are in a corpus, which is not installed everywhere
        model = word2vec.build(500, program.rate, tf.float32) if words else program.build(tf.float32)
        session = Session(graph=graph, backend=backend, gradients=route)
        session.run(model.init)
        feed = {t: _made_up(t) for t in model.inputs.values()}
        for _ in range(2):
            session.run([model.train, model.loss], feed)
        session.run([*model.parameters.values(), *model.gradients.values()], feed)


def _made_up(t):
    sizes = [8 if n is None else n for n in t.shape.as_list()]
    return np.zeros(sizes, numpy_dtype(t.dtype))
