"""samegraph compare: one program, every backend, step by step."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from .output import as_typed, console, styled, writable


@click.command()
@click.argument("programs", nargs=-1, metavar="[PROGRAM]...")
@click.option("--backends", metavar="A,B", help="Backends to run, separated by commas. Default: all installed.")
@click.option(
    "--columns",
    default="rules,native,idiom",
    show_default=True,
    help="Gradients by our rules, by the framework's autodiff, and the program written by hand.",
)
@click.option("--steps", type=click.IntRange(min=1), help="Steps a training. Default: the program's own.")
@click.option("--device", help="cpu, gpu, gpu:1, mps or tpu. Default: the backend's first.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 1,
    help="How many backends and columns train at a time. Default: as many as there are cores.",
)
@click.option(
    "--corpus",
    type=click.Path(path_type=Path),
    help="A text for word2vec (any text, .gz or .bz2, or text8). Default: gensim's Wikipedia sample.",
)
@click.option(
    "--embeddings", type=click.Path(path_type=Path), help="Write word2vec's embeddings here, in word2vec's text format."
)
@click.option(
    "--idioms",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the hand-written programs. Default: benchmarks/ of the source tree you stand in.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("report-out"),
    show_default=True,
    help="Folder for compare.json and the graphs.",
)
def compare(
    programs: tuple[str, ...],
    backends: str | None,
    columns: str,
    steps: int | None,
    device: str | None,
    jobs: int,
    corpus: Path | None,
    embeddings: Path | None,
    idioms: Path | None,
    out: Path,
) -> None:
    """Train PROGRAMs (linear_regression, softmax_regression, word2vec, towers; default: all) on every backend and compare.

    Prints the verdict of every backend and column, and for a difference the first step and tensor. Numbers that a step leaves alone
    (gradients of 0, parameters at rest) and those too near to rounding to tell (sunk) are not in its count. Exits with 1 when
    something differs or a backend asked for is missing, with 3 when nothing was compared.
    """
    from ..backend import BackendError, available
    from ..compare import run

    names = _names(backends)
    for name in names or ():
        if name not in available():
            raise click.UsageError(f"no backend named {name!r}; there are {', '.join(available())}")
    chosen = _columns(columns, run.COLUMNS)
    options = run.Options(
        programs=list(programs),
        backends=names,
        columns=chosen,
        steps=steps,
        device=device,
        jobs=jobs,
        corpus=str(corpus) if corpus else None,
        idioms=idioms or run.find_idioms(Path.cwd()),
        embeddings=embeddings,
        command=as_typed(),
    )
    writable(out)
    try:
        results = _with_progress(options)
    except (ValueError, ImportError, BackendError) as error:
        raise click.UsageError(str(error)) from error
    path = run.save(results, out)
    _draw_graphs(results, out)
    show(results)
    status, sentence = run.verdict(results, names)
    console.print(f"[{'green' if status == 0 else 'bold red'}]{sentence}[/]")
    console.print(f"written: {path}", highlight=False)
    raise SystemExit(status)


def _names(given: str | None) -> list[str] | None:
    return [n.strip() for n in given.split(",") if n.strip()] if given is not None else None


def _columns(given: str, known: tuple[str, ...]) -> list[str]:
    chosen = [c.strip() for c in given.split(",") if c.strip()]
    wrong = [c for c in chosen if c not in known]
    if wrong or not chosen:
        raise click.UsageError(f"columns are {', '.join(known)}, got {given!r}")
    return chosen


def _with_progress(options: Any) -> dict[str, Any]:
    from ..compare import run

    bars = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*bars, console=console, transient=True) as progress:
        tasks: dict[str, Any] = {}

        def tell(what: str, done: int, total: int) -> None:
            who = what.partition(",")[0]
            if who not in tasks:
                tasks[who] = progress.add_task(what, total=total)
            progress.update(tasks[who], description=what, completed=done, total=total, visible=done < total)

        return run.compare(options, tell)


def _draw_graphs(results: dict[str, Any], out: Path) -> None:
    """The graphs of the programs compared, for the report."""
    from .draw import draw_program

    for row in results["programs"]:
        key = f"{row['name']}-{row['variant']}".replace(" ", "-") if row["variant"] else row["name"]
        if row["columns"]:
            draw_program(row["name"], row["variant"], out / "graphs" / f"{key}.svg")


def show(results: dict[str, Any]) -> None:
    """The tables of a comparison."""
    for row in results["programs"]:
        title = row["title"] + (f" ({row['steps']} steps)" if row["columns"] else "")
        if row["columns"]:
            console.print(_training_table(title, row))
            _details(row)
        if row.get("sharing"):
            console.print(_sharing_table(title, row["sharing"]))


def _training_table(title: str, row: dict[str, Any]) -> Table:
    table = Table(
        "backend",
        "column",
        "verdict",
        "loss first",
        "loss last",
        "last gradient",
        "last distance",
        "its bound",
        "a step of its bound",
        "numbers",
        "at rest",
        "sunk",
        title=title,
        title_justify="left",
    )
    for c in row["columns"]:
        losses, norms, apart, bounds = (_recorded(c.get(k)) for k in ("loss", "gradient_norm", "distance", "bound"))
        table.add_row(
            c["backend"],
            c["column"],
            styled(c["verdict"]),
            _number(losses[0]) if losses else "",
            _number(losses[-1]) if losses else "",
            _number(norms[-1]) if norms else "",
            _number(apart[-1]) if apart else "",
            _number(bounds[-1]) if bounds else "",
            _share(c.get("each_step")),
            f"{c['comparisons']:,}" if c["comparisons"] else "",
            f"{c['at_rest']:,}" if c.get("at_rest") else "",
            f"{c['sunk']['numbers']:,}" if c.get("sunk", {}).get("numbers") else "",
        )
    return table


def _share(each_step: dict[str, Any] | None) -> str:
    """How near the worst step comes to its bound when each is compared from where the training stands."""
    worst = (each_step or {}).get("worst")
    return f"{worst['share']:.0%}" if worst else ""


def _recorded(series: list[Any] | None) -> list[Any]:
    return [v for v in series or () if v is not None]


def _details(row: dict[str, Any]) -> None:
    seen = set()
    for c in row["columns"]:
        if c.get("first_difference"):
            d = c["first_difference"]
            console.print(
                f"  {c['backend']} {c['column']}: first difference at step {d['step']} in {d['tensor']} ({d['operation']}), {_number(d['distance'])} apart; {d['line']}",
                highlight=False,
                markup=False,
            )
        if c.get("nonfinite") and c["nonfinite"]["tensor"] not in seen and c["nonfinite"]["operation"]:
            seen.add(c["nonfinite"]["tensor"])
            n = c["nonfinite"]
            console.print(
                f"  not finite first at step {n['step']} in {n['tensor']} ({n['operation']}); {n['line']}\n  {n['advice']}",
                highlight=False,
                markup=False,
            )
        if said := c.get("reason") or c.get("note"):
            console.print(f"  {c['backend']} {c['column']}: {said}", highlight=False, markup=False)
    _sunk(row)
    metrics = {k: v for c in row["columns"] for k, v in (c.get("metrics") or {}).items()}
    for name, value in metrics.items():
        console.print(f"  {name}: {value:.4f}", highlight=False)


def _sunk(row: dict[str, Any]) -> None:
    """What was compared and is not counted, and at how many steps at most."""
    most: dict[str, int] = {}
    for steps in ((c.get("sunk") or {}).get("steps", {}) for c in row["columns"]):
        most |= {quantity: max(at, most.get(quantity, 0)) for quantity, at in steps.items()}
    for quantity, at in most.items():
        told = f"sunk, not counted: {quantity}, at {at} of {row['steps']} steps smaller than 100 times its bound"
        console.print(f"  {told}", highlight=False)


def _sharing_table(title: str, rows: list[dict[str, Any]]) -> Table:
    table = Table(
        "backend",
        "column",
        "case",
        "variables",
        "difference",
        "equals one model",
        "verdict",
        title=title,
        title_justify="left",
    )
    for r in rows:
        table.add_row(
            r["backend"],
            r["column"],
            r["case"],
            str(r["variables"]),
            _number(r["difference"]),
            "yes" if r["equals_single"] else "no",
            styled(r["verdict"]),
        )
    return table


def _number(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:.4g}"
