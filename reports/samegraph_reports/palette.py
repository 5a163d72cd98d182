"""Colours by role as (light, dark): one table feeds the page and the free-standing drawings.

The six series colours were searched for the largest perceptual distance under normal, protan, deutan and tritan
vision at once (at least 13 in OKLab x 100), each with a contrast of at least 3 to its background.
"""

from __future__ import annotations

COLOURS: dict[str, tuple[str, str]] = {
    "page": ("#f6f7f9", "#0e1216"),
    "surface": ("#ffffff", "#151a21"),
    "raised": ("#eef1f5", "#1e252e"),
    "ink": ("#14181d", "#e9edf2"),
    "soft": ("#4c5763", "#a9b4c0"),
    "line": ("#d5dbe2", "#303a45"),
    "link": ("#0b57c2", "#8db9ff"),
    "good": ("#0b6e4f", "#6fd8b4"),
    "good-back": ("#e2f4ec", "#10332a"),
    "warn": ("#7a5200", "#f0c05a"),
    "warn-back": ("#fdf2d8", "#3a2c0b"),
    "bad": ("#b3261e", "#ff9c8f"),
    "bad-back": ("#fde7e4", "#451a16"),
    "none": ("#56616d", "#a9b4c0"),
    "none-back": ("#eceff3", "#232b35"),
    "s0": ("#1c57e8", "#8eb0f7"),
    "s1": ("#ce740b", "#e19b43"),
    "s2": ("#1da490", "#9afce0"),
    "s3": ("#881e8d", "#c94be6"),
    "s4": ("#615c10", "#faf027"),
    "s5": ("#3a3d38", "#8b8f94"),
}
SLOTS = 6
_KNOWN = ("numpy", "tensorflow", "torch", "jax")


def variables(dark: bool) -> str:
    """The colours as CSS custom properties."""
    return "".join(f"--{name}:{pair[dark]};" for name, pair in COLOURS.items())


def backend_slot(backend: str, backends: list[str]) -> int:
    """The series colour of a backend; the four known ones always have the same."""
    if backend in _KNOWN:
        return _KNOWN.index(backend)
    others = [name for name in backends if name not in _KNOWN]
    return (len(_KNOWN) + others.index(backend)) % SLOTS if backend in others else SLOTS - 1


def backend_order(backend: str) -> tuple[int, str]:
    """Sorts the known backends first, in the order a reader expects them, each followed by itself on other devices."""
    name = backend.partition(" ")[0]
    return (_KNOWN.index(name) if name in _KNOWN else len(_KNOWN), backend)


def on_device(backend: str, device: str) -> str:
    """How a reader is told of a backend: with its device, where that is not the usual one."""
    return backend if device in ("", "cpu") else f"{backend} {device}"
