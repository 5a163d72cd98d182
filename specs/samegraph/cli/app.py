"""The command's group: one file a subcommand."""

from __future__ import annotations

import click

from .. import __version__
from .backend import backend
from .bench import bench
from .compare import compare
from .divergences import divergences
from .doctor import doctor
from .draw import draw
from .examples import examples
from .report import report
from .verify import verify
from .word2vec import word2vec


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def app() -> None:
    """One graph, the same numbers, on every framework.

    Runs TensorFlow 1's programming model on NumPy, TensorFlow, PyTorch and JAX, and compares them.
    """


for _command in (doctor, compare, bench, report, draw, examples, backend, verify, divergences, word2vec):
    app.add_command(_command)
