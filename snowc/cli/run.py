"""`snowc run`: compile and run in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from snowc.cli.shared import Invocation, code_options, leave, output_options, program_argument, wants_color
from snowc.options import RUN_OPT_LEVEL, Options

_EXAMPLES = """\b
Examples:
  snowc run hello.snow
  snowc run wordcount.snow -- README.md   everything after -- goes to the program
  snowc run app -O 2                      the project in app/, fully optimised
"""
_ARGS = "snowc.run.args"


class _RunCommand(click.Command):
    """Takes everything behind the first `--` away for the program before options are looked at."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own, rest = args, []
        if "--" in args:
            cut = args.index("--")
            own, rest = args[:cut], args[cut + 1 :]
        ctx.meta[_ARGS] = rest
        ctx.allow_extra_args = True
        left = super().parse_args(ctx, own)
        if ctx.args:
            raise click.UsageError(f"unexpected argument '{ctx.args[0]}': the program's own arguments go after --", ctx)
        return left

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [*super().collect_usage_pieces(ctx), "[-- ARGS]..."]


@click.command(cls=_RunCommand, epilog=_EXAMPLES)
@program_argument
@code_options(RUN_OPT_LEVEL)
@output_options
@click.pass_context
def run(ctx: click.Context, /, path: Path, no_color: bool, **switches: Any) -> int:
    """Compile a file, or the project in a directory, and run it.

    The status is the program's own: 0, or 101 after a panic.
    """
    invocation: Invocation = ctx.obj
    reporter = invocation.open(Options(**switches, color=wants_color(no_color)))
    session = reporter.session
    if session.sink.has_errors:
        return reporter.fail()
    status = session.run(path, ctx.meta[_ARGS], reporter.flush)
    if session.sink.has_errors:
        return reporter.fail()
    reporter.flush()
    leave(status)
