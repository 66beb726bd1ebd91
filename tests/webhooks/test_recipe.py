"""The recipe of docs/api/webhooks.md, as it stands there."""

import re
from pathlib import Path
from typing import Any, Protocol

import pytest

from api.webhooks import signing
from api.webhooks.events import WebhookEvent
from tests.support.world import NOW

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "api" / "webhooks.md").read_text()


class Verify(Protocol):
    def __call__(self, secret: str, headers: dict[str, str], body: bytes, now: float) -> dict[str, Any]: ...


@pytest.fixture
def verify() -> Verify:
    [recipe] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(recipe, "docs/api/webhooks.md", "exec"), names)  # noqa: S102
    found: Verify = names["verify"]
    return found


def test_it_takes_what_is_signed_and_refuses_the_rest(verify: Verify) -> None:
    new, old, other = signing.new_secret(), signing.new_secret(), signing.new_secret()
    body, now = '{"type":"customer.bought","data":{"name":"Zoë"}}'.encode(), NOW.timestamp()
    headers = signing.headers("msg_1", NOW, body, [new, old])
    for secret in (new, old):
        assert verify(signing.secret_text(secret), headers, body, now)["data"] == {"name": "Zoë"}
    key = signing.secret_text(new)
    with pytest.raises(ValueError, match="not signed by us"):
        verify(signing.secret_text(other), headers, body, now)
    with pytest.raises(ValueError, match="not signed by us"):
        verify(key, headers, body + b" ", now)
    with pytest.raises(ValueError, match="not signed by us"):
        verify(key, {**headers, "webhook-id": "msg_2"}, body, now)
    with pytest.raises(ValueError, match="too old"):
        verify(key, headers, body, now + 301)


def test_the_page_names_every_event() -> None:
    assert set(re.findall(r"^\| `([a-z_.]+)` \|", PAGE, re.MULTILINE)) >= {event.value for event in WebhookEvent}
