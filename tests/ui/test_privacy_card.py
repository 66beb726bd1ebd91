"""The privacy card and its receipts, in each of their states."""

from typing import Any, Final

import pytest
from dash import html

from tests.ui.trees import by_class, by_type, prop, text
from ui.pages.customer import privacy
from ui.pages.customer.privacy_data import PrivacyAnswer, Request

SAID: Final = {"purpose": "MARKETING", "granted": False, "saidAt": "2026-03-18T12:30:00+00:00", "source": "shop"}


def answer(*permissions: str) -> PrivacyAnswer:
    customer = {"name": "Ada", "externalId": "c-1", "consents": [SAID]}
    return PrivacyAnswer.model_validate(
        {"me": {"permissions": permissions}, "tenant": {"timeZone": "Europe/London"}, "customer": customer}
    )


@pytest.mark.parametrize(
    ("permissions", "buttons"),
    [
        ((), 0),
        (("customers:update",), 6),
        (("privacy:manage",), 2),
        (("customers:update", "privacy:manage"), 8),
    ],
)
def test_controls_are_for_those_who_may(permissions: tuple[str, ...], buttons: int) -> None:
    given = answer(*permissions)
    assert given.customer is not None
    card = privacy.privacy(given, given.customer)
    assert len(by_type(card, html.Button)) == buttons
    assert [text(badge) for badge in by_class(card, "badge")] == ["Refuses", "Said nothing", "Said nothing"]
    assert "Said 18 Mar 2026, 12:30, through shop" in text(card)


def request(**changes: Any) -> Request:
    lines = [
        {"place": "sales_order", "fate": "blanked", "count": 1200},
        {"place": "customer", "fate": "deleted", "count": 1},
        {"place": "message", "fate": "blanked", "count": 0},
        {"place": "redis.cache", "fate": "deleted", "count": None},
    ]
    given = {"kind": "ERASE", "state": "DONE", "filePath": None, "fileUntil": None, "job": None, "receipt": lines}
    return Request.model_validate(given | changes)


def test_a_receipt_counts_each_place_that_held_something_or_could_not_be_reached() -> None:
    shown = privacy.receipt(request(), "UTC")
    assert "The customer is erased." in text(shown)
    [rows] = by_type(shown, html.Dl)
    assert text(rows) == "customer1 deletedredis.cachenot reached, deletedsales_order1,200 blanked"
    assert by_type(shown, html.A) == []


def test_a_file_is_offered_while_it_is_kept() -> None:
    until = "2026-03-25T12:30:00+00:00"
    shown = privacy.receipt(request(kind="EXPORT", filePath="/privacy/exports/x.json", fileUntil=until), "UTC")
    [link] = by_type(shown, html.A)
    assert prop(link, "href") == "/privacy/exports/x.json"


def test_a_job_that_came_to_nothing_says_so() -> None:
    assert privacy.ended(request(state="ASKED", job={"state": "RUNNING"})) is None
    failed = privacy.ended(request(state="ASKED", job={"state": "FAILED"}))
    assert failed is not None
    assert "It failed." in text(failed)
