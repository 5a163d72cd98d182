"""The boxes of a drawing: the parts, the scopes in them, and the nodes and lanes in those."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from . import texts
from .picture import Node, Part, Picture


@dataclass(eq=False)
class Leaf:
    """What takes room in the layers lo to hi: a node, or (node -1) a lane that edges run along.

    left, right: how far it reaches to both sides of its x. ascent, descent: how far above and below its y. slot: where
    it stands among the parts of the drawing, for a lane outside of all of them.
    """

    box: Box
    node: int = -1
    lo: int = 0
    hi: int = 0
    left: int = 0
    right: int = 0
    ascent: int = 0
    descent: int = 0
    slot: int = 0
    x: int = 0


@dataclass(eq=False)
class Box:
    """A part or a scope. label: "" for a box that is not seen. path: the scope's name. slot: as for leaves."""

    parent: Box | None = None
    label: str = ""
    path: str = ""
    shaded: bool = False
    slot: int = 0
    children: list[Box | Leaf] = field(default_factory=list)
    lo: int = 0
    hi: int = 0
    left: int = 0
    right: int = 0
    top: int = 0
    bottom: int = 0
    name_at: tuple[int, int] = (0, 0)

    def boxes(self) -> Iterator[Box]:
        """This box and those inside, the outer before the inner."""
        todo: list[Box] = [self]
        for box in todo:
            yield box
            todo.extend(c for c in box.children if isinstance(c, Box))

    def leaves(self) -> Iterator[Leaf]:
        """The leaves inside, from left to right."""
        for child in self.children:
            if isinstance(child, Leaf):
                yield child
            else:
                yield from child.leaves()

    def chain(self) -> list[Box]:
        """This box and those around it, the inner before the outer."""
        chain: list[Box] = [self]
        while chain[-1].parent is not None:
            chain.append(chain[-1].parent)
        return chain


def plant(picture: Picture) -> tuple[Box, list[Leaf]]:
    """The tree of boxes, and the leaf of each node."""
    root = Box()
    found: dict[tuple[Part, tuple[str, ...]], Box] = {}
    leaves = []
    for i, node in enumerate(picture.nodes):
        box = _box(root, found, node.part, node.scope)
        leaves.append(Leaf(box, i))
        box.children.append(leaves[-1])
    root.children.sort(key=lambda part: part.slot)
    for part in list(root.children):
        assert isinstance(part, Box)
        _simplify(part)
    return root, leaves


def _box(root: Box, found: dict[tuple[Part, tuple[str, ...]], Box], part: Part, scope: tuple[str, ...]) -> Box:
    if (part, scope) not in found:
        if scope:
            box = Box(_box(root, found, part, scope[:-1]), scope[-1], "/".join(scope))
        else:
            shaded = part is Part.REVERSE
            box = Box(root, texts.REVERSE if shaded else "", shaded=shaded, slot=2 * part)
        assert box.parent is not None
        box.parent.children.append(box)
        found[part, scope] = box
    return found[part, scope]


def _simplify(box: Box) -> None:
    """Makes one of two boxes if the outer holds nothing but the inner, and takes out boxes around a single node."""
    only = box.children[0] if len(box.children) == 1 else None
    if isinstance(only, Box) and box.label:
        box.label = f"{only.label} · {box.label}" if box.shaded else f"{box.label}/{only.label}"
        box.path, box.children = only.path, only.children
        for child in box.children:
            _adopt(box, child)
        if not box.shaded:
            _simplify(box)
            return
    for child in list(box.children):
        if isinstance(child, Box):
            _simplify(child)
            if len(child.children) == 1 and isinstance(child.children[0], Leaf):
                _replace(box, child, child.children[0])


def _replace(box: Box, old: Box, new: Leaf) -> None:
    box.children[box.children.index(old)] = new
    _adopt(box, new)


def _adopt(box: Box, child: Box | Leaf) -> None:
    if isinstance(child, Box):
        child.parent = box
    else:
        child.box = box


def local_name(node: Node, box: Box) -> str:
    """A node's name as seen from inside its box."""
    inside = node.name.removeprefix(f"{box.path}/") if box.path else node.name
    return node.name.rpartition("/")[2] if inside == box.path else inside
