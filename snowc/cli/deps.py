"""`snowc deps`: resolve and fetch the dependencies of a project."""

from __future__ import annotations

import click

from snowc.cli.shared import Invocation, wants_color
from snowc.options import Options
from snowc.project.update import Updated, update
from snowc.source.span import NO_SPAN

FAILED = "Dependencies could not be resolved."
_EXAMPLES = """\b
Examples:
  snowc deps        the project in this folder
  snowc deps app    the project in app/
"""


@click.command(epilog=_EXAMPLES)
@click.argument("directory", metavar="[DIR]", required=False, default=".")
@click.pass_obj
def deps(invocation: Invocation, directory: str) -> int:
    """Find and fetch the dependencies of a project.

    Those from git go into .snow/deps; snow.lock says which commits they are. Does nothing if snow.lock is
    not older than snow.toml and all of them are there.
    """
    from snowc.session import on_deep_stack

    reporter = invocation.open(Options(color=wants_color(no_color=False)))
    session = reporter.session
    done = None
    if not session.sink.has_errors:
        done = on_deep_stack(lambda: update(directory, session.sources, session.sink, _say))
    reporter.flush()
    if done is None:
        # An error without a place is itself the last line.
        if any(diag.span != NO_SPAN for diag in session.sink.items):
            click.echo(f"error: {FAILED}", err=True)
        return 1
    click.echo(_outcome(done))
    return 0


def _say(text: str) -> None:
    click.echo(text, err=True)


def _outcome(done: Updated) -> str:
    if done.was_current:
        return "Dependencies up to date"
    return f"Resolved {done.count} dependencies" if done.count else "No dependencies"
