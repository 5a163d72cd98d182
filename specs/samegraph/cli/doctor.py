"""samegraph doctor: what is installed, and what to install."""

from __future__ import annotations

import platform
from importlib.util import find_spec

import click
from rich.markup import escape
from rich.table import Table

from .. import SPEC_VERSION, __version__
from ..backend import BackendError, available, load
from ..registry import OPS
from .output import console

# extra: a module that tells whether it is installed
EXTRAS = {"cli": "click", "programs": "sklearn", "conformance": "hypothesis", "report": "jinja2"}


@click.command()
def doctor() -> None:
    """Show backends, versions and devices, and the pip line for what is missing.

    Exits with 1 when fewer than two backends can run: then nothing can be compared.
    """
    console.print(f"samegraph {__version__}, specification {SPEC_VERSION}, Python {platform.python_version()}")
    working = _backends()
    _extras()
    if working < 2:
        console.print(
            "fewer than two backends can run here, so nothing can be compared: pip install 'samegraph[all]'",
            style="bold",
            markup=False,
        )
        raise SystemExit(1)


def _backends() -> int:
    import samegraph.ops  # noqa: F401

    from ..op import Op

    ops = {n for n, op in OPS.items() if isinstance(op, Op)}
    table = Table("backend", "version", "devices", "ops", "own autodiff", "what to do")
    working = 0
    for name in available():
        try:
            backend = load(name)
        except BackendError as error:
            table.add_row(name, "-", "-", "-", "-", escape(str(error)))
            continue
        working += 1
        have = len(ops & set(backend.kernels))
        native = "yes" if backend.value_and_vjp is not None else "no: rules"
        table.add_row(name, backend.version, ", ".join(backend.devices()), f"{have} of {len(ops)}", native, "")
    console.print(table)
    return working


def _extras() -> None:
    for extra, module in EXTRAS.items():
        if find_spec(module) is None:
            console.print(f"extra {extra!r} is missing: pip install 'samegraph[{extra}]'", markup=False)
    if find_spec("optax") is None and find_spec("jax") is not None:
        console.print("optax is missing (the hand-written JAX programs use it): pip install optax")
