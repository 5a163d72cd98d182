"""When a part of the report was made, and of which source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .source import Fields


@dataclass(frozen=True)
class Made:
    """created: ISO 8601. commit: empty where it is not known. changed: whether the source was not, or not all the time, as committed."""

    created: str = ""
    commit: str = ""
    changed: bool = False

    @classmethod
    def of(cls, created: str, source: Fields, commit: str = "commit", changed: str = "changed") -> Made:
        """From a file's own moment and its object about the source; the last two are the names of fields in that."""
        return cls(created, source.text(commit), source.flag(changed) is True)

    @property
    def moment(self) -> str:
        """As a reader wants it; what is no moment stays as it is."""
        try:
            return datetime.fromisoformat(self.created).strftime("%Y-%m-%d %H:%M %Z").strip()
        except ValueError:
            return self.created

    @property
    def source(self) -> str:
        """The commit in words."""
        if not self.commit:
            return "not recorded"
        return self.commit[:12] + (", with changes that are not committed" if self.changed else "")
