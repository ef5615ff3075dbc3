"""Where keys and values of a TOML text stand."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from snowc.project.places import Places

TEXT = """\
# comment with = and [brackets]
top = 1 # rest
[package]
name = "we\\"ather"   # a = 1
authors = [
  "Ada", # , ]
  'Lin',
]
when = 1979-05-27 07:32:00
text = \"\"\"
[not.a.table]
key = "no"\"\"\"\"
raw = '''a
'b' '''''

[dependencies]
geo   = { git = "https://x#y", tag = "v2" }
"odd name" = { path = 'p' }
dotted.path = "q"

[dependencies.units]
path = "../units"
[[many]]
a = 1
[[many]]
a = 22
"""


def found(text: str) -> tuple[dict[str, str], dict[str, str]]:
    tomllib.loads(text)
    places = Places(text)
    cut = [
        {".".join(path): text[start:end] for path, (start, end) in ranges.items()}
        for ranges in (places.keys, places.values)
    ]
    return cut[0], cut[1]


def test_keys_and_values_of_every_form() -> None:
    keys, values = found(TEXT)
    assert keys["dependencies.odd name"] == '"odd name"'
    assert keys["dependencies.units"] == "units"
    assert keys["dependencies.dotted.path"] == "path"
    assert {name: values[name] for name in ("top", "package.name", "package.when", "many.a")} == {
        "top": "1", "package.name": '"we\\"ather"', "package.when": "1979-05-27 07:32:00", "many.a": "22",
    }  # fmt: skip
    assert (values["package.authors.0"], values["package.authors.1"]) == ('"Ada"', "'Lin'")
    assert values["package.text"].endswith('"no"""""')
    assert values["package.raw"] == "'''a\n'b' '''''"
    assert values["dependencies.geo"] == '{ git = "https://x#y", tag = "v2" }'
    assert (values["dependencies.geo.git"], values["dependencies.units.path"]) == ('"https://x#y"', '"../units"')
    assert "not.a.table" not in keys and "dependencies.key" not in keys


def test_line_ends_of_other_systems_do_not_move_anything() -> None:
    text = TEXT.replace("\n", "\r\n")
    assert found(text)[0] == found(TEXT)[0]
    assert found(text)[1]["dependencies.units.path"] == '"../units"'


def test_a_table_stands_where_its_header_is_and_nothing_at_the_begin() -> None:
    places = Places("x = 1\n[package]\n")
    assert places.value(("package",)) == (7, 14)
    assert places.key(("nowhere",)) == (0, 0)


SCALARS = st.one_of(st.integers(), st.booleans(), st.text("ab\"'#[]{}=,\\ \n", max_size=6))
TABLES = st.dictionaries(st.text("abc -.\"'", min_size=1, max_size=4), SCALARS, max_size=4)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def written(value: Any) -> str:
    return quoted(value) if isinstance(value, str) else str(value).lower()


@settings(derandomize=True, database=None, max_examples=40)
@given(TABLES, TABLES)
def test_every_value_is_where_it_is_said_to_be(plain: dict[str, Any], inline: dict[str, Any]) -> None:
    lines = [f"{quoted(key)} = {written(value)}" for key, value in plain.items()]
    pairs = ", ".join(f"{quoted(key)}={written(value)}" for key, value in inline.items())
    text = "\n".join(["[t] # [u]", *lines, "[d]", f"i = {{{pairs}}}", ""])
    data, places = tomllib.loads(text), Places(text)
    for above, table in ((("t",), data["t"]), (("d", "i"), data["d"]["i"])):
        for key, value in table.items():
            start, end = places.values[(*above, key)]
            assert tomllib.loads(f"v = {text[start:end]}") == {"v": value}
            start, end = places.keys[(*above, key)]
            assert tomllib.loads(f"{text[start:end]} = 1") == {key: 1}
