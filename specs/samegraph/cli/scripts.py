"""The graph that a TensorFlow 1 script builds, without the training it was written for."""

from __future__ import annotations

import importlib
import os
import runpy
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import click

from ..drawing.selection import initialisation, select
from ..graph import Graph, get_default_graph
from ..session import Session

_PLAYED = "tensorflow"


class _Reached(BaseException):
    """The script runs its graph; no `except Exception` of its own catches this."""


class _Face(MetaPathFinder, Loader):
    """Finds samegraph.tf1 under the name of TensorFlow, whose name it may be that a script imports."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name.partition(".")[0] != _PLAYED:
            return None
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return importlib.import_module("samegraph.tf1" + spec.name.removeprefix(_PLAYED))

    def exec_module(self, module: ModuleType) -> None:
        """It is there already."""


def graph_of(path: Path, arguments: Sequence[str] = (), *, to_the_end: bool = False) -> Graph:
    """The graph that the script builds until it first runs something of it other than the initialisation of variables.

    `import tensorflow` gets samegraph.tf1. to_the_end: the script does all it does, training too, and the graph is that of
    its last run. Raises click.ClickException with the script's own error and line where it fails before, and where it
    builds no graph.
    """
    ran: list[Graph] = []
    arguments_before, path_before, modules_before = sys.argv, list(sys.path), set(sys.modules)
    sys.argv, sys.path[:0] = [str(path), *arguments], [str(path.resolve().parent)]
    sys.meta_path.insert(0, face := _Face())
    try:
        with Graph().as_default(), _watched(ran, to_the_end):
            try:
                runpy.run_path(str(path), run_name="__main__")
            except _Reached:
                pass
            except SystemExit as end:
                if end.code not in (None, 0) and not ran:
                    raise click.ClickException(f"{path} ended with {end.code!r} before it ran its graph") from end
            except Exception as error:
                raise click.ClickException(_told(path, error)) from error
            graph: Graph = ran[-1] if ran else get_default_graph()
    finally:
        sys.meta_path.remove(face)
        sys.argv, sys.path[:] = arguments_before, path_before
        for name in [n for n in sys.modules if n.partition(".")[0] == _PLAYED and n not in modules_before]:
            del sys.modules[name]
    if not graph.get_operations():
        raise click.ClickException(f"{path} built no graph")
    return graph


@contextmanager
def _watched(ran: list[Graph], to_the_end: bool) -> Iterator[None]:
    """Notes the graph of each run; unless the script may go to its end, initialisation does nothing and more ends it."""
    run, make_callable = Session.run, Session.make_callable

    def watched_run(self: Session, fetches: Any, *rest: Any, **named: Any) -> Any:
        ran.append(self.graph)
        if to_the_end:
            return run(self, fetches, *rest, **named)
        with self.graph.as_default():
            wanted = select(fetches, expand=False).fetched
        if wanted and not set(wanted) <= initialisation(self.graph):
            raise _Reached
        return None

    def watched_callable(self: Session, *rest: Any, **named: Any) -> Any:
        ran.append(self.graph)
        if not to_the_end:
            raise _Reached
        return make_callable(self, *rest, **named)

    Session.run, Session.make_callable = watched_run, watched_callable  # type: ignore[method-assign]
    try:
        yield
    finally:
        Session.run, Session.make_callable = run, make_callable  # type: ignore[method-assign]


def _told(path: Path, error: Exception) -> str:
    """The error, and the last line of the script that it passed."""
    line, at = 0, error.__traceback__
    while at is not None:
        if os.path.abspath(at.tb_frame.f_code.co_filename) == str(path.resolve()):
            line = at.tb_lineno
        at = at.tb_next
    where = f"{path}:{line}" if line else str(path)
    return f"{where} failed before it ran its graph: {type(error).__name__}: {error}"
