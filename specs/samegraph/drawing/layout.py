"""The steps of the layout, in order: boxes, layers, lanes, order, places."""

from __future__ import annotations

from . import layering, ordering, placing, shapes
from .lanes import Port, lay
from .picture import Picture
from .svg import Sheet
from .tree import Leaf, plant


def laid_out(picture: Picture) -> Sheet:
    """Everything in its place."""
    root, leaves = plant(picture)
    if not leaves:
        return Sheet(picture, root, [], [], [], [], placing.Frame())
    layering.layer(picture, root, leaves)
    ways, ports = lay(picture, leaves)
    outlines = [shapes.shape(node, leaf) for node, leaf in zip(picture.nodes, leaves, strict=True)]
    by_leaf: dict[Leaf, list[Port]] = {leaf: [] for leaf in leaves}
    far: dict[Port, list[Leaf]] = {}
    for port in ports:
        by_leaf[port.leaf].append(port)
    for s in (s for way in ways for s in way.segments):
        for end, other in ((s.above, s.lower), (s.below, s.upper)):
            if end is not None:
                far.setdefault(end, []).append(other)

    def attach() -> None:
        rank = {leaf: i for i, leaf in enumerate(root.leaves())}
        for outline, leaf in zip(outlines, leaves, strict=True):
            shapes.attach(outline, leaf, by_leaf[leaf], lambda p: sum(rank[x] for x in far[p]) / len(far[p]))

    attach()
    ordering.arrange(root, ways)
    attach()
    return Sheet(picture, root, leaves, outlines, ways, ports, placing.place(root, ways))
