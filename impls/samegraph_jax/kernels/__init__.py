"""One small function an op, in the family files of samegraph.ops; its name is the op's name.

Names with a leading underscore serve several kernels; a trailing underscore keeps a name clear of Python's own.
"""

from . import (
    activations,
    arithmetic,
    arrays,
    broadcasting,
    comparison,
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

FAMILIES = (
    activations,
    arithmetic,
    arrays,
    broadcasting,
    comparison,
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
