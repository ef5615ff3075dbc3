"""Finding dependencies for a build: paths, checkouts, conflicts, cycles."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from snowc.diag.core import Sink
from snowc.project.locate import Located, Origin, find_packages
from snowc.project.lock import LockedPackage, lock_text
from snowc.source.files import MemoryReader, SourceMap
from tests.unit.project.support import package, told

URL = "https://example.org/geo.git"
GIT = f'{{ git = "{URL}", tag = "v1" }}'


def path(to: str) -> str:
    return f'{{ path = "{to}" }}'


def find(files: Mapping[str, str], root: str = "app") -> tuple[Located, list[str]]:
    sources, sink = SourceMap(MemoryReader(files)), Sink()
    located = find_packages(root, sources, sink)
    return located, [told(diag, sources) for diag in sink.items]


def lock(*packages: tuple[str, str, str]) -> str:
    return lock_text(LockedPackage(*fields) for fields in packages)


def test_path_dependencies_and_theirs_need_no_lock() -> None:
    files = {
        "app/snow.toml": package("app", geo_tools=path("../libs/geo"), units=path("../units")),
        "libs/geo/snow.toml": package("geo", units=path("../../units"), text=path("text")),
        "libs/geo/a.snow": "",
        "libs/geo/text/a.snow": "",
        "units/snow.toml": package("units"),
    }
    located, messages = find(files)
    assert messages == []
    assert [(p.name, p.prefix, p.folder, p.uses) for p in located.packages] == [
        ("geo-tools", "GeoTools", "libs/geo", ("Units", "Text")),
        ("units", "Units", "units", ()),
        ("text", "Text", "libs/geo/text", ()),
    ]
    assert located.texts == {name: text for name, text in files.items() if name.endswith(".toml")}


def test_without_a_manifest_there_are_no_dependencies() -> None:
    assert find({"app/main.snow": ""}) == (Located(), [])


def test_the_folder_of_the_program_may_be_the_current_one() -> None:
    located, messages = find({"snow.toml": package("app", units=path("units")), "units/a.snow": ""}, ".")
    assert not messages
    assert [p.folder for p in located.packages] == ["units"]


def test_a_missing_folder_is_shown_where_it_is_asked_for() -> None:
    _, messages = find({"app/snow.toml": package("app", units=path("../units"))})
    assert messages == ["C0001 snow.toml:6:1 `units` dependency 'units' is not there: 'units' is not a directory"]


def test_mistakes_of_a_dependency_count_and_its_warnings_do_not() -> None:
    app = package("app", a=path("../a"), b=path("../b"))
    _, messages = find({"app/snow.toml": app, "a/snow.toml": package("a") + "x = 1\n[y]\n", "b/snow.toml": "["})
    assert [message[:12] for message in messages] == ["C0001 snow.t", "C0001 snow.t"]
    assert "`x` must be a table" in messages[0] and "TOML" in messages[1]


CHECKOUT = {"app/.snow/deps/geo/plan.snow": "", "app/snow.lock": lock(("geo", URL, "abc"))}


def test_a_checkout_that_the_lock_names_is_used_and_followed() -> None:
    files = {
        "app/snow.toml": package("app", geo=GIT),
        "app/.snow/deps/geo/snow.toml": package("geo", units=path("units")),
        "app/.snow/deps/geo/units/a.snow": "",
        "app/.snow/deps/geo.origin": Origin(URL, "tag v1", "abc").text(),
    }
    located, messages = find(CHECKOUT | files)
    assert messages == []
    assert [p.folder for p in located.packages] == ["app/.snow/deps/geo", "app/.snow/deps/geo/units"]
    assert set(located.texts) == {*files, "app/snow.lock"} - {"app/.snow/deps/geo/units/a.snow"}


@pytest.mark.parametrize(
    ("files", "lack"),
    [
        ({}, "there is no 'app/snow.lock'"),
        ({"app/snow.lock": lock()}, "'app/snow.lock' does not have it"),
        ({"app/snow.lock": lock(("geo", URL, "abc"))}, "'app/.snow/deps/geo' is missing"),
        (CHECKOUT | {"app/snow.lock": lock(("geo", "u", "abc"))}, "snow.lock has it from u"),
        (CHECKOUT | {"app/.snow/deps/geo.origin": Origin(URL, "tag v0", "abc").text()},
         "it was fetched as tag v0, but tag v1 is wanted"),
        (CHECKOUT | {"app/.snow/deps/geo.origin": Origin(URL, "tag v1", "def").text()},
         "snow.lock names another commit"),
    ],
)  # fmt: skip
def test_a_git_dependency_must_have_been_resolved(files: dict[str, str], lack: str) -> None:
    _, messages = find(files | {"app/snow.toml": package("app", geo=GIT)})
    assert messages == [f"C0001 Dependency 'geo' is not resolved: {lack} (run `snowc deps app`)"]


def test_all_unresolved_dependencies_are_one_message() -> None:
    _, messages = find({"snow.toml": package("app", geo=GIT, b='{ git = "u" }'), "snow.lock": lock()}, ".")
    assert messages == [
        "C0001 Dependencies are not resolved: 'geo' './snow.lock' does not have it; "
        "'b' './snow.lock' does not have it (run `snowc deps`)"
    ]


def test_a_broken_lock_says_what_to_do() -> None:
    _, messages = find({"app/snow.toml": package("app", geo=GIT), "app/snow.lock": "version = 2"})
    assert messages[0] == (
        "C0001 'app/snow.lock' is not a lock file: its version is not 1 (write it anew with `snowc deps app`)"
    )


# ---- conflicts and cycles ----------------------------------------------------------------------


def conflict(first: str, second: str) -> list[str]:
    app = package("app", a=path("../a"), b=path("../b"))
    a, b = package("a", units=first), package("b", units=second)
    files = {"app/snow.toml": app, "a/snow.toml": a, "b/snow.toml": b, "u1/x.snow": "", "u2/x.snow": ""}
    return [message for message in find(files)[1] if "not resolved" not in message]


def test_one_name_from_two_folders() -> None:
    assert conflict(path("../u1"), path("../u2")) == [
        "C0001 snow.toml:6:1 `units` Dependency conflict: 'units' comes from ../u1 and from ../u2 "
        "(a program holds one package of a name: let both agree on its source)"
    ]


@pytest.mark.parametrize(
    ("first", "second", "agree"),
    [
        (path("../u1"), path("../a/../u1/"), True),
        ('{ git = "https://x/u" }', '{ git = "https://x/u.git/" }', True),
        ('{ git = "https://x/u", tag = "1" }', '{ git = "https://x/u", tag = "2" }', False),
        ('{ git = "https://x/u" }', path("../u1"), False),
    ],
)
def test_when_two_sources_are_the_same(first: str, second: str, agree: bool) -> None:
    assert (conflict(first, second) == []) is agree


def test_names_that_give_the_same_modules_conflict() -> None:
    app = package("app", a_b=path("../u1")) + "a_b = " + path("../u2") + "\n"
    _, messages = find({"app/snow.toml": app, "u1/x.snow": "", "u2/x.snow": ""})
    assert "Dependency conflict: 'a_b'" in messages[0]


def test_a_dependency_cannot_have_the_name_of_the_program() -> None:
    _, messages = find({"app/snow.toml": package("app", app=path("../u")), "u/x.snow": ""})
    assert "Dependency conflict: 'app' comes from the program itself and from ../u" in messages[0]


def test_both_places_of_a_conflict_are_shown() -> None:
    sources, sink = SourceMap(), Sink()
    files = {
        "app/snow.toml": package("app", u=path("../u1"), a=path("../a")), "u1/x.snow": "", "u2/x.snow": "",
        "a/snow.toml": package("a", u=path("../u2")),
    }  # fmt: skip
    sources.reader = MemoryReader(files)
    find_packages("app", sources, sink)
    labels = [(sources.path(label.span.file), label.text) for label in sink.items[0].labels()]
    assert labels == [("a/snow.toml", "here it is ../u2"), ("app/snow.toml", "here it is ../u1")]


@pytest.mark.parametrize(
    ("manifests", "text"),
    [
        ({"app": ["app"]}, "app -> app"),
        ({"app": ["a"], "a": ["b"], "b": ["app"]}, "app -> a -> b -> app"),
        ({"app": ["a"], "a": ["b"], "b": ["c"], "c": ["a"]}, "a -> b -> c -> a"),
    ],
)
def test_cycles(manifests: dict[str, list[str]], text: str) -> None:
    files = {
        f"{name}/snow.toml": package(name, **{to: path(f"../{to}") for to in uses}) for name, uses in manifests.items()
    }
    _, messages = find(files)
    assert messages == [f"C0001 Dependency cycle: {text} (move what these packages share into one of its own)"]
