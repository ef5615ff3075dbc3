"""The chat example: two pages in two browsers talk, one is killed, the other sees it leave."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.services import chromium
from tests.services.chromium import Browser, Page
from tests.services.server import CERTS, EXAMPLES, FILES, ROOT, Server

CHAT = EXAMPLES / "chat"
PICTURE = ROOT / "docs" / "images" / "chat.png"
"""Shown in the README; `--update` takes it anew."""
SIZE = {"width": 900, "height": 460, "deviceScaleFactor": 1, "mobile": False}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path, CHAT, False, "0", *FILES) as running:
        running.port()
        yield running


@pytest.fixture
def browsers() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def browse(browsers: ExitStack) -> Browser:
    path = chromium.find()
    if path is None:
        pytest.skip(chromium.HOW_TO_GET_IT)
    return browsers.enter_context(Browser(path, [chromium.key_hash(CERTS / "cert.pem")]))


def enter(browser: Browser, server: Server, name: str, room: str = "lobby") -> Page:
    query = urlencode({"server": f"wss://localhost:{server.port()}", "room": room, "name": name})
    page = browser.open(f"{(CHAT / 'index.html').as_uri()}?{query}")
    page.wait_for("document.getElementById('say').hidden === false")
    return page


def says(page: Page, text: str) -> None:
    page.evaluate(f"document.getElementById('text').value = {json.dumps(text)}")
    page.evaluate("document.getElementById('say').requestSubmit()")


def sees(page: Page, text: str) -> None:
    page.wait_for(f"document.getElementById('log').textContent.includes({json.dumps(text)})")


def sees_people(page: Page, *names: str) -> None:
    found = "[...document.getElementById('people').children].map(item => item.textContent).join()"
    page.wait_for(f"{found} === {json.dumps(','.join(names))}")


def test_two_pages_talk_and_one_sees_the_other_leave(
    server: Server, browsers: ExitStack, request: pytest.FixtureRequest
) -> None:
    first, second = browse(browsers), browse(browsers)
    ada = enter(first, server, "Ada")
    sees_people(ada, "Ada")
    grace = enter(second, server, "Grace")
    sees_people(ada, "Ada", "Grace")
    sees_people(grace, "Ada", "Grace")
    elsewhere = enter(first, server, "Alan", "enigma")
    sees_people(elsewhere, "Alan")
    says(ada, "Good evening! Is the harbour frozen yet?")
    sees(grace, "Good evening! Is the harbour frozen yet?")
    says(grace, "Not quite. <b>Bring</b> skates\tand tea ☕")
    sees(ada, "<b>Bring</b> skates\tand tea ☕")
    sees(grace, "tea ☕")
    assert elsewhere.evaluate("document.getElementById('log').innerText") == ""
    if request.config.getoption("--update"):
        ada.command("Emulation.setDeviceMetricsOverride", **SIZE)
        PICTURE.parent.mkdir(exist_ok=True)
        PICTURE.write_bytes(ada.screenshot())
    second.kill()
    sees(ada, "Grace left")
    sees_people(ada, "Ada")
    says(ada, "Still here.")
    sees(ada, "Still here.")


def test_a_guest_without_a_name_is_told_so(server: Server, browsers: ExitStack) -> None:
    page = browse(browsers).open()
    ending = page.evaluate(
        "new Promise(done => { const ws = new WebSocket("
        f"'wss://localhost:{server.port()}/?room=lobby'); ws.onclose = e => done([e.code, e.reason]); }})"
    )
    assert ending == [1008, "a room and a name are required"]


def test_the_picture_is_there() -> None:
    assert PICTURE.read_bytes().startswith(b"\x89PNG")
    assert "docs/images/chat.png" in (ROOT / "README.md").read_text()
