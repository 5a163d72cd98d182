"""tf.examples.tutorials.mnist.input_data: MNIST from four local files. Nothing is downloaded."""

from __future__ import annotations

import gzip as _gzip
import math as _math
from collections import namedtuple
from pathlib import Path as _Path
from typing import Any

import numpy as _np

from .....types import as_dtype as _as_dtype
from ...._absent import absent

__all__ = ["DataSet", "Datasets", "read_data_sets"]

Datasets = namedtuple("Datasets", ["train", "validation", "test"])

_FILES = tuple(f"{part}-{what}-ubyte.gz" for part in ("train", "t10k") for what in ("images-idx3", "labels-idx1"))
_LARGEST = 1 << 30


def read_data_sets(
    train_dir: Any,
    fake_data: bool = False,
    one_hot: bool = False,
    dtype: Any = "float32",
    reshape: bool = True,
    validation_size: int = 5000,
    seed: int | None = None,
    source_url: str = "",
) -> Datasets:
    """The training, validation and test images and labels of MNIST in the folder `train_dir`.

    dtype: uint8 keeps the bytes, float32 divides by 255. reshape: images as rows of 784. seed: of the order of batches.
    source_url is ignored. FileNotFoundError says which files to put where; ValueError for a damaged file, a validation_size
    larger than the training set, another dtype, and fake_data.
    """
    if fake_data:
        raise ValueError("read_data_sets: fake_data is not supported; feed zeros of shape [batch, 784]")
    folder = _Path(train_dir)
    missing = [f for f in _FILES if not ((folder / f).exists() or (folder / f).with_suffix("").exists())]
    if missing:
        raise FileNotFoundError(
            f"read_data_sets: {', '.join(missing)} not found in {folder.resolve()}. Nothing is downloaded: put MNIST's four "
            f"files ({', '.join(_FILES)}, with or without .gz) there"
        )
    images, labels, test_images, test_labels = (_read(folder / f) for f in _FILES)
    if not 0 <= validation_size <= len(images):
        raise ValueError(f"Validation size should be between 0 and {len(images)}. Received: {validation_size}.")
    parts = [
        (images[validation_size:], labels[validation_size:]),
        (images[:validation_size], labels[:validation_size]),
        (test_images, test_labels),
    ]
    return Datasets(*(DataSet(x, y, one_hot, dtype, reshape, seed) for x, y in parts))


def _read(path: _Path) -> Any:
    """The array of an IDX file of bytes; ValueError when it is none, or is cut off."""
    packed = path.exists()
    with _gzip.open(path) if packed else path.with_suffix("").open("rb") as file:
        try:
            content: bytes = file.read(_LARGEST)
        except (OSError, EOFError) as error:
            raise ValueError(f"{path} is damaged: {error}") from None
    rank = content[3] if len(content) > 3 and content[:3] == b"\0\0\x08" else 0
    shape = tuple(int(n) for n in _np.frombuffer(content[4 : 4 + 4 * rank], ">u4"))
    if rank not in (1, 3) or len(shape) != rank or len(content) != 4 + 4 * rank + _math.prod(shape):
        raise ValueError(f"{path} is no whole IDX file of images or labels")
    return _np.frombuffer(content, _np.uint8, offset=4 + 4 * rank).reshape(shape)


class DataSet:
    """Images and labels, and batches of them."""

    def __init__(
        self,
        images: Any,
        labels: Any,
        one_hot: bool = False,
        dtype: Any = "float32",
        reshape: bool = True,
        seed: int | None = None,
    ) -> None:
        kind = _as_dtype(dtype)
        if kind not in ("uint8", "float32"):
            raise ValueError(f"Invalid image dtype {kind!r}, expected uint8 or float32")
        if len(images) != len(labels):
            raise ValueError(f"{len(images)} images, but {len(labels)} labels")
        pixels = images.reshape(len(images), -1) if reshape else images.reshape(*images.shape, 1)
        self.images = pixels.astype(_np.float32) / _np.float32(255) if kind == "float32" else pixels.copy()
        self.labels = _np.eye(10)[labels] if one_hot else labels.copy()
        self.num_examples, self.epochs_completed = len(images), 0
        self._random = _np.random.RandomState(seed)
        self._order: Any = _np.arange(0)

    def next_batch(self, batch_size: int, fake_data: bool = False, shuffle: bool = True) -> tuple[Any, Any]:
        """(images, labels) of the next examples; each is seen once before any is again. ValueError for a larger batch."""
        if batch_size > self.num_examples:
            raise ValueError(f"a batch of {batch_size} is larger than the {self.num_examples} examples there are")
        if not self._order.size and not self.epochs_completed:
            self._order = self._epoch(shuffle)
        if self._order.size < batch_size:
            self.epochs_completed += 1
            self._order = _np.concatenate([self._order, self._epoch(shuffle)])
        chosen, self._order = self._order[:batch_size], self._order[batch_size:]
        return self.images[chosen], self.labels[chosen]

    def _epoch(self, shuffle: bool) -> Any:
        order = _np.arange(self.num_examples)
        if shuffle:
            self._random.shuffle(order)
        return order


__getattr__ = absent(__name__)
