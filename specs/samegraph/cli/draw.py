"""samegraph draw: the graph of a program or of a script, as a picture and for TensorBoard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .output import console


def draw_program(name: str, variant: str, path: Path) -> None:
    """Writes the graph of a program's training step as SVG."""
    from ..drawing import write

    title, targets = _program(name, variant)
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, targets, title=title)


def _program(name: str, variant: str) -> tuple[str, Any]:
    """Title and targets of one of samegraph's own programs."""
    import samegraph.tf1 as tf

    from ..programs import catalog

    program = next(p for p in catalog.programs([name]) if p.variant == variant or not variant)
    with tf.Graph().as_default():
        model = program.build(tf.float32)
    return program.title, [model.loss, model.train]


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("program", metavar="PROGRAM|SCRIPT")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Default: PROGRAM.svg, here.")
@click.option(
    "--fold",
    multiple=True,
    metavar="SCOPE",
    help="Draw this scope as one node; may be a pattern as layer*, and be repeated.",
)
@click.option(
    "--nodes", type=click.IntRange(min=1), default=52, show_default=True, help="Above so many, more scopes are folded."
)
@click.option(
    "--gradients/--no-gradients", default=True, help="The reverse graph, operation by operation, or as one node."
)
@click.option(
    "--tensorboard",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="LOGDIR",
    help="Also write an event file with the graph there, for `tensorboard --logdir LOGDIR`.",
)
@click.option("--run", is_flag=True, help="Let SCRIPT go on to its end, training too, and draw the graph it then has.")
def draw(
    program: str,
    arguments: tuple[str, ...],
    out: Path | None,
    fold: tuple[str, ...],
    nodes: int,
    gradients: bool,
    tensorboard: Path | None,
    run: bool,
) -> None:
    """Draw the graph of PROGRAM, or of a TensorFlow 1 SCRIPT (a .py file): operations, shapes on the edges, scopes as boxes,
    shared variables once, the reverse graph shaded.

    A script is run until its graph is complete: until it first runs more of it than the initialisation of variables.
    `import tensorflow` gets samegraph.tf1. ARGUMENTS are passed to it.
    """
    script = Path(program)
    path = out or Path(f"{script.stem if script.suffix == '.py' else program}.svg")
    try:
        if script.suffix == ".py":
            title, targets = script.name, _script(script, arguments, run)
        else:
            title, targets = _program(program, "")
    except (ValueError, StopIteration) as error:
        raise click.UsageError(str(error) or f"{program} has no graph of its own") from error
    try:
        _write(targets, title, path, tensorboard, {"fold": fold, "max_nodes": nodes, "gradients": gradients})
    except OSError as error:
        raise click.UsageError(f"cannot write {error.filename or path}: {error.strerror or error}") from error


def _script(script: Path, arguments: tuple[str, ...], run: bool) -> Any:
    if not script.is_file():
        raise click.UsageError(f"there is no file {script}")
    from .scripts import graph_of

    return graph_of(script, arguments, to_the_end=run)


def _write(targets: Any, title: str, path: Path, logdir: Path | None, options: dict[str, Any]) -> None:
    from ..drawing import write
    from ..drawing.exporting import write_events

    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, targets, title=title, **options)
    console.print(f"written: {path}", highlight=False)
    if logdir is not None:
        events = write_events(logdir, targets, gradients=options["gradients"])
        console.print(f"written: {events}", highlight=False)
