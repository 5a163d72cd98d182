"""One family a file, one block an op. Importing this package fills the registry."""

from . import (
    activations,
    arithmetic,
    arrays,
    broadcasting,
    comparison,
    embedding,
    filling,
    indexing,
    linear,
    losses,
    maths,
    padding,
    reduction,
    scans,
    slicing,
    statistics,
)

__all__ = [
    "activations",
    "arithmetic",
    "arrays",
    "broadcasting",
    "comparison",
    "embedding",
    "filling",
    "indexing",
    "linear",
    "losses",
    "maths",
    "padding",
    "reduction",
    "scans",
    "slicing",
    "statistics",
]
