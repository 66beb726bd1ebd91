"""What leaves as a file is what the lists show, row by row."""

import csv
import json
from io import StringIO
from typing import Any

import pytest

from models.database import Database
from tests.api.test_uploads import get, walk
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.world import NOW, TestTenant, fill, ingest, make_tenant, order

EVENTS = "{ events(first: 100) { nodes { id source messageId name customer { externalId } occurredAt properties } } }"
SERIES = """
query Series($metric: String!) {
  metricSeries(metric: $metric, range: {preset: LAST_7_DAYS}, bucket: DAY) { currency buckets { start value } }
}
"""


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


@pytest.mark.parametrize("field", ["NAME", "TOTAL_SPENT", "ORDER_COUNT", "LAST_ORDER_AT"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_customers_leave_as_the_list_shows_them(api: Api, database: Database, field: str, direction: str) -> None:
    tenant = await make_tenant(database, "listed", "listed")
    await fill(database, tenant, customers=12)
    analyst = await api.login("listed", "analyst")
    search = "LISTED customer 00"
    shown = await walk(analyst, {"search": search, "orderBy": [{"field": field, "direction": direction}]})
    answer = await get(analyst, "/exports/customers.csv", search=search, orderBy=f"{field}:{direction}")
    assert answer.status_code == 200
    assert len(shown) == 10
    assert [
        {
            "id": node["id"],
            "externalId": node["externalId"],
            "name": node["name"],
            "email": node["email"],
            "country": node["country"],
            "firstSeenAt": node["firstSeenAt"],
            "totalSpentMinor": str(node["totalSpent"]["amount"]),
            "currency": node["totalSpent"]["currency"],
            "orderCount": str(node["orderCount"]),
            "lastOrderAt": node["lastOrderAt"],
        }
        for node in shown
    ] == rows(answer.text)


async def test_events_leave_as_the_list_shows_them(api: Api, acme: TestTenant) -> None:
    analyst = await api.login("acme", "analyst")
    shown = (await analyst.data(EVENTS))["events"]["nodes"]
    lines = [json.loads(line) for line in (await get(analyst, "/exports/events.jsonl")).text.splitlines()]
    for node in shown:
        node["customerExternalId"] = (node.pop("customer") or {}).get("externalId")
    assert [{name: line[name] for name in shown[0]} for line in lines] == shown


async def test_metric_series_leave_as_the_chart_shows_them(api: Api, acme: TestTenant) -> None:
    analyst = await api.login("acme", "analyst")
    expected = []
    for metric in ("revenue", "active_customers"):
        series = (await analyst.data(SERIES, {"metric": metric}))["metricSeries"]
        expected += [(metric, series["currency"] or "", one["start"], one["value"]) for one in series["buckets"]]
    answer = await get(
        analyst, "/exports/metric_series.csv", metric="revenue,active_customers", preset="LAST_7_DAYS", bucket="DAY"
    )
    found = [(row["metric"], row["currency"], row["start"], float(row["value"])) for row in rows(answer.text)]
    assert found == expected


async def test_every_list_leaves_whole(api: Api, database: Database, acme: TestTenant) -> None:
    analyst = await api.login("acme", "analyst")
    counts: dict[str, int] = {}
    for name in ("orders", "order_lines", "conversations", "messages"):
        answer = await get(analyst, f"/exports/{name}.csv")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
        counts[name] = len(rows(answer.text))
        assert acme.canary in answer.text
    assert counts == {"orders": 9, "order_lines": 12, "conversations": 3, "messages": 6}


async def test_a_file_says_whose_it_is_and_of_when_and_the_trail_names_it(
    api: Api, database: Database, acme: TestTenant
) -> None:
    analyst = await api.login("acme", "analyst")
    answer = await get(analyst, "/exports/customers.jsonl", search="ümlaut")
    headers = answer.headers
    assert headers["content-disposition"] == "attachment; filename*=UTF-8''acme-customers-2026-03-18T1230Z.jsonl"
    assert (headers["x-export-tenant"], headers["x-export-time-zone"]) == ("acme", "Europe/London")
    assert headers["x-export-as-of"] == NOW.isoformat()
    assert json.loads(headers["x-export-filters"]) == {"orderBy": "NAME:ASC", "search": "ümlaut"}
    entry = (await entries(database, acme))[-1]
    assert (entry.action, entry.actor) == ("export", "user:analyst")
    assert entry.details == {"list": "customers", "format": "jsonl", "filters": ["orderBy", "search"]}


async def test_a_spreadsheet_is_given_no_formula(api: Api, database: Database, acme: TestTenant) -> None:
    event = order(acme, 77, customer=0, amount=-100, at=NOW)
    assert isinstance(event.properties["lines"], list)
    event.properties["lines"][0]["description"] = "=HYPERLINK(1)"
    await ingest(database, acme, event)
    analyst = await api.login("acme", "analyst")
    found = rows((await get(analyst, "/exports/order_lines.csv")).text)
    [line] = [row for row in found if "HYPERLINK" in row["description"]]
    assert (line["description"], line["totalMinor"]) == ("'=HYPERLINK(1)", "-100")


@pytest.mark.parametrize(
    ("path", "role", "status", "code"),
    [
        ("/exports/customers.csv", "viewer", 403, "FORBIDDEN"),
        ("/exports/metric_series.csv?metric=revenue&preset=LAST_HOUR", "viewer", 403, "FORBIDDEN"),
        ("/exports/users.csv", "admin", 404, "NOT_FOUND"),
        ("/exports/customers.xml", "admin", 404, "NOT_FOUND"),
        ("/exports/customers.csv?orderBy=EMAIL", "admin", 400, "BAD_USER_INPUT"),
        ("/exports/metric_series.csv?metric=nonsense&preset=LAST_HOUR", "admin", 400, "BAD_USER_INPUT"),
        ("/exports/metric_series.csv?metric=revenue&from=yesterday", "admin", 400, "BAD_USER_INPUT"),
    ],
)
async def test_what_cannot_be_had_says_why(
    api: Api, acme: TestTenant, path: str, role: str, status: int, code: str
) -> None:
    user = await api.login("acme", role)
    answer: Any = await user.http.get(path, headers={"authorization": f"Bearer {user.token}"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
