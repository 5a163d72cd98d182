"""samegraph draw: a program's graph as a picture."""

from __future__ import annotations

from pathlib import Path

import click

from .output import console


def draw_program(name: str, variant: str, path: Path) -> None:
    """Writes the graph of a program's training step as SVG."""
    import samegraph.tf1 as tf

    from ..drawing import write
    from ..programs import catalog

    program = next(p for p in catalog.programs([name]) if p.variant == variant or not variant)
    with tf.Graph().as_default():
        model = program.build(tf.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, [model.loss, model.train], title=program.title)


@click.command()
@click.argument("program")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Default: PROGRAM.svg.")
def draw(program: str, out: Path | None) -> None:
    """Draw the graph of PROGRAM: operations, shapes on the edges, scopes as boxes, the reverse graph shaded."""
    path = out or Path(f"{program}.svg")
    try:
        draw_program(program, "", path)
    except (ValueError, StopIteration) as error:
        raise click.UsageError(str(error) or f"{program} has no graph of its own") from error
    except OSError as error:
        raise click.UsageError(f"cannot write {path}: {error.strerror or error}") from error
    console.print(f"written: {path}", highlight=False)
