"""The documentation pages in a real browser: drawn whole, under their policy, and from nowhere else."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from app.core import openapi
from app.routers.docs import LICENCES_CSP, REDOC_CSP, SWAGGER_CSP
from tests.contracts.routes import unwired
from tests.docs.browser import Browser, Page, chromium

#: Of a long document the page draws what is in sight: it is read from top to bottom, a little at a time.
READ_DOWN = """
window.drawn = new Set(); window.readDown = false;
(function step(y) {
  for (const block of document.querySelectorAll('.opblock')) window.drawn.add(block.id);
  if (y > document.documentElement.scrollHeight) { window.readDown = true; return; }
  window.scrollTo(0, y);
  setTimeout(() => step(y + innerHeight / 2), 60);
})(0)
"""
TAKES_A_BODY = ":is(.opblock-post, .opblock-put, .opblock-patch)"
REDOC_OPERATION = 'div[id^="operation/"]'


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return unwired()


@pytest.fixture(scope="module")
def address(app: FastAPI) -> Iterator[str]:
    """A real server on a free port. Without lifespan: the pages need no database."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the server did not start"
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(30)
        assert not thread.is_alive(), "the server does not end"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture(scope="module")
def operation_ids(app: FastAPI) -> list[str]:
    found = sorted(operation["operationId"] for _, _, operation in openapi.operations(app.openapi()))
    assert found
    return found


def assert_clean(page: Page, address: str) -> None:
    assert page.ask("window.violations") == []
    assert page.complaints == []
    elsewhere = [url for url in page.requests if not url.startswith((f"{address}/", "data:", "blob:"))]
    assert elsewhere == []
    assert f"{address}/openapi.json" in page.requests


@pytest.fixture(scope="module")
def swagger(browser: Browser, address: str) -> Page:
    page = browser.new_page()
    page.open(f"{address}/docs")
    page.wait_for("document.querySelectorAll('.opblock').length > 0", wanted=True)
    return page


@pytest.mark.slow
def test_swagger_ui_draws_every_operation(swagger: Page, address: str, operation_ids: list[str]) -> None:
    page = swagger
    page.ask(READ_DOWN)
    page.wait_for("window.readDown", wanted=True)
    drawn = page.ask("[...window.drawn]")
    for name in operation_ids:
        assert any(block.endswith(f"-{name}") for block in drawn), name
    assert_clean(page, address)


@pytest.mark.slow
def test_swagger_ui_opens_an_operation(swagger: Page, address: str) -> None:
    page = swagger
    # Only what is in sight is drawn, and whoever was here before may have read to the end.
    page.ask("window.scrollTo(0, 0)")
    page.wait_for(f"document.querySelectorAll('{TAKES_A_BODY}').length > 0", wanted=True)
    page.ask(f"document.querySelector('{TAKES_A_BODY} .opblock-summary-control').click()")
    page.wait_for("document.querySelectorAll('.opblock-body .responses-table').length", 1)
    page.ask("document.querySelector('.try-out__btn').click()")
    page.wait_for("document.querySelectorAll('.opblock-body .execute').length", 1)
    page.ask("document.querySelector('.auth-wrapper .authorize').click()")
    page.wait_for("document.querySelectorAll('.auth-container').length", 3)
    assert_clean(page, address)


@pytest.fixture(scope="module")
def redoc(browser: Browser, address: str, operation_ids: list[str]) -> Page:
    page = browser.new_page()
    page.open(f"{address}/redoc")
    page.wait_for(f"document.querySelectorAll('{REDOC_OPERATION}').length", len(operation_ids))
    return page


@pytest.mark.slow
def test_redoc_draws_every_operation(redoc: Page, address: str, operation_ids: list[str]) -> None:
    page = redoc
    drawn = page.ask(f"[...document.querySelectorAll('{REDOC_OPERATION}')].map((part) => part.id)")
    assert sorted(part.removeprefix("operation/") for part in drawn) == operation_ids
    # Without its own style rules the menu would lie above the text and not beside it.
    assert page.ask("getComputedStyle(document.querySelector('.menu-content')).position") == "sticky"
    assert_clean(page, address)


@pytest.mark.slow
def test_redoc_finds_an_operation(redoc: Page, address: str) -> None:
    page = redoc
    summary = page.ask(f"document.querySelector('{REDOC_OPERATION} h2').textContent")
    page.ask("document.querySelector('input.search-input').focus()")
    page.type_text(summary.split()[-1])
    page.wait_for("document.querySelector('[data-role=\"search:results\"] [role=menuitem]') !== null", True)
    assert_clean(page, address)


@pytest.mark.parametrize(
    ("path", "policy"),
    [("/docs", SWAGGER_CSP), ("/redoc", REDOC_CSP), ("/static/licences/", LICENCES_CSP)],
)
def test_a_page_carries_its_policy_and_nothing_inline(address: str, path: str, policy: str) -> None:
    response = httpx.get(address + path)
    assert response.status_code == 200
    assert response.headers["Content-Security-Policy"] == policy
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert not re.search(r"<style|<script>|\son\w+=|style=|https?:", response.text)


def test_the_licences_of_all_that_is_vendored_are_served(address: str) -> None:
    page = httpx.get(f"{address}/static/licences/").text
    names = re.findall(r'href="([\w.-]+\.txt)"', page)
    kept = Path(openapi.__file__).parents[2] / "static" / "licences"
    assert sorted(names) == sorted(path.name for path in kept.glob("*.txt"))
    for name in names:
        assert len(httpx.get(f"{address}/static/licences/{name}").text) > 50


def test_the_document_is_not_sent_twice(address: str) -> None:
    first = httpx.get(f"{address}/openapi.json")
    assert first.json()["openapi"].startswith("3.1")
    again = httpx.get(f"{address}/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
