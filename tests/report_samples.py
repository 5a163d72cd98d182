"""What samegraph's commands write, made by hand: data like that of a real run, for the tests of the report."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

COMMIT = "0123456789abcdef"
KINDS = {"numpy": ("rules", "idiom"), "tensorflow": ("rules", "native", "idiom")}
KINDS |= dict.fromkeys(("torch", "jax"), KINDS["tensorflow"])
VERSIONS = {"numpy": "2.4.6", "tensorflow": "2.21.0", "torch": "2.13.0", "jax": "0.10.2"}
HOSTILE = "<script>alert(1)</script>\"'&|`*_[x](http://evil.example)\x00"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 40">{}</svg>'


def column(backend: str, kind: str, steps: int = 40, seed: int = 0, **changes: Any) -> dict[str, Any]:
    """One column of a run that went well; every column's loss is the same to within a pixel."""
    noise = [1e-7 * (1 + abs(math.sin(1.7 * step + seed))) * math.sqrt(step) for step in range(steps)]
    found = {
        "backend": backend,
        "column": kind,
        "device": "cpu",
        "version": VERSIONS[backend],
        "verdict": "agree",
        "reason": None,
        "comparisons": 12 * steps,
        "sunk": {"numbers": 0, "steps": {}},
        "loss": [2.4 * math.exp(-step / 12) + 0.3 + far for step, far in enumerate(noise)],
        "gradient_norm": [math.exp(-step / 12) for step in range(steps)],
        "distance": [0.0 if backend == "numpy" else far for far in noise],
        "bound": [4e-6 * math.sqrt(step + 1) for step in range(steps)],
        "gradient_difference": {name: [1e-7 * (2 + math.cos(step + seed)) for step in range(steps)] for name in "Wb"},
        "each_step": {
            "share": [0.1 + 0.001 * step for step in range(steps)],
            "worst": {
                "step": steps - 1,
                "quantity": "gradient of W",
                "share": 0.1 + 0.001 * (steps - 1),
                "error": 4e-7,
                "bound": 4e-6,
            },
            "decided": [],
        },
        "nonfinite": None,
        "first_difference": None,
        "seconds": 0.2 + 0.1 * seed,
        "metrics": {"accuracy": 0.912},
    }
    return {**found, **changes}


def not_run(backend: str, kind: str, reason: str = "torch is not installed") -> dict[str, Any]:
    """A column that did not run."""
    empty: dict[str, Any] = {
        "loss": [],
        "gradient_norm": [],
        "distance": [],
        "bound": [],
        "gradient_difference": {},
        "each_step": None,
        "metrics": {},
    }
    return column(backend, kind, verdict="not run", reason=reason, comparisons=0, seconds=None, **empty)


def program(name: str = "linear_regression", columns: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """One program with every column."""
    every = [column(b, kind, seed=index) for index, (b, kinds) in enumerate(KINDS.items()) for kind in kinds]
    return {
        "name": name,
        "variant": "diabetes",
        "title": name.replace("_", " ").capitalize(),
        "steps": 40,
        "reference": "numpy float64, rules",
        "columns": every if columns is None else columns,
        "tables": [{"title": "Nearest words", "columns": ["word", "near"], "rows": [["king", 0.71], ["queen", "nan"]]}],
        "sharing": [{"case": "scope", "equals_single": True, "verdict": "agree"}],
    }


def comparison(*programs: dict[str, Any]) -> dict[str, Any]:
    """A whole compare.json."""
    return {
        "schema": 1,
        "created": "2026-03-01T12:00:00+00:00",
        "source": {"commit": COMMIT, "changed": False},
        "command": "samegraph compare --seed 7",
        "seed": 7,
        "environment": {
            "python": "3.11.9",
            "platform": "Linux x86_64",
            "processor": "Some CPU",
            "cores": 2,
            "memory_gib": 15.6,
            "packages": VERSIONS,
        },
        "programs": list(programs) or [program()],
    }


def timing(backend: str, kind: str, median: float = 40e-6, spread: float = 0.05, **extra: Any) -> dict[str, Any]:
    """One benchmark as pytest-benchmark writes it."""
    ratio = {
        base: {"median": by, "low": by * 0.95, "high": by * 1.05}
        for base, by in (("idiom", 1.1), ("tf1-session", 0.15))
    }
    note = {"question": "one step", "program": "linear_regression", "backend": backend, "column": kind, "device": "cpu"}
    stats = {"median": median, "q1": median * (1 - spread), "q3": median * (1 + spread), "iqr": 2 * median * spread}
    return {
        "name": f"test_step[{backend}-{kind}]",
        "group": "step",
        "extra_info": {**note, "tier": "small", "ratio_to": ratio, **extra},
        "stats": {**stats, "rounds": 200, "min": median * 0.9, "max": median * 2},
    }


def bench(*timings: dict[str, Any]) -> dict[str, Any]:
    """A whole bench.json."""
    info = {"node": "secret-host", "machine": "x86_64", "system": "Linux", "python_version": "3.11.9"}
    return {
        "machine_info": {**info, "cpu": {"brand_raw": "Some CPU", "count": 2}},
        "commit_info": {"id": COMMIT, "dirty": False},
        "benchmarks": list(timings) or [timing("numpy", "rules", 16e-6), timing("jax", "rules", 35e-6)],
        "not_run": [{"name": "step on a GPU", "reason": "no GPU here"}],
        "datetime": "2026-03-01T12:30:00",
        "version": "5.3.1",
    }


def ledger(**changes: Any) -> dict[str, Any]:
    """A small divergences.json: one point in which JAX differs in the gradient, one that is left open."""
    told = {"version": "0.10.2", "since": "0.9.0", "answer": {}}
    kink = {
        "id": "abs-at-0",
        "asked": "abs at 0",
        "why": "the middle",
        "links": ["https://example.org/issue/1"],
        "specification": {"text": "0; gradient 0"},
        "raw": {
            "torch": {**told, "version": "2.13.0", "since": "2.13.0", "text": "0; gradient 0", "as_specified": True},
            "jax": {**told, "text": "0; gradient 1", "as_specified": False},
        },
        "differs": True,
        "gradient_only": True,
    }
    open_ = {"id": "cast", "asked": "NaN to int", "why": "undefined", "specification": {"text": "left open"}}
    found = {
        "schema": 1,
        "specification": "0.1",
        "command": "samegraph divergences show",
        "patched": {"jax": ["abs"]},
        "sections": [{"name": "kinks", "title": "Kinks", "rows": [kink, open_]}],
    }
    return {**found, **changes}


def given(
    directory: Path,
    compare: Any = None,
    timings: Any = None,
    divergences: Any = None,
    suites: Mapping[str, Any] | None = None,
    **drawings: str,
) -> Path:
    """A directory holding these inputs; suites: contents of verify-NAME.json by NAME."""
    directory.mkdir(parents=True, exist_ok=True)
    files = {"compare.json": compare, "bench.json": timings, "divergences.json": divergences}
    files |= {f"verify-{name}.json": content for name, content in (suites or {}).items()}
    for name, content in files.items():
        if content is not None:
            text = content if isinstance(content, str) else json.dumps(content)
            (directory / name).write_text(text, encoding="utf-8")
    (directory / "graphs").mkdir(exist_ok=True)
    for name, svg in drawings.items():
        (directory / "graphs" / f"{name}.svg").write_text(svg, encoding="utf-8")
    return directory


FAMILIES = {"exp": "elementwise", "matmul": "linear", "cholesky": "decompositions"}


def suite(backend: str, failed: str = "", lacking: str = "", **changes: Any) -> dict[str, Any]:
    """A verify-NAME.json: two tests an op, one of the sessions; all pass but those of the ops named here."""
    outcomes = {failed: "failed", lacking: "lacking"}
    reasons = {"failed": "AssertionError: 12 ulps apart, 4 allowed", "lacking": "declared: no float16", "passed": ""}
    tests = []
    for op, family in [*FAMILIES.items(), ("", "sessions")]:
        outcome = outcomes.get(op, "passed") if op else "passed"
        for kind in ("value", "gradient"):
            name = f"test_{kind}[{backend}-rules-float32-{op or 'run'}]"
            about = {"test": f"test_{'ops' if op else 'sessions'}.py::{name}", "name": name, "op": op, "family": family}
            tests.append({**about, "outcome": outcome, "reason": reasons[outcome], "seconds": 0.1})
    ulps = {"exp": 0.5, "matmul": 1.75, "cholesky": None}
    found = {
        "schema": 2,
        "backend": backend,
        "samegraph": "0.2.0",
        "specification": "0.2",
        "created": "2026-03-01T12:15:00+00:00",
        "source": {"commit": COMMIT, "changed": False},
        "python": "3.11.9",
        "command": f"samegraph verify {backend}",
        "tier": "default",
        "select": "",
        "seconds": 12.5,
        "ops": {
            op: {
                "family": family,
                "counts": tallied([t for t in tests if t["op"] == op]),
                "worst_ulps": ulps[op],
                "worst_of": "float32 value" if ulps[op] else "",
            }
            for op, family in FAMILIES.items()
        },
        "comparisons": 321,
        "over_budget": [],
        "error": "",
        "tests": tests,
        **changes,
    }
    counted = found["tests"]
    return {
        "counts": tallied(counted),
        "families": {t["family"]: tallied([u for u in counted if u["family"] == t["family"]]) for t in counted},
        **found,
    }


def tallied(tests: list[dict[str, Any]]) -> dict[str, int]:
    """How many tests came to which end."""
    return {end: sum(t["outcome"] == end for t in tests) for end in ("passed", "failed", "lacking", "known")}
