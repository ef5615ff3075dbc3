"""Syntax trees as short texts, so that tests can say which tree they expect."""

from __future__ import annotations

from snowc.diag.core import Diagnostic, Sink
from snowc.source.files import SourceMap
from snowc.source.span import Span
from snowc.syntax import ast
from snowc.syntax.parser import parse_file


def parse(text: str) -> tuple[ast.File, list[Diagnostic], SourceMap]:
    """A tree, its diagnostics in order, and the map to look places up in."""
    sources, sink = SourceMap(), Sink()
    tree = parse_file(sources, sources.add_text("main.snow", text), sink)
    return tree, sink.ordered(), sources


def tree(text: str) -> ast.File:
    """The tree of a text without mistakes."""
    made, diags, _ = parse(text)
    assert not diags, [d.message() for d in diags]
    return made


def messages(text: str) -> list[str]:
    """`LINE:COLUMN message` of every diagnostic."""
    _, diags, sources = parse(text)
    assert all(d.code == "P0001" for d in diags)
    return ["{}:{} {}".format(*sources.position(d.span), d.message()) for d in diags]


def only(text: str) -> Diagnostic:
    """The one diagnostic of a text."""
    _, diags, _ = parse(text)
    assert len(diags) == 1, [d.message() for d in diags]
    return diags[0]


def stmt(text: str) -> str:
    """The outline of the only statement of a text."""
    stmts = tree(text).block.stmts
    assert len(stmts) == 1, [show(s) for s in stmts]
    return show(stmts[0])


def stmts(text: str) -> list[str]:
    return [show(s) for s in tree(text).block.stmts]


def show(node: object) -> str:
    """Operators and names as written, everything else as `(Class field…)` without what is absent."""
    match node:
        case ast.Binary():
            return f"({node.op} {show(node.left)} {show(node.right)})"
        case ast.Unary():
            return f"({node.op} {show(node.operand)})"
        case ast.Pipe():
            return f"(|> {show(node.left)} {show(node.right)})"
        case ast.Call() if node.trailing is None:
            return f"{show(node.callee)}({', '.join(map(show, node.args))})"
        case ast.Dot():
            return f"{show(node.base)}.{node.name.text}"
        case ast.Index():
            return f"{show(node.base)}[{show(node.index)}]"
        case ast.Try():
            return f"{show(node.operand)}?"
        case ast.Var() | ast.NamePat():
            return node.name
        case ast.Name():
            return node.text
        case ast.Path():
            return node.text
        case ast.IntLit() | ast.FloatLit() | ast.BoolLit():
            return str(node.value)
        case ast.LitPat():
            return repr(node.value)
        case ast.WildPat():
            return "_"
        case ast.ConsPat():
            return f"({show(node.head)} :: {show(node.tail)})"
        case ast.OrPat():
            return f"({' | '.join(map(show, node.alternatives))})"
        case ast.NamedType():
            return node.path.text + ("" if node.args is None else f"<{', '.join(map(show, node.args))}>")
        case ast.OptionType():
            return f"{show(node.inner)}?"
        case ast.ResultType():
            return f"({show(node.ok)}!{show(node.err)})"
        case ast.Param():
            note = "" if node.annotation is None else f" :: {show(node.annotation)}"
            return show(node.pattern) + note
        case ast.Block():
            return "{" + "; ".join(map(show, node.stmts)) + "}"
        case str():
            return repr(node)
        case tuple():
            return f"[{', '.join(map(show, node))}]"
        case None | bool() | int():
            return str(node)
    names = [name for name in type(node).__match_args__ if name != "span"]  # type: ignore[attr-defined]
    values = [getattr(node, name) for name in names]
    shown = [show(value) for value in values if value not in (None, False) and not isinstance(value, Span)]
    return f"({' '.join([type(node).__name__, *shown])})"
