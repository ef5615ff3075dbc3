"""What the commands have in common: their options, and making the session."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from snowc.cli.report import Reporter, SessionLike
from snowc.diag.core import ProjectError
from snowc.options import Options
from snowc.source.span import NO_SPAN

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Invocation:
    """State of one command line that the fault handler needs."""

    json: bool = False
    session: SessionLike | None = None

    def open(self, options: Options) -> Reporter:
        """Make the session, refusing machines that Snow does not know."""
        from snowc.session import Session

        self.json = options.json
        self.session = session = Session(options)
        reporter = Reporter(session, options)
        problem = unsupported_host() or unsupported_target(options.target)
        if problem is not None:
            session.sink.add(ProjectError(NO_SPAN, problem))
        return reporter


def leave(status: int) -> NoReturn:
    """End the process at once. Threads of a program's core may live, and freeing one by one all that a
    compilation has made takes as long as a small compilation."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def wants_color(no_color: bool) -> bool:
    """Colour on a terminal, unless the flag, `NO_COLOR` or a terminal without it says no."""
    return not no_color and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and sys.stderr.isatty()


def unsupported_host() -> str | None:
    """Why this machine or interpreter cannot run the compiler, if it cannot."""
    from snowrt.load import CoreUnavailable, check_platform

    try:
        check_platform()
    except CoreUnavailable as problem:
        return str(problem)
    return None


def unsupported_target(triple: str | None) -> str | None:
    """Why code for `triple` cannot be made, if it cannot."""
    machine = platform.machine()
    if triple is None or _is_host(triple, machine):
        return None
    return f"target '{triple}' is not supported yet: programs are built for this machine, {machine}-linux-gnu"


def _is_host(triple: str, machine: str) -> bool:
    return triple in {f"{machine}-{vendor}linux-gnu" for vendor in ("", "unknown-", "pc-")}


def program_argument(function: F) -> F:
    return click.argument("path", metavar="FILE|DIR", type=click.Path(path_type=Path))(function)


def output_options(function: F) -> F:
    """Options of every command that compiles: how diagnostics look, and looking inside."""
    for option in (
        click.option("--verify", is_flag=True, help="Check the MIR before and after every pass."),
        click.option("--timings", is_flag=True, help="Print the time each stage took."),
        click.option("--no-color", is_flag=True, help="Do not use colours."),
        click.option("--json", is_flag=True, help="Print diagnostics as JSON, one object per line."),
    ):
        function = option(function)
    return function


def code_options(default_level: int) -> Callable[[F], F]:
    """Options of the commands that make code."""

    def add(function: F) -> F:
        for option in (
            click.option("--dump-mir", multiple=True, metavar="PASS", help="Print the MIR after PASS; repeatable."),
            click.option("--emit-mir", is_flag=True, help="Also write the MIR, beside the executable."),
            click.option("--emit-llvm", is_flag=True, help="Also write the LLVM IR, beside the executable."),
            click.option(
                "-O", "--opt-level", type=click.IntRange(0, 3), default=default_level, show_default=True, metavar="N",
                help="Optimisation level.",
            ),
        ):  # fmt: skip
            function = option(function)
        return function

    return add
