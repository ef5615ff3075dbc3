"""Programs of several packages: files, names, what each may import."""

from __future__ import annotations

from collections.abc import Mapping

from snowc.diag.core import Sink
from snowc.modules.library import StdSource
from snowc.modules.loader import ParsedModule, load_program
from snowc.modules.packages import Package
from snowc.source.files import MemoryReader, SourceMap

GEO = Package("geo", "Geo", "libs/geo", ("Units",))
UNITS = Package("units", "Units", "units")
MAIN = "fn main() = ()\n"


def load(files: Mapping[str, str], *packages: Package) -> tuple[dict[str, ParsedModule], list[str], SourceMap]:
    """The program in `app`, by module name, and the messages."""
    sources, sink = SourceMap(MemoryReader({"app/main.snow": MAIN} | dict(files))), Sink()
    program = load_program("app", sources, StdSource("std", {}, MemoryReader({})), sink, packages)
    modules = {m.name: m for m in program.modules} if program is not None else {}
    return modules, [diag.message() for diag in sink.items], sources


def test_modules_of_a_dependency_have_its_prefix_and_its_main_is_left_out() -> None:
    files = {
        "libs/geo/main.snow": "not even Snow (",
        "libs/geo/route/plan.snow": "",
        "libs/geo/sub/main.snow": "",
        "libs/geo/.hidden/x.snow": "",
    }
    modules, messages, sources = load(files, GEO)
    assert not messages
    assert sorted(modules) == ["Geo.Route.Plan", "Geo.Sub.Main", "Main"]
    plan = sources.file(modules["Geo.Route.Plan"].file)
    assert (plan.path, plan.below) == ("libs/geo/route/plan.snow", "geo/route/plan.snow")


def test_what_each_package_may_import() -> None:
    files = {"app/own.snow": "", "libs/geo/a.snow": "", "libs/geo/own.snow": "", "units/a.snow": ""}
    modules, _, _ = load(files, GEO, UNITS)
    full = {name: name for name in ("Main", "Own", "Geo.A", "Geo.Own", "Units.A")}
    assert modules["Main"].visible == full
    assert modules["Geo.A"].visible == {
        "A": "Geo.A", "Own": "Geo.Own", "Geo.A": "Geo.A", "Geo.Own": "Geo.Own", "Units.A": "Units.A",
    }  # fmt: skip
    assert modules["Units.A"].visible == {"A": "Units.A", "Units.A": "Units.A"}


def test_imports_across_and_inside_packages_order_the_modules() -> None:
    files = {
        "app/main.snow": "import Geo.A\n" + MAIN,
        "libs/geo/a.snow": "import B\nimport Geo.C\nimport Units.Z",
        "libs/geo/b.snow": "", "libs/geo/c.snow": "", "units/z.snow": "",
    }  # fmt: skip
    modules, messages, _ = load(files, GEO, UNITS)
    assert not messages
    assert modules["Geo.A"].imports == ("Geo.B", "Geo.C", "Units.Z")
    order = list(modules)
    assert max(map(order.index, ("Geo.B", "Geo.C", "Units.Z"))) < order.index("Geo.A") < order.index("Main")


def test_an_own_module_goes_before_a_package_of_its_name() -> None:
    files = {"libs/geo/a.snow": "import Units.X", "libs/geo/units/x.snow": "", "units/x.snow": ""}
    modules, _, _ = load(files, GEO, UNITS)
    assert modules["Geo.A"].imports == ("Geo.Units.X",)


def test_packages_that_use_each_other_through_others_see_all() -> None:
    deep = Package("deep", "Deep", "deep")
    files = {"libs/geo/a.snow": "", "units/x.snow": "", "deep/y.snow": ""}
    modules, _, _ = load(files, GEO, Package("units", "Units", "units", ("Deep",)), deep)
    assert "Deep.Y" in modules["Geo.A"].visible
    assert "Geo.A" not in modules["Deep.Y"].visible


def test_the_folder_of_a_dependency_is_not_part_of_the_package_around_it() -> None:
    inner = Package("inner", "Inner", "app/libs/inner")
    around = Package("around", "Around", ".")
    files = {
        "app/libs/inner/main.snow": MAIN, "app/libs/inner/x.snow": "", "app/libs/inner_not/x.snow": "", "y.snow": "",
    }  # fmt: skip
    modules, messages, _ = load(files, inner, around)
    assert not messages
    assert sorted(modules) == ["Around.Y", "Inner.X", "Libs.InnerNot.X", "Main"]


def test_a_module_of_the_program_may_not_have_the_name_of_one_of_a_package() -> None:
    _, messages, _ = load({"app/geo/a.snow": "", "libs/geo/a.snow": ""}, GEO)
    assert messages == ["Duplicate module 'Geo.A': 'app/geo/a.snow' and 'libs/geo/a.snow' give the same name"]


def test_parse_errors_in_packages_are_errors_of_the_program() -> None:
    modules, messages, _ = load({"libs/geo/a.snow": "let ="}, GEO)
    assert not modules
    assert len(messages) == 1
