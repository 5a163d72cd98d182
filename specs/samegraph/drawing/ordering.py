"""The order of nodes and lanes from left to right, with few crossings and short edges.

Every box has one order of its children. It holds in all layers, so that boxes stay rectangles and lanes stay straight.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable

from .lanes import Segment, Way
from .tree import Box, Leaf

_ROUNDS, _PASSES, _SPACE = 24, 8, 12
_CROSSING = 60  # how many pixels of detour a crossing is worth

Children = list[tuple[Box, list[Box | Leaf]]]


def arrange(root: Box, ways: list[Way]) -> None:
    """Orders the children of every box."""
    order = _Order(root, [s for way in ways for s in way.segments])
    best, least = order.children(), order.cost()
    for i in range(_ROUNDS):
        order.sort((True, False, None)[i % 3])
        if (cost := order.cost()) < least:
            best, least = order.children(), cost
    order.restore(best)
    for _ in range(_PASSES):
        if not order.swap():
            break
    order.number()


class _Order:
    def __init__(self, root: Box, segments: list[Segment]) -> None:
        self.root = root
        self.boxes = list(root.boxes())
        self.rank: dict[Leaf, int] = {}
        self.above: dict[Leaf, list[Segment]] = {leaf: [] for leaf in root.leaves()}
        self.below: dict[Leaf, list[Segment]] = {leaf: [] for leaf in root.leaves()}
        self.gaps: list[list[tuple[Leaf, Leaf]]] = [[] for _ in range(root.hi + 1)]
        for s in segments:
            self.below[s.upper].append(s)
            self.above[s.lower].append(s)
            self.gaps[s.gap].append((s.upper, s.lower))
        for leaf in self.above:
            for number in range(leaf.lo, leaf.hi):
                self.gaps[number].append((leaf, leaf))
        self.number()

    def children(self) -> Children:
        return [(box, list(box.children)) for box in self.boxes]

    def restore(self, children: Children) -> None:
        for box, items in children:
            box.children = items
        self.number()

    def number(self) -> None:
        self.rank = {leaf: i for i, leaf in enumerate(self.root.leaves())}

    def cost(self) -> float:
        self.number()
        self.place()
        detour = sum(abs(s.ends[0] - s.ends[1]) for segments in self.above.values() for s in segments)
        return _CROSSING * sum(map(self.crossings, range(len(self.gaps)))) + detour

    def crossings(self, gap: int) -> int:
        """How many pairs of pieces cross between a layer and the next."""
        rank, total = self.rank, 0
        seen: list[int] = []
        pending: list[int] = []
        last = -1
        for upper, lower in sorted((rank[a], rank[b]) for a, b in self.gaps[gap]):
            if upper != last:
                for r in pending:
                    insort(seen, r)
                pending, last = [], upper
            total += len(seen) - bisect_right(seen, lower)
            pending.append(lower)
        return total

    # Positions --------------------------------------------------------------------------------------------------------

    def place(self) -> None:
        """Estimates x: half way between as far left and as far right as the order allows."""
        layers = self.root.hi + 1
        left = self._pack([0] * layers, lambda items: items, 1)
        right = self._pack([0] * layers, lambda items: items[::-1], -1)
        low = min(right.values(), default=0)
        for leaf, x in left.items():
            leaf.x = (x + right[leaf] - low) // 2

    def _pack(
        self, ends: list[int], turn: Callable[[list[Box | Leaf]], list[Box | Leaf]], sign: int
    ) -> dict[Leaf, int]:
        found: dict[Leaf, int] = {}

        def pack(box: Box) -> None:
            _level(ends, box)
            for child in turn(box.children):
                if isinstance(child, Box):
                    pack(child)
                else:
                    near, far = (child.left, child.right)[::sign]
                    at = max(ends[child.lo : child.hi + 1]) + near
                    found[child] = sign * at
                    ends[child.lo : child.hi + 1] = [at + far + _SPACE] * (child.hi + 1 - child.lo)
            _level(ends, box)

        pack(self.root)
        return found

    # Steps ------------------------------------------------------------------------------------------------------------

    def sort(self, upwards: bool | None) -> None:
        """Sorts by where the neighbours above (or below, or on both sides) are."""
        wanted: dict[Leaf, float] = {}
        for leaf in self.above:
            places = [s.ends[0] - (s.ends[1] - leaf.x) for s in self.above[leaf]] if upwards is not False else []
            places += [s.ends[1] - (s.ends[0] - leaf.x) for s in self.below[leaf]] if upwards is not True else []
            wanted[leaf] = sum(places) / len(places) if places else leaf.x
        self._sort(self.root, wanted)

    def _sort(self, box: Box, wanted: dict[Leaf, float]) -> tuple[float, int]:
        """Sorts inside a box; returns the sum and the number of the places its leaves want."""
        keys: dict[Box | Leaf, float] = {}
        total, count = 0.0, 0
        for child in box.children:
            value, n = self._sort(child, wanted) if isinstance(child, Box) else (wanted[child], 1)
            keys[child] = value / n if n else 0.0
            total, count = total + value, count + n
        box.children.sort(key=lambda child: (child.slot, keys[child]))
        return total, count

    def swap(self) -> bool:
        """Moves children past their neighbours where that saves crossings; says whether any did."""
        moved = False
        for box in self.boxes:
            for i in range(len(box.children) - 1):
                moved = self._try(box, i) or moved
        return moved

    def _try(self, box: Box, i: int) -> bool:
        items = box.children
        one = items[i]
        j = next((j for j in range(i + 1, len(items)) if items[j].lo <= one.hi and one.lo <= items[j].hi), 0)
        if not j or items[j].slot != one.slot:
            return False
        pieces, others = self._pieces(one), self._pieces(items[j])
        before = self._pairs(pieces, others)
        if not before:
            return False
        box.children = [*items[:i], *items[i + 1 : j + 1], one, *items[j + 1 :]]
        self._renumber(box.children[i : j + 1])
        if self._pairs(pieces, others) < before:
            return True
        box.children = items
        self._renumber(items[i : j + 1])
        return False

    def _pieces(self, item: Box | Leaf) -> dict[int, list[tuple[Leaf, Leaf]]]:
        """The pieces of edges that touch an item, by the gap they are in."""
        found: dict[int, list[tuple[Leaf, Leaf]]] = {}
        for leaf in _leaves(item):
            for s in (*self.above[leaf], *self.below[leaf]):
                found.setdefault(s.gap, []).append((s.upper, s.lower))
            for gap in range(leaf.lo, leaf.hi):
                found.setdefault(gap, []).append((leaf, leaf))
        return found

    def _pairs(self, pieces: dict[int, list[tuple[Leaf, Leaf]]], others: dict[int, list[tuple[Leaf, Leaf]]]) -> int:
        """How many pieces of the one cross pieces of the other."""
        rank, total = self.rank, 0
        for gap in pieces.keys() & others.keys():
            places = [(rank[upper], rank[lower]) for upper, lower in others[gap]]
            for upper, lower in pieces[gap]:
                u, v = rank[upper], rank[lower]
                total += sum((u - p) * (v - q) < 0 for p, q in places)
        return total

    def _renumber(self, items: list[Box | Leaf]) -> None:
        leaves = [leaf for item in items for leaf in _leaves(item)]
        first = min((self.rank[leaf] for leaf in leaves), default=0)
        for k, leaf in enumerate(leaves):
            self.rank[leaf] = first + k


def _leaves(item: Box | Leaf) -> Iterable[Leaf]:
    return (item,) if isinstance(item, Leaf) else item.leaves()


def _level(ends: list[int], box: Box) -> None:
    ends[box.lo : box.hi + 1] = [max(ends[box.lo : box.hi + 1], default=0)] * (box.hi + 1 - box.lo)
