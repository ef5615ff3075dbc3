"""Diagnostics for programs (language.md 9.3): one JSON object per line.

In: a diagnostic and the source texts. Out: one line without its newline. Offsets are bytes of the file,
the end exclusive. A span that lies in another file than the primary one carries a `file` of its own.
"""

from __future__ import annotations

import json
from typing import Any

from snowc.diag.core import Diagnostic, Label
from snowc.diag.render_text import SYNTAX_CODE
from snowc.source.files import SourceMap


def render_json(diag: Diagnostic, sources: SourceMap) -> str:
    """The object of one diagnostic."""
    labels = diag.labels()
    message = f"Parse error: {diag.message()}" if diag.code == SYNTAX_CODE else diag.message()
    return _line(
        {
            "code": diag.code,
            "severity": diag.severity.value,
            "message": message,
            "file": sources.path(diag.span.file) if labels else "",
            "spans": [_span(label, diag.span.file, sources) for label in labels],
            "fix": diag.help(),
        }
    )


def render_failure(message: str) -> str:
    """The object that ends a failed build."""
    return _line({"code": "C0001", "severity": "error", "message": message, "file": "", "spans": [], "fix": None})


def _span(label: Label, primary_file: int, sources: SourceMap) -> dict[str, Any]:
    span = label.span
    out = {
        "start": sources.byte_offset(span.file, span.start),
        "end": sources.byte_offset(span.file, span.end),
        "label": label.text,
    }
    return out if span.file == primary_file else {**out, "file": sources.path(span.file)}


def _line(fields: dict[str, Any]) -> str:
    # Escaped beyond ASCII, so that the stream's encoding does not matter.
    return json.dumps(fields, separators=(",", ":"))
