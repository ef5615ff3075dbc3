"""`snowc init`: a new project that builds and runs."""

from __future__ import annotations

import os

from snowc.diag.core import Sink
from snowc.modules.names import ENTRY_FILE
from snowc.project import errors, manifest, names
from snowc.source.span import NO_SPAN

_MANIFEST = """\
[package]
name = "{name}"
version = "0.1.0"

[dependencies]
"""

_PROGRAM = """\
fn main() do
  println("Hello from {name}!")
end
"""


def create(folder: str, sink: Sink) -> bool:
    """Make a project in a new folder, whose last name becomes the package's; whether that was possible."""
    name = os.path.basename(os.path.normpath(folder)) if folder else ""
    reason = names.problem(name)
    if reason is not None:
        sink.add(errors.bad_name(NO_SPAN, name, reason))
        return False
    if os.path.lexists(folder):
        sink.add(errors.exists(folder))
        return False
    try:
        os.makedirs(folder)
        for file, template in ((manifest.FILE_NAME, _MANIFEST), (ENTRY_FILE, _PROGRAM)):
            with open(os.path.join(folder, file), "x", encoding="utf-8") as out:
                out.write(template.format(name=name))
    except OSError as error:
        sink.add(errors.unwritable(error.filename or folder, error.strerror or str(error)))
        return False
    return True
