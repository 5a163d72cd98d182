"""The file `checkpoint` of a folder: which checkpoint is the latest, and which are kept. Its form is TensorFlow's."""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..errors import DataLossError, NotFoundError
from . import bundle
from .files import read_bytes, write_bytes

NAME = "checkpoint"
_LARGEST = 2**24
_PATHS = ("model_checkpoint_path", "all_model_checkpoint_paths")
_LINE = re.compile(r'\s*(\w+)\s*:\s*(?:"((?:[^"\\]|\\.)*)"|([-+.\w]+))\s*')
_CHECKSUM = "# samegraph: "
_ESCAPES = {"n": 10, "r": 13, "t": 9, "\\": 92, '"': 34, "'": 39}
_log = logging.getLogger("tensorflow")


def index_path(prefix: str) -> str:
    """The file that makes a checkpoint complete."""
    return f"{prefix}.index"


def checkpoint_exists(checkpoint_prefix: str) -> bool:
    """Whether there is a checkpoint of that prefix (TF1: tf.train.checkpoint_exists)."""
    return os.path.isfile(index_path(os.fspath(checkpoint_prefix)))


@dataclass
class CheckpointState:
    """What a folder's `checkpoint` file says; paths as the program can open them (TF1: CheckpointState)."""

    model_checkpoint_path: str = ""
    all_model_checkpoint_paths: list[str] = field(default_factory=list)
    all_model_checkpoint_timestamps: list[float] = field(default_factory=list)
    last_preserved_timestamp: float = 0.0


def update_checkpoint_state(
    save_dir: str,
    model_checkpoint_path: str,
    all_model_checkpoint_paths: Sequence[str] | None = None,
    latest_filename: str | None = None,
    all_model_checkpoint_timestamps: Sequence[float] | None = None,
    last_preserved_timestamp: float | None = None,
) -> None:
    """Writes the folder's `checkpoint` file, atomically (TF1: tf.train.update_checkpoint_state).

    Raises ValueError for a number of timestamps that is not that of the paths, RuntimeError when the file is a checkpoint.
    """
    kept = list(all_model_checkpoint_paths or ())
    if model_checkpoint_path not in kept[-1:]:
        kept.append(model_checkpoint_path)
    times = list(all_model_checkpoint_timestamps or ())
    if times and len(times) != len(kept):
        raise ValueError("Checkpoint timestamps, if provided, must match checkpoint paths.")
    state = CheckpointState(model_checkpoint_path, kept, times, last_preserved_timestamp or 0.0)
    write_checkpoint_state(save_dir, state, latest_filename or NAME)


def write_checkpoint_state(save_dir: str, state: CheckpointState, name: str = NAME, relative: bool = False) -> None:
    """Writes a state into a folder, atomically.

    relative: absolute paths are written relative to the folder too, so that it can be moved.
    """
    path = os.path.join(save_dir, name)
    if path in state.all_model_checkpoint_paths:
        raise RuntimeError(
            f"Save path '{path}' conflicts with path used for checkpoint state. Please use a different save path."
        )

    def written(p: str) -> str:
        inside = relative if os.path.isabs(p) else not os.path.isabs(save_dir)
        return _quoted(os.path.relpath(p, save_dir or ".") if inside else p)

    rows = [f"model_checkpoint_path: {written(state.model_checkpoint_path)}"]
    rows += [f"all_model_checkpoint_paths: {written(p)}" for p in state.all_model_checkpoint_paths]
    rows += [f"all_model_checkpoint_timestamps: {t!r}" for t in state.all_model_checkpoint_timestamps]
    if state.last_preserved_timestamp:
        rows.append(f"last_preserved_timestamp: {state.last_preserved_timestamp!r}")
    text = "\n".join(rows) + "\n"
    write_bytes(path, (text + _CHECKSUM + _digest(text) + "\n").encode())


def get_checkpoint_state(checkpoint_dir: str, latest_filename: str | None = None) -> CheckpointState | None:
    """What the folder's `checkpoint` file says, None when there is none (TF1: tf.train.get_checkpoint_state).

    Relative paths in it are answered below `checkpoint_dir`. Raises ValueError when it names no latest checkpoint, and,
    otherwise than TF1, which answers None, DataLossError when it is damaged: a training would start again from nothing.
    """
    path = os.path.join(checkpoint_dir, latest_filename or NAME)
    try:
        state = _parsed(read_bytes(path, _LARGEST), path)
    except NotFoundError:
        return None
    if not state.model_checkpoint_path:
        raise ValueError(f"Invalid checkpoint state loaded from {checkpoint_dir}")
    state.model_checkpoint_path = os.path.join(checkpoint_dir, state.model_checkpoint_path)
    state.all_model_checkpoint_paths = [os.path.join(checkpoint_dir, p) for p in state.all_model_checkpoint_paths]
    return state


def latest_checkpoint(checkpoint_dir: str, latest_filename: str | None = None) -> str | None:
    """The prefix of the folder's latest checkpoint, None when there is none (TF1: tf.train.latest_checkpoint).

    Raises as get_checkpoint_state does.
    """
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    if state is None:
        return None
    if not checkpoint_exists(state.model_checkpoint_path):
        _log.error("Couldn't match files for checkpoint %s", state.model_checkpoint_path)
        return None
    return state.model_checkpoint_path


def get_checkpoint_mtimes(checkpoint_prefixes: Iterable[str]) -> list[float]:
    """When each was written, in seconds since 1970; NotFoundError for one that is not there (TF1: tf.train.get_checkpoint_mtimes)."""
    try:
        return [os.stat(index_path(p)).st_mtime for p in checkpoint_prefixes]
    except FileNotFoundError as error:
        raise NotFoundError(None, None, f"there is no checkpoint file {error.filename}") from None


def remove_checkpoint(
    checkpoint_prefix: str, checkpoint_format_version: int = 2, meta_graph_suffix: str = "meta"
) -> None:
    """Removes the files of a checkpoint, its graph too; TensorFlow's own as well (TF1: tf.train.remove_checkpoint)."""
    bundle.remove(index_path(checkpoint_prefix))
    bundle.remove(f"{checkpoint_prefix}.{meta_graph_suffix}")
    folder, name = os.path.split(checkpoint_prefix)
    theirs = re.compile(rf"{re.escape(name)}\.data-\d{{5}}-of-\d{{5}}")
    for part in os.listdir(folder or "."):
        if theirs.fullmatch(part):
            os.unlink(os.path.join(folder, part))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _unquoted(text: str) -> str:
    """Undoes the escapes of TensorFlow's text format, octal ones of single bytes included."""

    def byte(match: re.Match[bytes]) -> bytes:
        code = match[1].decode("latin-1")
        return bytes([int(code, 8) & 255 if code[0] in "01234567" else _ESCAPES.get(code, ord(code))])

    return re.sub(rb"\\([0-7]{1,3}|.)", byte, text.encode()).decode()


def _parsed(data: bytes, path: str) -> CheckpointState:
    state = CheckpointState()
    try:
        text, mark, checksum = data.decode().partition(_CHECKSUM)
        if mark and checksum != _digest(text) + "\n":
            raise ValueError("its contents do not fit its checksum")
        for row in text.split("\n"):
            if row.strip() and not row.lstrip().startswith("#"):
                _take(state, row)
    except ValueError as error:
        raise DataLossError(None, None, f"{path} is damaged, or no checkpoint state: {error}") from None
    return state


def _take(state: CheckpointState, row: str) -> None:
    match = _LINE.fullmatch(row)
    if match is None or not (match[1] in vars(state) and (match[2] is not None) == (match[1] in _PATHS)):
        raise ValueError(f"it holds the line {row[:80]!r}")
    value = _unquoted(match[2]) if match[1] in _PATHS else float(match[3])
    before = getattr(state, match[1])
    if isinstance(before, list):
        before.append(value)
    else:
        setattr(state, match[1], value)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
