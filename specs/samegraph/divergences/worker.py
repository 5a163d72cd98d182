"""One raw framework in a process of its own: `python -m samegraph.divergences.worker NAME`. One line of JSON an event."""

from __future__ import annotations

import json
import sys
from typing import Any

from . import asking
from .points import POINTS

MARK = "samegraph-answer "


def emit(**event: Any) -> None:
    print(MARK + json.dumps(event, allow_nan=False), flush=True)


def main(name: str) -> None:
    try:
        probes = asking.load(name)
    except asking.ProbesError as error:
        emit(event="missing", reason=str(error))
        return
    points = [p for p in POINTS if asking.asked(probes, p)]
    emit(event="started", version=probes.version, total=len(points))
    for point in points:
        emit(event="answer", id=point.id, answer=asking.raw(probes, point))


if __name__ == "__main__":
    main(sys.argv[1])
