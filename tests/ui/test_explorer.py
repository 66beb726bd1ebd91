"""The API explorer: for people who have logged in, from this server alone, with examples that run."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import httpx
import pytest
from graphql import parse, specified_rules

from api.graphql.limits import check_size
from api.schema import make_schema
from tests.support.client import Api
from tests.support.world import TestTenant
from ui.app import UiApp, create_ui
from ui.explorer.page import SCRIPTS, STATIC, STYLES, examples

IN: Final = {"cookie": "cip_session=x"}
LINKED: Final = re.compile(r'(?:src|href)="([^"]+)"')


@pytest.fixture(scope="module")
def built() -> UiApp:
    nowhere = httpx.MockTransport(lambda _: httpx.Response(503, text=""))
    app = create_ui(nowhere, "http://app.test")
    asyncio.run(app.startup())
    return app


@pytest.fixture
async def browser(built: UiApp) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(built.asgi), base_url="http://app.test") as client:
        yield client


async def test_nobody_gets_it_without_a_session(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/explorer")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Fexplorer")
    assert (await browser.get("/explorer/graphiql.min.js")).status_code == 303


async def test_all_it_loads_comes_from_here_under_the_policy_of_every_page(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/explorer", headers=IN)
    assert page.status_code == 200
    [nonce] = re.findall(r"'nonce-([^']+)'", page.headers["content-security-policy"])
    assert set(re.findall(r"<script[^>]*>", page.text)) == {
        tag for tag in re.findall(r"<script[^>]*>", page.text) if f'nonce="{nonce}"' in tag
    }
    links = [link for link in LINKED.findall(page.text) if link not in ("/", "/schema.graphql")]
    assert {f"/explorer/{name}" for name in (*STYLES, *SCRIPTS)} <= set(links)
    statuses = {link: (await browser.get(link, headers=IN)).status_code for link in links}
    assert statuses == dict.fromkeys(links, 200)


async def test_no_other_file_is_served(browser: httpx.AsyncClient) -> None:
    for name in ("LICENSES.md", "page.py", "nothing.js"):
        assert (await browser.get(f"/explorer/{name}", headers=IN)).status_code == 404, name
    for name in ("..%2fpage.py", "%2e%2e/page.py", "..%5cpage.py"):
        assert "add_explorer" not in (await browser.get(f"/explorer/{name}", headers=IN)).text, name


def test_every_file_of_others_is_named_with_its_licence() -> None:
    named = (STATIC / "LICENSES.md").read_text()
    others = {path.name for path in Path(STATIC).iterdir()} - {"LICENSES.md", "explorer.js", "explorer.css"}
    assert {name for name in others if name not in named} == set()
    assert named.count("MIT License") == 2


def test_every_example_fits_the_schema_and_the_limits() -> None:
    schema = make_schema()
    for example in examples():
        document = parse(example.query)
        assert schema.faults(document, (*specified_rules,), hide_suggestions=False) == [], example.title
        check_size(document, {})
        assert not example.title.startswith(("query", "mutation", "{"))
    assert len({example.title for example in examples()}) == len(examples()) >= 5


async def test_every_example_answers_an_analyst(api: Api, acme: TestTenant) -> None:
    analyst = await api.login("acme", "analyst")
    for example in examples():
        if "subscription" not in example.query:
            assert "errors" not in await analyst.answer(example.query), example.title
