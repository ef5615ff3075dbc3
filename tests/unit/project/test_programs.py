"""Programs with dependencies through the whole compiler: imports, messages, the cache of programs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from snowc.cache.inputs import recheck
from snowc.options import Options
from snowc.session import Session
from tests.stages import run_process
from tests.unit.project.support import commit, needs_git, package, url, write

FILES = {
    "app/snow.toml": package("app", geo='{ path = "../geo" }'),
    "app/main.snow": "import Geo.Route.Plan\nfn main() = println(Plan.show(2))\n",
    "geo/snow.toml": package("geo", units='{ path = "../units" }'),
    "geo/main.snow": 'import Route.Plan\nfn main() = println("alone: ${Plan.show(1)}")\n',
    "geo/route/plan.snow": (
        "import Route.Node\nfrom Units.Length import Meter\n"
        'pub fn show(n :: Int) = "${Node.at(Meter { n: n })} ${Route.Node.at(Meter { n: 0 })}"\n'
    ),
    "geo/route/node.snow": 'import Units.Length\npub fn at(m :: Length.Meter) = "node at ${m}"\n',
    "units/length.snow": "pub struct Meter do n :: Int end deriving(Display)\n",
}


def check(folder: Path) -> list[str]:
    session = Session(Options())
    session.check(folder)
    out = []
    for diag in session.sink.ordered():
        place = ""
        if diag.labels():
            line, _ = session.sources.position(diag.span)
            place = f" {Path(session.sources.path(diag.span.file)).relative_to(folder.parent)}:{line}"
        out.append(f"{diag.code}{place} {diag.message()} {diag.help() or ''}".rstrip())
    return out


def test_a_package_compiles_alone_and_as_a_dependency(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    assert check(tmp_path / "app") == []
    assert check(tmp_path / "geo") == []


@pytest.mark.parametrize(
    ("files", "messages"),
    [
        ({"app/main.snow": "import Geo.Route.Plam\nfn main() = ()\n"},
         ["E0031 app/main.snow:1 module `Geo.Route.Plam` not found did you mean `Geo.Route.Plan`?"]),
        ({"geo/route/node.snow": "import Length\npub fn at(m) = 1\n"},
         ["E0031 geo/route/node.snow:1 module `Length` not found"]),
        ({"geo/route/node.snow": "import Rout.Plan\npub fn at(m) = 1\n"},
         ["E0031 geo/route/node.snow:1 module `Rout.Plan` not found did you mean `Route.Plan`?"]),
        # The program's modules are none of its dependencies' business.
        ({"app/secret.snow": "pub fn x() = 1\n",
          "units/length.snow": "import Secret\npub struct Meter do n :: Int end\n"},
         ["E0031 units/length.snow:1 module `Secret` not found"]),
        ({"app/main.snow": "import Main\nfn main() = ()\n"},
         ["C0001 Module 'Main' cannot import itself remove this import"]),
        ({"geo/route/node.snow": "import Main\npub fn at(m) = 1\n"},
         ["E0031 geo/route/node.snow:1 module `Main` not found"]),
        ({"geo/route/node.snow": "import Route.Plan\npub fn at(m) = 1\n"},
         ["C0001 Circular dependency: Geo.Route.Node -> Geo.Route.Plan -> Geo.Route.Node "
          "move what these modules share into a module of its own"]),
        ({"app/main.snow": "import Geo.Route.Plan\nfn main() = Plan.show(true)\n"},
         ["E0001 app/main.snow:2 expected Int, found Bool"]),
        ({"units/length.snow": "pub struct Meter do n :: Int end deriving(Eq)\n"},
         ["E0006 geo/route/node.snow:2 Units.Length.Meter does not implement Display"]),
    ],
)  # fmt: skip
def test_mistakes_across_packages(tmp_path: Path, files: dict[str, str], messages: list[str]) -> None:
    write(tmp_path, FILES | files)
    found = check(tmp_path / "app")
    assert [text[: len(message)] for text, message in zip(found, messages, strict=True)] == messages


def test_a_single_file_reads_no_manifest(tmp_path: Path) -> None:
    write(tmp_path, {"snow.toml": "[", "main.snow": "fn main() = ()\n"})
    session = Session(Options())
    assert session.check(tmp_path / "main.snow")
    assert not session.check(tmp_path)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ("app/snow.toml", package("app", geo='{ path = "../geo" }') + "# changed\n"),
        ("geo/snow.toml", package("geo", units='{ path = "../units" }') + "# changed\n"),
        ("geo/route/plan.snow", "pub fn show(n :: Int) = \"x\"\n"),
        ("geo/route/new.snow", "pub fn x() = 1\n"),
        ("units/snow.toml", package("units")),
        ("app/empty/new.snow", "pub fn x() = 1\n"),
        ("geo/empty/new.snow", "pub fn x() = 1\n"),
        ("app/snow.lock", "version = 1\n"),
    ],
)  # fmt: skip
def test_cached_code_is_forgotten_when_anything_changes(tmp_path: Path, change: str, text: str) -> None:
    write(tmp_path, FILES)
    for name in ("app/empty", "geo/empty"):
        (tmp_path / name).mkdir()
    session = Session(Options())
    assert session.check(tmp_path / "app")
    inputs = session._inputs(tmp_path / "app")
    assert recheck(inputs.entries) is not None
    write(tmp_path, {change: text})
    assert recheck(inputs.entries) is None


def snowc(folder: Path, *arguments: str) -> tuple[str, str, str]:
    done = run_process([sys.executable, "-m", "snowc", *arguments], folder, None)
    return done["exit"].strip(), done["stdout"], done["stderr"]


def test_a_new_project_runs_and_builds(tmp_path: Path) -> None:
    assert snowc(tmp_path, "init", "hello") == ("0", "Created project 'hello'\n", "")
    assert snowc(tmp_path, "run", "hello") == ("0", "Hello from hello!\n", "")
    assert snowc(tmp_path / "hello", "build", ".") == ("0", "", "  Compiled: hello\n")
    assert subprocess.run([tmp_path / "hello" / "hello"], capture_output=True).stdout == b"Hello from hello!\n"


@needs_git
def test_from_a_repository_to_a_running_program(tmp_path: Path) -> None:
    files = {"boom.snow": "pub fn boom(n :: Int) -> Int do\n  10 / n\nend\n"}
    commit(tmp_path / "geo", files, tag="v1")
    source = url(tmp_path / "geo")
    write(tmp_path / "app", {
        "snow.toml": package("app", geo=f'{{ git = "{source}", tag = "v1" }}'),
        "main.snow": "import Geo.Boom\nfn main() = map([5, 0], fn n -> println(to_string(Boom.boom(n))) end)\n",
    })  # fmt: skip
    status, _, errors = snowc(tmp_path, "run", "app")
    assert status == "1" and "Help: run `snowc deps app`" in errors
    assert snowc(tmp_path, "deps", "app") == ("0", "Resolved 1 dependencies\n", f"  Fetching geo from {source}\n")
    assert snowc(tmp_path, "deps", "app") == ("0", "Dependencies up to date\n", "")
    assert snowc(tmp_path, "run", "app") == ("101", "2\n", "Snow panic at geo/boom.snow:2: division by zero\n")
