"""Scopes drawn as one node: those asked for, and as many more as a readable picture needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase

from .picture import Edge, Flow, Kind, Node, Part, Picture

Box = tuple[Part, tuple[str, ...]]
_TURN = {Part.UPDATE: 0, Part.REVERSE: 1, Part.FORWARD: 2}  # which part is folded first
_SEVERAL = 3  # so many tensors of one node are told apart


def fold(picture: Picture, patterns: Sequence[str], max_nodes: int) -> Picture:
    """The picture with scopes folded: those whose name matches a pattern, then others until it has so few nodes.

    What is folded on its own account is the update before the gradients before the computation, the inner scopes before
    the outer. A graph without scopes stays as large as it is.
    """
    members = _members(picture)
    folded = {box for box in members if any(fnmatchcase("/".join(box[1]), p) for p in patterns)}
    folded = folded.union(*_too_many(picture, members, folded, max_nodes))
    return _bundled(_folded(picture, folded, members) if folded else picture)


def _too_many(picture: Picture, members: dict[Box, list[int]], asked: set[Box], max_nodes: int) -> list[set[Box]]:
    """The scopes to fold so that few enough nodes are left, and not more than that needs: always all of one depth."""
    levels: dict[tuple[int, int], set[Box]] = {}
    for box, inside in members.items():
        if len(inside) > 1:
            levels.setdefault((_TURN[box[0]], -len(box[1])), set()).add(box)
    extra: list[set[Box]] = []
    for level in sorted(levels):
        if _count(picture, asked.union(*extra)) <= max_nodes:
            break
        extra.append(levels[level])
    for boxes in reversed(extra):
        fewer = [other for other in extra if other is not boxes]
        if _count(picture, asked.union(*fewer)) <= max_nodes:
            extra = fewer
    return extra


def _count(picture: Picture, folded: set[Box]) -> int:
    return len({_stand_in(node, i, folded) for i, node in enumerate(picture.nodes)})


def _boxes(node: Node) -> list[Box]:
    return [(node.part, node.scope[:i]) for i in range(1, len(node.scope) + 1)]


def _members(picture: Picture) -> dict[Box, list[int]]:
    members: dict[Box, list[int]] = {}
    for i, node in enumerate(picture.nodes):
        for box in _boxes(node):
            members.setdefault(box, []).append(i)
    return members


def _stand_in(node: Node, number: int, folded: set[Box]) -> Box | int:
    return next((box for box in _boxes(node) if box in folded), number)


def _folded(picture: Picture, folded: set[Box], members: dict[Box, list[int]]) -> Picture:
    number: dict[Box | int, int] = {}
    nodes: list[Node] = []
    where: list[int] = []
    for i, node in enumerate(picture.nodes):
        stand_in = _stand_in(node, i, folded)
        if stand_in not in number:
            number[stand_in] = len(nodes)
            nodes.append(
                node if isinstance(stand_in, int) else _node(stand_in, [picture.nodes[m] for m in members[stand_in]])
            )
        where.append(number[stand_in])
    return Picture(nodes, _edges(picture, where, nodes))


def _node(box: Box, inside: list[Node]) -> Node:
    part, scope = box
    size = sum(n.size for n in inside)
    types = Counter(n.type for n in inside).most_common()
    return Node(
        kind=Kind.FOLDED,
        part=part,
        type=_content(inside),
        name="/".join(scope),
        scope=scope[:-1],
        tooltip="\n".join([f"{'/'.join(scope)}: folded", *(f"{count} × {type}" for type, count in types)]),
        fetched=any(n.fetched for n in inside),
        size=size,
    )


def _content(inside: list[Node]) -> str:
    size = sum(n.size for n in inside)
    kinds = {n.kind for n in inside}
    noun = (
        kinds.pop().value if len(kinds) == 1 and Kind.FOLDED not in kinds and Kind.GROUP not in kinds else "operation"
    )
    return f"{size} {noun}{'s' if size != 1 else ''}"


def _edges(picture: Picture, where: list[int], nodes: list[Node]) -> list[Edge]:
    """The edges between what is drawn; those of a folded scope once for each tensor and node."""
    found: dict[object, Edge] = {}
    for i, e in enumerate(picture.edges):
        source, target = where[e.source], where[e.target]
        if source == target:
            continue
        once = Kind.FOLDED in (nodes[source].kind, nodes[target].kind)
        found.setdefault(
            (source, target, e.flow, e.tensor) if once else i, Edge(source, target, e.flow, e.tensor, e.label)
        )
    data = {(e.source, e.target) for e in found.values() if e.flow is Flow.DATA}
    return [e for e in found.values() if e.flow is not Flow.CONTROL or (e.source, e.target) not in data]


def _bundled(picture: Picture) -> Picture:
    """Many tensors out of one node as one edge to each node that takes some."""
    tensors: dict[int, dict[str, str]] = {}
    for e in picture.edges:
        if e.flow is Flow.DATA:
            tensors.setdefault(e.source, {})[e.tensor] = e.label
    edges: dict[Edge | int, Edge] = {}
    for i, e in enumerate(picture.edges):
        several = tensors.get(e.source, {}) if e.flow is Flow.DATA else {}
        if len(several) > _SEVERAL:
            same = len(set(several.values())) == 1
            e = Edge(
                e.source, e.target, e.flow, "*", f"{len(several)} × {e.label}" if same else f"{len(several)} tensors"
            )
            edges.setdefault(e, e)
        else:
            edges[i] = e
    return Picture(picture.nodes, list(edges.values()))
