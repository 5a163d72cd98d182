"""Trainings in turn, each in a process of its own, and the file that the report is made from.

`word2vec.json` (schema 1) holds: schema, created, source {commit, changed}, command, environment; text {name, words, known (those in the
vocabulary), vocabulary}; settings, seeds, threads; systems [{system, version, trained (seeds), speed, speed_computed (raw words a second,
and a second computed), ratio (to gensim's speed with the same seed), first_step (seconds), loss, scores {name}: each mean, standard_error,
median, low, high, count or null; against {name: verdict, difference, standard_error}; reasons}]; agreement [{system, of, first, whole,
seeds}]; runs [{system, seed, reason, and where that is "": seconds, computed, words, steps, losses, scores {name: value, asked}, ...}].
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .. import made as provenance
from ..compare.run import environment
from ..compare.storage import save_arrays, save_json, write_bytes
from ..compare.workers import Worker
from ..programs.data import Corpus, load_corpus
from ..programs.skip_gram import Settings
from . import summary
from .training import GENSIM
from .worker import CORPUS

FILE = "word2vec.json"
SCHEMA = 1
COMMAND = [sys.executable, "-m", "samegraph.word_vectors.worker"]
_ASKED_BY = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"),
    *("NPROC", "PJRT_NPROC"),  # XLA's
)

Tell = Callable[[str, dict[str, Any]], None]
"""Hears which training it is about (as "2 of 6: torch, seed 1"), and its event: started, progress, trained, result or failed."""


@dataclass(frozen=True)
class Options:
    """backends: names. text: None for the Wikipedia sample. seeds: the trainings of each are seeded 1, 2, ... threads: cores a training has.

    gensim: whether it is trained too. vectors: a folder for the vectors of each with the first seed, None for none.
    """

    backends: Sequence[str]
    text: Path | None = None
    settings: Settings = field(default_factory=Settings)
    vocabulary: int = 1_000_000
    seeds: int = 3
    threads: int = 2
    gensim: bool = False
    vectors: Path | None = None
    command: str = ""

    @property
    def systems(self) -> list[str]:
        return [*dict.fromkeys(self.backends), *([GENSIM] if self.gensim else [])]


def compare(options: Options, tell: Tell = lambda what, event: None) -> dict[str, Any]:
    """All trainings, as written to word2vec.json: seed by seed every system, so that what else the machine does hits all alike.

    A process that ends before its training has is said with its reason, and the rest goes on. Raises CorpusError for a bad text,
    ImportError where the sample is asked for and gensim is missing. Whatever ends this call ends the process.
    """
    source = provenance.source()
    corpus = load_corpus(options.text, options.vocabulary, options.settings.min_count)
    seeds = list(range(1, options.seeds + 1))
    turns = [(system, seed) for seed in seeds for system in options.systems]
    with tempfile.TemporaryDirectory(prefix="samegraph-") as folder:
        _hand_over(corpus, Path(folder))
        runs = []
        for number, (system, seed) in enumerate(turns, start=1):
            told = f"{number} of {len(turns)}: {system}, seed {seed}"
            runs.append(_run(system, seed, options, Path(folder), partial(tell, told)))
    return {
        "schema": SCHEMA,
        "created": provenance.now(),
        "source": provenance.throughout(source),
        "command": options.command,
        "environment": environment(),
        "text": _about(options.text, corpus),
        "settings": {name: value for name, value in asdict(options.settings).items() if name != "seed"},
        "seeds": seeds,
        "threads": options.threads,
        "systems": summary.summarised(options.systems, runs),
        "agreement": summary.agreement(runs),
        "runs": runs,
    }


def save(results: dict[str, Any], folder: Path) -> Path:
    """Writes word2vec.json; OSError where the folder cannot be written."""
    save_json(folder / FILE, results)
    return folder / FILE


def _hand_over(corpus: Corpus, folder: Path) -> None:
    save_arrays(folder / CORPUS[0], {"ids": corpus.ids, "counts": corpus.counts})
    write_bytes(folder / CORPUS[1], json.dumps(corpus.words).encode())


def _about(text: Path | None, corpus: Corpus) -> dict[str, Any]:
    name = "the Wikipedia sample" if text is None else text.name
    known = int(np.count_nonzero(corpus.ids))
    return {"name": name, "words": corpus.ids.size, "known": known, "vocabulary": len(corpus.words) - 1}


def _run(
    system: str, seed: int, options: Options, folder: Path, take: Callable[[dict[str, Any]], None]
) -> dict[str, Any]:
    """The result of one training, or the reason why there is none."""
    wanted = options.vectors if options.vectors is not None and seed == 1 else None
    job = {
        "system": system,
        "settings": asdict(replace(options.settings, seed=seed)),
        "threads": options.threads,
        "folder": str(folder),
        "vectors": None if wanted is None else str((wanted / f"{system}.vectors.txt").resolve()),
    }
    path = folder / "job.json"
    path.write_text(json.dumps(job), encoding="utf-8")
    found: dict[str, Any] = {}

    def hear(event: dict[str, Any]) -> None:
        if event["event"] == "result":
            result = event["result"]
            # strict JSON spells out what is not finite
            result["losses"] = [float(value) for value in result["losses"]]
            result["loss"] = result["losses"][-1] if result["losses"] else None
            found.update(result)
        take(event)

    reason = _in_a_process(path, options.threads, hear)
    if reason:
        take({"event": "failed", "reason": reason})
    return {"system": system, "seed": seed, "reason": reason, **({} if reason else found)}


def _in_a_process(path: Path, threads: int, take: Callable[[dict[str, Any]], None]) -> str:
    """Why the process ended before the job was done, or ""."""
    # One thread of the libraries' own, while there are cores: the others make the batches and, in part, wait.
    asked = {name: str(max(1, threads - 1)) for name in _ASKED_BY}
    worker = Worker(None, COMMAND, asked)
    try:
        reason = worker.does(path, take)
        worker.end()
        return reason
    finally:
        worker.process.kill()  # harmless where it has ended
        worker.process.wait()
