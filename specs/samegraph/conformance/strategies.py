"""The vocabulary in which ops describe their cases; with the suite's tests the only file that knows hypothesis.

Floats come as float64 arrays of multiples of 1/64 (exact in every float dtype); the suite casts main operands to the
dtype under test.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

Shape = tuple[int, ...]
_GRID = 64


def _elements(low: float, high: float) -> st.SearchStrategy[float]:
    return st.integers(int(np.ceil(low * _GRID)), int(np.floor(high * _GRID))).map(lambda k: k / _GRID)


def shapes(min_dims: int = 0, max_dims: int = 3, min_side: int = 1, max_side: int = 4) -> st.SearchStrategy[Shape]:
    """A shape."""
    return hnp.array_shapes(min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=max_side)


def floats(
    shape: Shape | None = None,
    min_dims: int = 0,
    max_dims: int = 3,
    low: float = -2.0,
    high: float = 2.0,
    unique: bool = False,
) -> st.SearchStrategy[Any]:
    """An array of floats in [low, high], of the shape given or of any."""
    of = shapes(min_dims, max_dims) if shape is None else shape
    return hnp.arrays(np.float64, of, elements=_elements(low, high), unique=unique)


def booleans_array(shape: Shape | None = None) -> st.SearchStrategy[Any]:
    """An array of truth values."""
    return hnp.arrays(np.bool_, shapes() if shape is None else shape)


def integers_array(
    shape: Shape | None = None, low: int = -5, high: int = 5, dtype: str = "int32"
) -> st.SearchStrategy[Any]:
    """An array of integers in [low, high]."""
    return hnp.arrays(dtype, shapes() if shape is None else shape, elements=st.integers(low, high))


def indices(below: int, shape: Shape | None = None, unique: bool = False) -> st.SearchStrategy[Any]:
    """An array of indices 0 <= i < below, int32 or int64; a vector without repetition when `unique`."""
    if unique:
        return st.lists(st.integers(0, below - 1), max_size=below, unique=True).map(lambda v: np.array(v, np.int32))
    of = hnp.array_shapes(min_dims=0, max_dims=2, max_side=4) if shape is None else shape
    return st.sampled_from(["int32", "int64"]).flatmap(lambda d: hnp.arrays(d, of, elements=st.integers(0, below - 1)))


def sizes(count: int) -> st.SearchStrategy[tuple[int, ...]]:
    """`count` sizes of axes."""
    return st.tuples(*[st.integers(1, 4)] * count)


def integers(low: int, high: int) -> st.SearchStrategy[int]:
    """An int in [low, high]."""
    return st.integers(low, high)


def booleans() -> st.SearchStrategy[bool]:
    """True or False."""
    return st.booleans()


def sampled(values: Sequence[Any]) -> st.SearchStrategy[Any]:
    """One of `values`."""
    return st.sampled_from(values)


def permutations(count: int) -> st.SearchStrategy[tuple[int, ...]]:
    """An order of `count` axes."""
    return st.permutations(range(count)).map(tuple)


def axis(ndim: int) -> st.SearchStrategy[Any]:
    """An axis, several, or None for all of them."""
    if not ndim:
        return st.none()
    single = st.integers(-ndim, ndim - 1)
    return st.one_of(st.none(), single, axes(ndim))


def axes(ndim: int) -> st.SearchStrategy[tuple[int, ...]]:
    """Ascending axes, counted from the front."""
    return st.sets(st.integers(0, ndim - 1), max_size=ndim).map(lambda s: tuple(sorted(s)))


@st.composite
def broadcastable_shapes(draw: Any, count: int) -> Any:
    """`count` shapes that broadcast to one."""
    return draw(hnp.mutually_broadcastable_shapes(num_shapes=count, max_dims=3, max_side=3, min_side=1)).input_shapes


@st.composite
def broadcastable(draw: Any, count: int, low: float = -2.0, high: float = 2.0) -> Any:
    """`count` arrays of floats that broadcast to one shape."""
    return tuple(draw(floats(s, low=low, high=high)) for s in draw(broadcastable_shapes(count)))


@st.composite
def wide_and_narrow(draw: Any) -> Any:
    """An array, and one that broadcasts to its shape."""
    wide = draw(shapes())
    narrow = tuple(draw(st.sampled_from([1, n])) for n in wide)[draw(st.integers(0, len(wide))) :]
    return draw(floats(wide)), draw(floats(narrow))


@st.composite
def invertible(draw: Any) -> Any:
    """Square matrices, or a batch of them, with rows dominated by their diagonals: condition numbers of up to about twenty."""
    n = draw(st.integers(1, 3))
    batch = draw(shapes(0, 1, max_side=2))
    signs = draw(hnp.arrays(np.float64, (*batch, n, 1), elements=st.sampled_from([-1.0, 1.0])))
    return signs * (draw(floats((*batch, n, n), low=-0.75, high=0.75)) + 2.0 * np.eye(n))


@st.composite
def positive_definite(draw: Any) -> Any:
    """Square matrices, or a batch of them, whose mean with their transposes is positive definite; not all symmetric."""
    n = draw(st.integers(1, 3))
    batch = draw(shapes(0, 1, max_side=2))
    m = draw(floats((*batch, n, n), low=-1.0, high=1.0))
    skew = draw(st.sampled_from([0.0, 0.5])) * (m - m.swapaxes(-1, -2))
    return m @ m.swapaxes(-1, -2) + np.eye(n) + skew
