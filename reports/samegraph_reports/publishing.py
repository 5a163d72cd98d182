"""Putting a report where readers of the repository find it: Markdown, its drawings, the record, a picture of the first screen."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from .building import Built, replace_file, written_before

LIMIT = 2_000_000  # bytes; whoever clones the repository gets them
PICTURE = "first-screen.png"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_SCREEN = (1200, 860)
_PATIENCE = 120.0


class NotPublished(Exception):
    """The report was not published; the message says why, and what to do."""


def publish(built: Built, folder: Path) -> tuple[Path, ...]:
    """Put the report into the folder in place of the one published there before, and return the files written.

    Raises `NotPublished`, with the folder as it was, for a report with problems, one larger than `LIMIT`, and where no
    browser can take the picture.
    """
    if built.problems:
        told = "; ".join(str(problem) for problem in built.problems[:3])
        raise NotPublished(f"a report of inputs with problems is not published: {told}")
    files = {
        path.relative_to(built.html.parent): path.read_bytes() for path in (built.markdown, built.json, *built.figures)
    }
    files[Path(PICTURE)] = first_screen(built.html)
    size = sum(map(len, files.values()))
    if size > LIMIT:
        largest = ", ".join(
            f"{p} {len(b) // 1000:,} kB" for p, b in sorted(files.items(), key=lambda f: -len(f[1]))[:3]
        )
        raise NotPublished(f"it would take {size / 1e6:.2f} MB, {LIMIT / 1e6:g} MB are allowed; the largest: {largest}")
    outdated = written_before(folder) - {path.as_posix() for path in files}
    for path, content in files.items():
        replace_file(folder / path, content)
    for name in outdated:
        (folder / name).unlink(missing_ok=True)
    return tuple(folder / path for path in files)


def browser() -> str | None:
    """The Chromium of this machine, None where there is none."""
    return next((found for name in _BROWSERS if (found := shutil.which(name))), None)


def first_screen(page: Path) -> bytes:
    """A picture (PNG) of what a reader sees first. Raises `NotPublished` where no browser can take it."""
    program = browser()
    if program is None:
        raise NotPublished(
            "the picture of the first screen is taken by Chromium, which was not found: apt-get install chromium"
        )
    with tempfile.TemporaryDirectory() as home:
        picture = Path(home, PICTURE)
        command = [program, "--headless", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking"]
        command += ["--no-first-run", f"--user-data-dir={home}/profile", f"--window-size={_SCREEN[0]},{_SCREEN[1]}"]
        # Chromium refuses to run as root with a sandbox, as containers do.
        command += ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        command += [f"--screenshot={picture}", page.resolve().as_uri()]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotPublished(f"{program} took no picture of the first screen: {error}") from error
        if not picture.exists():
            said = (done.stderr.strip().splitlines() or ["nothing was said"])[-1]
            raise NotPublished(f"{program} took no picture of the first screen (status {done.returncode}): {said}")
        return picture.read_bytes()
