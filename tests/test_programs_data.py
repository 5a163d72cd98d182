"""The data of the programs: sizes, scales, determinism, and what a text that is no corpus gets to hear."""

from __future__ import annotations

import bz2
import gzip
import importlib.util
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from samegraph.programs import data

needs_gensim = pytest.mark.skipif(importlib.util.find_spec("gensim") is None, reason="the sample comes with gensim")

TEXT = "The cat, the dog; THE END... a cat's life\n" * 50


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def sample() -> data.Corpus:
    return data.load_corpus()


def test_importing_the_module_loads_no_extra() -> None:
    code = (
        "import sys, samegraph.programs.data; "
        "assert not {'sklearn', 'gensim', 'scipy'} & {name.partition('.')[0] for name in sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize(
    ("package", "load"),
    [("sklearn.datasets", data.diabetes), ("sklearn.datasets", data.digits), ("gensim", data.load_corpus)],
)
def test_a_missing_extra_names_the_pip_line(package: str, load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=r"pip install 'samegraph\[programs\]'"):
        load()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_diabetes_is_standardised(dtype: str) -> None:
    pytest.importorskip("sklearn")
    x, y = data.diabetes(dtype)
    assert (x.shape, y.shape, x.dtype, y.dtype) == ((442, 10), (442, 1), dtype, dtype)
    for columns in (x, y):
        np.testing.assert_allclose(columns.mean(axis=0, dtype=np.float64), 0, atol=1e-7)
        np.testing.assert_allclose(columns.std(axis=0, dtype=np.float64), 1, rtol=1e-6)


def test_one_feature_lies_about_its_line() -> None:
    x, y = data.one_feature(seed=3, dtype="float64")
    assert x.shape == y.shape == (100, 1)
    slope, intercept = np.polyfit(x[:, 0], y[:, 0], 1)
    # Four standard errors of the slope (noise / (sqrt(n) * deviation of x)) and of the intercept (noise / sqrt(n)).
    assert abs(slope - data.SLOPE) < 4 * data.NOISE / (10 * x.std())
    assert abs(intercept - data.INTERCEPT) < 4 * data.NOISE / 10
    assert np.array_equal(y, data.one_feature(3, "float64")[1])
    assert not np.array_equal(y, data.one_feature(4, "float64")[1])


def test_digits_are_split_once_and_scaled() -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    digits = data.digits("float64")
    x = np.concatenate([digits.train_x, digits.test_x])
    assert x.shape == (1797, 64)
    assert (x.min(), x.max(), x.dtype) == (0.0, 1.0, np.float64)
    given = datasets.load_digits().data / 16
    assert np.array_equal(np.sort(x.sum(axis=1)), np.sort(given.sum(axis=1)))
    for one_hot, labels in ((digits.train_one_hot, digits.train_labels), (digits.test_one_hot, digits.test_labels)):
        assert (one_hot.dtype, labels.dtype) == (np.float64, np.int32)
        assert np.array_equal(one_hot.argmax(axis=1), labels)
        assert np.array_equal(one_hot.sum(axis=1), np.ones(len(labels)))
    assert np.bincount(digits.test_labels, minlength=10).min() >= 20


@needs_gensim
def test_the_sample_is_english_prose(sample: data.Corpus) -> None:
    assert 450_000 < sample.ids.size < 480_000
    assert sample.words[:6] == ["UNK", "the", "of", "and", "in", "to"]
    assert {"government", "science", "water", "language"} < set(sample.words)
    assert not {"nbsp", "ref", "http", "redirect", "infobox", "colspan"} & set(sample.words)


@needs_gensim
def test_the_sample_is_the_same_every_time(sample: data.Corpus) -> None:
    again = data.load_corpus(None)
    assert np.array_equal(sample.ids, again.ids)
    assert sample.words == again.words


def test_ids_words_and_counts_fit_together(text_file: Path) -> None:
    corpus = data.load_corpus(text_file, vocabulary_size=5, min_count=1)
    assert corpus.words == ["UNK", "the", "cat", "a", "dog"]  # the, cat; then six words of one count, by alphabet
    assert corpus.counts.tolist() == [150, 150, 100, 50, 50]
    assert (corpus.ids.dtype, corpus.counts.dtype) == (np.int32, np.int64)
    assert np.array_equal(np.bincount(corpus.ids), corpus.counts)
    line = ["the", "cat", "the", "dog", "the", "UNK", "a", "cat", "UNK", "UNK"]
    assert [corpus.words[i] for i in corpus.ids] == line * 50


def test_rare_words_become_unknown(tmp_path: Path) -> None:
    path = tmp_path / "rare.txt"
    path.write_text("b a " * 60 + "once", encoding="utf-8")
    corpus = data.load_corpus(path, min_count=2)
    assert corpus.words == ["UNK", "a", "b"]
    assert corpus.counts.tolist() == [1, 60, 60]
    assert corpus.ids[-1] == 0


@pytest.mark.parametrize(("suffix", "compress"), [(".gz", gzip.compress), (".bz2", bz2.compress)])
def test_compressed_texts_read_alike(suffix: str, compress, text_file: Path) -> None:
    packed = text_file.with_suffix(".txt" + suffix)
    packed.write_bytes(compress(TEXT.encode()))
    assert np.array_equal(data.load_corpus(packed).ids, data.load_corpus(text_file).ids)


def test_chunks_cut_no_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "accents.txt"
    text = "Élan vital straße 3rd naïve_été " * 40 + "Ende"
    path.write_text(text, encoding="utf-8")
    whole = data.load_corpus(path, min_count=1)
    assert {"élan", "straße", "rd", "naïve", "été", "ende"} < set(whole.words)
    for chunk in (1, 7, 64):
        monkeypatch.setattr(data, "_CHUNK", chunk)
        pieces = data.load_corpus(path, min_count=1)
        assert pieces.words == whole.words
        assert np.array_equal(pieces.ids, whole.ids)


@pytest.mark.parametrize(
    ("name", "content", "advice"),
    [
        ("empty.txt", b"", "no words; give a longer text"),
        ("numbers.txt", b"1 2 3 4 5 " * 99, "no words; give a longer text"),
        ("short.txt", b"only four words here", "holds 4 words; give a longer text"),
        ("zeros.bin", bytes(4096), "is binary; give a text"),
        ("latin1.txt", "déjà vu ".encode("latin-1") * 99, "not UTF-8 text; .*iconv"),
        ("archive.zip", b"PK\x03\x04\x14\x00\xff\xfe" * 99, "unpack it if it is an archive"),
        ("plain.gz", b"not compressed " * 99, "cannot be decompressed"),
        ("cut.gz", gzip.compress(TEXT.encode())[:-9], "cannot be decompressed"),
        ("cut.bz2", bz2.compress(TEXT.encode())[:-9], "cannot be decompressed"),
        ("plain.bz2", b"not compressed " * 99, "cannot be read"),
        ("one.txt", b"word " * 200, "fewer than 2 words occur 5 times"),
    ],
)
def test_what_is_no_corpus_says_what_to_do(tmp_path: Path, name: str, content: bytes, advice: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(data.CorpusError, match=advice) as caught:
        data.load_corpus(path)
    assert name in str(caught.value)


def test_no_file_and_a_directory_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(data.CorpusError, match=r"there is no file .*check the name"):
        data.load_corpus(tmp_path / "absent.txt")
    with pytest.raises(data.CorpusError, match="is a directory; name one text file"):
        data.load_corpus(tmp_path)


@pytest.mark.parametrize("limits", [{"vocabulary_size": 2}, {"min_count": 0}])
def test_limits_without_sense_are_refused(text_file: Path, limits: dict[str, int]) -> None:
    with pytest.raises(data.CorpusError, match="are needed, not"):
        data.load_corpus(text_file, **limits)


def test_pairs_of_window_one_are_the_neighbours() -> None:
    centers, contexts = data.skip_gram_pairs(np.array([5, 6, 7], np.int32), 1, np.random.default_rng(0))
    assert sorted(zip(centers.tolist(), contexts.tolist(), strict=True)) == [(5, 6), (6, 5), (6, 7), (7, 6)]
    assert centers.dtype == contexts.dtype == np.int32


def test_pairs_are_those_of_the_loop_over_words() -> None:
    """Against word2vec's own loop: every word within the reach drawn for the centre, each once."""
    ids, window = np.arange(200, dtype=np.int32), 4
    centers, contexts = data.skip_gram_pairs(ids, window, np.random.Generator(np.random.Philox(1)))
    reach = np.random.Generator(np.random.Philox(1)).integers(1, window + 1, size=ids.size)
    expected = Counter(
        (i, j) for i in range(200) for j in range(max(0, i - reach[i]), min(200, i + reach[i] + 1)) if i != j
    )
    assert Counter(zip(centers.tolist(), contexts.tolist(), strict=True)) == expected


@pytest.mark.parametrize("ids", [[], [3]])
def test_pairs_of_hardly_any_text_are_none(ids: list[int]) -> None:
    centers, contexts = data.skip_gram_pairs(np.array(ids, np.int32), 5, np.random.default_rng(0))
    assert centers.size == contexts.size == 0


def test_batches_are_shuffled_and_repeatable() -> None:
    ids = np.arange(5000, dtype=np.int32)
    first = list(data.skip_gram_batches(ids, 32, 3, seed=7, steps=20))
    again = list(data.skip_gram_batches(ids, 32, 3, seed=7, steps=20))
    other = list(data.skip_gram_batches(ids, 32, 3, seed=8, steps=20))
    assert len(first) == 20
    for (inputs, labels), (inputs2, labels2) in zip(first, again, strict=True):
        assert (inputs.shape, labels.shape) == ((32,), (32, 1))
        assert inputs.dtype == labels.dtype == np.int32
        assert np.array_equal(inputs, inputs2)
        assert np.array_equal(labels, labels2)
        assert np.all(np.abs(inputs - labels[:, 0]) <= 3)
        assert np.all(inputs != labels[:, 0])
    assert not np.array_equal(first[0][0], other[0][0])
    assert np.ptp(first[0][0]) > 2000


def test_batches_lose_no_pair_between_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "_BLOCK", 7)
    ids = np.arange(100, dtype=np.int32)  # window 1: 198 pairs an epoch, in blocks of 7 centres
    pairs: Counter[tuple[int, int]] = Counter()
    for inputs, labels in data.skip_gram_batches(ids, 6, 1, seed=0, steps=2 * 198 // 6):
        pairs.update(zip(inputs.tolist(), labels[:, 0].tolist(), strict=True))
    neighbours = [(i, i + 1) for i in range(99)] + [(i + 1, i) for i in range(99)]
    assert pairs == Counter(neighbours * 2)


def test_batches_may_be_larger_than_the_text() -> None:
    (inputs, labels), *_ = data.skip_gram_batches(np.array([1, 2], np.int32), 64, 5, seed=0, steps=1)
    assert np.array_equal(inputs + labels[:, 0], np.full(64, 3))


@pytest.mark.parametrize(
    ("ids", "change"),
    [([1], {}), ([[1, 2]], {}), ([1, 2], {"batch": 0}), ([1, 2], {"window": 0}), ([1, 2], {"steps": -1})],
)
def test_batches_refuse_nonsense_at_the_call(ids: list[int], change: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"at least|one-dimensional"):
        data.skip_gram_batches(np.array(ids), **{"batch": 4, "window": 2, "seed": 0, "steps": 1, **change})


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_saved_vectors_read_back_to_the_same_bits(tmp_path: Path, dtype: type) -> None:
    path = tmp_path / "vectors.txt"
    words, vectors = ["UNK", "straße", "b"], np.random.default_rng(0).standard_normal((3, 5)).astype(dtype)
    data.save_word2vec_text(path, words, vectors)
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    assert header == "3 5"
    assert [line.split(" ")[0] for line in lines] == words
    assert np.array_equal(np.array([line.split(" ")[1:] for line in lines], dtype), vectors)
    assert list(tmp_path.iterdir()) == [path]


def test_gensim_reads_what_was_saved(tmp_path: Path) -> None:
    models = pytest.importorskip("gensim.models")
    words, vectors = ["UNK", "a", "b"], np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32)
    data.save_word2vec_text(tmp_path / "v.txt", words, vectors)
    read = models.KeyedVectors.load_word2vec_format(str(tmp_path / "v.txt"), binary=False)
    assert read.index_to_key == words
    assert np.array_equal(read.vectors, vectors)


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "vectors.txt"
    data.save_word2vec_text(path, ["a"], np.ones((1, 2)))
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(data.os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        data.save_word2vec_text(path, ["a", "b"], np.zeros((2, 2)))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("words", "shape"), [(["a"], (2, 3)), (["a"], (3,)), (["a", "a"], (2, 3)), (["a b"], (1, 3)), ([""], (1, 3))]
)
def test_words_that_do_not_fit_are_refused(tmp_path: Path, words: list[str], shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"words need vectors|stands twice|white space"):
        data.save_word2vec_text(tmp_path / "v.txt", words, np.zeros(shape))
    assert not list(tmp_path.iterdir())
