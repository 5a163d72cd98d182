"""The comparison: a reference a program, a process a backend and column, and the file that the report is made from."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from .. import made as provenance
from ..backend import available
from ..programs import catalog
from ..programs.model import Program
from . import reference as references
from . import workers
from .judging import AGREE, AGREE_NONFINITE, DIFFER, NO_SUCH_COLUMN, NOT_RUN
from .storage import save_json

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

    embeddings: a file to write word2vec's embeddings to, in word2vec's text format. jobs: how many processes train at a time.
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
    jobs: int = 1


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
        made = _references(programs, options, Path(folder), tell)
        found, sharing = _trained(names, programs, with_towers, options, Path(folder), tell)
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
        "environment": environment(options.device or "cpu"),
        "programs": rows,
    }


def _references(
    programs: Sequence[Program], options: Options, folder: Path, tell: Tell
) -> dict[str, references.Reference]:
    """The reference of every program, by its key. Raises ValueError where one could not be made, of a bad text too."""
    jobs = [
        {"reference": p.key, "folder": str(folder), "steps": options.steps, "corpus": options.corpus} for p in programs
    ]
    failed = [why for why in workers.run(jobs, folder, options.jobs, partial(_tell_progress, tell)) if why]
    if failed:
        raise ValueError(f"the reference could not be made: {failed[0]}")
    return {p.key: references.load(folder / f"{p.key}.safetensors") for p in programs}


def _tell_progress(tell: Tell, event: dict[str, Any]) -> None:
    if event["event"] == "progress":
        tell(f"{event['backend']} {event['column']}, {event['program']}", event["step"], event["steps"])


def _trained(
    names: Sequence[str], programs: Sequence[Program], with_towers: bool, options: Options, folder: Path, tell: Tell
) -> tuple[dict[tuple[str, str, str], dict[str, Any]], list[dict[str, Any]]]:
    """Results by program, backend and column, and the rows of what is shared."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    sharing: list[dict[str, Any]] = []

    def take(event: dict[str, Any]) -> None:
        _tell_progress(tell, event)
        if event["event"] == "result":
            found[event["program"], event["backend"], event["column"]] = event["result"]
        elif event["event"] == "sharing":
            sharing.append(event["row"])

    pairs = [(name, column) for name in names for column in options.columns]
    jobs = [
        {
            "backend": name,
            "device": options.device,
            "columns": [column],
            "folder": str(folder),
            "steps": options.steps,
            "idioms": str(options.idioms) if options.idioms else None,
            "corpus": options.corpus,
            "embeddings": str(options.embeddings) if options.embeddings and (name, column) == pairs[0] else None,
            "programs": [p.key for p in programs],
            "towers": with_towers,
        }
        for name, column in pairs
    ]
    for (name, column), reason in zip(pairs, workers.run(jobs, folder, options.jobs, take), strict=True):
        for program in programs if reason else ():
            found.setdefault((program.key, name, column), {"verdict": NOT_RUN, "reason": reason, "comparisons": 0})
    order = {pair: i for i, pair in enumerate(pairs)}
    return found, sorted(sharing, key=lambda row: order[row["backend"], row["column"]])


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


def environment(device: str = "cpu") -> dict[str, Any]:
    """Versions and machine, without anything that names a person or a host; its GPUs where the device is one."""
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
        **({"gpus": _gpus()} if device.startswith("gpu") else {}),
        "packages": packages,
    }


def _gpus() -> list[str]:
    """Name and driver of each, where nvidia-smi can be asked."""
    command = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return [", driver ".join(line.split(", ")) for line in done.stdout.splitlines() if line.strip()]


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
    agreeing, ending = (sum(c["verdict"] == verdict for c in ran) for verdict in (AGREE, AGREE_NONFINITE))
    told = f", {ending} more up to a value that is not finite on any side" if ending else ""
    return 0, f"{agreeing} of {len(ran)} columns agree on {', '.join(backends)}{told}: {comparisons:,} numbers compared"


def save(results: dict[str, Any], folder: Path) -> Path:
    """Writes compare.json; OSError where the folder cannot be written."""
    path = folder / "compare.json"
    save_json(path, results)
    return path
