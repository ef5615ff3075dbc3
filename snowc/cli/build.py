"""`snowc build`: make an executable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from snowc.cli.shared import Invocation, code_options, output_options, program_argument, wants_color
from snowc.diag.core import ProjectError
from snowc.options import BUILD_OPT_LEVEL, Options
from snowc.source.span import NO_SPAN

_EXAMPLES = """\b
Examples:
  snowc build hello.snow             makes ./hello
  snowc build app -o bin/app -O 3    makes bin/app from the project in app/
  snowc build hello.snow --emit-llvm also writes hello.ll
"""


@click.command(epilog=_EXAMPLES)
@program_argument
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="OUT", help="Name of the executable.")
@click.option("--target", metavar="TRIPLE", help="Machine to build for; default: this one.")
@code_options(BUILD_OPT_LEVEL)
@output_options
@click.pass_obj
def build(invocation: Invocation, /, path: Path, no_color: bool, **switches: Any) -> int:
    """Compile a file, or the project in a directory, to an executable."""
    options = Options(**switches, color=wants_color(no_color))
    reporter = invocation.open(options)
    clash = _clash(options, path)
    if clash is not None:
        reporter.session.sink.add(ProjectError(NO_SPAN, clash))
    executable = None if reporter.session.sink.has_errors else reporter.session.build(path)
    status = reporter.finish(executable is not None)
    if executable is not None and status == 0:
        _announce(options, path, executable)
    return status


def _clash(options: Options, path: Path) -> str | None:
    """Why the files to be written would overwrite each other or the source, if they would."""
    out = options.output
    if out is None:
        return None
    if out.is_dir():
        return f"'{out}' is a directory, not a name for the executable"
    if out.suffix == ".snow" or (out.exists() and path.exists() and out.samefile(path)):
        return f"the executable '{out}' would replace Snow source"
    asked = [suffix for wanted, suffix in ((options.emit_llvm, ".ll"), (options.emit_mir, ".mir")) if wanted]
    return f"'{out}' cannot be both the executable and its {out.suffix} file" if out.suffix in asked else None


def _announce(options: Options, path: Path, executable: Path) -> None:
    if options.emit_llvm:
        click.echo(f"  LLVM IR: {options.artifact(path, '.ll')}", err=True)
    if options.emit_mir:
        click.echo(f"  MIR: {options.artifact(path, '.mir')}", err=True)
    click.echo(f"  Compiled: {executable}", err=True)
