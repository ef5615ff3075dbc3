"""`snowc init`: begin a project."""

from __future__ import annotations

import click

from snowc.cli.shared import Invocation, wants_color
from snowc.options import Options
from snowc.project.create import create


@click.command(epilog="\b\nExample:\n  snowc init weather && snowc run weather")
@click.argument("name", metavar="NAME")
@click.pass_obj
def init(invocation: Invocation, name: str) -> int:
    """Begin a project: a new folder with a program that runs.

    Makes NAME/snow.toml, the manifest, and NAME/main.snow.
    """
    reporter = invocation.open(Options(color=wants_color(no_color=False)))
    if not create(name, reporter.session.sink):
        reporter.flush()
        return 1
    click.echo(f"Created project '{name}'")
    return 0
