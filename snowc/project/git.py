"""Checkouts of git repositories, through the program `git`.

In: a repository, a wish and a folder. On exit the folder holds the wished commit, detached, and nothing
else. A new checkout is made aside and renamed, so that a folder is whole or not there.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from snowc.project.manifest import GitSource

_HASH = re.compile(r"[0-9a-f]{4,64}")
_FULL_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# Set by git for its own children (hooks, aliases); they would point our commands at another repository.
_INHERITED = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_NAMESPACE",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_PREFIX",
)  # fmt: skip


class GitMissing(Exception):
    """There is no program `git`."""


class GitFailed(Exception):
    """Git refused; the words are its own."""


class NoSuchCommit(Exception):
    """The repository does not have what was wished; the words name it."""


def checkout(source: GitSource, location: str, folder: str, pinned: str | None) -> str:
    """Bring `folder` to the wished commit, or to the commit `pinned`; gives the commit's hash."""
    exact = pinned or (source.wanted if source.kind == "rev" and _FULL_HASH.fullmatch(source.wanted) else None)
    fresh = not _is_checkout_of(folder, location)
    target = f"{folder}.{os.getpid()}.tmp" if fresh else folder
    try:
        if fresh:
            shutil.rmtree(target, ignore_errors=True)
            _git("clone", "--quiet", "--no-checkout", "--", location, target)
        elif exact is None or _commit(folder, exact) is None:
            _fetch(folder, with_default=not source.kind)
        commit = _commit(target, exact) if exact else _wished(target, source, "HEAD" if fresh else "FETCH_HEAD")
        if commit is None:
            raise NoSuchCommit(f"commit {exact}" if exact else source.request)
        _in(target, "checkout", "--quiet", "--force", "--detach", commit)
        _in(target, "clean", "--quiet", "-ffdx")
        if fresh:
            shutil.rmtree(folder, ignore_errors=True)
            os.rename(target, folder)
    finally:
        if fresh:
            shutil.rmtree(target, ignore_errors=True)
    return commit


def _fetch(folder: str, with_default: bool) -> None:
    """Get everything new; `with_default` also what is now the remote's default branch, as FETCH_HEAD."""
    _in(folder, "fetch", "--quiet", "--force", "--prune", "--tags", "origin", "+refs/heads/*:refs/remotes/origin/*")
    if with_default:
        _in(folder, "fetch", "--quiet", "origin", "HEAD")


def _wished(folder: str, source: GitSource, default: str) -> str | None:
    """The commit that the source asks for. Local branches are never meant: no fetch moves them."""
    tag, branch = f"refs/tags/{source.wanted}", f"refs/remotes/origin/{source.wanted}"
    match source.kind:
        case "rev" if _HASH.fullmatch(source.wanted):
            return _commit(folder, source.wanted)
        case "rev":
            return _commit(folder, tag) or _commit(folder, branch)
        case "tag":
            return _commit(folder, tag)
        case "branch":
            return _commit(folder, branch)
    return _commit(folder, default)


def _commit(folder: str, name: str) -> str | None:
    """The hash of the commit that a revision stands for, None if there is none."""
    try:
        return _in(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}").strip()
    except GitFailed:
        return None


def _is_checkout_of(folder: str, location: str) -> bool:
    if not os.path.isdir(os.path.join(folder, ".git")):
        return False
    try:
        return _in(folder, "config", "--get", "remote.origin.url").strip() == location
    except GitFailed:
        return False


def _in(folder: str, *arguments: str) -> str:
    """Git on the repository of a checkout, never on one that surrounds it."""
    place = os.path.abspath(folder)
    return _git(f"--git-dir={place}/.git", f"--work-tree={place}", "-C", place, *arguments)


def _git(*arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in _INHERITED}
    environment |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", *arguments], env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    except FileNotFoundError as error:
        raise GitMissing from error
    if done.returncode != 0:
        raise GitFailed(_reason(done.stderr.decode("utf-8", "replace"), done.returncode))
    return done.stdout.decode("utf-8", "surrogateescape")


def _reason(words: str, status: int) -> str:
    """The line in which git says what is wrong."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(("fatal:", "error:"))] or lines
    return told[0].partition(": ")[2] or told[0] if told else f"git ended with status {status}"
