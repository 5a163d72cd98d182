"""The comparison: a reference a program, a process a backend, and the file that the report is made from."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import made as provenance
from ..backend import available
from ..programs import catalog
from ..programs.model import Program
from . import reference as references
from .judging import AGREE, AGREE_NONFINITE, DIFFER, NO_SUCH_COLUMN, NOT_RUN
from .storage import save_json
from .worker import MARK

COLUMNS = ("rules", "native", "idiom")
SCHEMA = 1
SEED = 1
PACKAGES = (
    "samegraph",
    "numpy",
    "torch",
    "jax",
    "jaxlib",
    "tensorflow",
    "tensorflow-cpu",
    "optax",
    "ml_dtypes",
    "scikit-learn",
    "gensim",
)

Tell = Callable[[str, int, int], None]


@dataclass
class Options:
    """What to compare. backends: names, None for all installed. idioms: the folder that holds the package `idioms`.

    embeddings: a file to write word2vec's embeddings to, in word2vec's text format.
    """

    programs: list[str] = field(default_factory=list)
    backends: list[str] | None = None
    columns: Sequence[str] = COLUMNS
    steps: int | None = None
    device: str | None = None
    corpus: str | None = None
    idioms: Path | None = None
    embeddings: Path | None = None
    command: str = ""


def find_idioms(start: Path) -> Path | None:
    """benchmarks/ of the source tree that `start` lies in, when there is one."""
    for folder in (start, *start.parents):
        if (folder / "benchmarks" / "idioms" / "protocol.py").is_file():
            return folder / "benchmarks"
    return None


def compare(options: Options, tell: Tell = lambda what, done, total: None) -> dict[str, Any]:
    """The whole comparison, as written to compare.json. Raises ValueError for an unknown program, CorpusError for a bad text."""
    programs = catalog.programs(options.programs or None, options.corpus)
    with_towers = not options.programs or "towers" in options.programs
    names = options.backends if options.backends is not None else available()
    source = provenance.source()
    with tempfile.TemporaryDirectory(prefix="samegraph-") as folder:
        made = {p.key: _reference(p, options, Path(folder), tell) for p in programs}
        found: dict[tuple[str, str, str], dict[str, Any]] = {}
        sharing: list[dict[str, Any]] = []
        for name in names:
            _run_backend(name, programs, with_towers, options, Path(folder), found, sharing, tell)
    rows = [_program_row(p, options, names, found, made[p.key]) for p in programs]
    if with_towers:
        rows.append(
            {
                "name": "towers",
                "variant": "",
                "title": "One model built four times: what is shared",
                "steps": 50,
                "reference": "one model on the whole batch",
                "columns": [],
                "sharing": sharing,
            }
        )
    return {
        "schema": SCHEMA,
        "created": provenance.now(),
        "source": provenance.throughout(source),
        "command": options.command,
        "seed": SEED,
        "environment": environment(),
        "programs": rows,
    }


def _reference(program: Program, options: Options, folder: Path, tell: Tell) -> references.Reference:
    steps = options.steps or program.steps
    made = references.make(program, steps, lambda what, i: tell(f"reference {program.key}, {what}", i, steps))
    references.save(made, folder / f"{program.key}.safetensors")
    return made


def _run_backend(
    name: str,
    programs: list[Program],
    with_towers: bool,
    options: Options,
    folder: Path,
    found: dict[tuple[str, str, str], dict[str, Any]],
    sharing: list[dict[str, Any]],
    tell: Tell,
) -> None:
    job = {
        "backend": name,
        "device": options.device,
        "columns": list(options.columns),
        "folder": str(folder),
        "steps": options.steps,
        "idioms": str(options.idioms) if options.idioms else None,
        "corpus": options.corpus,
        "embeddings": str(options.embeddings) if options.embeddings else None,
        "programs": [p.key for p in programs],
        "towers": with_towers,
    }
    path = folder / f"job-{name}.json"
    path.write_text(json.dumps(job))
    errors, code = _listen(path, found, sharing, tell)
    if code:
        reason = _why(errors) or f"its process ended with status {code}"
        for program in programs:
            for column in options.columns:
                found.setdefault((program.key, name, column), {"verdict": NOT_RUN, "reason": reason, "comparisons": 0})


def _listen(
    path: Path, found: dict[tuple[str, str, str], dict[str, Any]], sharing: list[dict[str, Any]], tell: Tell
) -> tuple[str, int]:
    """Runs a worker and takes its events; (what it wrote to standard error, its exit status)."""
    process = subprocess.Popen(
        [sys.executable, "-m", "samegraph.compare.worker", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "3")},
    )
    assert process.stdout is not None and process.stderr is not None
    captured: list[str] = []
    reader = threading.Thread(
        target=lambda: captured.append(process.stderr.read() if process.stderr else ""), daemon=True
    )
    reader.start()
    try:
        for line in process.stdout:
            if line.startswith(MARK):
                _take(json.loads(line[len(MARK) :]), found, sharing, tell)
        code = process.wait()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    reader.join(5)
    return "".join(captured), code


def _take(
    event: dict[str, Any], found: dict[tuple[str, str, str], dict[str, Any]], sharing: list[dict[str, Any]], tell: Tell
) -> None:
    if event["event"] == "progress":
        tell(f"{event['backend']} {event['column']}, {event['program']}", event["step"], event["steps"])
    elif event["event"] == "result":
        found[event["program"], event["backend"], event["column"]] = event["result"]
    elif event["event"] == "sharing":
        sharing.append(event["row"])


def _why(errors: str) -> str:
    """The last line of a traceback."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    return next((line.split(": ", 1)[-1] for line in reversed(lines) if "Error" in line.split(":")[0]), "")


def _program_row(
    program: Program, options: Options, names: Sequence[str], found: Any, reference: references.Reference
) -> dict[str, Any]:
    columns = []
    for name in names:
        for column in options.columns:
            result = found.get(
                (program.key, name, column),
                {"verdict": NOT_RUN, "reason": "its process ended before", "comparisons": 0},
            )
            if result["verdict"] != NO_SUCH_COLUMN:
                columns.append({"backend": name, "column": column, **result})
    tables: list[Any] = next((c["tables"] for c in columns if c.get("tables")), [])
    return {
        "name": program.name,
        "variant": program.variant,
        "title": program.title,
        "steps": options.steps or program.steps,
        "reference": "numpy, float64, rules",
        "reference_loss": reference.recording.losses,
        "columns": columns,
        "tables": tables,
    }


def environment() -> dict[str, Any]:
    """Versions and machine, without anything that names a person or a host."""
    packages = {}
    for name in PACKAGES:
        try:
            packages[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": _memory(),
        "packages": packages,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor()
    )


def _memory() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (ValueError, OSError, AttributeError):
        return None


def verdict(results: dict[str, Any], asked_for: Sequence[str] | None) -> tuple[int, str]:
    """(exit status, a sentence): 0 agreement, 1 a difference or a missing backend that was asked for, 3 nothing compared."""
    columns = [c for p in results["programs"] for c in p["columns"]]
    shared = [s for p in results["programs"] for s in p.get("sharing", [])]
    ran = [c for c in (*columns, *shared) if c["verdict"] != NOT_RUN]
    differ = [c for c in ran if c["verdict"] == DIFFER]
    backends = sorted({c["backend"] for c in ran})
    missing = [b for b in asked_for or () if b not in backends]
    comparisons = sum(c["comparisons"] for c in ran)
    if missing:
        return 1, f"asked for and not run: {', '.join(missing)}"
    if differ:
        return 1, f"{len(differ)} of {len(ran)} columns differ"
    if len(backends) < 2 or not comparisons:
        return (
            3,
            f"nothing was compared: {len(backends)} backend ran ({', '.join(backends) or 'none'}), an agreement takes two",
        )
    agreeing = sum(c["verdict"] in (AGREE, AGREE_NONFINITE) for c in ran)
    return 0, f"{agreeing} of {agreeing} columns agree on {', '.join(backends)}: {comparisons:,} numbers compared"


def save(results: dict[str, Any], folder: Path) -> Path:
    """Writes compare.json; OSError where the folder cannot be written."""
    path = folder / "compare.json"
    save_json(path, results)
    return path
