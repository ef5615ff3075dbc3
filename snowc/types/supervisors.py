"""Supervisors: their settings, and the start functions of their children (language.md 4.7, concurrency.md 15).

A supervisor is a function `() -> Pid<()>`. Whatever is wrong with its settings is reported here; in the typed
tree it is a function whose body holds the start functions, which nothing calls yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from snowc.diag.suggest import did_you_mean
from snowc.source.span import Span
from snowc.syntax import ast
from snowc.types import tast
from snowc.types.context import Cx
from snowc.types.env import FnEntity, Scope
from snowc.types.errors_processes import (
    BadRestart,
    BadShutdown,
    BadStart,
    MissingStart,
    RepeatedChild,
    RepeatedKey,
    TemplateChildren,
    UnknownStrategy,
)
from snowc.types.lookup import find_value
from snowc.types.printing import show
from snowc.types.ty import UNIT, Con, Fn, Type, Var

TEMPLATE = "simple_one_for_one"
STRATEGIES = ("one_for_one", "one_for_all", "rest_for_one", TEMPLATE)
RESTARTS = ("permanent", "transient", "temporary")
BRUTAL_KILL = "brutal_kill"


def supervisor_clause(definition: ast.SupervisorDef) -> ast.FnDef:
    """The supervisor as the one clause of a function, as far as names and parameters go."""
    starts = [s.value for c in definition.children for s in c.settings if isinstance(s.value, ast.Expr)]
    body = ast.Block(definition.span, tuple(starts))
    return ast.FnDef(
        definition.span, definition.doc, definition.public, definition.name, (), (), None, (), None, body, True
    )


def infer_supervisor(cx: Cx, definition: ast.SupervisorDef, scope: Scope) -> tast.TExpr:
    """The start functions, one after the other; everything else has been checked."""
    settings = _by_key(cx, definition.settings)
    strategy = settings.get("strategy")
    is_template = strategy is not None and _text(strategy) == TEMPLATE
    if strategy is not None and _text(strategy) not in STRATEGIES:
        word = _text(strategy)
        cx.report(UnknownStrategy(_place(strategy), word, did_you_mean(word, STRATEGIES)))
    if is_template and len(definition.children) != 1:
        cx.report(TemplateChildren(definition.name.span, definition.name.text, len(definition.children)))
    _check_names(cx, definition.children)
    starts = [_child(cx, child, is_template, scope) for child in definition.children]
    return tast.Block(definition.span, UNIT, [*(s for s in starts if s is not None), _unit(definition.span)])


def _unit(span: Span) -> tast.TExpr:
    return tast.Lit(span, UNIT, None)


# ---- settings ----------------------------------------------------------------------------------


def _by_key(cx: Cx, settings: Iterable[ast.SupervisorSetting]) -> dict[str, ast.SupervisorSetting]:
    """The settings of a supervisor or child by their keys; of several the first."""
    found: dict[str, ast.SupervisorSetting] = {}
    for setting in settings:
        first = found.setdefault(setting.key, setting)
        if first is not setting:
            cx.report(RepeatedKey(setting.span, setting.key, first.span))
    return found


def _text(setting: ast.SupervisorSetting) -> str:
    """A name or number as it is written."""
    return setting.value.text if isinstance(setting.value, ast.Name) else str(setting.value)


def _place(setting: ast.SupervisorSetting) -> Span:
    """The value of a setting; a number has no place of its own."""
    return setting.value.span if isinstance(setting.value, ast.Node) else setting.span


def _check_names(cx: Cx, children: Sequence[ast.Child]) -> None:
    first: dict[str, Span] = {}
    for child in children:
        known = first.setdefault(child.name.text, child.name.span)
        if known is not child.name.span:
            cx.report(RepeatedChild(child.name.span, child.name.text, known))


# ---- children ----------------------------------------------------------------------------------


def _child(cx: Cx, child: ast.Child, is_template: bool, scope: Scope) -> tast.TExpr | None:
    settings = _by_key(cx, child.settings)
    name = child.name.text
    restart, shutdown, start = (settings.get(key) for key in ("restart", "shutdown", "start"))
    if restart is not None and (word := _text(restart)) not in RESTARTS:
        cx.report(BadRestart(_place(restart), name, word, did_you_mean(word, RESTARTS)))
    if shutdown is not None and not _is_shutdown(shutdown):
        cx.report(BadShutdown(_place(shutdown), name, _text(shutdown)))
    if start is None:
        cx.report(MissingStart(child.name.span, name))
        return None
    assert isinstance(start.value, ast.Expr)
    return _start(cx, name, start.value, is_template, scope)


def _is_shutdown(setting: ast.SupervisorSetting) -> bool:
    if isinstance(setting.value, int):
        return setting.value > 0
    return _text(setting) == BRUTAL_KILL


def _start(cx: Cx, child: str, written: ast.Expr, is_template: bool, scope: Scope) -> tast.TExpr:
    """The start function of a child, judged by its type: a function without parameters that gives a Pid.

    Only that of a template may have parameters. A process cannot stand in its place: called, it would run in
    the supervisor itself.
    """
    typed = cx.infer(written, scope)
    ty = cx.head(typed.type)
    if isinstance(ty, Con) and ty.name in ("<error>", "Never"):
        return typed
    process = _process_named(cx, written, scope)
    if process is not None:
        cx.report(BadStart(typed.span, child, show(ty), f"wrap it: `fn -> spawn({process.short}) end`"))
    elif not isinstance(ty, Fn):
        advice = "wrap it, so that it runs at every start: `fn -> … end`" if _is_pid(cx, ty) else None
        cx.report(BadStart(typed.span, child, show(ty), advice))
    elif not _is_pid(cx, ty.result):
        place = _value_place(written)
        cx.report(BadStart(typed.span if place is None else place, child, show(ty.result)))
    elif ty.params and not is_template:
        advice = f"only a start function under `strategy: {TEMPLATE}` may have parameters"
        cx.report(BadStart(typed.span, child, show(ty), advice))
    return typed


def _is_pid(cx: Cx, ty: Type) -> bool:
    """Whether a value of this type is a Pid; a type that nothing determines becomes that of one."""
    head = cx.head(ty)
    if isinstance(head, Var):
        return cx.u.unify(head, Con("Pid", (cx.fresh(),)))
    return isinstance(head, Con) and head.name in ("Pid", "<error>", "Never")


def _process_named(cx: Cx, written: ast.Expr, scope: Scope) -> FnEntity | None:
    """The actor or supervisor that an expression names."""
    value = find_value(cx, scope, written.name) if isinstance(written, ast.Var) else None
    return value if isinstance(value, FnEntity) and value.process else None


def _value_place(written: ast.Expr) -> Span | None:
    """Where a closure of one clause gets its value."""
    if not isinstance(written, ast.Closure) or len(written.clauses) != 1:
        return None
    body = written.clauses[0].body
    while isinstance(body, ast.Block) and body.stmts and isinstance(body.stmts[-1], ast.Expr):
        body = body.stmts[-1]
    return body.span
