"""samegraph verify: what it prints and writes of a good backend, and of backends that hang, die, lie, or cannot be had."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from samegraph.backend import BackendError, load
from samegraph.conformance.expectations import expectations_of

from tests.interrupting import children, gone, needs_proc, started

pytest.importorskip("click", reason="the command comes with the extra cli")
pytest.importorskip("hypothesis", reason="the suite comes with the extra conformance")

PLANTED = Path(__file__).parent / "planted"
FAULTS = (
    "clean",
    "hangs",
    "dies",
    "gives_nan",
    "lies",
    "lacks_tanh",
    "over_budget",
    "passes_unexpectedly",
    "stale_row",
    "with_a_gpu",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder like site-packages that holds the distribution `planted`."""
    at = tmp_path_factory.mktemp("site")
    for name in ("planted_verify.py", "planted_unimportable.py"):
        shutil.copy(PLANTED / name, at)
    entries = [f"{fault} = planted_verify:{fault}" for fault in FAULTS]
    entries += ["unimportable = planted_unimportable:backend", "importing_hangs = planted_verify_slow:backend"]
    (at / "planted_verify_slow.py").write_text("import time\ntime.sleep(600)\n")
    metadata = at / "planted-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: planted\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("\n".join(["[samegraph.backends]", *entries, ""]))
    return at


def command(*arguments):
    return [sys.executable, "-m", "samegraph.cli", "verify", *arguments]


def environment(site):
    paths = [str(site), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in paths if p)}


@pytest.fixture(scope="module")
def verified(site, tmp_path_factory):
    """Runs the command: exit status, what it printed, verify-NAME.json, and the JUnit file's cases by name."""

    def run(name, select="-tanh] or test_expectations", *options):
        out = tmp_path_factory.mktemp("out")
        done = subprocess.run(
            command(name, "--out", str(out), "-k", select, *options),
            env=environment(site),
            capture_output=True,
            text=True,
            timeout=300,
        )
        results = json.loads((out / f"verify-{name}.json").read_text())
        junit = ElementTree.parse(out / f"verify-{name}.xml")
        return done.returncode, done.stdout + done.stderr, results, {c.get("name"): c for c in junit.iter("testcase")}

    return run


def outcomes(results):
    return {t["name"]: (t["outcome"], t["reason"]) for t in results["tests"]}


def test_a_good_backend(verified):
    status, printed, results, junit = verified("clean", "-tanh] or test_expectations", "--markdown")
    assert status == 0, printed
    assert results["schema"] == 2 and results["counts"]["failed"] == 0 and results["version"] == load("numpy").version
    assert results["counts"]["passed"] == len(results["tests"]) == len(junit) > 5
    assert results["comparisons"] > 100
    assert 0 < results["ops"]["tanh"]["worst_ulps"] < 16 and "float" in results["ops"]["tanh"]["worst_of"]
    assert results["families"]["arithmetic"]["passed"] > 3
    assert "| clean: family | passed |" in printed and "| arithmetic |" in printed


def test_what_asks_no_backend_is_run_once_and_by_none(verified):
    """No test is run for a backend that does not ask it, and those of the specification are in a file of their own."""
    select = "-tanh] or [tanh] or test_expectations or test_the_gradient_of_a_loop_has_none_itself"
    status, printed, own, junit = verified("specification", select)
    assert status == 0 and "the specification agrees with itself in" in printed, printed
    assert {"test_block_is_whole[tanh]", "test_the_gradient_of_a_loop_has_none_itself"} <= outcomes(own).keys()
    assert own["comparisons"] > 20 and own["backend"] == "specification" and own["version"] == load("numpy").version
    assert len(junit) == len(own["tests"]) == own["counts"]["passed"]
    _, _, asked, _ = verified("clean", select)
    assert len(asked["tests"]) > 5 and all("clean" in name for name in outcomes(asked))
    assert not outcomes(asked).keys() & outcomes(own).keys()


def test_the_specification_has_no_device():
    done = subprocess.run(command("specification", "--device", "gpu"), capture_output=True, text=True, timeout=300)
    assert done.returncode == 2 and "the specification asks no backend" in done.stderr


def test_a_test_that_hangs_is_named_and_the_rest_goes_on(verified):
    status, printed, results, junit = verified(
        "hangs",
        "clean or test_kernel_signature and (tanh or mul) or test_value_and_type and (-tanh or -negative)",
        "--timeout",
        "12",
    )
    found = outcomes(results)
    assert status == 1, printed
    assert found["test_value_and_type[hangs-tanh]"][0] == "failed"
    assert "hangs hung: no answer within 12 seconds" in found["test_value_and_type[hangs-tanh]"][1]
    assert found["test_value_and_type[hangs-negative]"][0] == "passed"
    assert "hangs hung" in printed and junit["test_value_and_type[hangs-tanh]"].find("failure") is not None


def test_a_test_that_ends_the_process_is_named_and_the_rest_goes_on(verified):
    status, printed, results, _ = verified("dies", "test_value_and_type and (-tanh or -negative)")
    found = outcomes(results)
    assert status == 1, printed
    assert "dies ended the process: signal 6 (SIGABRT)" in found["test_value_and_type[dies-tanh]"][1]
    assert found["test_value_and_type[dies-negative]"][0] == "passed"


def test_nan_is_red(verified):
    status, printed, _, _ = verified("gives_nan", "test_value_and_type and -tanh")
    assert status == 1 and "NaN in other places" in printed


def test_lacks_are_rows_and_a_lie_is_red(verified):
    status, printed, results, _ = verified("lacks_tanh")
    assert status == 1 and results["counts"]["passed"] and results["counts"]["lacking"] > 3
    assert "its skip budget is 2" in printed  # what NumPy's file allows is less than that
    reasons = {reason for outcome, reason in outcomes(results).values() if outcome == "lacking"}
    assert reasons == {"numpy lacks tanh: planted"} or reasons == {"lacks_tanh lacks tanh: planted"}
    status, printed, results, _ = verified("lies")
    assert status == 1 and "says it lacks tanh, and has a kernel of that name" in printed


def test_an_unexpected_pass_is_red(verified):
    status, _, results, _ = verified("passes_unexpectedly")
    assert status == 1 and outcomes(results)["test_gradients[passes_unexpectedly-tanh]"][0] == "failed"


def test_more_skips_than_allowed_are_red(verified):
    status, printed, results, _ = verified("over_budget")
    assert status == 1 and results["counts"]["failed"] == 0
    assert "1 tests skipped, its skip budget is 0" in printed


def test_a_row_that_names_no_test_is_red(verified):
    status, printed, _, _ = verified("stale_row")
    assert status == 1 and "there is no test 'test_gradients[no_such_op]'" in printed


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("unimportable", "samegraph_has_no_such_framework"),
        ("never_heard_of", "no backend named 'never_heard_of' is installed"),
        ("importing_hangs", "importing_hangs hung: its tests were not even collected"),
    ],
)
def test_a_backend_that_cannot_be_had(verified, name, why):
    status, printed, results, junit = verified(name, "tanh", "--timeout", "5")
    assert status == 1 and why in " ".join(printed.split())
    assert not results["tests"] and why in " ".join(results["error"].split())
    assert junit["suite"].find("error") is not None


def test_an_empty_selection_is_red(verified):
    status, printed, _, _ = verified("clean", "no_test_is_called_this")
    assert status == 1 and "no test was selected" in printed


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "Expecting"),
        ("[]", "skip_budget, skips and xfails"),
        ('{"skip_budget": "0", "skips": [], "xfails": []}', "a number of tests"),
        ('{"skip_budget": 0, "skips": [{"test": "t"}], "xfails": []}', "a row has"),
        (
            '{"skip_budget": 0, "skips": [{"test": "t", "reason": "", "versions": "", "since": "0.1", "link": ""}], "xfails": []}',
            "gives its reason",
        ),
        (
            '{"skip_budget": 0, "skips": [{"test": "t", "reason": "r", "versions": "~~", "since": "0.1", "link": ""}], "xfails": []}',
            "~~",
        ),
    ],
)
def test_a_data_file_that_is_none(tmp_path, text, why):
    from dataclasses import replace

    path = tmp_path / "conformance.json"
    path.write_text(text)
    with pytest.raises(BackendError, match=why):
        expectations_of(replace(load("numpy"), conformance=str(path)))


def test_several_side_by_side(site, tmp_path):
    """Each has its files, all are told in the order asked for, and one that fails turns the whole red."""
    asked = command("gives_nan", "clean", "--out", str(tmp_path), "-k", "test_value_and_type and -tanh", "--jobs", "2")
    done = subprocess.run(asked, env=environment(site), capture_output=True, text=True, timeout=300)
    assert done.returncode == 1
    assert done.stdout.index("1 tests failed") < done.stdout.index("clean follows the specification")
    assert {p.name for p in tmp_path.glob("*.json")} == {"verify-gives_nan.json", "verify-clean.json"}


def test_on_another_device(site, tmp_path):
    """All that the suite asks is asked there, and the results say so; where there is none, that is an error."""
    select = "(test_backend or -tanh] or -gather] or test_run) and not made_of_nothing"
    asked = command("with_a_gpu", "--device", "gpu", "--out", str(tmp_path), "-k", select)
    done = subprocess.run(asked, env=environment(site), capture_output=True, text=True, timeout=300)
    results = json.loads((tmp_path / "verify-with_a_gpu-gpu.json").read_text())
    assert done.returncode == 0 and "with_a_gpu on gpu follows the specification" in done.stdout, done.stdout
    assert results["device"] == "gpu" and results["counts"]["passed"] > 50
    asked = command("clean", "--device", "gpu", "--out", str(tmp_path), "-k", select)
    done = subprocess.run(asked, env=environment(site), capture_output=True, text=True, timeout=300)
    assert done.returncode == 1 and "finds no gpu on this machine; present: cpu" in " ".join(done.stdout.split())
    done = subprocess.run(command("--device", "gpu"), capture_output=True, text=True, timeout=300)
    assert done.returncode == 2 and "name the backends" in done.stderr


def test_processes_share_the_tests(verified):
    """Each test is run once, by one of them, and their counts are added; one that dies does not take the others along."""
    select = "(test_value_and_type or test_gradients) and (-re or -tanh]) or test_expectations"
    _, _, alone, _ = verified("over_budget", select)
    _, _, shared, _ = verified("over_budget", select, "--processes", "2")
    assert outcomes(shared) == outcomes(alone) and len(alone["tests"]) > 20
    assert shared["comparisons"] == alone["comparisons"] > 500 and shared["ops"] == alone["ops"]
    assert shared["processes"] == 2 and shared["counts"]["failed"] == 0
    status, _, results, _ = verified("dies", "test_value_and_type and (-tanh or -negative)", "--processes", "2")
    assert status == 1 and outcomes(results)["test_value_and_type[dies-negative]"][0] == "passed"


@needs_proc
def test_ctrl_c_ends_what_it_started(site, tmp_path):
    """The suite runs in a session of its own, which a terminal's Ctrl-C does not reach."""
    process = started(command("importing_hangs", "--out", str(tmp_path)), "samegraph.conformance", environment(site))
    (child,) = children(process.pid, "samegraph.conformance")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode != 0 and not list(tmp_path.iterdir())
    assert gone([child])
