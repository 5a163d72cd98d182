"""Network simplex: whole numbers that respect minimum distances and keep weighted distances short.

The layers of a drawing and its x coordinates are both such a problem (Gansner, Koutsofios, North, Vo 1993).
"""

from __future__ import annotations

_WINDOW = 30  # how many edges that could leave the tree are compared before the best of them does


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
        self._weigh(self._span(root))
        for _ in range(steps):
            leaving = self._leaving()
            if leaving < 0:
                break
            self._exchange(leaving)
        values = self._value[:count]
        least = min(values)
        return [v - least for v in values]

    # The tree of tight edges ------------------------------------------------------------------------------------------

    def _span(self, root: int) -> list[int]:
        """The longest paths from the root: their values are feasible, and their last edges are a tree."""
        self._value = [0] * self.size
        self._above = [-1] * self.size  # the tree edge towards the root
        self._depth = [0] * self.size
        waiting = [len(edges) for edges in self._in]
        ready, order = [root], []
        while ready:
            v = ready.pop()
            order.append(v)
            if v != root:
                self._depth[v] = self._depth[self._other(self._above[v], v)] + 1
            for e in self._out[v]:
                w, value = self._head[e], self._value[v] + self._length[e]
                if self._above[w] < 0 or value > self._value[w]:
                    self._value[w], self._above[w] = value, e
                waiting[w] -= 1
                if not waiting[w]:
                    ready.append(w)
        if len(order) < self.size:
            raise ValueError("the distances form a circle")
        self._tree: list[dict[int, None]] = [{} for _ in range(self.size)]
        for v in order[1:]:
            self._join(self._above[v])
        return order

    def _weigh(self, order: list[int]) -> None:
        """The cut value of each tree edge: the weight of all edges from its tail's side to its head's, less the others'."""
        self._cut = [0] * len(self._tail)
        self._next = 0
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
        """A tree edge that wants to grow: of a few found the one that gains most; -1 when there is none."""
        best, found, count, cut = -1, 0, len(self._tail), self._cut
        for i in range(self._next, self._next + count):
            e = i if i < count else i - count
            if cut[e] < 0:
                if best < 0 or cut[e] < cut[best]:
                    best = e
                found += 1
                if found == _WINDOW:
                    self._next = e
                    break
        return best

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
        self._hang(self._tail[entering] if self._tail[entering] in inside else self._head[entering], entering)

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
                    slack = self._value[self._head[e]] - self._value[self._tail[e]] - self._length[e]
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

    def _hang(self, top: int, above: int) -> None:
        """Turns a part of the tree so that it hangs by its node `top` from the edge `above`."""
        self._above[top], self._depth[top] = above, self._depth[self._other(above, top)] + 1
        todo = [top]
        for v in todo:
            for e in self._tree[v]:
                if e != self._above[v]:
                    w = self._other(e, v)
                    self._above[w], self._depth[w] = e, self._depth[v] + 1
                    todo.append(w)
