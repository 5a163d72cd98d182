"""The vocabulary of `strategies` over single choices: what an op's cases draw, at a tenth of the cost and shrinkable.

`gen.floats(...)` answers a thunk, and `draw(thunk)` calls it. The elements of an array come of one choice, the seed of a
generator; half the arrays lie on a coarse grid, so that ties, zeros and kinks are common. What the array may hold is
remembered beside it, so that a tensor of the graph can take its place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from samegraph.conformance import strategies

Shape = tuple[int, ...]
Choose = Callable[[int], int]
_GRID, _COARSE, _SEEDS, _LARGEST_SIDE = 64, 2, 2**14, 3


@dataclass(frozen=True)
class Domain:
    """What an array that was drawn may hold: numbers from `low` to `high`, in no particular pattern."""

    low: float
    high: float

    def holds(self, value: Any) -> bool:
        return bool(np.all((value >= self.low) & (value <= self.high)))


class Vocabulary:
    """gen for `Op.cases`, and with `draw` the function to go with it.

    choose(n): an int below n, small ones simpler. known: shapes that are drawn more often than others. other: draws from
    hypothesis's own strategies, for the words of `strategies` that are not said here.
    """

    def __init__(self, choose: Choose, known: Sequence[Shape] = (), other: Callable[[Any], Any] | None = None) -> None:
        self.choose, self.other = choose, other
        self.known = known
        self.domains: dict[int, tuple[Any, Domain]] = {}

    def draw(self, thunk: Callable[[], Any]) -> Any:
        return thunk()

    def __getattr__(self, word: str) -> Callable[..., Callable[[], Any]]:
        strategy = getattr(strategies, word)
        other = self.other
        if other is None:
            raise AttributeError(word)
        return lambda *args, **options: lambda: other(strategy(*args, **options))

    def domain(self, array: Any) -> Domain | None:
        """What else could stand for `array`; None for one that a case made up itself, of some structure perhaps."""
        held = self.domains.get(id(array))
        return held[1] if held is not None else None

    def _marked(self, array: Any, low: float, high: float) -> Any:
        self.domains[id(array)] = array, Domain(low, high)
        return array

    # Arrays -----------------------------------------------------------------------------------------------------------

    def shapes(self, min_dims: int = 0, max_dims: int = 3, min_side: int = 1, max_side: int = 4) -> Callable[[], Shape]:
        def one() -> Shape:
            fitting = [s for s in self.known if min_dims <= len(s) <= max_dims and all(min_side <= n for n in s)]
            if fitting and self.choose(4):
                return fitting[self.choose(len(fitting))]
            rank = min_dims + self.choose(max_dims - min_dims + 1)
            widest = max(min_side, min(max_side, _LARGEST_SIDE))
            return tuple(min_side + self.choose(widest - min_side + 1) for _ in range(rank))

        return one

    def floats(
        self,
        shape: Shape | None = None,
        min_dims: int = 0,
        max_dims: int = 3,
        low: float = -2.0,
        high: float = 2.0,
        unique: bool = False,
    ) -> Callable[[], Any]:
        def one() -> Any:
            sizes = self.shapes(min_dims, max_dims)() if shape is None else tuple(shape)
            return self._marked(self._numbers(sizes, low, high, unique), low, high)

        return one

    def _numbers(self, shape: Shape, low: float, high: float, unique: bool) -> Any:
        seed = self.choose(_SEEDS)
        grid = _GRID if seed % 2 or unique or high - low < 2 else _COARSE
        first, last = int(np.ceil(low * grid)), int(np.floor(high * grid))
        rng = np.random.Generator(np.random.PCG64(seed))
        if unique:
            count = int(np.prod(shape))
            return (rng.permutation(last - first + 1)[:count] + first).reshape(shape) / grid
        return np.asarray(rng.integers(first, last + 1, shape) / grid)

    def booleans_array(self, shape: Shape | None = None) -> Callable[[], Any]:
        return self._integers(shape, 0, 1, "bool")

    def integers_array(
        self, shape: Shape | None = None, low: int = -5, high: int = 5, dtype: str = "int32"
    ) -> Callable[[], Any]:
        return self._integers(shape, low, high, dtype)

    def _integers(self, shape: Shape | None, low: int, high: int, dtype: str, max_dims: int = 3) -> Callable[[], Any]:
        def one() -> Any:
            sizes = self.shapes(max_dims=max_dims)() if shape is None else tuple(shape)
            rng = np.random.Generator(np.random.PCG64(self.choose(_SEEDS)))
            return self._marked(np.asarray(rng.integers(low, high + 1, sizes)).astype(dtype), low, high)

        return one

    def indices(self, below: int, shape: Shape | None = None, unique: bool = False) -> Callable[[], Any]:
        def one() -> Any:
            if unique:
                rng = np.random.Generator(np.random.PCG64(self.choose(_SEEDS)))
                return rng.permutation(below)[: self.choose(below + 1)].astype(np.int32)
            return self._integers(shape, 0, below - 1, ("int32", "int64")[self.choose(2)], max_dims=2)()

        return one

    # Attributes -------------------------------------------------------------------------------------------------------

    def sizes(self, count: int) -> Callable[[], Shape]:
        return lambda: tuple(1 + self.choose(_LARGEST_SIDE) for _ in range(count))

    def integers(self, low: int, high: int) -> Callable[[], int]:
        return lambda: low + self.choose(high - low + 1)

    def booleans(self) -> Callable[[], bool]:
        return lambda: bool(self.choose(2))

    def sampled(self, values: Sequence[Any]) -> Callable[[], Any]:
        return lambda: values[self.choose(len(values))]

    def permutations(self, count: int) -> Callable[[], Shape]:
        def one() -> Shape:
            left = list(range(count))
            return tuple(left.pop(self.choose(len(left))) for _ in range(count))

        return one

    def axis(self, ndim: int) -> Callable[[], Any]:
        def one() -> Any:
            kind = self.choose(3) if ndim else 0
            return None if kind == 0 else self.choose(2 * ndim) - ndim if kind == 1 else self.axes(ndim)()

        return one

    def axes(self, ndim: int) -> Callable[[], Shape]:
        return lambda: tuple(i for i in range(ndim) if self.choose(2))

    # Shapes that broadcast --------------------------------------------------------------------------------------------

    def broadcastable_shapes(self, count: int) -> Callable[[], tuple[Shape, ...]]:
        def one() -> tuple[Shape, ...]:
            whole = self.shapes()()
            return (whole, *(self._narrowed(whole) for _ in range(count - 1)))[:: 1 - 2 * self.choose(2)]

        return one

    def _narrowed(self, whole: Shape) -> Shape:
        if not self.choose(2):
            return whole
        return tuple(1 if not self.choose(3) else n for n in whole)[self.choose(len(whole) + 1) :]

    def broadcastable(self, count: int, low: float = -2.0, high: float = 2.0) -> Callable[[], Any]:
        return lambda: tuple(self.floats(s, low=low, high=high)() for s in self.broadcastable_shapes(count)())

    def wide_and_narrow(self) -> Callable[[], Any]:
        def one() -> Any:
            wide = self.shapes()()
            return self.floats(wide)(), self.floats(self._narrowed(wide))()

        return one
