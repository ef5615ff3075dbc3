"""Headless Chromium for tests, driven over its DevTools protocol: pages, JavaScript in them, screenshots.

`find` says where the browser is, or why a test has to be skipped. A `Browser` is a process with a fresh profile,
which leaves nothing behind; its `Page`s are tabs. Everything blocks, and is for one thread.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from websockets.sync.client import connect

SECONDS = 60.0
"""For every step: a start, a command, the end of a promise."""
NAMES = ("chromium", "chromium-browser", "google-chrome")
HOW_TO_GET_IT = "there is no Chromium: on Debian, `apt install chromium`"
_OPTIONS = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-port=0",
    # Pages that no server sent, such as about:blank, may connect to servers on this machine.
    "--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets",
    # A tab behind another is as quick as the one in front.
    "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
)  # fmt: skip


class PageError(Exception):
    """A script in a page failed; the text is what it threw."""


def find() -> str | None:
    """The path of the browser, if there is one."""
    return next((path for name in NAMES if (path := shutil.which(name)) is not None), None)


def key_hash(cert: Path) -> str:
    """What names the key of a PEM certificate in `--ignore-certificate-errors-spki-list`: SHA-256 in base64."""
    der = ssl.PEM_cert_to_DER_cert(cert.read_text())
    # Certificate, tbsCertificate; then version, serial number, algorithm, issuer, validity, subject, key.
    at, _ = _inside(der, 0)
    at, _ = _inside(der, at)
    for _ in range(6):
        at = _inside(der, at)[1]
    key = der[at : _inside(der, at)[1]]
    return base64.b64encode(hashlib.sha256(key).digest()).decode("ascii")


def _inside(der: bytes, at: int) -> tuple[int, int]:
    """Where the contents of the DER element at this place begin and end."""
    size, begin = der[at + 1], at + 2
    if size >= 0x80:
        count = size - 0x80
        size, begin = int.from_bytes(der[begin : begin + count]), begin + count
    return begin, begin + size


class Browser:
    """A running browser. It accepts the certificates whose keys have the hashes in `trusted`, as `key_hash` gives."""

    def __init__(self, path: str, trusted: Sequence[str] = ()) -> None:
        self._profile = Path(mkdtemp(prefix="snow-chromium-"))
        options = [*_OPTIONS, f"--user-data-dir={self._profile}"]
        if os.geteuid() == 0:
            options.append("--no-sandbox")  # it does not start as root otherwise
        if trusted:
            options.append(f"--ignore-certificate-errors-spki-list={','.join(trusted)}")
        with (self._profile / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [path, *options, "about:blank"], stdout=log, stderr=log, start_new_session=True
            )
        self._stack = ExitStack()
        self._stack.callback(self._stop)
        try:
            connecting = connect(self._address(), max_size=None, compression=None, open_timeout=SECONDS)
            self._socket = self._stack.enter_context(connecting)
        except BaseException:
            self._stack.close()
            raise
        self._number = 0
        self._pages: dict[str, Page] = {}

    def _address(self) -> str:
        """Where it can be driven; it says so in a file of two lines."""
        until, file = time.monotonic() + SECONDS, self._profile / "DevToolsActivePort"
        while len(lines := file.read_text().split("\n") if file.exists() else []) < 2:
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"Chromium does not start: {(self._profile / 'log').read_text()}")
            time.sleep(0.01)
        return f"ws://127.0.0.1:{lines[0]}{lines[1]}"

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def _stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        # The processes of its pages may still be writing into the profile.
        for _ in range(50):
            shutil.rmtree(self._profile, ignore_errors=True)
            if not self._profile.exists():
                return
            time.sleep(0.1)

    def kill(self) -> None:
        """End it and all its pages at once, without a word to anybody."""
        os.killpg(self._process.pid, signal.SIGKILL)

    def open(self, url: str = "about:blank", made_up: Mapping[str, str] | None = None) -> Page:
        """A new tab with this page, when it has loaded. `made_up` gives the HTML of addresses that no server has."""
        target = self.command("Target.createTarget", url="about:blank")["targetId"]
        session = self.command("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self._pages[session] = Page(self, session, target, made_up or {})
        page.go(url)
        return page

    def command(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Do what this method of the protocol does; its result. Raises RuntimeError where it refuses."""
        number = self.post(method, session, **parameters)
        while (found := self.next_message()).get("id") != number:
            pass
        if "error" in found:
            raise RuntimeError(f"{method}: {found['error']['message']}")
        result: dict[str, Any] = found["result"]
        return result

    def post(self, method: str, session: str | None = None, **parameters: Any) -> int:
        """Like `command`, without waiting for the result; the number of its answer."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        self._socket.send(json.dumps(message))
        return self._number

    def next_message(self) -> dict[str, Any]:
        """The next answer or event; pages have seen it then."""
        message: dict[str, Any] = json.loads(self._socket.recv(SECONDS))
        page = self._pages.get(message.get("sessionId", ""))
        if page is not None and "method" in message:
            page.take_event(message["method"], message["params"])
        return message

    def forget(self, session: str) -> None:
        """The page of this session is gone."""
        del self._pages[session]


class Page:
    """A tab. `said` is what is in its console: its scripts' lines, errors of theirs, and what failed in loading."""

    def __init__(self, browser: Browser, session: str, target: str, made_up: Mapping[str, str]) -> None:
        self.said: list[str] = []
        self._browser, self._session, self._target, self._made_up = browser, session, target, made_up
        self._loaded: set[str] = set()
        self.command("Page.enable")
        self.command("Page.setLifecycleEventsEnabled", enabled=True)
        self.command("Runtime.enable")
        self.command("Log.enable")
        if made_up:
            self.command("Fetch.enable", patterns=[{"urlPattern": url} for url in made_up])

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command of the protocol for this page."""
        return self._browser.command(method, self._session, **parameters)

    def go(self, url: str) -> None:
        """Load another page."""
        result = self.command("Page.navigate", url=url)
        if result.get("errorText"):
            raise RuntimeError(f"{url}: {result['errorText']}")
        while result["loaderId"] not in self._loaded:
            self._browser.next_message()

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, as JSON would have it; of a promise, what it is fulfilled with.

        Raises PageError when it throws or the promise is rejected.
        """
        result = self.command("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise PageError(_thrown(result["exceptionDetails"]))
        return result["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Wait until the expression is true."""
        until = time.monotonic() + SECONDS
        while not self.evaluate(f"Boolean({expression})"):
            assert time.monotonic() < until, (expression, self.said)
            time.sleep(0.02)

    def screenshot(self) -> bytes:
        """What it looks like now, as a PNG."""
        return base64.b64decode(self.command("Page.captureScreenshot", format="png")["data"])

    def close(self) -> None:
        """Close the tab."""
        self._browser.command("Target.closeTarget", targetId=self._target)
        self._browser.forget(self._session)

    def take_event(self, method: str, event: dict[str, Any]) -> None:
        """What the browser reports about it."""
        if method == "Page.lifecycleEvent" and event["name"] == "load":
            self._loaded.add(event["loaderId"])
        elif method == "Runtime.consoleAPICalled":
            self.said.append(" ".join(str(a.get("value", a.get("description"))) for a in event["args"]))
        elif method == "Log.entryAdded":
            self.said.append(event["entry"]["text"])
        elif method == "Runtime.exceptionThrown":
            self.said.append(_thrown(event["exceptionDetails"]))
        elif method == "Fetch.requestPaused":
            body = base64.b64encode(self._made_up[event["request"]["url"]].encode()).decode("ascii")
            html = [{"name": "Content-Type", "value": "text/html; charset=utf-8"}]
            answer = {"requestId": event["requestId"], "responseCode": 200, "responseHeaders": html, "body": body}
            self._browser.post("Fetch.fulfillRequest", self._session, **answer)


def _thrown(details: dict[str, Any]) -> str:
    exception = details.get("exception", {})
    return str(exception.get("description") or exception.get("value") or details["text"])
