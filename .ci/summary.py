"""Sums the JUnit files of tox's default environments: summary.py TOX_INI JUNIT_FOLDER

Ends with 1 when an environment wrote no file, ran no test or has a failure; the last line is "N passed, N failed, N skipped".
"""

from __future__ import annotations

import configparser
import re
import sys
from pathlib import Path
from xml.etree import ElementTree


def counts(path: Path) -> tuple[int, int, int, float]:
    """(passed, failed, skipped, seconds) of a JUnit file; an error counts as a failure."""
    suites = list(ElementTree.parse(path).getroot().iter("testsuite"))
    tests, failures, errors, skipped = (
        sum(int(s.get(key, 0)) for s in suites) for key in ("tests", "failures", "errors", "skipped")
    )
    failed = failures + errors
    return max(0, tests - failed - skipped), failed, skipped, sum(float(s.get("time", 0)) for s in suites)


def main(tox_ini: str, folder: str) -> int:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(tox_ini, encoding="utf-8")
    environments = re.split(r"[,\s]+", parser["tox"]["env_list"].strip())
    problems = []
    total = [0, 0, 0]
    for name in environments:
        try:
            passed, failed, skipped, seconds = counts(Path(folder, f"{name}.xml"))
        except (OSError, ElementTree.ParseError, ValueError) as error:
            problems.append(f"{name}: wrote no JUnit file that can be read ({error})")
            continue
        print(f"{name:12} {passed:6} passed {failed:4} failed {skipped:5} skipped {seconds:7.0f} s")
        total = [a + b for a, b in zip(total, (passed, failed, skipped), strict=True)]
        if failed:
            problems.append(f"{name}: {failed} failed")
        if not passed + failed:
            problems.append(f"{name}: ran no test")
    for problem in problems:
        print(problem)
    print(f"{total[0]} passed, {total[1]} failed, {total[2]} skipped")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
