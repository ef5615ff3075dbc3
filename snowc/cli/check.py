"""`snowc check`: report mistakes, make nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import click

from snowc.cli.shared import Invocation, leave, output_options, program_argument, wants_color
from snowc.options import Options


@click.command(epilog="\b\nExamples:\n  snowc check hello.snow\n  snowc check app --json")
@program_argument
@output_options
@click.pass_obj
def check(invocation: Invocation, /, path: Path, no_color: bool, **switches: Any) -> NoReturn:
    """Look for mistakes in a file or project without building it.

    The status is 1 if there is an error; warnings do not count.
    """
    options = Options(**switches, color=wants_color(no_color))
    reporter = invocation.open(options)
    leave(reporter.finish(not reporter.session.sink.has_errors and reporter.session.check(path)))
