"""Where in a TOML text its keys and values stand.

In: a text that `tomllib` has accepted, so that nothing here can be malformed. Out: for each key path the
range of its key and of its value, as offsets; the standard library tells neither. The entries of an array
of tables share one path: the last one counts.
"""

from __future__ import annotations

import re
import tomllib

Path = tuple[str, ...]
Range = tuple[int, int]

_BLANK = re.compile(r"[ \t]*")
_GAP = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|' r"'''.*?'{3,5}|" r'"(?:[^"\\\n]|\\.)*"|' r"'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]*")


class Places:
    """The ranges of all keys and values of one text."""

    def __init__(self, text: str) -> None:
        self.keys: dict[Path, Range] = {}
        self.values: dict[Path, Range] = {}
        self._text = text
        self._at = 0
        self._document()

    def value(self, path: Path) -> Range:
        """Where a value stands; of a table with a header, that header."""
        return self.values.get(path) or self.key(path)

    def key(self, path: Path) -> Range:
        """Where a key stands; the begin of the text for one that is not there."""
        return self.keys.get(path) or (0, 0)

    # ---- reading -------------------------------------------------------------------------------

    def _skip(self, what: re.Pattern[str]) -> str:
        found = what.match(self._text, self._at)
        assert found is not None
        self._at = found.end()
        return found[0]

    def _takes(self, token: str) -> bool:
        found = self._text.startswith(token, self._at)
        self._at += len(token) if found else 0
        return found

    def _document(self) -> None:
        table: Path = ()
        self._skip(_GAP)
        while self._at < len(self._text):
            if self._takes("["):
                self._takes("[")
                table = self._key(())
                self._takes("]")
                self._takes("]")
            else:
                self._pair(table)
            self._skip(_GAP)

    def _key(self, above: Path) -> Path:
        """A dotted key; each of its parts is a key of its own."""
        path = above
        while True:
            self._skip(_BLANK)
            start = self._at
            path = (*path, self._key_part())
            self.keys.setdefault(path, (start, self._at))
            self._skip(_BLANK)
            if not self._takes("."):
                return path

    def _key_part(self) -> str:
        if self._text[self._at] in "\"'":
            quoted = self._skip(_STRING)
            return str(tomllib.loads(f"key = {quoted}")["key"])
        return self._skip(_BARE)

    def _pair(self, table: Path) -> None:
        path = self._key(table)
        self._takes("=")
        self._skip(_BLANK)
        self._value(path)

    def _value(self, path: Path) -> None:
        start = self._at
        if self._takes("["):
            self._array(path)
        elif self._takes("{"):
            self._inline_table(path)
        elif self._text[self._at] in "\"'":
            self._skip(_STRING)
        else:
            self._at = start + len(self._skip(_SCALAR).rstrip())
        self.values[path] = (start, self._at)

    def _array(self, path: Path) -> None:
        index = 0
        self._skip(_GAP)
        while not self._takes("]"):
            self._value((*path, str(index)))
            index += 1
            self._skip(_GAP)
            self._takes(",")
            self._skip(_GAP)

    def _inline_table(self, path: Path) -> None:
        self._skip(_GAP)
        while not self._takes("}"):
            self._pair(path)
            self._skip(_GAP)
            self._takes(",")
            self._skip(_GAP)
