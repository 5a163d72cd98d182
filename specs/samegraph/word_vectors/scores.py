"""How good word vectors are, by gensim's own evaluation functions and files."""

from __future__ import annotations

import importlib
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

SCORES = ("WordSim-353", "SimLex-999", "analogies")
"""Spearman's rank correlation with what people said of pairs of words (Finkelstein et al. 2002; Hill et al. 2015), and the share of
analogies that are completed (Mikolov et al. 2013a)."""

_PAIRS = {"WordSim-353": "wordsim353.tsv", "SimLex-999": "simlex999.txt"}
_QUESTIONS = "questions-words.txt"


def scored(words: Sequence[str], vectors: NDArray[np.float32]) -> dict[str, dict[str, Any]]:
    """By name of SCORES {"value", "asked"}: value in -1..1, None where no question has all its words; asked: questions that have.

    words: by falling count, each with its row of `vectors` [V, dimensions]. Raises ImportError where gensim is missing, and
    FileNotFoundError where it comes without its test data.
    """
    vectors_class = importlib.import_module("gensim.models").KeyedVectors
    keyed = vectors_class(vectors.shape[1])
    keyed.add_vectors(list(words), vectors)
    found = {name: _spearman(keyed, _file(file)) for name, file in _PAIRS.items()}
    return {**found, "analogies": _analogies(keyed, _file(_QUESTIONS))}


def _file(name: str) -> str:
    return str(importlib.import_module("gensim.test.utils").datapath(name))


def _spearman(keyed: Any, file: str) -> dict[str, Any]:
    try:
        _, (value, _), unknown = keyed.evaluate_word_pairs(file)
    except ValueError:  # not one pair has both words
        return {"value": None, "asked": 0}
    with open(file, encoding="utf-8") as lines:
        pairs = sum(1 for line in lines if line.strip() and not line.startswith("#"))
    asked = round(pairs * (1 - unknown / 100))
    return {"value": float(value) if math.isfinite(value) else None, "asked": asked}


def _analogies(keyed: Any, file: str) -> dict[str, Any]:
    share, sections = keyed.evaluate_word_analogies(file)
    asked = len(sections[-1]["correct"]) + len(sections[-1]["incorrect"])
    return {"value": float(share) if asked else None, "asked": asked}
