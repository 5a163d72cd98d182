"""What a run leaves behind beside pytest-benchmark's table: ratios on the terminal, and a file even where nothing ran."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from . import machine

_FOLDERS = re.compile(r"(?:[A-Za-z]:)?[\\/](?:[^\s\\/:'\"()]+[\\/])+")


def without_folders(text: str) -> str:
    """The text with every absolute path cut down to its last part: folders name whoever ran it."""
    return _FOLDERS.sub("", text).strip()


def write_bare(path: Path, config: Any) -> None:
    """The file that pytest-benchmark would have written, where this process itself timed nothing."""
    info: dict[str, Any] = config.hook.pytest_benchmark_generate_machine_info(config=config)
    config.hook.pytest_benchmark_update_machine_info(config=config, machine_info=info)
    taken = datetime.now(timezone.utc).isoformat()
    whole = {"machine_info": info, "commit_info": {}, "benchmarks": [], "datetime": taken}
    config.hook.pytest_benchmark_update_json(config=config, benchmarks=[], output_json=whole)
    path.write_text(json.dumps(whole, indent=4) + "\n", encoding="utf-8")


def warn_of_load(terminal: Any, load: float | None, threads: int) -> None:
    """Where others compute on the machine, times grow and intervals widen; threads that wait for each other wait for them."""
    if load is None or load <= machine.cores() / 2:
        return
    text = f"this machine was busy when the run began ({load} processes on {machine.cores()} cores): times are too long"
    if threads > 1:
        text += f", and with {threads} threads ratios mean little too (--bench-threads=1)"
    terminal.write_line(text, yellow=True, bold=True)


def summarise(terminal: Any, entries: Iterable[Any], not_run: list[dict[str, str]]) -> None:
    """Medians and ratios by question, then in red what was not run."""
    group = None
    for entry in entries:
        if entry.group != group:
            group = entry.group
            terminal.section(f"{group}: median (quartiles), ratios of medians (95 %)", sep="-")
        terminal.write_line(_line(entry.extra_info, entry.stats.stats))
    if not_run:
        terminal.section(f"{len(not_run)} NOT RUN", sep="!", red=True, bold=True)
        for reason, names in _by_reason(not_run).items():
            terminal.write_line(f"{reason.splitlines()[0]}: {', '.join(names)}", red=True)


def _by_reason(not_run: Iterable[Mapping[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in not_run:
        found.setdefault(row["reason"], []).append(row["name"])
    return found


def _line(extra: Mapping[str, Any], stats: Any) -> str:
    label = f"{extra.get('backend', '')} {extra.get('column', '')}".strip()
    times = f"{stats.median * 1e6:10,.1f} us ({stats.q1 * 1e6:,.1f} - {stats.q3 * 1e6:,.1f})"
    ratios = "  ".join(
        f"{name} x{r['median']:.3f} ({r['low']:.3f} - {r['high']:.3f})" for name, r in extra["ratio_to"].items()
    )
    return f"{label:32} {times:36} {ratios}"
