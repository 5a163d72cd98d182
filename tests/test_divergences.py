"""The divergence ledger: its engine, its data, its counts, and what `check` notices."""

from __future__ import annotations

import ast
import json
import math
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import samegraph.ops
from samegraph.divergences import Probes, Raised, asking, attempt, checking, formulas, ledger, records
from samegraph.divergences.answers import agrees, plain, same, same_value, text, unmoved
from samegraph.divergences.point import Point, arrays
from samegraph.divergences.points import POINTS, SECTIONS
from samegraph.registry import OPS

ROOT = Path(__file__).parents[1]
NAN, INF = float("nan"), float("inf")


def value(v, *gradient):
    answer = {"value": plain(v)}
    return {**answer, "gradient": plain(list(gradient))} if gradient else answer


# Answers ----------------------------------------------------------------------------------------------------------------


def test_plain_is_strict_json():
    given = {"a": np.array([[1.5, NAN], [INF, -INF]], np.float32), "b": (True, 3, None, "x"), "c": np.float64(-0.0)}
    assert plain(given) == {"a": [[1.5, "nan"], ["inf", "-inf"]], "b": [True, 3, None, "x"], "c": 0.0}
    assert math.copysign(1, plain(given)["c"]) == -1
    json.dumps(plain(given), allow_nan=False)
    assert plain(Raised("ValueError", "no")) == {"raises": "ValueError", "says": "no"}
    assert plain(1.23456789) == 1.23457


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        (value(NAN), value(NAN), True),
        (value(0.0), value(-0.0), True),
        (value(1.00001), value(1.00002), True),
        (value(2.0), value(2.00017), False),
        (value([1.0, 2.0]), value([1.0]), False),
        (value(True), value(1), False),
        (value(None), value(0.0), False),
        (value(1), value(1.0), True),
        (value(INF), value(-INF), False),
        (value(0.0), value(1e-40), False),
        (value({"a": 1}), value({"a": 2}), False),
        (value(1.0, 0.5), value(1.0, 0.5), True),
        (value(1.0, 0.5), value(1.0, 1.0), False),
        (value(1.0, 0.5), value(1.0), True),
        ({"raises": "A", "says": "x"}, {"raises": "B", "says": "y"}, True),
        ({"raises": "A", "says": "x"}, value(1.0), False),
        ({"value": 1, "dtype": "int32"}, {"value": 1, "dtype": "int64"}, False),
    ],
)
def test_when_answers_are_the_same(a, b, equal):
    assert same(a, b) is equal and same(b, a) is equal


def test_a_change_of_exception_is_a_move_and_no_difference():
    a, b = {"raises": "A", "says": "x"}, {"raises": "B", "says": "x"}
    assert same(a, b) and not unmoved(a, b) and unmoved(a, {"raises": "A", "says": "other words"})


def test_denormals_are_a_framework_s_own_setting():
    assert agrees(value([1e-40, 1.0]), value([0.0, 1.0])) and not agrees(value([1e-37]), value([0.0]))


def test_messages_name_no_machine():
    error = ValueError("{{function_node x}} bad, made at /home/someone/project/net.py:3\nmore")
    assert Raised.of(error).says == "bad, made at net.py:3"
    assert attempt(lambda: 1) == 1 and attempt(lambda: {}["k"]).type == "KeyError"


# The engine -------------------------------------------------------------------------------------------------------------


def probes(**table):
    return Probes("planted", "1.0", table, native=np.asarray, plain=lambda v: v)


def test_a_probe_that_raises_has_answered():
    point = Point("p", "?", arrays([[1.0]]))
    assert asking.raw(probes(p=lambda x: x[3]), point)["raises"] == "IndexError"
    assert asking.raw(probes(p=lambda x: x + 1), point) == {"value": [2.0]}


def test_a_library_that_is_missing_is_no_answer():
    def needs(x):
        raise ModuleNotFoundError("No module named 'absent'", name="absent")

    assert asking.raw(probes(p=needs), Point("p", "?", arrays([1.0]))) == {"missing": "absent is not installed"}


def test_the_dtype_is_an_answer_only_where_it_is_asked():
    table = probes(p=lambda x: (x, x > 0))
    assert asking.raw(table, Point("p", "?", arrays([1.0]))) == {"value": [1.0, True]}
    assert asking.raw(table, Point("p", "?", arrays([1.0]), dtype=True))["dtype"] == ["float32", "bool"]


def test_every_formula_is_told_from_every_other():
    for name in formulas.FORMULAS:
        assert formulas.named(formulas.RATES)(formulas.trajectory(name, formulas.RATES)) == name
    odd = formulas.trajectory("p -= rate g", formulas.RATES) + 1e-3
    assert formulas.named(formulas.RATES)(odd).startswith("none of the formulas")


# The points and the records ---------------------------------------------------------------------------------------------


def test_points_are_whole():
    assert len({p.id for p in POINTS}) == len(POINTS) >= 236 + 22
    for p in POINTS:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", p.id), p.id
        stated = p.spec is not None or p.program is not None
        assert p.asked and stated != bool(p.unsaid), p.id
        assert bool(p.why) == stated, f"{p.id}: why does the specification say so?"
        known = not p.op or p.op in OPS or p.unsaid or "absent" in stated_answer(p.id)
        assert known, f"{p.id} is about {p.op}, which is no op"


def stated_answer(id):
    return records.all_of()[records.SPECIFICATION][-1].answers[id]


def test_records_hold_answers_to_points_and_name_no_machine():
    known = records.all_of()
    assert {"numpy", "torch", "jax", "tensorflow", "keras", "optax", records.SPECIFICATION} <= known.keys()
    ids = {p.id for p in POINTS}
    for several in known.values():
        for record in several:
            assert set(record.answers) <= ids
            assert json.loads(records.encoded(record))["answers"] == record.answers
    for path in records.FOLDER.glob("*.json"):
        assert path.name == records.read(path).file
        assert not re.search(r"(?<![\w.])/(?:\w+/)+", path.read_text()), f"{path.name} holds a path"


def test_records_of_one_framework_s_versions_have_the_same_points():
    """A point that came later and is missing in one looks as if that version's answer had moved."""
    for framework, versions in records.all_of().items():
        for one in versions:
            missing = versions[-1].answers.keys() ^ one.answers.keys()
            assert not missing, f"{one.file} or that of {framework} {versions[-1].version} has no {sorted(missing)}"


def test_the_specification_s_record_has_every_point():
    assert set(records.all_of()[records.SPECIFICATION][-1].answers) == {p.id for p in POINTS}


def test_probes_answer_points_only():
    """Of the frameworks that are installed; tests/parity and the suite have the others."""
    found = 0
    for name in asking.frameworks():
        if name not in ("numpy",):
            continue
        found += 1
        assert set(asking.load(name).table) <= {p.id for p in POINTS}
    assert found


def made(folder, framework, version, answers):
    record = records.new(framework, version, answers)
    (folder / record.file).write_bytes(records.encoded(record))


def test_since_is_read_off_the_records(tmp_path):
    for version, answer in (("2.9.0", 1.0), ("2.10.0", 2.0), ("2.11.0", 2.0)):
        made(tmp_path, "torch", version, {"relu-at-0": value(answer)})
    found = records.all_of(tmp_path)["torch"]
    assert [r.version for r in found] == ["2.9.0", "2.10.0", "2.11.0"]
    assert records.since(found, "relu-at-0") == "2.10.0"
    assert records.nearest(found, "2.9.0").version == "2.9.0" and records.nearest(found, "3.0").version == "2.11.0"
    (row,) = [r for r in ledger.rows(tmp_path) if r.point.id == "relu-at-0"]
    assert (row.raw["torch"].version, row.raw["torch"].since) == ("2.11.0", "2.10.0")


@pytest.mark.parametrize(
    "content",
    ["", '{"schema": 1, "fra', "[1, 2]", '{"schema": 99}', '{"schema": 1, "framework": "torch"}',
     '{"schema": 1, "framework": "a", "version": "1", "recorded": "", "platform": "", "answers": {"p": {"code": "x"}}}'],
)  # fmt: skip
def test_a_broken_record_is_named(tmp_path, content):
    (tmp_path / "torch-1.0.json").write_text(content)
    with pytest.raises(records.RecordError, match=r"torch-1\.0\.json"):
        records.all_of(tmp_path)


# Counts -----------------------------------------------------------------------------------------------------------------


def planted(folder, id, specification, **raw):
    made(folder, records.SPECIFICATION, samegraph.SPEC_VERSION, {id: specification})
    for name, answer in raw.items():
        made(folder, name, "1.0", {id: answer})
    (row,) = [r for r in ledger.rows(folder) if r.point.id == id]
    return row


def test_a_difference_in_the_gradient_only(tmp_path):
    row = planted(tmp_path, "abs-at-0", value(0.0, 0.0), tensorflow=value(0.0, 0.0), torch=value(0.0, 0.0), jax=value(0.0, 1.0), numpy=value(0.0))  # fmt: skip
    assert row.differs and row.gradient_only and row.against == ["jax"] and row.patched == ["jax"]


def test_a_difference_in_value_is_not_one_in_the_gradient_only(tmp_path):
    row = planted(tmp_path, "abs-at-0", value(0.0, 0.0), tensorflow=value(1.0, 0.0), jax=value(0.0, 1.0))
    assert row.differs and not row.gradient_only and row.patched == ["tensorflow", "jax"]


def test_a_companion_answers_where_its_framework_does_not(tmp_path):
    row = planted(tmp_path, "l2-loss", value(1.0), tensorflow=value(1.0), optax=value(2.0), numpy=value(9.0))
    assert len(row.answers) == 2 and row.differs
    assert row.against == ["optax", "numpy"] and row.patched == []


def test_one_answer_alone_does_not_differ(tmp_path):
    row = planted(tmp_path, "abs-at-0", value(0.0, 0.0), jax=value(0.0, 1.0), numpy=value(0.0))
    assert not row.differs and not row.gradient_only


def test_the_counts_of_the_ledger():
    """No fewer points than were measured before there was a ledger, and what they count is what they hold."""
    rows = ledger.rows()
    counts = ledger.count(rows)
    compared = [r for r in rows if len(r.answers) > 1]
    differ = [r for r in compared if any(not same(a, b) for a in r.answers for b in r.answers)]
    assert counts.points == len(POINTS) and counts.compared == len(compared) and counts.differ >= len(differ) >= 126
    values_agree = [r for r in differ if all(same_value(a, b) for a in r.answers for b in r.answers)]
    assert counts.gradient_only == sum("gradient" in r.answers[0] for r in values_agree) >= 26
    assert str(counts.differ) in str(counts)


def test_the_sections_of_the_command_line():
    assert [s.name for s in SECTIONS] == sorted({s.name for s in SECTIONS}, key=[s.name for s in SECTIONS].index)
    assert len(ledger.chosen(ledger.rows(), sections=["kinks"])) == len(SECTIONS[0].points)
    assert {r.point.op for r in ledger.chosen(ledger.rows(), ops=["pow"])} == {"pow"}


# Kernels ----------------------------------------------------------------------------------------------------------------

CUSTOM = {"custom_gradient", "custom_jvp", "custom_vjp", "Function"}
FRAMEWORKS = ("torch", "jax", "tensorflow")


def kernels_with_own_derivatives(framework):
    """Names of the kernels whose source, or a private helper it uses, says a derivative of its own."""
    found = set()
    for path in sorted((ROOT / "impls" / f"samegraph_{framework}" / "kernels").glob("*.py")):
        bodies = {}
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                bodies[node.name] = node
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                bodies[node.targets[0].id] = node.value
        own = {
            n for n, node in bodies.items() if {x.attr for x in ast.walk(node) if isinstance(x, ast.Attribute)} & CUSTOM
        }
        grown = True
        while grown:
            used = {n: {x.id for x in ast.walk(node) if isinstance(x, ast.Name)} for n, node in bodies.items()}
            more = {n for n in used if used[n] & {o for o in own if o.startswith("_")}} - own
            own, grown = own | more, bool(more)
        found |= {n.rstrip("_") for n in own if not n.startswith("_")}
    return found


# Kernels with a derivative of their own for another reason than the framework's answer at a point.
HELPERS = {
    "product_of_others": "a helper of reduce_prod's and cumprod's gradients, which no user calls",
    "cofactors": "a helper of matrix_determinant's gradient, which no user calls",
}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_kernel_with_its_own_derivative_is_in_the_ledger(framework):
    found = kernels_with_own_derivatives(framework) - HELPERS.keys()
    listed = set(ledger.patched(ledger.rows())[framework])
    assert found, "nothing was found: does the search still fit the kernels?"
    assert found <= listed, f"{sorted(found - listed)}: which point shows what {framework} answers itself?"


# The command ------------------------------------------------------------------------------------------------------------


def run(*arguments):
    pytest.importorskip("click")
    pytest.importorskip("rich")
    command = [sys.executable, "-m", "samegraph.cli", "divergences", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Records made here and now, of NumPy, which is always there."""
    folder = tmp_path_factory.mktemp("records")
    status, said = run("record", "--framework", "numpy", "--out", folder)
    assert status == 0, said
    return folder


def test_check_finds_nothing_moved_against_a_fresh_record(kept):
    status, said = run("check", "--framework", "numpy", "--records", kept)
    assert status == 0 and " 0 of " in said, said


def test_check_notices_a_planted_move(kept, tmp_path):
    (path,) = kept.glob("numpy-*.json")
    found = json.loads(path.read_text())
    found["answers"]["variance-default"] = value(2.0)
    (tmp_path / path.name).write_text(json.dumps(found))
    status, said = run("check", "--framework", "numpy", "--records", tmp_path)
    assert status == 1 and re.search(r"variance-default: 2\s+->\s+1", said), said


def test_check_compares_an_unknown_version_with_the_newest_and_says_so(kept, tmp_path):
    (path,) = kept.glob("numpy-*.json")
    for version in ("0.9", "0.10"):
        made(tmp_path, "numpy", version, json.loads(path.read_text())["answers"])
    status, said = run("check", "--framework", "numpy", "--records", tmp_path)
    assert status == 0 and re.search(r"not on record; compared with\s+0\.10", said), said


def test_a_missing_framework_is_said_and_not_failed():
    verdict = checking.compare(checking.Asked("torch", missing="torch is not installed"), records.all_of())
    assert not verdict.moved and verdict.sentence == "torch: not asked: torch is not installed"
    assert "no probes for 'nothing'" in checking.ask("nothing").missing


def test_a_framework_that_dies_is_said_with_what_it_answered(monkeypatch, tmp_path):
    program = tmp_path / "python"
    answer = {"event": "answer", "id": "relu-at-0", "answer": value(0.0)}
    program.write_text(
        f"#!{sys.executable}\nprint('samegraph-answer ' + {json.dumps(answer)!r}, flush=True)\nraise SystemExit(7)\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(checking.sys, "executable", str(program))
    found = checking.ask("torch")
    assert found.missing.startswith("its process ended with status 7 after 1 answers")


def test_an_answer_that_is_gone_or_new_has_moved():
    known = {"torch": [records.Record("torch", "1.0", "", "", {"relu-at-0": value(0.0)})]}
    verdict = checking.compare(checking.Asked("torch", "1.0", {"abs-at-0": value(0.0)}), known)
    assert sorted(m.id for m in verdict.moved) == ["abs-at-0", "relu-at-0"]


def test_show_says_what_it_counts(tmp_path):
    status, said = run("show", "--section", "kinks", "--gradient-only", "--markdown")
    rows = [line for line in said.splitlines() if line.startswith("| ") and not line.startswith("| point")]
    assert status == 0 and f"{len(rows)} differ, {len(rows)} of those in the gradient only" in said
    status, said = run("show", "--json")
    found = json.loads(said)
    assert status == 0 and found["counts"]["points"] == len(POINTS) == sum(len(s["rows"]) for s in found["sections"])
    status, said = run("show", "--differ", "--framework", "jax", "--out", tmp_path)
    found = json.loads((tmp_path / "divergences.json").read_text())
    rows = [r for s in found["sections"] for r in s["rows"]]
    assert status == 0 and rows and all(r["raw"]["jax"]["as_specified"] is False for r in rows)


@pytest.mark.parametrize(
    ("option", "hint"),
    [("--section", "sections are kinks"), ("--op", "points about"), ("--framework", "frameworks are tensorflow")],
)
def test_show_of_nothing_is_an_error_that_helps(option, hint):
    status, said = run("show", option, "nothing")
    assert status == 2 and hint in " ".join(said.split())


def test_a_line_a_person_can_read():
    assert text(value([1.0, NAN], [0.5, 0.0])) == "[1, nan]; gradient [0.5, 0]"
    assert text({"raises": "ValueError", "says": "no"}) == "ValueError: no"
    assert text({"unsaid": "why"}) == "left open"
