"""Pages in headless Chromium as clients of Snow servers, over ws and wss: messages, closing, pings, origins."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest

from tests.network.conftest import KINDS, Kind
from tests.services import chromium
from tests.services.chromium import Browser, Page
from tests.services.server import CERTS, Server

MIB = 1 << 20
CODES = (1000, 1001, 1008, 1009, 1011, 4000)
CLIENT = """
class Client {
  constructor(url) {
    this.inbox = [];
    this.takers = [];
    this.ws = new WebSocket(url);
    this.ws.binaryType = "arraybuffer";
    this.opened = new Promise(done => { this.ws.onopen = () => done(true); });
    this.closed = new Promise(done => { this.ws.onclose = e => done([e.code, e.reason, e.wasClean]); });
    this.ws.onmessage = e => { this.inbox.push(e.data); if (this.takers.length) this.takers.shift()(); };
  }
  async next() {
    if (!this.inbox.length) await new Promise(taker => this.takers.push(taker));
    return this.inbox.shift();
  }
  say(message) { this.ws.send(message); return this.next(); }
}
async function echoes_text(client, size) {
  const text = "aé✓\\u{1f600}".repeat(size / 10) + "x".repeat(size % 10);
  return await client.say(text) === text;
}
async function echoes_bytes(client, size) {
  const bytes = new Uint8Array(size);
  for (let i = 0, x = size; i < size; i++) bytes[i] = (x = x * 1103515245 + 12345 & 0x7fffffff) >> 16;
  const found = new Uint8Array(await client.say(bytes));
  return found.length === size && found.every((byte, i) => byte === bytes[i]);
}
"""
"""What pages can do. `next` gives messages in order; `closed` is what the CloseEvent says."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium.find()
    if path is None:
        pytest.skip(chromium.HOW_TO_GET_IT)
    with Browser(path, [chromium.key_hash(CERTS / "cert.pem")]) as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    tab = browser.open()
    tab.evaluate(CLIENT)
    yield tab
    tab.close()


def url(kind: Kind, server: Server, path: str = "/", host: str = "localhost") -> str:
    return f"{'wss' if kind.tls else 'ws'}://{host}:{server.port()}{path}"


def connect(page: Page, address: str, name: str = "client") -> None:
    """Open a connection that scripts know by this name."""
    page.evaluate(f"globalThis.{name} = new Client({json.dumps(address)})")
    assert page.evaluate(f"Promise.race([{name}.opened, {name}.closed])") is True, page.said


def closed(page: Page) -> list[Any]:
    """Code, reason and wasClean of the CloseEvent, when it comes."""
    found: list[Any] = page.evaluate("client.closed")
    return found


def reported(server: Server) -> list[str]:
    """What on_close printed, when the server has ended."""
    assert server.end() == 128 + signal.SIGTERM
    return [line for line in server.stdout.splitlines() if line != "served"]


# ---- messages --------------------------------------------------------------------------------------


def greet(kind: Kind, page: Page, server: Server) -> None:
    connect(page, url(kind, server))
    if kind.tls:
        assert page.evaluate("client.next()") == "welcome, somebody"


def test_messages_come_back(kind: Kind, page: Page) -> None:
    with kind.echo() as server:
        greet(kind, page, server)
        assert page.evaluate("client.ws.protocol + client.ws.extensions") == ""
        for size in (0, 1, 125, 126, 65535, 65536, MIB):
            assert page.evaluate(f"echoes_text(client, {size})"), size
            assert page.evaluate(f"echoes_bytes(client, {size})"), size
        page.evaluate("for (let i = 0; i < 500; i++) client.ws.send(String(i))")
        assert page.evaluate(
            "(async () => { for (let i = 0; i < 500; i++) if (await client.next() !== String(i)) return i })()"
        ) is None  # fmt: skip


@pytest.mark.full
def test_16_mib_come_back(kind: Kind, page: Page) -> None:
    with kind.echo() as server:
        greet(kind, page, server)
        assert page.evaluate(f"echoes_text(client, {16 * MIB})")
        assert page.evaluate(f"echoes_bytes(client, {16 * MIB})")


def test_several_tabs(kind: Kind, browser: Browser) -> None:
    with kind.handlers() as server:
        tabs = [browser.open() for _ in range(3)]
        for tab in tabs:
            tab.evaluate(CLIENT)
            for i in range(10):
                connect(tab, url(kind, server), f"client{i}")
        for number, tab in enumerate(tabs):
            for i in range(10):
                assert tab.evaluate(f"client{i}.say('{number} {i}')") == f"{number} {i}"
        for tab in tabs:
            tab.close()
        server.prints("1001 ", 30)
        assert sorted(reported(server)) == ["0 false"] * 30 + ["1001 "] * 30


# ---- closing ---------------------------------------------------------------------------------------


def test_programs_close(kind: Kind, page: Page) -> None:
    with kind.handlers() as server:
        for code in CODES:
            connect(page, url(kind, server))
            page.evaluate(f"client.ws.send('close {code} go-{code}-✓')")
            assert closed(page) == [code, f"go-{code}-✓", True]
        assert reported(server) == [f"{code} go-{code}-✓" for code in CODES]


def test_pages_close(kind: Kind, page: Page) -> None:
    with kind.handlers() as server:
        for arguments, code in (("", 1005), ("1000", 1000), ("3000, 'done ✓'", 3000), ("4999, 'x'", 4999)):
            connect(page, url(kind, server))
            page.evaluate(f"client.ws.close({arguments})")
            assert closed(page) == [code, "", True]
        assert reported(server) == ["1005 ", "1000 ", "3000 done ✓", "4999 x"]


def test_a_page_that_goes_away(kind: Kind, browser: Browser) -> None:
    with kind.handlers() as server:
        for leave in ("close", "reload", "navigate"):
            page = browser.open()
            page.evaluate(CLIENT)
            connect(page, url(kind, server))
            if leave == "close":
                page.close()
            else:
                page.go("about:blank" if leave == "reload" else "data:text/html,elsewhere")
        server.prints("1001 ", 3)
        assert reported(server) == ["1001 "] * 3


def test_refusals_and_crashes(kind: Kind, page: Page) -> None:
    with kind.handlers() as server:
        connect(page, url(kind, server, "/reject"))
        assert closed(page) == [1008, "not today", True]
        connect(page, url(kind, server, "/die"))
        assert closed(page) == [1011, "internal error", True]
        connect(page, url(kind, server), "bystander")
        connect(page, url(kind, server))
        page.evaluate("client.ws.send('divide')")
        assert closed(page) == [1011, "internal error", True]
        assert page.evaluate("bystander.say('still here')") == "still here"
        page.evaluate("bystander.ws.close(1000)")
        assert page.evaluate("bystander.closed") == [1000, "", True]
        assert reported(server) == ["1011 internal error", "0 false", "1000 "]


def test_a_message_too_big(kind: Kind, page: Page) -> None:
    with kind.handlers() as server:
        connect(page, url(kind, server))
        page.evaluate(f"client.ws.send(new Uint8Array({16 * MIB + 1}))")
        assert closed(page) == [1009, "message too big", True]
        assert reported(server) == ["1009 message too big"]


def test_the_end_of_the_server(kind: Kind, page: Page) -> None:
    with kind.handlers() as server:
        connect(page, url(kind, server))
        assert reported(server) == ["1001 server shutdown"]
        assert closed(page) == [1001, "server shutdown", True]


# ---- pings and origins -------------------------------------------------------------------------------


def test_an_idle_page_stays_open(kind: Kind, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser answers the pings, or the connection would be closed after the first."""
    monkeypatch.setenv("SNOW_WS_PING_MS", "500")
    with kind.handlers() as server:
        connect(page, url(kind, server))
        time.sleep(2)
        assert page.evaluate("client.ws.readyState") == 1, server.stdout
        assert page.evaluate("client.say('awake')") == "awake"


@pytest.mark.full
def test_idle_pages_stay_open_for_40_seconds(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOW_WS_PING_MS", "2000")
    with ExitStack() as stack:
        tabs = []
        for kind in KINDS:
            server = stack.enter_context(kind.handlers())
            tabs.append(browser.open())
            tabs[-1].evaluate(CLIENT)
            connect(tabs[-1], url(kind, server))
        time.sleep(40)
        for tab in tabs:
            assert tab.evaluate("client.say('awake')") == "awake"
            tab.close()


def outcome(browser: Browser, origin: str, address: str, cookie: Mapping[str, Any] | None = None) -> Any:
    """What a page from this origin gets that opens this address: true, or a CloseEvent's fields."""
    page = browser.open(f"{origin}/page", {f"{origin}/page": "<link rel=icon href='data:,'>"})
    if cookie is not None:
        page.command("Network.setCookie", **cookie)
    page.evaluate(CLIENT)
    page.evaluate(f"globalThis.client = new Client({json.dumps(address)})")
    found = page.evaluate("Promise.race([client.opened, client.closed])")
    page.command("Network.clearBrowserCookies")
    page.close()
    return found


def test_only_its_own_pages_may_use_cookies(kind: Kind, browser: Browser) -> None:
    with kind.handlers() as server:
        scheme = "https" if kind.tls else "http"
        address, own = url(kind, server), f"{scheme}://localhost:{server.port()}"
        cookie = {"name": "session", "value": "secret", "url": own}
        for origin in (f"{scheme}://foreign.test", own, f"{scheme}://localhost:1234"):
            assert outcome(browser, origin, address) is True
        assert outcome(browser, own, address, cookie) is True
        # The same host is the same site, so the browser sends the cookie; but the port is another.
        assert outcome(browser, f"{scheme}://localhost:1234", address, cookie) == [1006, "", False]
        assert server.stderr.splitlines()[1:] == ["[snow-rt] WS upgrade failed: origin not allowed"]
