"""One training of word vectors: by a graph on a backend, or by gensim."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import samegraph.tf1 as tf

from ..programs.ahead import Ahead
from ..programs.data import Corpus
from ..programs.skip_gram import Settings, build
from ..programs.skip_gram_batches import Stack, stacks
from ..session import Session

GENSIM = "gensim"
WATCHED = 16
"""Steps of which one is asked for its loss."""
POINTS = 20
"""Of the curve of losses."""
SENTENCE = 1000
"""Words that gensim is given at a time; its pairs do not cross the edge of a sentence."""

Tell = Callable[[int], None]
"""Hears how many raw words are read, now and then."""


@dataclass(frozen=True)
class Trained:
    """vectors [V, dimensions], by the corpus's ids. seconds: of the training, reading and vocabulary left out; computed: those that
    all threads of the process computed meanwhile.

    first_step: seconds of these that the first step took, with its compiling. words: raw words read. loss: mean of a pair, in nats,
    over the last twentieth of the training; losses: over each twentieth. gensim says no losses and no first step.
    """

    vectors: NDArray[np.float32]
    seconds: float
    computed: float
    words: int
    first_step: float | None = None
    steps: int | None = None
    losses: tuple[float, ...] = ()

    @property
    def loss(self) -> float | None:
        return self.losses[-1] if self.losses else None


class _Steps:
    """The steps of a training, with the losses of some of them by pair."""

    def __init__(self, session: Session, model: Any) -> None:
        feeds = [model.inputs[name] for name in ("centers", "contexts", "weights", "noise", "rate")]
        self.watched = session.make_callable([model.loss, model.train], feeds)
        self.plain = session.make_callable(model.train, feeds)
        self.count = 0
        self.losses: list[float] = []
        self.pairs: list[float] = []

    def run(self, stack: Stack) -> None:
        """One step after another of the stack's batches."""
        for batch in stack.batches():
            if self.count % WATCHED == 0:
                self.losses.append(float(self.watched(*batch)[0]))
                self.pairs.append(float(batch[2].sum()))
            else:
                self.plain(*batch)
            self.count += 1

    def curve(self) -> tuple[float, ...]:
        """The mean loss of a pair over each twentieth of what was watched."""
        pieces = min(POINTS, len(self.losses))
        losses, pairs = np.array_split(self.losses, pieces), np.array_split(self.pairs, pieces)
        return tuple(float(a.sum() / b.sum()) for a, b in zip(losses, pairs, strict=True) if b.sum())


def train(
    backend: str, corpus: Corpus, settings: Settings, tell: Tell = lambda words: None, route: str = "rules"
) -> Trained:
    """Skip-gram of the corpus on that backend, on its usual device, batches made in a thread beside the steps.

    Raises CorpusError where the text gives no pairs, and whatever the backend raises.
    """
    with tf.Graph().as_default() as graph:
        model = build(len(corpus.words), settings)
        with Session(graph=graph, backend=backend, gradients=route) as session:
            session.run(model.init)
            return _trained(session, model, corpus, settings, tell)


def _trained(session: Session, model: Any, corpus: Corpus, settings: Settings, tell: Tell) -> Trained:
    steps, read, first = _Steps(session, model), 0, 0.0
    clock = _Clock()
    with Ahead(stacks(corpus, settings)) as ahead:
        for stack in ahead:
            if not steps.count:
                first = _first(steps, stack)
                stack = stack.cut(slice(1, None))
            steps.run(stack)
            read += stack.read
            tell(read)
    vectors = session.run(model.parameters["vectors"])  # which waits for the last step
    words = corpus.ids.size * settings.epochs
    return Trained(np.asarray(vectors), *clock.read(), words, first, steps.count, steps.curve())


class _Clock:
    """Seconds that have passed and, of all threads, been computed."""

    def __init__(self) -> None:
        self._started = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        return time.perf_counter() - self._started[0], time.process_time() - self._started[1]


def _first(steps: _Steps, stack: Stack) -> float:
    """Seconds of the first step."""
    started = time.perf_counter()
    steps.run(stack.cut(slice(1)))
    return time.perf_counter() - started


def train_gensim(corpus: Corpus, settings: Settings, workers: int) -> Trained:
    """The same by gensim's Word2Vec, with so many worker threads, on sentences that hold no rare words any more.

    Raises ImportError where gensim is missing.
    """
    word2vec = importlib.import_module("gensim.models.word2vec")
    known = corpus.ids[corpus.ids > 0].tolist()
    sentences = [[corpus.words[i] for i in known[at : at + SENTENCE]] for at in range(0, len(known), SENTENCE)]
    model = word2vec.Word2Vec(
        vector_size=settings.dimensions,
        window=settings.window,
        negative=settings.negatives,
        sample=settings.sample,
        alpha=settings.rate,
        min_alpha=settings.least_rate,
        min_count=1,  # the corpus has left rare words out
        sg=1,
        seed=settings.seed,
        workers=workers,
    )
    model.build_vocab(sentences)
    clock = _Clock()
    model.train(sentences, total_examples=model.corpus_count, epochs=settings.epochs)
    times = clock.read()
    vectors = np.zeros((len(corpus.words), settings.dimensions), np.float32)
    order = [model.wv.key_to_index[word] for word in corpus.words[1:]]
    vectors[1:] = model.wv.vectors[order]
    return Trained(vectors, *times, corpus.ids.size * settings.epochs)
