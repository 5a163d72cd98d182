"""Saver: keeps a session's variables in checkpoints that any backend can go on from."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError, NotFoundError
from ..global_step import global_step as _global_step
from ..graph import Operation, Tensor, get_default_graph
from ..session import Session
from ..state import Variable, global_variables
from ..types import Shape, compatible, shape_text, size_of
from . import checkpoints, graphs
from .checkpoints import CheckpointReader
from .state_file import (
    CheckpointState,
    checkpoint_exists,
    get_checkpoint_mtimes,
    remove_checkpoint,
    write_checkpoint_state,
)

_log = logging.getLogger("tensorflow")


class Saver:
    """Saves and restores variables (TF1: tf.train.Saver).

    var_list: the variables, or a dictionary of the names they have in the checkpoint; all global variables of the default
    graph when None. reshape: restores a value into a variable of another shape with as many elements. max_to_keep: how
    many checkpoints stay on disk, all for None or 0. keep_checkpoint_every_n_hours: beyond that, one each so many hours
    stays. pad_step_number: steps have eight digits in file names, so that names sort. save_relative_paths: the folder can be
    moved. A checkpoint also holds how often each random operation was drawn, so that a training that goes on from it draws
    what it would have drawn; see restore. One process writes to a folder at a time.

    Raises ValueError for no variables and for two of one name, TypeError for what is no variable.

        saver = tf.train.Saver(max_to_keep=3)
        with tf.Session(backend="torch") as sess:
            sess.run(tf.global_variables_initializer())
            saver.save(sess, "model/w2v", global_step=100)
        with tf.Session(backend="jax") as sess:
            saver.restore(sess, tf.train.latest_checkpoint("model"))
    """

    def __init__(
        self,
        var_list: Any = None,
        reshape: bool = False,
        sharded: bool = False,
        max_to_keep: int | None = 5,
        keep_checkpoint_every_n_hours: float = 10000.0,
        name: str | None = None,
        restore_sequentially: bool = False,
        saver_def: Any = None,
        builder: Any = None,
        defer_build: bool = False,
        allow_empty: bool = False,
        write_version: Any = 2,
        pad_step_number: bool = False,
        save_relative_paths: bool = False,
        filename: str | None = None,
    ) -> None:
        self._var_list, self._reshape, self._allow_empty = var_list, reshape, allow_empty
        self._max_to_keep, self._hours = max_to_keep or 0, keep_checkpoint_every_n_hours
        self._pad, self._relative = pad_step_number, save_relative_paths
        self._last: list[tuple[str, float]] = []
        self._next_kept = time.time() + keep_checkpoint_every_n_hours * 3600
        self._variables: dict[str, Operation] | None = None
        if not defer_build:
            self.build()

    def build(self) -> None:
        """Finds the variables, when defer_build put it off (TF1: Saver.build)."""
        found = _by_name(global_variables() if self._var_list is None else self._var_list)
        if not found and not self._allow_empty:
            raise ValueError("No variables to save")
        self._variables = found

    def _built(self, before: str) -> dict[str, Operation]:
        if self._variables is None:
            raise RuntimeError(f"`build()` should be called before {before} if defer_build==True")
        return self._variables

    # Saving -----------------------------------------------------------------------------------------------------------

    def save(
        self,
        sess: Any,
        save_path: str,
        global_step: Any = None,
        latest_filename: str | None = None,
        meta_graph_suffix: str = "meta",
        write_meta_graph: bool = True,
        write_state: bool = True,
        strip_default_attrs: bool = False,
        save_debug_info: bool = False,
    ) -> str | None:
        """Writes a checkpoint and returns its prefix: save_path, with `-STEP` when a step is given (TF1: Saver.save).

        sess: holds the variables. global_step: a number, or the variable that counts. latest_filename: what to call the
        folder's `checkpoint` file. write_meta_graph: the graph is written beside it. Killed at any instant, the last complete
        checkpoint loads. Raises FailedPreconditionError for a variable without a value, ValueError for a folder that is
        not there, TypeError for what is no session.
        """
        variables = self._built("save")
        latest_filename = latest_filename or "checkpoint"
        if os.path.split(latest_filename)[0]:
            raise ValueError("'latest_filename' must not contain path components")
        prefix = self._prefix(sess, os.fspath(save_path), global_step, latest_filename)
        _check_session(sess, variables)
        folder = os.path.dirname(prefix)
        if not os.path.isdir(folder or "."):
            raise ValueError(f"Parent directory of {save_path} doesn't exist, can't save.")
        values, random = sess.snapshot(variables.values())
        if write_meta_graph:
            _write_graph(sess.graph, f"{prefix}.{meta_graph_suffix}")
        if not variables:
            return None
        checkpoints.write(prefix, {n: values[v] for n, v in variables.items()}, random)
        if write_state:
            dropped = self._record(prefix)
            kept = self.last_checkpoints
            state = CheckpointState(prefix, kept if prefix in kept else [prefix])
            write_checkpoint_state(folder, state, latest_filename, self._relative)
            self._delete(dropped, meta_graph_suffix)
        return prefix

    def _prefix(self, sess: Any, save_path: str, global_step: Any, latest_filename: str) -> str:
        if global_step is None:
            if os.path.basename(save_path) == latest_filename:
                raise ValueError(f"'latest_filename' collides with 'save_path': '{latest_filename}' and '{save_path}'")
            return save_path
        step = global_step if isinstance(global_step, (int, np.integer)) else _global_step(sess, global_step)
        return f"{save_path}-{step:08d}" if self._pad else f"{save_path}-{step}"

    def _record(self, prefix: str) -> list[tuple[str, float]]:
        """Takes up the newest checkpoint; answers the one that is too many now, at most one a save as in TF1."""
        if not self._max_to_keep:
            return []
        self._last = [*(p for p in self._last if p[0] != prefix), (prefix, time.time())]
        return [self._last.pop(0)] if len(self._last) > self._max_to_keep else []

    def _delete(self, dropped: Iterable[tuple[str, float]], meta_graph_suffix: str) -> None:
        for prefix, written in dropped:
            if written > self._next_kept:
                self._next_kept += self._hours * 3600
                continue
            try:
                remove_checkpoint(prefix, meta_graph_suffix=meta_graph_suffix)
            except OSError as error:
                _log.warning("Ignoring: %s", error)

    @property
    def last_checkpoints(self) -> list[str]:
        """The prefixes of the checkpoints this saver knows of, the newest last (TF1: Saver.last_checkpoints)."""
        return [prefix for prefix, _ in self._last]

    def set_last_checkpoints_with_time(self, last_checkpoints_with_time: Sequence[tuple[str, float]]) -> None:
        """Says which checkpoints there are: (prefix, seconds since 1970), the newest last."""
        self._last = list(last_checkpoints_with_time)

    def set_last_checkpoints(self, last_checkpoints: Sequence[str]) -> None:
        """Says which checkpoints there are, of unknown age."""
        self._last = [(p, np.inf) for p in last_checkpoints]

    def recover_last_checkpoints(self, checkpoint_paths: Sequence[str]) -> None:
        """Takes up checkpoints of an earlier process, so that they count for max_to_keep (TF1: Saver.recover_last_checkpoints)."""
        self._last = [(p, get_checkpoint_mtimes([p])[0]) for p in checkpoint_paths if checkpoint_exists(p)]

    # Restoring --------------------------------------------------------------------------------------------------------

    def restore(self, sess: Any, save_path: str) -> None:
        """Gives the variables the values of a checkpoint, saved on whichever backend (TF1: Saver.restore).

        save_path: a checkpoint's prefix, TensorFlow's own included where TensorFlow is installed. When every variable of the
        checkpoint is restored, the random draws go on from there as well; a part of it leaves them as they are. Raises
        ValueError when there is no such checkpoint, NotFoundError for a variable that it lacks, InvalidArgumentError for one
        of another shape or dtype, DataLossError for a damaged file; then nothing is changed.
        """
        variables = self._built("restore")
        _check_session(sess, variables)
        if save_path is None:
            raise ValueError("Can't load save_path when it is None.")
        if not variables:
            return
        if not checkpoint_exists(save_path):
            raise ValueError(f"The passed save_path is not a valid checkpoint: {save_path}")
        reader = CheckpointReader(save_path)
        for name, v in variables.items():
            self._check_fit(name, v, reader)
        values = reader.arrays(variables)
        shaped = {v: self._fitted(values[name], v) for name, v in variables.items()}
        sess.restore(shaped, reader.random if reader.types.keys() <= variables.keys() else None)

    def _check_fit(self, name: str, v: Operation, reader: CheckpointReader) -> None:
        if name not in reader.types:
            near = get_close_matches(name, reader.types) or sorted(reader.types)[:3]
            raise NotFoundError(
                None,
                v,
                f"Key {name} not found in checkpoint {reader.prefix}; it holds {len(reader.types)} others, such as {', '.join(near)}",
            )
        dtype, shape = reader.types[name]
        own = v.outputs[0].type
        fits = compatible(own.shape, shape) or (self._reshape and own.is_static and size_of(shape) == size_of(own.dims))
        if dtype != own.dtype.name or not fits:
            raise InvalidArgumentError(
                None,
                v,
                f"variable {v.name} is {own}, and {name!r} in checkpoint {reader.prefix} is {dtype}{shape_text(shape)}; "
                "no variable was changed",
            )

    def _fitted(self, value: Any, v: Operation) -> Any:
        own: Shape | None = v.outputs[0].type.shape
        return value if compatible(own, value.shape) else value.reshape(own)

    def export_meta_graph(
        self,
        filename: str | None = None,
        collection_list: Any = None,
        as_text: bool = False,
        export_scope: Any = None,
        clear_devices: bool = False,
        clear_extraneous_savers: bool = False,
        strip_default_attrs: bool = False,
        save_debug_info: bool = False,
    ) -> dict[str, Any]:
        """As tf.train.export_meta_graph, of the default graph (TF1: Saver.export_meta_graph)."""
        return export_meta_graph(filename, clear_devices=clear_devices)


def _by_name(var_list: Any) -> dict[str, Operation]:
    if isinstance(var_list, dict):
        return {str(name): _variable_operation(v) for name, v in var_list.items()}
    found: dict[str, Operation] = {}
    for v in var_list:
        op = _variable_operation(v)
        if op.name in found:
            raise ValueError(f"At least two variables have the same name: {op.name}")
        found[op.name] = op
    return found


def _variable_operation(v: Any) -> Operation:
    op = v.op if isinstance(v, (Variable, Tensor)) else None
    if op is None or op.type != "VariableV2":
        raise TypeError(f"Variable to save is not a Variable: {v}")
    return op


def _check_session(sess: Any, variables: dict[str, Operation]) -> None:
    if not isinstance(sess, Session):
        raise TypeError(f"'sess' must be a Session; {sess}")
    for v in variables.values():
        if v.graph is not sess.graph:
            raise ValueError(f"variable {v.name} does not belong to the graph of {sess}; it was made at {v.made_at}")


def _write_graph(graph: Any, path: str) -> None:
    try:
        graphs.write(path, graph)
    except graphs.CannotBeWritten as error:
        _log.warning("The graph is not saved beside the checkpoint: %s", error)


def export_meta_graph(
    filename: str | None = None,
    meta_info_def: Any = None,
    graph_def: Any = None,
    saver_def: Any = None,
    collection_list: Any = None,
    as_text: bool = False,
    graph: Any = None,
    export_scope: Any = None,
    clear_devices: bool = False,
    clear_extraneous_savers: bool = False,
    strip_default_attrs: bool = False,
    save_debug_info: bool = False,
    **kwargs: Any,
) -> dict[str, Any]:
    """Writes a graph to a file that import_meta_graph reads, and returns what it wrote (TF1: tf.train.export_meta_graph).

    graph: the default one when None. Raises ValueError for a graph that holds what no file can, such as a Python function.
    """
    graph = graph or get_default_graph()
    document, arrays = graphs.encoded(graph, graph.get_operations(), devices=not clear_devices)
    if filename is not None:
        graphs.write_document(os.fspath(filename), document, arrays)
    return document


def import_meta_graph(
    meta_graph_or_file: Any,
    clear_devices: bool = False,
    import_scope: str | None = None,
    **kwargs: Any,
) -> Saver | None:
    """Adds the graph in a file to the default graph and returns a Saver of its variables, None when it has none.

    meta_graph_or_file: a file that Saver.save or export_meta_graph wrote. Nothing in it is executed. Raises NotFoundError
    or DataLossError for the file, ValueError for names that the default graph already has or for an import_scope, which
    samegraph does not support; then the graph is as before (TF1: tf.train.import_meta_graph).
    """
    if import_scope:
        raise ValueError("import_meta_graph: import_scope is not supported; import into a graph of its own")
    variables = graphs.read(os.fspath(meta_graph_or_file)).into(get_default_graph(), devices=not clear_devices)
    return Saver(variables) if variables else None
