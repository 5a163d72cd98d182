"""samegraph backend: the first files of a new one, and the ladder that leads from them to a green suite."""

from __future__ import annotations

import inspect
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from .output import console

if TYPE_CHECKING:
    from ..backend import Backend
    from ..ladder import Failure, Level


@click.group()
def backend() -> None:
    """Write a backend: a skeleton to start from, and which kernel to write next."""


@backend.command()
@click.argument("name")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="The folder to write samegraph_NAME into. Default: where you stand.",
)
def new(name: str, out: Path) -> None:
    """Write the distribution samegraph_NAME: entry point, a Backend without kernels, tests."""
    from ..skeleton import write

    try:
        folder = write(name, out)
    except (ValueError, FileExistsError) as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        raise click.UsageError(f"cannot write to {out}: {error.strerror or error}") from error
    console.print(f"written: {folder}", highlight=False)
    console.print(f"next: pip install -e {folder}, then samegraph backend ladder {name}", highlight=False)


@backend.command()
@click.argument("name")
def ladder(name: str) -> None:
    """Show how far the backend NAME has come, and the next kernel to write with its smallest failing case.

    Level 0 trains linear regression, level 1 word2vec, level 2 is tier A. Exits with 1 while a level is incomplete.
    """
    from ..backend import BackendError, load

    if find_spec("hypothesis") is None:
        raise click.UsageError("the ladder draws its cases with hypothesis: pip install 'samegraph[conformance]'")
    try:
        found = load(name)
    except BackendError as error:
        raise click.UsageError(str(error)) from error
    raise SystemExit(_climb(found))


def _climb(found: Backend) -> int:
    """Prints the levels up to the first that is incomplete; the exit status."""
    from ..ladder import levels, next_failure

    console.print(f"{found.name} {found.version}: {len(found.kernels)} kernels", highlight=False)
    for level in levels():
        failing = next_failure(found, level)
        _show_level(found, level, failing)
        if failing is not None:
            _show_failure(failing, missing=failing.op not in found.kernels)
            return 1
    console.print(f"next: pytest --pyargs samegraph.conformance --samegraph-backend {found.name}", highlight=False)
    return 0


def _show_level(found: Backend, level: Level, failing: Failure | None) -> None:
    there = [n for n in level.kernels if n in found.kernels]
    lacking = [n for n in level.kernels if n in found.lacks]
    missing = [n for n in level.kernels if n not in found.kernels and n not in found.lacks]
    mark = "[bold red]to do[/]" if failing else "the rest declared lacking" if lacking else "[green]done[/]"
    console.print(f"\nlevel {level.number}: {level.gives}: {len(there)} of {len(level.kernels)} kernels, {mark}")
    for title, names in (("there", there), ("declared lacking", lacking), ("missing", missing)):
        if names:
            console.print(f"  {title}: {', '.join(names)}", highlight=False, markup=False)


def _show_failure(failing: Failure, missing: bool) -> None:
    from ..registry import OPS

    op = OPS[failing.op]
    rows = [
        f"\nnext kernel: {_signature(op)}" if missing else f"\nwrong kernel: {_signature(op)}",
        *(f"  {line.strip()}" for line in inspect.cleandoc(op.__doc__ or "").splitlines() if line.strip()),
        "  smallest failing case:",
    ]
    for i, value in enumerate(failing.operands):
        rows.append(f"    {op.operand_name(i)} = {_shown(value)}")
    rows += [f"    {key} = {value!r}" for key, value in failing.attrs.items()]
    rows += [f"    expected {_shown(e)}" for e in failing.expected]
    if not missing:
        got = failing.got if isinstance(failing.got, list) else [failing.got]
        rows += [f"    got      {_shown(g)}" for g in got]
    console.print("\n".join(rows), highlight=False, markup=False, soft_wrap=True)


def _signature(op: Any) -> str:
    """What the kernel is called with: operands by position, the rest by name."""
    parameters = []
    for p in op.signature.parameters.values():
        if p.name != "name":
            plain = str(p.default) if isinstance(p.default, str) else p.default  # a DType is a str
            default = "" if p.default is p.empty else f"={plain!r}"
            parameters.append(f"{'*' if p.kind is p.VAR_POSITIONAL else ''}{p.name}{default}")
    return f"{op.name}({', '.join(parameters)})"


def _shown(value: Any) -> str:
    if not isinstance(value, (np.ndarray, np.generic)):
        return f"{type(value).__name__}: {value}" if isinstance(value, Exception) else repr(value)
    text = np.array2string(np.asarray(value), separator=", ").replace("\n", "")
    return f"{' '.join(text.split())}, {value.dtype} {value.shape}"
