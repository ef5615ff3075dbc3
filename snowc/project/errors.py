"""Diagnostics of projects. What is wrong in a manifest is shown there; the rest is tied to no place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from snowc.diag.core import Diagnostic, Label, ProjectError, Warning_, diagnostic
from snowc.diag.suggest import did_you_mean
from snowc.source.span import NO_SPAN, Span

# ---- in a manifest -----------------------------------------------------------------------------


def not_toml(span: Span, detail: str) -> ProjectError:
    return ProjectError(span, f"this is not valid TOML: {detail}")


def missing_key(span: Span, key: str, example: str) -> ProjectError:
    return ProjectError(span, f"`{key}` is missing", f"add {example}")


def wrong_type(span: Span, key: str, wanted: str, found: str) -> ProjectError:
    return ProjectError(span, f"`{key}` must be {wanted}, found {found}")


def bad_name(span: Span, name: str, reason: str) -> ProjectError:
    return ProjectError(span, f"'{name}' cannot be the name of a package: {reason}")


def bad_value(span: Span, key: str, reason: str) -> ProjectError:
    return ProjectError(span, f"`{key}` {reason}")


def no_source(span: Span, name: str) -> ProjectError:
    return ProjectError(
        span,
        f"dependency '{name}' does not say where it comes from",
        'give it a source: { git = "https://…" } or { path = "…" }',
    )


def two_sources(span: Span, name: str) -> ProjectError:
    return ProjectError(span, f"dependency '{name}' has two sources", "keep either `git` or `path`")


def missing_folder(span: Span, name: str, folder: str) -> ProjectError:
    return ProjectError(span, f"dependency '{name}' is not there: '{folder}' is not a directory")


@diagnostic
class UnknownKey(Warning_):
    """A key that means nothing; `known` are those that do in its place."""

    code: ClassVar[str] = "W0003"

    path: str
    key: str
    known: tuple[str, ...]

    def message(self) -> str:
        return f"unknown key `{self.path}`"

    def help(self) -> str:
        near = did_you_mean(self.key, self.known)
        return near or f"known here: {', '.join(self.known)}"


@diagnostic
class IgnoredKey(Warning_):
    """`tag`, `branch` or `rev` beside `path`."""

    code: ClassVar[str] = "W0003"

    key: str

    def message(self) -> str:
        return f"`{self.key}` has no effect on a path dependency"

    def help(self) -> str:
        return f"remove `{self.key}`, or use `git` instead of `path`"


# ---- of several manifests ----------------------------------------------------------------------


@diagnostic
class Conflict(Diagnostic):
    """Two packages of one name. `first` and `second` say where each comes from."""

    name: str
    first: str
    second: str
    other: Span

    def message(self) -> str:
        return f"Dependency conflict: '{self.name}' comes from {self.first} and from {self.second}"

    def label(self) -> str:
        return f"here it is {self.second}"

    def secondary(self) -> tuple[Label, ...]:
        return () if self.other == NO_SPAN else (Label(self.other, f"here it is {self.first}"),)

    def help(self) -> str:
        return "a program holds one package of a name: let both agree on its source"


def cycle(names: Sequence[str]) -> ProjectError:
    """`names` lists the packages of the cycle once each."""
    text = " -> ".join([*names, names[0]])
    return ProjectError(NO_SPAN, f"Dependency cycle: {text}", "move what these packages share into one of its own")


def unresolved(missing: Sequence[tuple[str, str]], command: str) -> ProjectError:
    """`missing`: names of dependencies, each with what it lacks."""
    if len(missing) == 1:
        text = "Dependency '{}' is not resolved: {}".format(*missing[0])
    else:
        text = "Dependencies are not resolved: " + "; ".join(f"'{name}' {lack}" for name, lack in missing)
    return ProjectError(NO_SPAN, text, f"run `{command}`")


def no_manifest(folder: str) -> ProjectError:
    return ProjectError(NO_SPAN, f"No 'snow.toml' found in {folder}", "`snowc init NAME` makes a project with one")


def no_folder(path: str, problem: str) -> ProjectError:
    return ProjectError(NO_SPAN, f"'{path}' {problem}")


def exists(path: str) -> ProjectError:
    return ProjectError(NO_SPAN, f"'{path}' already exists", "choose another name, or work on what is there")


def unreadable(path: str, reason: str) -> ProjectError:
    return ProjectError(NO_SPAN, f"'{path}' cannot be read: {reason}")


def unwritable(path: str, reason: str) -> ProjectError:
    return ProjectError(NO_SPAN, f"'{path}' cannot be written: {reason}")


def bad_lock(path: str, reason: str, command: str) -> ProjectError:
    return ProjectError(NO_SPAN, f"'{path}' is not a lock file: {reason}", f"write it anew with `{command}`")


# ---- of git ------------------------------------------------------------------------------------


def no_git(name: str) -> ProjectError:
    return ProjectError(NO_SPAN, f"dependency '{name}' needs the program git, which was not found", "install git")


def git_failed(span: Span, name: str, url: str, words: str) -> ProjectError:
    return ProjectError(span, f"dependency '{name}' cannot be fetched from {url}: {words}")


def no_revision(span: Span, name: str, wanted: str, url: str) -> ProjectError:
    return ProjectError(span, f"dependency '{name}': there is no {wanted} in {url}")
