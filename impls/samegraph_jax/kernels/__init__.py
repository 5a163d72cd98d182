"""One small function an op, in the family files of samegraph.ops; its name is the op's name.

Names with a leading underscore serve several kernels; a trailing underscore keeps a name clear of Python's own.
"""

from importlib import import_module
from pkgutil import iter_modules

FAMILIES = tuple(import_module(f"{__name__}.{family.name}") for family in iter_modules(__path__))
