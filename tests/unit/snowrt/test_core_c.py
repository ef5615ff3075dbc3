"""The core's own C tests: single-threaded suites, and suites of processes on 1, 2 and 4 workers.

All run under the address and undefined-behaviour sanitizers; those of processes under the thread
sanitizer too, with every stack switch made known to it. Every program that ran must have left nothing.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from snowrt import build_core
from tests.unit.snowrt import sanitized

CRASHES = """\
[snow-rt] actor <0.2> (test) crashed: Snow panic at main.snow:12: division by zero
[snow-rt] actor <0.3> (test) crashed: Snow panic at main.snow:7: stack overflow
Snow panic at <unknown>:0: deadlock: main waits for what cannot come
"""
SERVICE_CRASHES = """\
[snow-rt] service <0.2> (Till) crashed: Snow panic at main.snow:5: out of order
[snow-rt] service <0.2> (Till) crashed: Snow panic at main.snow:5: out of order
[snow-rt] service <0.3> (Till) crashed: Snow panic at main.snow:1: no money
[snow-rt] actor <0.2> (test) crashed: Snow panic at main.snow:7: service Till failed to start: error: no money
[snow-rt] service <0.4> (Till) crashed: Snow panic at main.snow:5: out of order
[snow-rt] actor <0.5> (test) crashed: Snow panic at main.snow:9: \
service call Till.pay to <0.4> failed: error: out of order
"""
DROPPED = "[snow-rt] dropped message of type String sent to <0.2> (tally), which accepts Int\n"
HOST_FAILURE = "[snow-rt] actor <0.2> (test) crashed: Snow panic at <unknown>:0: it did not work\n"
WS_CRASHES = """\
[snow-rt] ws connection <0.2> (/crash) crashed: Snow panic at main.snow:12: in on_connect
[snow-rt] ws connection <0.3> (/) crashed: Snow panic at main.snow:14: in on_message
[snow-rt] ws connection <0.5> (/) crashed: Snow panic at main.snow:16: in on_close
[snow-rt] ws connection <0.6> (/) crashed: Snow panic at main.snow:14: in on_message
"""

AUTHORIZE_CRASHES = """\
[snow-rt] ws connection <0.2> (/crash) crashed: Snow panic at main.snow:18: in authorize
[snow-rt] ws connection <0.3> (/crash) crashed: Snow panic at main.snow:18: in authorize
"""

SUITES = ("heap", "rc", "list", "string", "frozen", "program", "mailbox", "rest")
"""The last needs more processes than the thread sanitizer has room for."""
PROCESS_SUITES = {
    "scheduler": "",
    "timeouts": "",
    "message": "",
    "host": "",
    "service": "",
    "crash": CRASHES,
    "service_crash": SERVICE_CRASHES,
    "dropped": DROPPED,
    "host_failure": HOST_FAILURE,
    "wsproc": "",
    "wsproc_crash": WS_CRASHES,
    "wsextras": "",
    "wsextras_crash": AUTHORIZE_CRASHES,
}
"""With what they write to standard error."""


@pytest.fixture(scope="session")
def executables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The executable with all suites, per sanitizer."""
    if build_core.compiler() is None:
        pytest.skip("there is no C compiler")
    folder: Path = tmp_path_factory.mktemp("core_tests")
    return {sanitizer: sanitized.build(folder, sanitizer) for sanitizer in sanitized.SANITIZERS}


@pytest.mark.parametrize("suite", SUITES)
def test_suite(executables: dict[str, str], suite: str) -> None:
    assert sanitized.run(executables["address"], suite) == (0, "")


@pytest.mark.parametrize("sanitizer", sanitized.SANITIZERS)
@pytest.mark.parametrize("suite", PROCESS_SUITES)
def test_processes(executables: dict[str, str], suite: str, sanitizer: str) -> None:
    assert sanitized.run(executables[sanitizer], suite) == (0, PROCESS_SUITES[suite])


@pytest.mark.full
@pytest.mark.parametrize("sanitizer", sanitized.SANITIZERS)
@pytest.mark.parametrize("suite", ["storm", "wsstorm"])
def test_storms(executables: dict[str, str], suite: str, sanitizer: str) -> None:
    status, stderr = sanitized.run(executables[sanitizer], suite, seconds=4)
    assert (status, list(sanitized.complaints(stderr))) == (0, [])
