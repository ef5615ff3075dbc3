"""`snowc explain`: print the page of a diagnostic code."""

from __future__ import annotations

import click

from snowc.diag.codes import CODES, page
from snowc.diag.suggest import nearest


@click.command(epilog="\b\nExample:\n  snowc explain E0001")
@click.argument("code", metavar="CODE")
@click.pass_context
def explain(ctx: click.Context, code: str) -> int:
    """Explain a diagnostic code, with an example and its cure."""
    known = code.upper()
    if known not in CODES:
        near = nearest(known, CODES, limit=1)
        raise click.UsageError(f"unknown code '{code}'" + (f" (did you mean '{near}'?)" if near else ""), ctx)
    click.echo(page(known), nl=False)
    return 0
