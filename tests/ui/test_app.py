"""The served application, without a browser: who gets in, and what every answer carries."""

import asyncio
import gzip
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.types import Message

from ui.app import UiApp, create_ui
from ui.session import local_path

HINT = [("retail", "viewer", "viewer123")]
IN = {"cookie": "cip_session=x"}


@pytest.fixture(scope="module")
def built() -> UiApp:
    nowhere = httpx.MockTransport(lambda _: httpx.Response(503, text=""))
    app = create_ui(nowhere, "http://app.test", HINT)
    asyncio.run(app.startup())
    return app


@pytest.fixture
async def browser(built: UiApp) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(built.asgi), base_url="http://app.test") as client:
        yield client


@pytest.mark.parametrize(
    ("path", "target"), [("/", "%2F"), ("/customers?q=a&sort=-spent", "%2Fcustomers%3Fq%3Da%26sort%3D-spent")]
)
async def test_an_anonymous_visitor_is_led_to_the_log_in_page_and_back(
    browser: httpx.AsyncClient, path: str, target: str
) -> None:
    answer = await browser.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={target}")


@pytest.mark.parametrize("path", ["/_dash-layout", "/_dash-dependencies", "/_reload-hash"])
async def test_an_anonymous_visitor_learns_nothing_of_the_application(browser: httpx.AsyncClient, path: str) -> None:
    assert (await browser.get(path)).status_code == 401


async def test_an_anonymous_callback_is_refused_before_it_is_read(browser: httpx.AsyncClient) -> None:
    assert (await browser.post("/_dash-update-component", content=b"{")).status_code == 401


@pytest.mark.parametrize("cookie", ["", "cip_session=", "other=1", "xcip_session=1"])
async def test_only_a_session_cookie_lets_in(browser: httpx.AsyncClient, cookie: str) -> None:
    assert (await browser.get("/", headers={"cookie": cookie})).status_code == 303


@pytest.mark.parametrize("path", ["/", "/customers", "/customers/abc%3D", "/nowhere"])
async def test_every_address_gives_the_document_to_a_visitor_with_a_session(
    browser: httpx.AsyncClient, path: str
) -> None:
    answer = await browser.get(path, headers={"cookie": "__Host-cip_session=x"})
    assert answer.status_code == 200
    scripts = re.findall(r'src="/assets/(\d\d-\w+\.js)', answer.text)
    assert scripts == [
        "10-formats.js",
        "20-shell.js",
        "22-query.js",
        "25-imports.js",
        "26-print.js",
        "27-controls.js",
        "28-keyboard.js",
        "30-live.js",
        "35-charts.js",
        "40-health.js",
        "45-segmentation.js",
    ]
    assert 'id="react-entry-point"' in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_every_script_of_a_document_carries_the_nonce_of_its_policy(browser: httpx.AsyncClient) -> None:
    first, second = [await browser.get("/", headers=IN) for _ in range(2)]
    nonces = set(re.findall(r'<script nonce="([^"]+)"', first.text))
    assert first.text.count("<script") == first.text.count("<script nonce=")
    policy = first.headers["content-security-policy"]
    assert [f"'nonce-{nonce}'" in policy for nonce in nonces] == [True]
    assert "unsafe-eval" not in policy
    assert "frame-ancestors 'none'" in policy
    assert nonces.isdisjoint(re.findall(r'<script nonce="([^"]+)"', second.text))


@pytest.mark.parametrize("path", ["/", "/login", "/assets/30-live.js", "/_dash-layout"])
async def test_every_answer_is_guarded(browser: httpx.AsyncClient, path: str) -> None:
    headers = (await browser.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["content-security-policy"].startswith("default-src 'none'")


async def test_static_files_are_compressed_and_fingerprinted_ones_kept_for_ever(browser: httpx.AsyncClient) -> None:
    document = (await browser.get("/", headers=IN)).text
    script = next(src for src in re.findall(r'src="([^"]+)"', document) if "30-live" in src)
    async with browser.stream("GET", script, headers={"accept-encoding": "gzip"}) as answer:
        packed = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["vary"] == "accept-encoding"
    plain = await browser.get(script, headers={"accept-encoding": "identity"})
    assert gzip.decompress(packed) == plain.content
    assert "immutable" not in (await browser.get("/assets/30-live.js")).headers["cache-control"]


async def test_a_browser_that_goes_away_leaves_no_half_a_file_for_the_next_one(
    built: UiApp, browser: httpx.AsyncClient
) -> None:
    path = "/assets/20-shell.js"

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    async def unheard(message: Message) -> None:
        pass

    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": path, "raw_path": path.encode(), "root_path": "", "query_string": b"",
        "headers": [(b"host", b"app.test"), (b"accept-encoding", b"gzip")], "server": ("app.test", 80),
        "client": ("127.0.0.1", 1),
    }  # fmt: skip
    await built.asgi(scope, gone, unheard)
    packed = await browser.get(path, headers={"accept-encoding": "gzip"})
    plain = await browser.get(path, headers={"accept-encoding": "identity"})
    assert len(plain.content) > 1_000
    assert packed.content == plain.content


async def test_a_static_file_that_does_not_exist_is_not_found_nor_kept(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/assets/none.js?m=1")
    assert answer.status_code == 404
    assert "immutable" not in answer.headers.get("cache-control", "")


async def test_nothing_is_asked_of_another_host(browser: httpx.AsyncClient) -> None:
    for path in ("/", "/login"):
        document = (await browser.get(path, headers=IN)).text
        addresses = re.findall(r'(?:src|href|action)="([^"]+)"', document)
        assert addresses
        assert [address for address in addresses if not re.match(r"/(?!/)", address)] == []


async def test_the_log_in_form_posts_what_the_api_takes(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/login", params={"next": "/customers?q=1"})).text
    assert '<form method="post" action="/login">' in page
    assert re.findall(r'name="(tenant|username|password|next)"', page) == ["tenant", "username", "password", "next"]
    assert 'name="next" value="/customers?q=1"' in page
    assert "viewer123" in page


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("credentials", "The tenant, user name or password is not right."),
        ("<script>", "That did not work."),
    ],
)
async def test_the_log_in_page_says_what_went_wrong(browser: httpx.AsyncClient, code: str, words: str) -> None:
    page = (await browser.get("/login", params={"error": code})).text
    assert words in page
    assert "<script>" not in page


async def test_what_stands_in_the_address_is_never_markup(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/setup", params={"token": '"><script>alert(1)</script>'})).text
    assert "alert(1)</script>" not in page
    assert 'name="token" value="&quot;&gt;&lt;script' in page


@pytest.mark.parametrize(
    "target", ["https://evil.test/", "//evil.test", "/\\evil.test", "\\\\evil.test", "javascript:alert(1)", "", "/a\nb"]
)
def test_the_way_back_stays_on_this_site(target: str) -> None:
    assert local_path(target) == "/"


def test_a_local_way_back_is_kept() -> None:
    assert local_path("/customers?q=1&sort=-spent") == "/customers?q=1&sort=-spent"
