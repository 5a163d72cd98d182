"""One small function an op, in the family files of samegraph.ops; its name is the op's name.

Names with a leading underscore serve several kernels; a trailing underscore keeps a name clear of Python's own.
"""

from . import arithmetic, arrays, broadcasting, indexing, linear, reduction

FAMILIES = (arithmetic, arrays, broadcasting, indexing, linear, reduction)
