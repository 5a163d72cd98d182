"""Rows of numbers: sums, largest, equal ids. NumPy's own ways take one number at a time where its others take many."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
_BLAS = "fd"  # dtypes that it has products of
_SHORT = 128  # numbers that NumPy's own sum adds up in one go: BLAS is no farther off there
_MANY = 2**16
_SHORT_ENOUGH_TO_TURN, _MANY_ENOUGH_TO_TURN = 16, 64
_A_ROUND, _A_GROUP, _A_NUMBER = 6.0, 1.0, 0.003  # microseconds, measured: what the ways to sum up groups take


def row_sums(x: Array) -> Array:
    """Of [m, n] the m sums."""
    if x.shape[1] > _SHORT or x.dtype.char not in _BLAS:
        return np.add.reduce(x, axis=1, dtype=x.dtype)
    return x.dot(_ones(x.shape[1], x.dtype.char))


def column_sums(x: Array) -> Array:
    """Of [m, n] the n sums; NumPy's own adds up row after row, too."""
    if x.shape[0] > _MANY or x.dtype.char not in _BLAS:
        return np.add.reduce(x, axis=0, dtype=x.dtype)
    return _ones(x.shape[0], x.dtype.char).dot(x)


def sums_of_last(x: Array) -> Array:
    """Along the last axis, which stays with size 1."""
    if x.ndim == 2:
        return row_sums(x)[:, np.newaxis]
    return np.add.reduce(x, axis=-1, keepdims=True, dtype=x.dtype)


def largest_of_last(x: Array) -> Array:
    """Along the last axis, which stays with size 1; -inf where it has no elements."""
    lowest = x.dtype.type(-np.inf)
    if x.ndim == 2 and x.shape[1] <= _SHORT_ENOUGH_TO_TURN and x.shape[0] >= _MANY_ENOUGH_TO_TURN:
        return np.maximum.reduce(np.ascontiguousarray(x.T), axis=0, initial=lowest)[:, np.newaxis]
    return np.maximum.reduce(x, axis=-1, keepdims=True, initial=lowest)


def picked(x: Array, places: Array) -> Array:
    """x[places], of places that lie inside: to look whether they do takes `take` as long as the work."""
    return x.take(places, axis=0, mode="clip")


def sorted_places(ids: Array) -> tuple[Array, Array]:
    """Ids in order, and where each stood; equal ones stay in theirs.

    An id and its place make one number, and numbers are sorted faster than places are.
    """
    shift = ids.size.bit_length()
    keys = np.left_shift(ids, shift, dtype=np.int64)
    keys |= np.arange(ids.size)
    keys.sort()
    return keys >> shift, keys & ((1 << shift) - 1)


def group_sums(rows: Array, starts: Array) -> Array:
    """Sums of the rows between one start and the next, in the quickest of three ways: member by member, group by group, or NumPy's."""
    counts = np.empty_like(starts)
    np.subtract(starts[1:], starts[:-1], out=counts[:-1])
    counts[-1] = len(rows) - starts[-1]
    most = int(np.maximum.reduce(counts))
    takes = {_by_members: _A_ROUND * most, _by_reduceat: _A_NUMBER * rows.size}
    if rows.dtype.char in _BLAS:
        takes[_by_groups] = _A_GROUP * starts.size
    return min(takes, key=takes.__getitem__)(rows, starts, counts)


def _by_members(rows: Array, starts: Array, counts: Array) -> Array:
    """The first members of all groups, to these the second, the third..."""
    sums = picked(rows, starts)
    for k in range(1, int(np.maximum.reduce(counts))):
        longer = (counts > k).nonzero()[0]
        if longer.size == starts.size:
            sums += picked(rows, starts + k)
        else:
            sums[longer] += picked(rows, starts[longer] + k)
    return sums


def _by_groups(rows: Array, starts: Array, counts: Array) -> Array:
    flat = rows.reshape(len(rows), -1)
    sums = np.empty((starts.size, flat.shape[1]), rows.dtype)
    ones = np.ones(int(np.maximum.reduce(counts)), rows.dtype)
    for i, (start, count) in enumerate(zip(starts.tolist(), counts.tolist(), strict=True)):
        ones[:count].dot(flat[start : start + count], out=sums[i])
    return sums.reshape(starts.size, *rows.shape[1:])


def _by_reduceat(rows: Array, starts: Array, counts: Array) -> Array:
    return np.add.reduceat(rows, starts, axis=0, dtype=rows.dtype)


@lru_cache(maxsize=64)
def _ones(n: int, dtype: str) -> Array:
    ones = np.ones(n, dtype)
    ones.flags.writeable = False
    return ones
