"""The table of codes, the pages and the diagnostic classes agree."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module
from pathlib import Path

import pytest

import snowc
from snowc.diag.codes import CODES, page
from snowc.diag.core import Diagnostic

ROOT = Path(__file__).resolve().parents[3]
PAGES = ROOT / "snowc" / "diag" / "pages"
PLAIN_PAGES = ("C0001", "C0002")


def diagnostic_classes() -> list[type[Diagnostic]]:
    """All classes with a code of their own, from every `errors` module of the toolchain."""
    for module in pkgutil.walk_packages(snowc.__path__, "snowc."):
        if module.name.endswith(".errors"):
            import_module(module.name)
    found: list[type[Diagnostic]] = []
    todo = list(Diagnostic.__subclasses__())
    while todo:
        cls = todo.pop()
        todo += cls.__subclasses__()
        # What the last check has kept has the code of what it was.
        if cls.__module__.startswith("snowc.") and cls.__module__ != "snowc.diag.stored":
            found.append(cls)
    return sorted(found, key=lambda cls: (cls.__module__, cls.__qualname__))


@pytest.mark.parametrize("cls", diagnostic_classes(), ids=lambda cls: f"{cls.__module__}.{cls.__qualname__}")
def test_every_class_has_a_known_code_and_severity(cls: type[Diagnostic]) -> None:
    if cls.message is Diagnostic.message:
        return  # a base class
    assert cls.code in CODES
    assert cls.severity in CODES[cls.code].severities


def test_pages_are_exactly_those_of_the_table() -> None:
    assert {path.stem for path in PAGES.iterdir()} == set(CODES)


def test_the_table_is_the_one_of_the_language_reference() -> None:
    numbers = {"P": [1], "E": [*range(1, 40), *range(50, 56)], "W": [1, 2, 3, 10], "C": [1, 2]}
    assert list(CODES) == [f"{letter}{n:04}" for letter, ns in numbers.items() for n in ns]


@pytest.mark.parametrize("code", CODES)
def test_page_has_title_meaning_example_and_cure(code: str) -> None:
    text = page(code)
    assert text.startswith(f"# {code}: {CODES[code].title}\n\n")
    assert re.findall(r"^## (.*)$", text, flags=re.MULTILINE) == ["Example", "How to fix it"]
    assert max(map(len, text.split("\n"))) <= 120
    if code not in PLAIN_PAGES:
        faulty, cured = re.findall(r"^```snow\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
        assert "fn main()" in faulty and "fn main()" in cured


def test_index_page_lists_every_code_with_its_title() -> None:
    index = (ROOT / "docs" / "errors" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| \[(\w+)\]\(\.\./\.\./snowc/diag/pages/(\w+)\.md\) \| ([^|]*) \| (.*) \|$", index, re.MULTILINE
    )
    kinds = {code: sorted(s.value for s in info.severities) for code, info in CODES.items()}
    assert rows == [(code, code, " or ".join(kinds[code]), info.title) for code, info in CODES.items()]


def test_unknown_code_has_no_page() -> None:
    with pytest.raises(KeyError):
        page("E9999")
