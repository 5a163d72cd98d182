"""The conformance suite bites: foreign backends with one fault each turn it red, at the tests that should notice.

The suite runs as the author of a new backend runs it, on a distribution of its own: tests/planted/ and metadata with entry
points. One run a framework; of every fault the tests that should notice are selected, of the whole backend all of those.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

PLANTED = Path(__file__).parent / "planted"
MODULES = ["numpy", "compiled", *(name for name in ("torch", "jax") if importlib.util.find_spec(name))]

# fault: the tests that must turn red, with the backend's name at {}.
NUMPY = {
    "missing_kernel": ["test_kernel_signature[{}-tanh]", "test_value_and_type[{}-tanh]"],
    "other_signature": ["test_kernel_signature[{}-gather]"],
    "other_default": ["test_kernel_signature[{}-gather]"],
    "wrong_value": ["test_value_and_type[{}-tanh]", "test_compiled[{}-tanh]"],
    "wrong_dtype": ["test_value_and_type[{}-tanh]"],
    "promoted_sum": ["test_value_and_type[{}-reduce_sum]"],
    "wrong_shape": ["test_value_and_type[{}-reduce_sum]"],
    "writes_to_its_operand": ["test_value_and_type[{}-negative]"],
    "shared_where_owned": ["test_the_old_value_is_fetched_beside_a_row_update[{}-rules]"],
    "unchecked_ids": [
        "test_ids_outside_a_table_change_nothing[{}-rules-bad2]",
        "test_value_and_type[{}-indices_in_range]",
    ],
    "duplicates_lost": ["test_value_and_type[{}-scatter_add_like]", "test_a_gathered_table_gets_slices[{}-rules]"],
    "duplicate_rows_lost": ["test_scatter_forms[{}-rules]", "test_sparse_is_dense_with_repeated_ids[{}-rules-descent]"],
    "shares_a_feed": [
        "test_a_fed_array_may_be_overwritten_after_run[{}-rules]",
        "test_feeds_are_never_written_to[{}-rules]",
    ],
    "fetches_a_view": ["test_fetches_belong_to_the_caller[{}-rules]"],
}
COMPILED = {
    "written_before_the_check": [
        "test_a_step_that_fails_half_way_changes_nothing[{}-rules]",
        "test_computed_ids_outside_a_table_change_nothing[{}-rules]",
    ],
    "never_fails": ["test_a_step_that_fails_half_way_changes_nothing[{}-rules]"],
}
TORCH = {
    "softmax_of_wrong_sign": ["test_gradients[{}-softmax]", "test_compiled[{}-softmax]"],
    "halved_ties": ["test_exact_point[{}-native-float64-maximum-0]"],
    "not_nesting": ["test_third_order[{}-native]", "test_gradient_penalty[{}-native]", "test_second_order[{}-tanh]"],
    "unweighted": ["test_sums_over_ys_and_elements[{}-native]"],
    "shares_a_feed": ["test_a_fed_array_may_be_overwritten_after_run[{}-native]"],
    "fetches_a_view": ["test_fetches_belong_to_the_caller[{}-native]"],
    "duplicate_rows_lost": [
        "test_scatter_forms[{}-native]",
        "test_sparse_is_dense_with_repeated_ids[{}-native-descent]",
    ],
    "wrong_dtype": ["test_value_and_type[{}-tanh]"],
    "promoted_sum": ["test_value_and_type[{}-reduce_sum]"],
}
JAX = {
    "softmax_loss_of_wrong_sign": ["test_classifier[{}-native-float32]"],
    "halved_ties": ["test_exact_point[{}-native-float32-maximum-0]"],
    "written_before_the_check": ["test_a_step_that_fails_half_way_changes_nothing[{}-native]"],
    "shares_a_feed": ["test_a_fed_array_may_be_overwritten_while_the_step_still_runs[{}-native]"],
    "fetches_a_view": ["test_fetches_belong_to_the_caller[{}-native]"],
}
ALIKE = {
    "missing_kernel": ["test_kernel_signature[{}-exp]"],
    "read_only_fetches": ["test_fetches_belong_to_the_caller[{}-rules]"],
    "negated": ["test_value_and_type[{}-sin]"],
    "swapped_operands": ["test_value_and_type[{}-sub]"],
    "dropped_axis": ["test_value_and_type[{}-reduce_mean]"],
    "kept_dims": ["test_value_and_type[{}-reduce_max]"],
    "narrow_index": ["test_value_and_type[{}-argmax]"],
    "ignored_flag": ["test_value_and_type[{}-matmul]"],
    "few_digits": ["test_value_and_type[{}-tanh]"],
    "unchecked_ids": ["test_value_and_type[{}-indices_in_range]"],
    "duplicates_lost": ["test_value_and_type[{}-scatter_add_like]"],
    "not_exclusive": ["test_value_and_type[{}-cumsum]"],
    "swapped_branches": ["test_value_and_type[{}-where]"],
    "reversed_parts": ["test_value_and_type[{}-concat]"],
    "at_most": ["test_value_and_type[{}-less]"],
    "leaking": ["test_value_and_type[{}-relu]"],
}
"""Faults that tests/planted/planted_every.py plants in each backend alike."""
FAULTS = {"numpy": NUMPY, "compiled": COMPILED, "torch": TORCH, "jax": JAX}
EVERY = [(module, fault) for module in MODULES for fault in FAULTS[module]]
FOUR = [name for name in ("numpy", "tensorflow", "torch", "jax") if name == "numpy" or importlib.util.find_spec(name)]


class Outcome:
    """What a run of the suite came to: its exit status, what it printed, and for each test "passed", or why not."""

    def __init__(self, status: int, printed: str, report: Path) -> None:
        self.status, self.printed = status, printed
        self.tests: dict[str, str] = {}
        if report.exists():
            for case in ElementTree.parse(report).iter("testcase"):
                bad = next((c for c in case if c.tag in ("failure", "error", "skipped")), None)
                self.tests[case.get("name", "")] = "passed" if bad is None else f"{bad.tag}: {bad.get('message')}"


@pytest.fixture(scope="module")
def site() -> Iterator[Path]:
    """A folder like site-packages that holds the distribution `planted`."""
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        for module in PLANTED.glob("*.py"):
            shutil.copy(module, at)
        entries = [f"{f}_{fault} = planted_{f}:{fault}" for f, faults in FAULTS.items() for fault in ("clean", *faults)]
        entries += [f"each_{b}_{fault} = planted_every:{b}_{fault}" for b in FOUR for fault in ("whole", *ALIKE)]
        entries += ["numpy_rules = planted_rules:backend"]
        entries += ["unimportable = planted_unimportable:backend"]
        entries += [
            f"{name} = planted_numpy:{name}"
            for name in ("other_version", "other_route", "no_backend", "no_such_attribute")
        ]
        metadata = at / "planted-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: planted\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text("\n".join(["[samegraph.backends]", *entries, ""]))
        (at / "pytest.ini").write_text("[pytest]\n")
        yield at


def run_suite(site: Path, backends: list[str], select: str, *options: str, part: str = "") -> Outcome:
    """Runs the suite on the backends named, in a process that has the planted distribution on its path."""
    report = site / f"{'-'.join(backends)[:80]}.xml"
    named = [argument for name in backends for argument in ("--samegraph-backend", name)]
    command = [sys.executable, "-m", "pytest", "-q", "-c", str(site / "pytest.ini"), "-p", "no:cacheprovider"]
    command += [
        "--pyargs",
        f"samegraph.conformance{part}",
        *named,
        *options,
        "-k",
        select,
        f"--junitxml={report}",
        "--tb=line",
    ]
    paths = [str(site), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    settings = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in paths if p), "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, env=settings, cwd=site, capture_output=True, text=True, timeout=1200)
    return Outcome(done.returncode, done.stdout + done.stderr, report)


@pytest.fixture(scope="module")
def outcomes(site: Path) -> Callable[[str], Outcome]:
    """By module of tests/planted, one run with its whole backend and all its faults."""

    @functools.cache
    def outcome(module: str) -> Outcome:
        faults = FAULTS[module]
        options = (
            () if module == "jax" else ("--samegraph-thorough",)
        )  # what the draws find shall not hang on their luck
        tests = [t.format(f"{module}_{name}") for fault, ts in faults.items() for t in ts for name in ("clean", fault)]
        return run_suite(
            site, [f"{module}_{name}" for name in ("clean", *faults)], " or ".join(dict.fromkeys(tests)), *options
        )

    return outcome


@pytest.mark.parametrize(("module", "fault"), EVERY)
def test_a_fault_turns_the_suite_red(outcomes: Callable[[str], Outcome], module: str, fault: str) -> None:
    """Each of the tests named fails, by itself: not in its setup, not by a skip."""
    outcome = outcomes(module)
    assert outcome.status == 1, outcome.printed
    for test in FAULTS[module][fault]:
        found = outcome.tests[test.format(f"{module}_{fault}")]
        assert found.startswith("failure"), f"{test}: {found}"


@pytest.mark.parametrize("module", MODULES)
def test_the_whole_backend_passes_the_same_tests(outcomes: Callable[[str], Outcome], module: str) -> None:
    outcome = outcomes(module)
    for test in dict.fromkeys(t for tests in FAULTS[module].values() for t in tests):
        assert outcome.tests[test.format(f"{module}_clean")] == "passed"


@pytest.mark.thorough
@pytest.mark.parametrize("backend", FOUR)
def test_each_backend_with_each_fault(site: Path, backend: str) -> None:
    """Sixteen faults a backend, by the draws of every day; and the whole backend green in the same tests."""
    names = [f"each_{backend}_{fault}" for fault in ("whole", *ALIKE)]
    wanted = {test.format(f"each_{backend}_{fault}") for fault, tests in ALIKE.items() for test in tests}
    green = {test.format(f"each_{backend}_whole") for tests in ALIKE.values() for test in tests}
    outcome = run_suite(site, names, " or ".join(sorted(wanted | green)))
    assert outcome.status == 1, outcome.printed
    missed = {t: outcome.tests.get(t, "not run") for t in wanted if not outcome.tests.get(t, "").startswith("failure")}
    assert not missed, f"not noticed: {missed}"
    assert {t for t in green if outcome.tests[t] != "passed"} == set()


def test_wrong_rules_turn_the_suite_red(site: Path) -> None:
    """The specification's own rules: against finite differences, and at the exact points."""
    red = ["test_rule_is_the_derivative[softmax]", "test_exact_point[numpy_rules-rules-float64-maximum-0]"]
    green = ["test_rule_is_the_derivative[log_softmax]", "test_exact_point[numpy_rules-rules-float64-minimum-0]"]
    outcome = run_suite(site, ["numpy_rules"], " or ".join(red + green))
    assert outcome.status == 1, outcome.printed
    assert {t for t, found in outcome.tests.items() if found.startswith("failure")} == set(red)
    assert {t for t, found in outcome.tests.items() if found == "passed"} == set(green)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("unimportable", "samegraph_has_no_such_framework"),
        ("no_such_attribute", "no_such_attribute"),
        ("no_backend", "is a dict, not a samegraph.backend.Backend"),
        ("other_version", "version 0 of the contract"),
        ("other_route", "default_route must be one of native, rules, not 'autograd'"),
        ("never_heard_of", "no backend named 'never_heard_of' is installed"),
    ],
)
def test_a_backend_that_cannot_be_had_is_an_error(site: Path, name: str, why: str) -> None:
    """Never a skip, even beside one that can be had: the suite stops at collection and says why."""
    outcome = run_suite(site, ["numpy_clean", name], "test_fetches_nest", part=".test_sessions")
    assert outcome.status in (2, 4), outcome.printed
    assert name in outcome.printed and why in outcome.printed
    assert "error" in outcome.printed and "skipped" not in outcome.printed
    assert not [t for t, found in outcome.tests.items() if found == "passed"]


def test_no_test_selected_is_red(site: Path) -> None:
    assert run_suite(site, ["numpy_clean"], "no_test_is_called_this", part=".test_sessions").status == 5
