"""python -m tests.mutation TARGET: how many of the faults planted there the conformance suite catches."""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from .running import Running

CORE = (
    "gradients.py",
    "segments.py",
    "program.py",
    "session.py",
    "running/*.py",
    "state.py",
    "optimizers/*.py",
    "blocks/*.py",
    "control_flow.py",
    "host/*.py",
    "parts.py",
    "saving/*.py",
    "shapes.py",
)
SUITE = "samegraph.conformance"
# Of tests/, those that run in this process and need no framework: what is refused, and in which words.
INSIDE = tuple(
    f"tests/test_{name}.py"
    for name in (
        "types graph program scopes composed images linear_algebra nn tf1_face control_flow host saver published "
        "optimizer_steps".split()
    )
)
# target: (package, its files, tests, backends whose tests run). NumPy is what others are compared with: they catch its faults.
TARGETS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "rules": ("samegraph", ("ops/*.py",), (SUITE, *INSIDE), ("numpy",)),
    "core": ("samegraph", CORE, (SUITE, *INSIDE), ("numpy", "torch")),
    "numpy": ("samegraph_numpy", ("*.py", "kernels/*.py"), (SUITE,), ("numpy", "torch")),
    "torch": ("samegraph_torch", ("*.py", "kernels/*.py"), (SUITE,), ("torch",)),
    "jax": ("samegraph_jax", ("*.py", "kernels/*.py"), (SUITE,), ("jax",)),
    "tensorflow": ("samegraph_tensorflow", ("*.py", "kernels/*.py"), (SUITE,), ("tensorflow",)),
}


def files(package: str, patterns: Sequence[str]) -> list[Path]:
    spec = find_spec(package)
    assert spec is not None and spec.submodule_search_locations
    root = Path(spec.submodule_search_locations[0])
    return sorted({p for pattern in patterns for p in root.glob(pattern)})


def run(target: str, sample: int, seed: int, budget: float, select: str) -> Running:
    package, patterns, tests, backends = TARGETS[target]
    start = time.time()

    def tell(line: str) -> None:
        print(f"{target} {time.time() - start:5.0f} s  {line}", file=sys.stderr, flush=True)

    running = Running(files(package, patterns), sample, seed, budget, tell)
    named = [argument for name in backends for argument in ("--samegraph-backend", name)]
    options = ["-q", "-p", "no:cacheprovider", *(["-k", select] if select else [])]
    with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        pytest.main(["--pyargs", *tests, *named, *options], plugins=[running])
    return running


def record(target: str, running: Running, arguments: argparse.Namespace, seconds: float) -> dict[str, Any]:
    tried = len(running.killed) + len(running.survived)
    return {
        "target": target,
        "date": datetime.date.today().isoformat(),
        "command": f"python -m tests.mutation {target} --sample {arguments.sample} --seed {arguments.seed}",
        "python": platform.python_version(),
        "possible": running.possible,
        "tried": tried,
        "killed": len(running.killed),
        "share": len(running.killed) / tried if tried else 0.0,
        "seconds": round(seconds),
        "broken": running.broken,
        "survivors": [{"mutant": str(m), "tests": why} for m, why in running.survived],
    }


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument(
        "target", nargs="*", choices=[*TARGETS, []], help=f"what is changed: {', '.join(TARGETS)} (default: each)"
    )
    parser.add_argument(
        "--sample", type=int, default=0, help="how many mutants a target, drawn at random (default: all)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the draw (default: 0)")
    parser.add_argument(
        "--budget", type=float, default=120.0, help="seconds of tests a mutant before it counts as survived"
    )
    parser.add_argument("--least", type=float, default=0.95, help="exit with 1 below this share of mutants caught")
    parser.add_argument("-k", dest="select", default="", help="only these tests, as pytest -k")
    parser.add_argument("--out", type=Path, default=Path("mutation-out"), help="folder for TARGET.json")
    arguments = parser.parse_args(given)
    targets = arguments.target or list(TARGETS)
    if len(targets) > 1:  # each in a process of its own: a changed function must not outlive its target
        options = sys.argv[1:] if given is None else list(given)
        rest = [o for o in options if o not in targets]
        return max(subprocess.run([sys.executable, "-m", "tests.mutation", t, *rest]).returncode for t in targets)
    start = time.time()
    running = run(targets[0], arguments.sample, arguments.seed, arguments.budget, arguments.select)
    for test in running.broken:
        print(f"left out, for it fails without any change: {test}")
    found = record(targets[0], running, arguments, time.time() - start)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / f"{targets[0]}.json").write_text(json.dumps(found, indent=1) + "\n")
    print(
        f"{targets[0]}: {found['killed']} of {found['tried']} caught ({found['share']:.1%}), {found['possible']} possible"
    )
    for survivor in found["survivors"]:
        print(f"  survived: {survivor['mutant']} ({survivor['tests']})")
    return 0 if found["tried"] and found["share"] >= arguments.least and not running.broken else 1


if __name__ == "__main__":
    sys.exit(main())
