"""samegraph word2vec: word vectors on every backend and by gensim, how good and how fast."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from .output import as_typed, console, writable

_RANGE = click.IntRange(min=1)


def _cores() -> int:
    """How many this process may run on."""
    with suppress(AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@click.command()
@click.argument("text", required=False, type=click.Path(path_type=Path))
@click.option("--backends", metavar="A,B", help="Backends to train on, separated by commas. Default: all installed.")
@click.option("--epochs", type=_RANGE, default=1, show_default=True, help="Times the text is read.")
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    default=0.05,
    show_default=True,
    help="The learning rate at the start, of gensim too; it falls to 0.0001 with the words read.",
)
@click.option("--dimensions", type=_RANGE, default=100, show_default=True, help="Numbers in a vector.")
@click.option("--window", type=_RANGE, default=5, show_default=True, help="Words on either side, at most.")
@click.option("--negatives", type=_RANGE, default=5, show_default=True, help="Noise words a pair.")
@click.option(
    "--shared",
    type=_RANGE,
    default=48,
    show_default=True,
    help="Noise words drawn for a batch, which stand for those of its pairs. More: slower, and steadier at high rates.",
)
@click.option(
    "--min-count", type=_RANGE, default=5, show_default=True, help="Words seen less often than that are left out."
)
@click.option(
    "--sample",
    type=click.FloatRange(min=0),
    default=1e-4,
    show_default=True,
    help="Words of a larger share of the text are subsampled; 0: none.",
)
@click.option("--seeds", type=_RANGE, default=3, show_default=True, help="Trainings of each, for standard errors.")
@click.option("--threads", type=_RANGE, help="Cores a training may take; gensim's workers. Default: all.")
@click.option("--against-gensim", "gensim", is_flag=True, help="Train gensim's Word2Vec too, with the same settings.")
@click.option("--fail-if-below", is_flag=True, help="Exit with 1 where a score is below gensim's.")
@click.option("--vectors", is_flag=True, help="Write the vectors of the first seed too, in word2vec's text format.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("report-out"),
    show_default=True,
    help="Folder for word2vec.json and the vectors.",
)
def word2vec(
    text: Path | None, backends: str | None, out: Path, vectors: bool, fail_if_below: bool, **given: Any
) -> None:
    """Train word vectors on TEXT with every backend, and gensim, one after another in turn; score and time them.

    TEXT: any UTF-8 text, .gz or .bz2 too. Default: the Wikipedia sample among gensim's test data, too small for good vectors.

    Skip-gram with negative sampling, in batches of runs of words; every backend sees the same batches and noise words. Scores are
    WordSim-353, SimLex-999 (Spearman) and analogies, by gensim's own functions. Words a second are raw words of the whole
    training, reading and vocabulary left out; a second computed is one of one core, so others on the machine matter less.

    Exits with 1 when a backend or seed is missing or unscored, or, with --fail-if-below, a score is below gensim's by more than two
    standard errors; with 3 when nothing was trained.
    """
    from ..backend import BackendError
    from ..programs.data import CorpusError
    from ..word_vectors import run, summary

    options = _options(text, backends, given)
    writable(out)
    try:
        results = _with_progress(replace(options, vectors=out if vectors else None))
    except (CorpusError, ImportError, BackendError) as error:
        raise click.UsageError(str(error)) from error
    path = run.save(results, out)
    show(results)
    status, sentence = summary.verdict(results, fail_if_below)
    style = "bold red" if status else "yellow" if sentence.startswith(summary.BELOW) else "green"
    console.print(sentence, style=style, markup=False, highlight=False)
    console.print(f"written: {path}", highlight=False)
    raise SystemExit(status)


def _options(text: Path | None, backends: str | None, given: dict[str, Any]) -> Any:
    from ..backend import available
    from ..programs.skip_gram import Settings
    from ..word_vectors import run

    names = available() if backends is None else [n.strip() for n in backends.split(",") if n.strip()]
    for name in names:
        if name not in available():
            raise click.UsageError(f"no backend named {name!r}; there are {', '.join(available())}")
    if given["gensim"] and find_spec("gensim") is None:
        raise click.UsageError("--against-gensim needs gensim: pip install 'samegraph[programs]'")
    given["least_rate"] = min(Settings.least_rate, given["rate"])
    seeds, threads, gensim = given.pop("seeds"), given.pop("threads") or _cores(), given.pop("gensim")
    return run.Options(names, text, Settings(**given), seeds=seeds, threads=threads, gensim=gensim, command=as_typed())


def _with_progress(options: Any) -> dict[str, Any]:
    """Trains; a line says which training it is at, how fast it reads and how long it will take."""
    from ..word_vectors import run

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        return run.compare(options, _telling(progress))


def _telling(progress: Progress) -> Callable[[str, dict[str, Any]], None]:
    task = progress.add_task("reading the text", total=None, speed="")

    def tell(what: str, event: dict[str, Any]) -> None:
        happened = event["event"]
        if happened == "started":
            progress.reset(task, total=None, description=f"{what}: training", speed="")
        elif happened == "progress":
            speed = f"{event['speed']:,.0f} words/s"
            progress.update(task, total=event["words"], completed=event["read"], speed=speed)
        elif happened == "trained":
            progress.update(task, description=f"{what}: scoring")
        elif happened == "failed":
            told = f"{what}: not trained: {event['reason']}"
            progress.console.print(told, style="bold red", markup=False, highlight=False)
        else:
            progress.console.print(_one(what, event["result"]), markup=False, highlight=False)

    return tell


def _one(what: str, result: dict[str, Any]) -> str:
    """One training in a line."""
    scores = [f"{name} {_number(score['value'])}" for name, score in result["scores"].items()]
    loss = [] if result["loss"] is None else [f"loss {result['loss']:.4f}"]
    told = [f"{result['seconds']:.1f} s, {result['speed']:,.0f} words/s", *loss, *scores, result["unscored"]]
    return f"{what}: {'; '.join(part for part in told if part)}"


def _number(value: float | None) -> str:
    return "not known" if value is None else f"{value:.3f}"


def show(results: dict[str, Any]) -> None:
    """The table, and how far the backends' losses are from each other."""
    from ..word_vectors.scores import SCORES

    about, count = results["text"], len(results["seeds"])
    title = f"{about['name']}: {about['words']:,} words, vocabulary {about['vocabulary']:,}; means and standard errors"
    heads = ("", "words/s", "of gensim's", "a second computed", "first step s", "loss", *SCORES)
    table = Table(*heads, title=f"{title} of {count} seeds", title_justify="left")
    for row in results["systems"]:
        table.add_row(*_cells(row, SCORES))
    console.print(table)
    for row in results["agreement"]:
        told = f"{row['system']} and {row['of']}: losses differ by {row['whole']:.1e} of their value at most"
        console.print(f"  {told} ({row['first']:.1e} in the first twentieth)", highlight=False)


def _cells(row: dict[str, Any], names: tuple[str, ...]) -> list[str]:
    ratio, first = row["ratio"], row["first_step"]
    return [
        f"{row['system']} {row['version']}".strip(),
        f"{row['speed']['median']:,.0f}" if row["speed"] else "not run",
        f"{ratio['median']:.2f} ({ratio['low']:.2f} – {ratio['high']:.2f})" if ratio else "",
        f"{row['speed_computed']['median']:,.0f}" if row["speed_computed"] else "",
        f"{first['median']:.2f}" if first else "",
        _with_error(row["loss"]),
        *(_with_error(row["scores"][n], row["against"].get(n)) for n in names),
    ]


def _with_error(spread: dict[str, Any] | None, against: dict[str, Any] | None = None) -> str:
    if spread is None:
        return ""
    error = "" if spread["standard_error"] is None else f" ± {spread['standard_error']:.3f}"
    told = f", {against['verdict']}" if against else ""
    return f"{spread['mean']:.3f}{error}{told}"
