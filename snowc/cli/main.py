"""Entry point of `snowc`: the fast path, the command group, and the one place that handles faults.

Statuses: 0 success, 1 a rejected program or another failure, 2 wrong usage; `run` passes the program's
own status on. Little but the standard library is imported before the fast path has declined.
"""

from __future__ import annotations

import os
import sys

from snowc.cli import fast

TYPE_CHECKING = False  # as in `typing`, whose import is a third of a warm start
if TYPE_CHECKING:
    from typing import NoReturn


def main(argv: list[str] | None = None) -> NoReturn:
    """Run one command line and exit with its status."""
    args = sys.argv[1:] if argv is None else argv
    hold_standard_streams()
    fast.attempt(args)
    sys.exit(_full(args))


def hold_standard_streams() -> None:
    """Put the null device on a standard descriptor that is closed, so that no file opened later lands
    there, and give Python a stream for each."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 - lives as long as the process
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115


def _full(args: list[str]) -> int:
    import click

    from snowc.cli import faults
    from snowc.cli.group import snowc
    from snowc.cli.shared import Invocation

    own = args[: args.index("--")] if "--" in args else args
    invocation = Invocation(json="--json" in own)
    try:
        status = snowc.main(args, prog_name="snowc", standalone_mode=False, obj=invocation)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as wrong:
        faults.report_usage(wrong)
        return 2
    except (KeyboardInterrupt, click.Abort):
        return 130
    except BrokenPipeError:
        # The reader went away; point stdout elsewhere so that the flush at exit is silent.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as fault:  # noqa: BLE001 - the outermost place: what escapes is a fault of snowc
        faults.report_fault(fault, invocation)
        return 1
