"""One family a file, one block an op. Importing this package fills the registry."""

from . import arithmetic, arrays, broadcasting, indexing, linear, reduction

__all__ = ["arithmetic", "arrays", "broadcasting", "indexing", "linear", "reduction"]
