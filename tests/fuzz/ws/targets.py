"""The fuzz targets for the C code of WebSockets: what they are built from and what they begin with."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from snowrt import paths
from tests.fuzz import corpus
from tests.fuzz.ws import seeds

HERE = Path(__file__).parent
FLAGS = ("-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Werror")
MEMORY = ("-fsanitize=address,undefined", "-fno-sanitize-recover=undefined")
_TABLE = (
    "wsconn.c", "wsconn_out.c", "wsconn_deflate.c", "wsconn_time.c", "wsconn_pool.c", "wsconn_lock.c", "wsroom.c",
    "hash.c",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """One `fuzz_NAME.c` with the files of the core that it is linked with."""

    name: str
    core: tuple[str, ...]
    seeds: tuple[bytes, ...]

    @property
    def corpus(self) -> Path:
        """The inputs that longer runs have found."""
        return HERE / f"{self.name}.corpus"

    def inputs(self) -> Iterator[bytes]:
        """The seeds and the corpus."""
        yield from self.seeds
        yield from corpus.read(self.corpus)

    def build(self, command: Sequence[str], program: Path, *extra: str) -> str:
        """Compile with a C compiler; `extra` are its flags, or files such as the program that replays inputs."""
        core = Path(paths.core_sources())
        sources = [HERE / f"fuzz_{self.name}.c", *(core / name for name in self.core), *(core / "ws").glob("*.c")]
        include = f"-I{core / 'include'}"
        subprocess.run([*command, *FLAGS, include, *extra, "-o", str(program), *map(str, sources)], check=True)
        return str(program)


TARGETS = (
    Target("protocol", (), tuple(seeds.streams_with_options())),
    Target("table", _TABLE, seeds.ACTS),
)
