"""A process that trains once: `python -m samegraph.word_vectors.worker`, which reads the path of a job, a line each.

A job is one seed of one backend, or of gensim. Prints one line of JSON an event: how far it is, its result, and "done" after each job.
What a job raises ends the process.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..backend import load as load_backend
from ..compare.storage import load_arrays
from ..compare.worker import emit
from ..programs.data import Corpus, save_word2vec_text
from ..programs.skip_gram import Settings
from . import training
from .scores import scored

CORPUS = ("corpus.safetensors", "words.json")
"""The files of a corpus that are handed to the processes."""
_EVERY = 0.2  # seconds between two events that say how far it is


def main() -> None:
    for line in sys.stdin:
        _do(json.loads(Path(line.rstrip("\n")).read_text(encoding="utf-8")))
        emit(event="done")


def _do(job: dict[str, Any]) -> None:
    """Trains, and says how fast and how well."""
    corpus = _corpus(Path(job["folder"]))
    settings, system = Settings(**job["settings"]), job["system"]
    _use_cores(job["threads"])
    emit(event="started")
    if system == training.GENSIM:
        trained, version = training.train_gensim(corpus, settings, job["threads"]), _gensim_version()
    else:
        trained = training.train(system, corpus, settings, _telling(corpus.ids.size * settings.epochs))
        version = load_backend(system).version
    emit(event="trained")
    if job["vectors"]:
        save_word2vec_text(job["vectors"], corpus.words[1:], trained.vectors[1:])
    emit(event="result", result={**_measured(trained), "version": version, **_judged(corpus, trained, settings)})


def _corpus(folder: Path) -> Corpus:
    arrays, words = load_arrays(folder / CORPUS[0]), (folder / CORPUS[1]).read_text(encoding="utf-8")
    return Corpus(arrays["ids"], json.loads(words), arrays["counts"])


def _use_cores(count: int) -> None:
    """Takes the process to so many cores, where the system can: XLA's threads, for one, heed nothing else everywhere."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


def _telling(words: int) -> Callable[[int], None]:
    started = told = time.perf_counter()

    def tell(read: int) -> None:
        nonlocal told
        now = time.perf_counter()
        if now - told > _EVERY:
            told = now
            emit(event="progress", read=read, words=words, speed=read / (now - started))

    return tell


def _measured(trained: training.Trained) -> dict[str, Any]:
    about = {name: value for name, value in asdict(trained).items() if name != "vectors"}
    speeds = {"speed": trained.words / trained.seconds, "speed_computed": trained.words / max(trained.computed, 1e-9)}
    return {**about, "losses": list(trained.losses), "loss": trained.loss, **speeds}


def _judged(corpus: Corpus, trained: training.Trained, settings: Settings) -> dict[str, Any]:
    """The scores, or why there are none."""
    if not np.isfinite(trained.vectors).all() or _diverged(trained.loss, settings):
        told = (
            "the training diverged, its loss is above that of no training: give a smaller --rate or a larger --shared"
        )
        return {"scores": {}, "unscored": told}
    try:
        return {"scores": scored(corpus.words[1:], trained.vectors[1:]), "unscored": ""}
    except (ImportError, OSError) as error:
        return {
            "scores": {},
            "unscored": f"gensim's evaluation is missing ({error}): pip install 'samegraph[programs]'",
        }


def _diverged(loss: float | None, settings: Settings) -> bool:
    """Whether a pair costs more than with outputs of 0, where each of its words does ln 2. gensim says no loss."""
    return loss is not None and not loss <= (1 + settings.negatives) * math.log(2)


def _gensim_version() -> str:
    from importlib.metadata import version

    return version("gensim")


if __name__ == "__main__":
    main()
