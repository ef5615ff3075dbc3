"""How wrong usage and faults of the compiler are told: one line on standard error, never a traceback."""

from __future__ import annotations

import os
import sys
import traceback

import click

from snowc.cli.shared import Invocation
from snowc.diag.display import words
from snowc.diag.render_json import render_failure
from snowc.diag.suggest import nearest

_TRACEBACK = "SNOW_TRACEBACK"


def report_usage(wrong: click.ClickException) -> None:
    """Print what is wrong with the command line and where help is to be found."""
    context = wrong.ctx if isinstance(wrong, click.UsageError) else None
    command = context.command_path if context is not None else "snowc"
    click.echo(f"error: {_usage_words(wrong)}", err=True)
    click.echo(f"Try '{command} --help' for help.", err=True)


def _usage_words(wrong: click.ClickException) -> str:
    if isinstance(wrong, click.NoSuchOption):
        known = [name for p in wrong.ctx.command.get_params(wrong.ctx) for name in p.opts] if wrong.ctx else []
        near = nearest(wrong.option_name, [name for name in known if name.startswith("--")])
        return f"unknown option '{wrong.option_name}'" + (f" (did you mean '{near}'?)" if near else "")
    if isinstance(wrong, click.MissingParameter) and wrong.param is not None:
        return f"missing argument {wrong.param.human_readable_name}"
    text = wrong.format_message().rstrip(".")
    return text[:1].lower() + text[1:]


def report_fault(fault: Exception, invocation: Invocation) -> None:
    """Print an internal error with its pass and source line; the traceback only if it was asked for."""
    text = words(f"internal compiler error{_place(fault, invocation)}: {_cause(fault)}")
    if invocation.json:
        click.echo(render_failure(text), err=True)
    else:
        click.echo(f"error: {text}", err=True)
        click.echo("This is a mistake in snowc, not in your program. Please report it with the program that", err=True)
        click.echo(f"shows it, `snowc --version` and the output under {_TRACEBACK}=1.", err=True)
    if os.environ.get(_TRACEBACK) == "1":
        traceback.print_exception(fault, file=sys.stderr)


def _cause(fault: Exception) -> str:
    cause = getattr(fault, "cause", None)
    shown = cause if isinstance(cause, BaseException) else fault
    text = str(shown)
    return f"{type(shown).__name__}: {text}" if text else type(shown).__name__


def _place(fault: Exception, invocation: Invocation) -> str:
    """` in pass X at FILE:LINE`, as far as it is known."""
    name = getattr(fault, "pass_name", None)
    place = f" in pass {name}" if name else ""
    span = getattr(fault, "span", None)
    if span is None or span.file < 0 or invocation.session is None:
        return place
    sources = invocation.session.sources
    line, _ = sources.line_col(span.file, span.start)
    return f"{place} at {sources.path(span.file)}:{line}"
