"""samegraph: TensorFlow 1's graph, session and optimizers, specified once and run on NumPy, TensorFlow, PyTorch and JAX.

Write graphs with `import samegraph.tf1 as tf`. Nothing here imports a framework, a test library or the session until it
is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .versions import SPEC_VERSION, __version__

if TYPE_CHECKING:
    from .backend import Backend as Backend
    from .backend import available as available
    from .backend import load as load_backend
    from .saving.publishing import Published as Published
    from .saving.publishing import load as load
    from .saving.publishing import publish as publish
    from .session import Session as Session

_LAZY = {
    "Backend": ("backend", "Backend"),
    "Session": ("session", "Session"),
    "available": ("backend", "available"),
    "Published": ("saving.publishing", "Published"),
    "load": ("saving.publishing", "load"),
    "load_backend": ("backend", "load"),
    "publish": ("saving.publishing", "publish"),
}
__all__ = [
    "SPEC_VERSION",
    "Backend",
    "Published",
    "Session",
    "__version__",
    "available",
    "load",
    "load_backend",
    "publish",
]


def __getattr__(name: str) -> Any:
    """Public names, each imported when first used (PEP 562)."""
    if name not in _LAZY:
        raise AttributeError(f"module 'samegraph' has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _LAZY[name]
    return getattr(import_module(f"samegraph.{module}"), attribute)
