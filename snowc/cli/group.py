"""The command group: finds commands by name and imports a command's file only when it is used."""

from __future__ import annotations

from importlib import import_module

import click

from snowc import __version__
from snowc.diag.suggest import nearest

COMMANDS = ("run", "build", "check", "init", "deps", "explain")
"""Every command, in the order of the help text; `name` is the function `name` of `snowc.cli.name`."""

_EXAMPLES = """\b
Examples:
  snowc run hello.snow              compile and run one file
  snowc run app -- --port 8080      run the project in app/, with arguments
  snowc build hello.snow -o hello   make an executable
  snowc check app                   look for mistakes only
  snowc init app                    begin a project
  snowc explain E0001               what an error code means
"""


class _Commands(click.Group):
    """Commands by name, loaded on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(f"snowc.cli.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            near = nearest(args[0], COMMANDS)
            hint = f" (did you mean '{near}'?)" if near else ""
            raise click.UsageError(f"unknown command '{args[0]}'{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Commands,
    epilog=_EXAMPLES,
    context_settings={"max_content_width": 100, "help_option_names": ["--help"]},
    no_args_is_help=False,
    invoke_without_command=False,
)
@click.version_option(__version__, message="snowc %(version)s")
def snowc() -> None:
    """The compiler of the Snow language."""
