"""What a browser is told about a page of another origin; a request that names none is told nothing."""

import httpx
import pytest

from app.core.settings import Settings
from app.main import create_app

OURS, THEIRS = "https://app.example.org", "https://elsewhere.example.org"


@pytest.fixture(scope="module")
def browser() -> httpx.AsyncClient:
    settings = Settings(
        rollbook_env="test", database_url="postgresql://nobody@127.0.0.1:1/nothing", cors_origins=(OURS,)
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_app(settings)), base_url="http://testserver")


async def test_an_origin_of_ours_may_read_every_answer_a_refusal_too(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/v1/nothing", headers={"Origin": OURS})
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
    assert answer.headers["access-control-allow-origin"] == OURS
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert "ETag" in answer.headers["access-control-expose-headers"]
    assert answer.headers.get_list("vary") == ["Origin"]


async def test_another_origin_may_not(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/v1/nothing", headers={"Origin": THEIRS})
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers.get_list("vary") == ["Origin"]


async def test_nobody_who_names_no_origin_is_told_of_any(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/v1/nothing")
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert answer.headers.get_list("vary") == ["Origin"]


@pytest.mark.parametrize(("origin", "status"), [(OURS, 200), (THEIRS, 400)])
async def test_a_browser_asks_first(browser: httpx.AsyncClient, origin: str, status: int) -> None:
    asks = {"Origin": origin, "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "If-Match"}
    answer = await browser.options("/v1/members", headers=asks)
    assert answer.status_code == status
    assert answer.headers.get("access-control-allow-origin") == (OURS if origin == OURS else None)


async def test_asking_without_an_origin_is_a_method_like_others(browser: httpx.AsyncClient) -> None:
    answer = await browser.options("/v1/members")
    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"
