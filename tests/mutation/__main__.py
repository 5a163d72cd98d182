"""python -m tests.mutation TARGET: how many of the faults planted there the conformance suite catches."""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import math
import platform
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from samegraph.backend import load
from samegraph.registry import OPS

from .reaching import Place, ruled, served, with_callers
from .running import Journal, Running, functions_of

# The files, and the modules of tests that are asked first of each; the last that names a file counts.
CORE = {
    "gradients.py": "test_gradients test_control_flow test_blocks",
    "segments.py": "test_blocks test_segments test_gradients test_control_flow",
    "program.py": "test_program test_steps test_sessions test_feeds test_control_flow",
    "writing/*.py": "test_sources test_program test_sessions test_feeds test_control_flow",
    "writing/structured.py": "test_sources test_control_flow",
    "session.py": "test_session test_explaining test_steps test_sessions test_feeds test_errors test_variables test_dynamic",
    "running/*.py": "test_session test_steps test_explaining test_sessions test_feeds test_errors test_variables test_dynamic test_program",
    "global_step.py": "test_session test_training",
    "state.py": "test_state test_variables test_sessions test_training",
    "optimizers/*.py": "test_optimizer_steps test_training",
    "blocks/*.py": "test_blocks test_control_flow test_gradients",
    "control_flow.py": "test_control_flow",
    "host/*.py": "test_host test_draws test_summaries",
    **dict.fromkeys(("host/summaries.py", "host/event_file.py"), "test_summaries test_host"),
    "parts.py": "test_host test_sessions",
    "saving/*.py": "test_saver test_published test_hostile_files test_saving",
    **dict.fromkeys(
        ("saving/graphs.py", "saving/blocks.py", "saving/hosted.py"), "test_published test_hostile_files test_saving"
    ),
    "shapes.py": "test_shapes test_types test_images test_dynamic",
}
# Of a backend's functions that serve no op.
VERBS = ["test_backend", "test_fake_cuda", "test_sessions", "test_training", "test_control_flow"]
SUITE = "samegraph.conformance"
# Of tests/, those that run in this process and need no framework: what is refused, and in which words.
INSIDE = tuple(
    f"tests/test_{name}.py"
    for name in (
        "types shapes graph gradients blocks refusals program sources session steps explaining state scopes composed images "
        "linear_algebra nn tf1_face control_flow host saver published optimizer_steps summaries hostile_files".split()
    )
)
# What is composed of ops, in their files, has no block: these ask of it.
COMPOSED = ["test_composed", "test_refusals", "test_types", "test_nn", "test_linear_algebra"]
# target: (package, its files, tests, backends whose tests run).
TARGETS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "rules": ("samegraph", ("ops/*.py",), (SUITE, *INSIDE), ("numpy",)),
    "core": ("samegraph", tuple(CORE), (SUITE, *INSIDE), ("numpy", "torch")),
    "numpy": ("samegraph_numpy", ("*.py", "kernels/*.py"), (SUITE,), ("numpy",)),
    "torch": ("samegraph_torch", ("*.py", "kernels/*.py"), (SUITE, "tests/devices/test_fake_cuda.py"), ("torch",)),
    "jax": ("samegraph_jax", ("*.py", "kernels/*.py"), (SUITE,), ("jax",)),
    "tensorflow": ("samegraph_tensorflow", ("*.py", "kernels/*.py"), (SUITE,), ("tensorflow",)),
}


def files(package: str, patterns: Sequence[str]) -> list[Path]:
    spec = find_spec(package)
    assert spec is not None and spec.submodule_search_locations
    root = Path(spec.submodule_search_locations[0])
    return sorted({p for pattern in patterns for p in root.glob(pattern)})


def load_all(package: str, paths: Sequence[Path]) -> None:
    """Imports them: what no test has imported when the mutants are drawn would have none."""
    root = Path(str(import_module(package).__file__)).parent
    for path in paths:
        inside = path.relative_to(root).with_suffix("").parts
        import_module(".".join([package, *(part for part in inside if part != "__init__")]))


def near_tests(target: str, paths: Sequence[Path]) -> dict[Place, list[str]]:
    """By function, the ops and the modules of tests that are asked first."""
    package = TARGETS[target][0]
    if target == "rules":
        composed = dict.fromkeys(functions_of(paths), COMPOSED)
        return composed | {place: sorted(of) for place, of in ruled(OPS, list(paths)).items()}
    if target == "core":
        modules = {p: CORE[pattern].split() for pattern in CORE for p in files(package, (pattern,))}
        return {place: modules[Path(place[0])] for place in functions_of(paths)}
    verbs = dict.fromkeys(functions_of(paths), VERBS)
    backend = load(target)
    spelled = {op: backend.spelled[k] for op, k in backend.kernels.items() if backend.spelled and k in backend.spelled}
    return verbs | with_callers(served(backend.kernels, paths), OPS) | with_callers(served(spelled, paths), OPS)


def run(
    target: str,
    sample: int,
    seed: int,
    budget: float,
    select: str,
    far: bool,
    within: float,
    part: str,
    only: str,
    log: Path,
    journal: Journal,
) -> Running:
    package, patterns, tests, backends = TARGETS[target]
    start = time.time()

    def tell(line: str) -> None:
        print(f"{target} {time.time() - start:5.0f} s  {line}", file=sys.stderr, flush=True)

    paths = [p for p in files(package, patterns) if not only or p.name == only]
    if not paths:
        raise SystemExit(f"{target} has no file {only}")
    load_all(package, paths)
    running = Running(paths, sample, seed, budget, tell, lambda: near_tests(target, paths), far, within, part, journal)
    named = [argument for name in backends for argument in ("--samegraph-backend", name)]
    options = ["-q", "-p", "no:cacheprovider", *(["-k", select] if select else [])]
    with log.open("w", encoding="utf-8") as said, contextlib.redirect_stdout(said):
        pytest.main(["--pyargs", *tests, *named, *options], plugins=[running])
    return running


def command_of(target: str, a: argparse.Namespace) -> str:
    chosen = f"--sample {a.sample} --seed {a.seed} --budget {a.budget:g}"
    return (
        f"python -m tests.mutation {target} {chosen}"
        + (" --near" if a.near else "")
        + (f" --within {a.within:g}" if a.within < math.inf else "")
        + (f" --part {a.part}" if a.part != "1/1" else "")
        + (f" --only {a.only}" if a.only else "")
        + (f" -k {shlex.quote(a.select)}" if a.select else "")
    )


def record(target: str, running: Running, arguments: argparse.Namespace, seconds: float) -> dict[str, Any]:
    tried = len(running.killed) + len(running.survived)
    return {
        "target": target,
        "date": datetime.date.today().isoformat(),
        "command": command_of(target, arguments),
        "python": platform.python_version(),
        "possible": running.possible,
        "tried": tried,
        "killed": len(running.killed),
        "share": len(running.killed) / tried if tried else 0.0,
        "seconds": round(seconds),
        "broken": running.broken,
        "survivors": [{"mutant": str(m), "tests": why} for m, why in running.survived],
    }


def _until_none_ends_it(options: Sequence[str], journal: Path) -> int:
    """Runs this again for as long as a mutant ends the process: each time the journal knows one more."""
    while True:
        before = journal.stat().st_size if journal.exists() else 0
        status = subprocess.run([sys.executable, "-m", "tests.mutation", *options]).returncode
        stopped = -status in (signal.SIGINT, signal.SIGTERM)
        if status >= 0 or stopped or not journal.exists() or journal.stat().st_size == before:
            return status
        print(f"a mutant ended the process by signal {-status}; the others go on", file=sys.stderr, flush=True)


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
    parser.add_argument("--near", action="store_true", help="only the tests that are asked first: quick, a lower bound")
    parser.add_argument("--within", type=float, default=math.inf, help="seconds after which no further mutant is tried")
    parser.add_argument("--part", default="1/1", help="2/3: of the mutants drawn every third, from the second on")
    parser.add_argument("--only", default="", metavar="FILE", help="only the files of this name, as steps.py")
    parser.add_argument(
        "--out", type=Path, default=Path("mutation-out"), help="folder for TARGET.json and for what pytest said"
    )
    parser.add_argument("--goes-on", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args(given)
    targets = arguments.target or list(TARGETS)
    if len(targets) > 1:  # each in a process of its own: a changed function must not outlive its target
        options = sys.argv[1:] if given is None else list(given)
        rest = [o for o in options if o not in targets]
        return max(subprocess.run([sys.executable, "-m", "tests.mutation", t, *rest]).returncode for t in targets)
    arguments.out.mkdir(parents=True, exist_ok=True)
    journal = arguments.out / f"{targets[0]}.journal"
    if not arguments.goes_on:
        journal.unlink(missing_ok=True)
        return _until_none_ends_it([*(sys.argv[1:] if given is None else given), "--goes-on"], journal)
    start = time.time()
    a, log = arguments, arguments.out / f"{targets[0]}.log"
    running = run(
        targets[0], a.sample, a.seed, a.budget, a.select, not a.near, a.within, a.part, a.only, log, Journal(journal)
    )
    for test in running.broken:
        print(f"left out, for it fails without any change: {test}")
    found = record(targets[0], running, arguments, time.time() - start)
    (arguments.out / f"{targets[0]}.json").write_text(json.dumps(found, indent=1) + "\n")
    print(
        f"{targets[0]}: {found['killed']} of {found['tried']} caught ({found['share']:.1%}), {found['possible']} possible"
    )
    for survivor in found["survivors"]:
        print(f"  survived: {survivor['mutant']} ({survivor['tests']})")
    return 0 if found["tried"] and found["share"] >= arguments.least and not running.broken else 1


if __name__ == "__main__":
    sys.exit(main())
