"""Network simplex: whole numbers that respect minimum distances and keep weighted distances short.

The layers of a drawing and its x coordinates are both such a problem (Gansner, Koutsofios, North, Vo 1993).
"""

from __future__ import annotations

_SCATTER = 40503  # times a number, in 16 bits: an order far from the given one


class Problem:
    """Finds values with value[head] - value[tail] >= length for each edge and the least sum of weight * difference.

    The edges must not form a circle.
    """

    def __init__(self) -> None:
        self.size = 0
        self._tail: list[int] = []
        self._head: list[int] = []
        self._length: list[int] = []
        self._weight: list[int] = []
        self._out: list[list[int]] = []
        self._in: list[list[int]] = []

    def variable(self) -> int:
        """The number of a new variable."""
        self._out.append([])
        self._in.append([])
        self.size += 1
        return self.size - 1

    def edge(self, tail: int, head: int, length: int, weight: int = 0) -> None:
        """Demands value[head] >= value[tail] + length, and pulls the two together by `weight`."""
        e = len(self._tail)
        self._tail.append(tail)
        self._head.append(head)
        self._length.append(length)
        self._weight.append(weight)
        self._out[tail].append(e)
        self._in[head].append(e)

    def reaches(self, start: int, goal: int) -> bool:
        """Whether edges lead from one variable to another."""
        seen, todo = {start}, [start]
        while todo:
            v = todo.pop()
            if v == goal:
                return True
            new = [w for e in self._out[v] if (w := self._head[e]) not in seen]
            seen.update(new)
            todo.extend(new)
        return False

    def solve(self, steps: int = 20_000) -> list[int]:
        """The values, the smallest of them 0; after that many steps the best found so far. ValueError for a circle."""
        count = self.size
        if not count:
            return []
        root = self.variable()
        for v in range(count):
            if not self._in[v]:
                self.edge(root, v, 0)
        self._push()
        self._pull(count)
        self._weigh(self._span(root))
        for _ in range(steps):
            leaving = self._leaving()
            if leaving < 0:
                break
            self._exchange(leaving)
        values = self._value[:count]
        least = min(values)
        return [v - least for v in values]

    # A first tree of tight edges --------------------------------------------------------------------------------------

    def _push(self) -> None:
        """Values that are as small as all lengths allow: the longest paths."""
        self._value = [0] * self.size
        waiting = [len(edges) for edges in self._in]
        ready = [v for v in range(self.size) if not waiting[v]]
        for v in ready:
            if self._in[v]:
                self._value[v] = max(self._value[self._tail[e]] + self._length[e] for e in self._in[v])
            for e in self._out[v]:
                waiting[self._head[e]] -= 1
                if not waiting[self._head[e]]:
                    ready.append(self._head[e])
        if len(ready) < self.size:
            raise ValueError("the distances form a circle")

    def _pull(self, count: int) -> None:
        """Moves what nothing but the root holds towards what it holds."""
        for v in range(count):
            if self._out[v] and all(self._tail[e] == count for e in self._in[v]):
                self._value[v] = min(self._value[self._head[e]] - self._length[e] for e in self._out[v])

    def _span(self, root: int) -> list[int]:
        """Of the tight edges those of most weight that make a tree; returns the nodes in the order of their depth."""
        group = list(range(self.size))

        def top(v: int) -> int:
            while group[v] != v:
                group[v] = v = group[group[v]]
            return v

        self._tree: list[dict[int, None]] = [{} for _ in range(self.size)]
        tight = (e for e in range(len(self._tail)) if not self._slack(e))
        for e in sorted(tight, key=lambda e: -self._weight[e]):
            one, other = top(self._tail[e]), top(self._head[e])
            if one != other:
                group[one] = other
                self._join(e)
        self._above, self._depth = [-1] * self.size, [0] * self.size
        return self._hang(root)

    def _slack(self, e: int) -> int:
        return self._value[self._head[e]] - self._value[self._tail[e]] - self._length[e]

    def _weigh(self, order: list[int]) -> None:
        """The cut value of each tree edge: the weight of edges from its tail's side to its head's, less the rest."""
        self._cut = [0] * len(self._tail)
        self._wanting: list[int] = []
        weight = self._weight
        balance = [sum(weight[e] for e in self._out[v]) - sum(weight[e] for e in self._in[v]) for v in range(self.size)]
        for v in reversed(order):
            e = self._above[v]
            if e >= 0:
                self._cut[e] = balance[v] if self._tail[e] == v else -balance[v]
                balance[self._other(e, v)] += balance[v]

    def _join(self, e: int) -> None:
        self._tree[self._tail[e]][e] = None
        self._tree[self._head[e]][e] = None

    def _part(self, e: int) -> None:
        del self._tree[self._tail[e]][e]
        del self._tree[self._head[e]][e]

    def _other(self, e: int, v: int) -> int:
        return self._head[e] if self._tail[e] == v else self._tail[e]

    # Steps ------------------------------------------------------------------------------------------------------------

    def _leaving(self) -> int:
        """A tree edge that wants to grow, -1 when there is none: those that gain most first.

        Of equal ones any, so that what moves together grows together from many ends, not by one node at a time.
        """
        cut = self._cut
        while True:
            while self._wanting:
                e = self._wanting.pop()
                if cut[e] < 0:
                    return e
            self._wanting = [e for e in range(len(cut)) if cut[e] < 0]
            if not self._wanting:
                return -1
            self._wanting.sort(key=lambda e: (-cut[e], e * _SCATTER & 0xFFFF))

    def _exchange(self, leaving: int) -> None:
        """Takes an edge out of the tree, lets the part below it move until another edge is tight, and puts that in."""
        tail, head = self._tail[leaving], self._head[leaving]
        tail_is_below = self._above[tail] == leaving
        below = self._subtree(tail if tail_is_below else head)
        inside = set(below)
        entering, slack = self._entering(below, inside, tail_is_below)
        for v in below:
            self._value[v] += -slack if tail_is_below else slack
        change = self._cut[leaving]
        self._recut(entering, change)
        self._cut[entering], self._cut[leaving] = -change, 0
        self._part(leaving)
        self._join(entering)
        top = self._tail[entering] if self._tail[entering] in inside else self._head[entering]
        self._above[top], self._depth[top] = entering, self._depth[self._other(entering, top)] + 1
        self._hang(top)

    def _subtree(self, v: int) -> list[int]:
        found = [v]
        for u in found:
            above = self._above[u]
            found.extend(self._other(e, u) for e in self._tree[u] if e != above)
        return found

    def _entering(self, below: list[int], inside: set[int], tail_is_below: bool) -> tuple[int, int]:
        """The tightest edge that goes the other way between the two sides, and by how much it is too long."""
        near, far = (self._in, self._tail) if tail_is_below else (self._out, self._head)
        best, least = -1, 0
        for v in below:
            for e in near[v]:
                if far[e] not in inside:
                    slack = self._slack(e)
                    if best < 0 or slack < least:
                        best, least = e, slack
        return best, least

    def _recut(self, entering: int, change: int) -> None:
        """Changes the cut values on the way through the tree from the tail of an edge to its head."""
        v, w = self._tail[entering], self._head[entering]
        while v != w:
            from_tail = self._depth[v] >= self._depth[w]
            u = v if from_tail else w
            e = self._above[u]
            self._cut[e] += change if (self._tail[e] == u) == from_tail else -change
            if from_tail:
                v = self._other(e, u)
            else:
                w = self._other(e, u)

    def _hang(self, top: int) -> list[int]:
        """Sets the way to the root for all that hangs from `top`; returns these nodes."""
        nodes = [top]
        for v in nodes:
            for e in self._tree[v]:
                if e != self._above[v]:
                    w = self._other(e, v)
                    self._above[w], self._depth[w] = e, self._depth[v] + 1
                    nodes.append(w)
        return nodes
