"""Manifests: what they say, and every mistake at its place."""

from __future__ import annotations

import pytest

from snowc.diag.core import Sink
from snowc.project.manifest import GitSource, PathSource, Source, read_manifest
from snowc.source.files import MemoryReader, SourceMap
from tests.unit.project.support import package, parsed, told

HEAD = '[package]\nname = "a"\nversion = "1"\n'
WHOLE = """\
[package]
name = "weather"
version = "0.1.0"
description = "d"
authors = ["Ada", "Lin"]

[dependencies]
geo = { git = "https://example.org/geo.git", tag = "v2" }
deep = { git = "u", branch = "b", tag = "t", rev = "r" }
plain = { git = "u" }
[dependencies.units]
path = "../units"
"""


def test_everything_a_manifest_can_say() -> None:
    manifest, sink, sources = parsed(WHOLE)
    assert manifest is not None and not sink.items
    assert (manifest.name, manifest.version, manifest.description) == ("weather", "0.1.0", "d")
    assert manifest.authors == ("Ada", "Lin")
    wanted: dict[str, Source] = {
        "geo": GitSource("https://example.org/geo.git", "tag", "v2"),
        "deep": GitSource("u", "rev", "r"),
        "plain": GitSource("u"),
        "units": PathSource("../units"),
    }
    assert {d.name: d.source for d in manifest.dependencies} == wanted
    assert len(sources) == 0, "a manifest without mistakes is no source file"
    assert [sources.snippet(manifest.span(d)) for d in manifest.dependencies] == list(wanted)


def test_what_is_not_required() -> None:
    manifest, sink, _ = parsed(HEAD)
    assert manifest is not None and not sink.items
    assert (manifest.description, manifest.authors, manifest.dependencies) == ("", (), ())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[package\n",
         "C0001 snow.toml:1:9 `\n` this is not valid TOML: Expected ']' at the end of a table declaration"),
        ("a =", "C0001 snow.toml:1:4 `` this is not valid TOML: Invalid value"),
        ("", "C0001 snow.toml:1:1 `` `package` is missing (add a table [package] with `name` and `version`)"),
        ("package = 1\n", "C0001 snow.toml:1:11 `1` `package` must be a table, found an integer"),
        ('[package]\nversion = "1"\n', 'C0001 snow.toml:1:2 `package` `package.name` is missing (add name = "…")'),
        ('[package]\nname = "a"\n',
         'C0001 snow.toml:1:2 `package` `package.version` is missing (add version = "0.1.0")'),
        ('[package]\nname = "a"\nversion = 1.0\n',
         "C0001 snow.toml:3:11 `1.0` `version` must be a string, found a float"),
        ('[package]\nname = "a"\nversion = ""\n', 'C0001 snow.toml:3:11 `""` `version` is empty'),
        ('[package]\nname = "a b"\nversion = "1"\n',
         "C0001 snow.toml:2:8 `\"a b\"` 'a b' cannot be the name of a package: it contains ' '; "
         "letters from a to z, digits, `-` and `_` are allowed"),
        (HEAD + "description = [1]\n", "C0001 snow.toml:4:15 `[1]` `description` must be a string, found an array"),
        (HEAD + 'authors = "Ada"\n',
         'C0001 snow.toml:4:11 `"Ada"` `authors` must be an array of strings, found a string'),
        (HEAD + 'authors = ["Ada", true]\n',
         "C0001 snow.toml:4:19 `true` `authors[1]` must be a string, found a boolean"),
        ("dependencies = 1979-05-27\n" + HEAD,
         "C0001 snow.toml:1:16 `1979-05-27` `dependencies` must be a table, found a date or time"),
        (HEAD + "[dependencies]\ngeo = \"1.0\"\n",
         'C0001 snow.toml:5:7 `"1.0"` `geo` must be a table such as { path = "…" }, found a string'),
        (HEAD + "[dependencies]\ngeo = {}\n",
         "C0001 snow.toml:5:1 `geo` dependency 'geo' does not say where it comes from "
         '(give it a source: { git = "https://…" } or { path = "…" })'),
        (HEAD + '[dependencies]\ngeo = { git = "u", path = "p" }\n',
         "C0001 snow.toml:5:1 `geo` dependency 'geo' has two sources (keep either `git` or `path`)"),
        (HEAD + '[dependencies]\n"g.o" = { path = "p" }\n', "C0001 snow.toml:5:1 `\"g.o\"` 'g.o' cannot be the name"),
        (HEAD + '[dependencies]\ngeo = { git = "--upload-pack=x" }\n',
         "C0001 snow.toml:5:15 `\"--upload-pack=x\"` `git` cannot be '--upload-pack=x'"),
        (HEAD + '[dependencies]\ngeo = { git = "u", tag = 2 }\n',
         "C0001 snow.toml:5:26 `2` `tag` must be a string, found an integer"),
    ],
)  # fmt: skip
def test_mistakes(text: str, message: str) -> None:
    manifest, sink, sources = parsed(text)
    assert manifest is None
    assert told(sink.items[0], sources).startswith(message)
    assert len(sink.items) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + 'auhtors = []\n',
         "W0003 snow.toml:4:1 `auhtors` unknown key `package.auhtors` (did you mean `authors`?)"),
        (HEAD + "[dependancies]\n",
         "W0003 snow.toml:4:2 `dependancies` unknown key `dependancies` (did you mean `dependencies`?)"),
        (HEAD + "[workspace]\n",
         "W0003 snow.toml:4:2 `workspace` unknown key `workspace` (known here: package, dependencies)"),
        (HEAD + '[dependencies]\ngeo = { git = "u", tagg = "v" }\n',
         "W0003 snow.toml:5:20 `tagg` unknown key `dependencies.geo.tagg` (did you mean `tag`?)"),
        (HEAD + '[dependencies]\ngeo = { path = "u", tag = "v" }\n',
         "W0003 snow.toml:5:21 `tag` `tag` has no effect on a path dependency "
         "(remove `tag`, or use `git` instead of `path`)"),
    ],
)  # fmt: skip
def test_warnings(text: str, message: str) -> None:
    manifest, sink, sources = parsed(text)
    assert manifest is not None
    assert [told(diag, sources) for diag in sink.items] == [message]


def test_several_mistakes_are_told_at_once() -> None:
    _, sink, _ = parsed("[package]\nname = 1\nversion = 2\n[dependencies]\na = 3\n")
    assert len(sink.items) == 3


def test_too_deep_nesting_is_a_mistake_like_others() -> None:
    manifest, sink, _ = parsed("a = " + "[" * 100_000)
    assert manifest is None
    assert len(sink.items) == 1


def test_reading_a_file() -> None:
    files: dict[str, str | bytes] = {"a/snow.toml": b"\xef\xbb\xbf" + package("a").encode(), "b/snow.toml": b"\xff"}
    sources, sink = SourceMap(MemoryReader(files)), Sink()
    manifest = read_manifest("a/snow.toml", sources, sink)
    assert manifest is not None and manifest.name == "a"
    assert read_manifest("b/snow.toml", sources, sink) is None
    assert read_manifest("c/snow.toml", sources, sink) is None
    assert [told(diag, sources) for diag in sink.items] == [
        "C0001 'b/snow.toml' cannot be read: it is not valid UTF-8", "C0001 'c/snow.toml' cannot be read: c/snow.toml",
    ]  # fmt: skip
