"""Data for the programs: small sets shipped inside scikit-learn and gensim, text corpora, skip-gram batches.

Nothing is downloaded and nothing is cached. Everything is deterministic: the same arguments give the same bits.
"""

from __future__ import annotations

import bz2
import gzip
import html
import importlib
import importlib.util
import itertools
import os
import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import numpy as np
from numpy.typing import DTypeLike, NDArray

UNKNOWN = "UNK"
"""The word at id 0: whatever is too rare for the vocabulary. Real words are lower-case, so none is equal to it."""

SLOPE, INTERCEPT, NOISE = 2.0, 0.5, 0.3
"""`one_feature` draws y = SLOPE * x + INTERCEPT + NOISE * (standard normal)."""

MINIMUM_WORDS = 100
"""Running words below which `load_corpus` refuses a text: nothing could be learnt from it."""

WIKI_SAMPLE = "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"

_CHUNK = 1 << 20  # characters of a text file held at once
_BLOCK = 1 << 16  # centre words whose pairs are made, and shuffled, at once

Ids = NDArray[np.int32]


class CorpusError(ValueError):
    """A text that cannot serve as a corpus; the message says what to do about it."""


class Digits(NamedTuple):
    """Handwritten digits in a fixed split: x [n, 64] in [0, 1], one_hot [n, 10] floats, labels [n] int32."""

    train_x: NDArray[Any]
    train_one_hot: NDArray[Any]
    train_labels: Ids
    test_x: NDArray[Any]
    test_one_hot: NDArray[Any]
    test_labels: Ids


class Corpus(NamedTuple):
    """A text as ids: `ids` [n] int32, and by id the `words` and their `counts` [V] int64 (`counts.sum() == n`).

    Id 0 is 'UNK', every word too rare for the vocabulary; the others follow by falling count, ties by alphabet.
    """

    ids: Ids
    words: list[str]
    counts: NDArray[np.int64]


def _scikit_learn_sets() -> Any:
    try:
        return importlib.import_module("sklearn.datasets")
    except ImportError as error:
        raise ImportError(_missing("scikit-learn")) from error


def _missing(package: str) -> str:
    return f"this data comes with {package}, which is not installed: pip install 'samegraph[programs]'"


def _standardised(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((columns - columns.mean(axis=0)) / columns.std(axis=0))


def diabetes(dtype: DTypeLike = "float32") -> tuple[NDArray[Any], NDArray[Any]]:
    """Features X [442, 10] and target y [442, 1] of the diabetes study, each column with mean 0 and deviation 1.

    Raises ImportError where scikit-learn is missing.
    """
    features, target = _scikit_learn_sets().load_diabetes(return_X_y=True, scaled=False)
    return _standardised(features).astype(dtype), _standardised(target[:, np.newaxis]).astype(dtype)


def one_feature(seed: int = 0, dtype: DTypeLike = "float32") -> tuple[NDArray[Any], NDArray[Any]]:
    """The lecture's demonstration: x [100, 1] even over [-1, 1] and noisy y [100, 1] = SLOPE * x + INTERCEPT."""
    rng = np.random.Generator(np.random.Philox(seed))
    x = np.linspace(-1.0, 1.0, 100)[:, np.newaxis]
    y = SLOPE * x + INTERCEPT + NOISE * rng.standard_normal(x.shape)
    return x.astype(dtype), y.astype(dtype)


def digits(dtype: DTypeLike = "float32") -> Digits:
    """The 1,797 digits of 8 x 8 grey values, scaled from 0..16 to [0, 1]; every seventh row is a test row.

    Raises ImportError where scikit-learn is missing.
    """
    pixels, labels = _scikit_learn_sets().load_digits(return_X_y=True)
    x = (pixels / 16.0).astype(dtype)
    one_hot = np.eye(10)[labels].astype(dtype)
    classes = labels.astype(np.int32)
    # The rows begin 0, 1, ... 9, 0, 1, ...: a stride that shares a factor with 10 would test on a few digits only.
    test = np.arange(len(labels)) % 7 == 3
    return Digits(x[~test], one_hot[~test], classes[~test], x[test], one_hot[test], classes[test])


_LETTERS = re.compile(r"[^\W\d_]+")


def load_corpus(
    path: str | os.PathLike[str] | None = None, vocabulary_size: int = 10_000, min_count: int = 5
) -> Corpus:
    """The text at `path` as word ids; `path` None is the sample of English Wikipedia among gensim's test data.

    A text is UTF-8, plain or compressed (.gz, .bz2); its words are its runs of letters in lower case. The vocabulary
    holds at most `vocabulary_size` entries, 'UNK' included, and only words seen at least `min_count` times.
    Raises CorpusError where the text is absent, unreadable, not text or too short, or where a limit leaves no
    vocabulary; ImportError where the sample is asked for and gensim is missing.
    """
    if vocabulary_size < 3 or min_count < 1:
        given = f"vocabulary_size {vocabulary_size} and min_count {min_count}"
        raise CorpusError(f"a vocabulary of at least 3 and a minimal count of at least 1 are needed, not {given}")
    if path is None:
        return _numbered(_sample_words(), "the Wikipedia sample", vocabulary_size, min_count)
    return _numbered(_file_words(Path(path)), f"'{os.fspath(path)}'", vocabulary_size, min_count)


def _numbered(pieces: Iterable[list[str]], source: str, vocabulary_size: int, min_count: int) -> Corpus:
    """Number words as they come, one dictionary look-up each in C, then renumber the whole array by frequency."""
    seen: defaultdict[str, int] = defaultdict(itertools.count().__next__)
    parts = [np.fromiter(map(seen.__getitem__, piece), np.int32, len(piece)) for piece in pieces]
    first_ids = np.concatenate(parts) if parts else np.empty(0, np.int32)
    if first_ids.size < MINIMUM_WORDS:
        found = f"{first_ids.size} words" if first_ids.size else "no words"
        raise CorpusError(f"{source} holds {found}; give a longer text, of at least {MINIMUM_WORDS} words")
    found_words, found_counts = list(seen), np.bincount(first_ids)
    order = sorted(range(len(found_words)), key=lambda i: (-found_counts[i], found_words[i]))
    kept = [i for i in order[: vocabulary_size - 1] if found_counts[i] >= min_count]
    if len(kept) < 2:
        raise CorpusError(
            f"in {source} fewer than 2 words occur {min_count} times or more; give a longer text or a smaller min_count"
        )
    renumber = np.zeros(len(found_words), np.int32)
    renumber[kept] = np.arange(1, len(kept) + 1)
    ids = renumber[first_ids]
    counts = np.bincount(ids, minlength=len(kept) + 1).astype(np.int64)
    return Corpus(ids, [UNKNOWN, *(found_words[i] for i in kept)], counts)


def _file_words(path: Path) -> Iterator[list[str]]:
    """The words of a text file, chunk by chunk; a word cut by the edge of a chunk is carried into the next."""
    carried = ""
    for chunk in _chunks(path):
        text = carried + chunk.lower()
        words = _LETTERS.findall(text)
        carried = words.pop() if _LETTERS.fullmatch(text[-1]) else ""
        yield words
    if carried:
        yield [carried]


def _chunks(path: Path) -> Iterator[str]:
    compressed: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open}
    if path.is_dir():
        raise CorpusError(f"'{path}' is a directory; name one text file")
    try:
        with compressed.get(path.suffix.lower(), open)(path, "rt", encoding="utf-8") as stream:
            while chunk := stream.read(_CHUNK):
                if "\0" in chunk:
                    raise CorpusError(f"'{path}' is binary; give a text, and unpack an archive first")
                yield chunk
    except FileNotFoundError as error:
        raise CorpusError(f"there is no file '{path}'; check the name, or give none for the built-in sample") from error
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"'{path}' is not UTF-8 text; unpack it if it is an archive, convert it (iconv -t utf-8) if it is a text"
        ) from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CorpusError(f"'{path}' cannot be decompressed ({error}); fetch or compress it again") from error
    except OSError as error:
        raise CorpusError(f"'{path}' cannot be read ({error}); check the file and its permissions") from error


def _sample_words() -> Iterator[list[str]]:
    """The words of the Wikipedia sample, article by article.

    gensim is located, not imported (its import takes longer than all the work here), and its WikiCorpus, which starts
    processes, is not used.
    """
    spec = importlib.util.find_spec("gensim")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError(_missing("gensim"))
    sample = Path(spec.submodule_search_locations[0], "test", "test_data", WIKI_SAMPLE)
    if not sample.is_file():
        raise CorpusError("the installed gensim comes without its test data; install it from PyPI or name a text file")
    with bz2.open(sample, "rb") as dump:
        for article in _articles(dump):
            yield _LETTERS.findall(_plain(article).lower())


def _articles(dump: Any) -> Iterator[str]:
    """The wiki text of every article (main namespace, no redirect) of a MediaWiki dump."""
    for _, element in ElementTree.iterparse(dump):
        if not element.tag.endswith("}page"):
            continue
        space = element.tag.removesuffix("page")
        if element.findtext(f"{space}ns") == "0" and element.find(f"{space}redirect") is None:
            yield element.findtext(f"{space}revision/{space}text") or ""
        element.clear()


_MARKUP = re.compile(
    r"<!--.*?-->|<ref\b[^<>]*/>|<(ref|math|gallery|timeline|code|source|score)\b[^<>]*>.*?</\1\s*>|<[^<>]*>",
    re.S | re.I,
)
_BRACES = (re.compile(r"\{\{[^{}]*\}\}"), re.compile(r"\{\|[^{}]*\|\}"))  # templates, then tables
_MEDIA = re.compile(r"\[\[(?:File|Image|Category|[a-z][a-z-]{1,11}):[^\[\]]*\]\]", re.I)
_LINK = re.compile(r"\[\[(?:[^\[\]|]*\|)*([^\[\]|]*)\]\]")
_ADDRESS = re.compile(r"\w+://[^\s\]]*")


def _plain(wiki_text: str) -> str:
    """Prose of an article: no templates, tables, references, formulas or addresses; of a link, what a reader sees."""
    text = _MARKUP.sub(" ", html.unescape(wiki_text))
    for braces in _BRACES:
        text = _until_settled(braces, " ", text)
    text = _until_settled(_LINK, r"\1", _MEDIA.sub(" ", text))
    return _ADDRESS.sub(" ", text)


def _until_settled(pattern: re.Pattern[str], replacement: str, text: str) -> str:
    """Markup nests, and the pattern matches what holds none: take it away from the inside outwards."""
    found = 1
    while found:
        text, found = pattern.subn(replacement, text)
    return text


def skip_gram_pairs(ids: Ids, window: int, rng: np.random.Generator) -> tuple[Ids, Ids]:
    """Every (centre, context) pair of the text `ids` [n]: two int32 arrays of one length, ordered by distance.

    As in word2vec each position draws a reach from 1..window, evenly, and is paired with all words within it. Id 0 is
    a word like any other. Raises ValueError unless `ids` is one-dimensional and window positive.
    """
    ids = _checked_ids(ids, window)
    return _pairs(ids, 0, ids.size, window, rng)


def _checked_ids(ids: Ids, window: int) -> Ids:
    ids = np.asarray(ids, dtype=np.int32)
    if ids.ndim != 1:
        raise ValueError(f"ids must be one-dimensional, got the shape {ids.shape}")
    if window < 1:
        raise ValueError(f"window must be at least 1, got {window}")
    return ids


def _pairs(ids: Ids, start: int, stop: int, window: int, rng: np.random.Generator) -> tuple[Ids, Ids]:
    """The pairs of the centres start..stop; their contexts may lie outside, so that no pair is lost at an edge."""
    reach = rng.integers(1, window + 1, size=stop - start)
    centers, contexts = [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    for offset in itertools.chain(range(-window, 0), range(1, window + 1)):
        low, high = max(start, -offset), min(stop, ids.size - offset)
        if low < high:
            at = low + np.flatnonzero(reach[low - start : high - start] >= abs(offset))
            centers.append(ids[at])
            contexts.append(ids[at + offset])
    return np.concatenate(centers), np.concatenate(contexts)


def skip_gram_batches(ids: Ids, batch: int, window: int, seed: int, steps: int) -> Iterator[tuple[Ids, Ids]]:
    """`steps` batches (inputs [batch], labels [batch, 1]), int32, of shuffled pairs; the text `ids` [n] is repeated.

    Blocks of 65,536 words come in a random order, and their pairs are shuffled within the block. Raises ValueError
    at the call if `ids` holds fewer than two words or batch, window or steps is out of range.
    """
    ids = _checked_ids(ids, window)
    if ids.size < 2:
        raise ValueError(f"skip-gram pairs need at least 2 words, got {ids.size}")
    if batch < 1 or steps < 0:
        raise ValueError(f"batch must be at least 1 and steps at least 0, got {batch} and {steps}")
    rng = np.random.Generator(np.random.Philox(seed))
    return itertools.islice(_endless_batches(ids, batch, window, rng), steps)


def _endless_batches(ids: Ids, batch: int, window: int, rng: np.random.Generator) -> Iterator[tuple[Ids, Ids]]:
    left_centers, left_contexts = np.empty(0, np.int32), np.empty(0, np.int32)
    starts = np.arange(0, ids.size, _BLOCK)
    while True:
        for start in rng.permutation(starts).tolist():
            new_centers, new_contexts = _pairs(ids, start, min(start + _BLOCK, ids.size), window, rng)
            centers = np.concatenate([left_centers, new_centers])
            contexts = np.concatenate([left_contexts, new_contexts])
            order = rng.permutation(centers.size)
            centers, contexts = centers.take(order), contexts.take(order)[:, np.newaxis]
            whole = centers.size - centers.size % batch
            for at in range(0, whole, batch):
                yield centers[at : at + batch], contexts[at : at + batch]
            left_centers, left_contexts = centers[whole:], contexts[whole:, 0]


def save_word2vec_text(path: str | os.PathLike[str], words: Sequence[str], vectors: NDArray[Any]) -> None:
    """Write `vectors` [V, D] of the V `words` in word2vec's text format, with digits enough to read the same floats.

    The file appears whole or not at all. Raises ValueError where words and vectors do not fit together, where a word
    is empty, repeated or holds white space (the format could not be read back); OSError as the file system does.
    """
    vectors = np.asarray(vectors)
    if vectors.ndim != 2 or len(words) != vectors.shape[0]:
        raise ValueError(f"{len(words)} words need vectors of the shape [{len(words)}, D], got {vectors.shape}")
    if len(set(words)) != len(words):
        raise ValueError("a word stands twice in words; every row needs a word of its own")
    for word in words:
        if len(word.split()) != 1 or word != word.strip():
            raise ValueError(f"the word {word!r} is empty or holds white space, which the format cannot express")
    digits_needed = 17 if vectors.dtype == np.float64 else 9
    line = "%s" + f" %.{digits_needed}g" * vectors.shape[1] + "\n"
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(f"{vectors.shape[0]} {vectors.shape[1]}\n")
            stream.writelines(line % (word, *row) for word, row in zip(words, vectors.tolist(), strict=True))
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
