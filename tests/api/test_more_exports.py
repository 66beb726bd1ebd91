"""Predictions and the audit trail leave as the lists show them."""

import csv
import json
from datetime import datetime
from io import StringIO
from typing import Any

import pytest

from models.database import Database
from tests.api.test_uploads import get
from tests.metrics.test_predicted import foretell
from tests.support.client import Api
from tests.support.world import TestTenant

PREDICTIONS = """
query P($kind: PredictionKind!) {
  predictions(kind: $kind, horizonDays: 30, first: 50) {
    nodes { customer { externalId } kind horizonDays asOf probability value { amount currency } }
  }
}
"""
TRAIL = """
query T($where: AuditEntryWhere) {
  auditEntries(first: 100, where: $where) { nodes { id at actor action outcome subject details } }
}
"""


@pytest.mark.parametrize(("kind", "estimates"), [("CHURN", (0.2, 0.9, 0.4)), ("CLV", (1_000.0, 6_000.0, 2_000.0))])
async def test_predictions_leave_the_highest_first(
    api: Api, database: Database, acme: TestTenant, kind: str, estimates: tuple[float, ...]
) -> None:
    await foretell(database, acme, kind, *estimates)
    analyst = await api.login("acme", "analyst")
    shown = (await analyst.data(PREDICTIONS, {"kind": kind}))["predictions"]["nodes"]
    found = list(csv.DictReader(StringIO((await get(analyst, "/exports/predictions.csv", kind=kind)).text)))
    assert len(shown) == 3
    assert [
        (row["customerExternalId"], row["kind"], int(row["horizonDays"]), datetime.fromisoformat(row["asOf"]))
        for row in found
    ] == [
        (one["customer"]["externalId"], one["kind"], one["horizonDays"], datetime.fromisoformat(one["asOf"]))
        for one in shown
    ]
    if kind == "CLV":
        assert [(int(row["valueMinor"]), row["currency"]) for row in found] == [
            (one["value"]["amount"], one["value"]["currency"]) for one in shown
        ]
        assert {row["probability"] for row in found} == {""}
    else:
        assert [float(row["probability"]) for row in found] == [one["probability"] for one in shown]
        assert {(row["valueMinor"], row["currency"]) for row in found} == {("", "")}


async def test_the_audit_trail_leaves_the_newest_first_and_narrowed_down(api: Api, acme: TestTenant) -> None:
    admin = await api.login("acme", "admin")
    await api.login("acme", "viewer")
    await (await api.login("acme", "viewer")).answer("{ auditEntries(first: 1) { nodes { id } } }")
    for where, asked in (
        (None, {}),
        ({"actor": {"eq": "user:viewer"}}, {"actor": "user:viewer"}),
        ({"outcome": {"eq": "DENIED"}}, {"outcome": "DENIED"}),
    ):
        shown = (await admin.data(TRAIL, {"where": where}))["auditEntries"]["nodes"]
        text = (await get(admin, "/exports/audit_entries.jsonl", **asked)).text
        left = [json.loads(line) for line in text.splitlines()]
        assert len(shown) >= 1
        assert [moment_of(one) for one in left] == [moment_of(one) for one in shown]


def moment_of(entry: dict[str, Any]) -> dict[str, Any]:
    """With the time as a moment, however it is written."""
    return entry | {"at": datetime.fromisoformat(entry["at"])}


@pytest.mark.parametrize(
    ("path", "role", "status", "code"),
    [
        ("/exports/audit_entries.csv", "analyst", 403, "FORBIDDEN"),
        ("/exports/audit_entries.csv?outcome=MAYBE", "admin", 400, "BAD_USER_INPUT"),
        ("/exports/predictions.csv", "viewer", 403, "FORBIDDEN"),
        ("/exports/predictions.csv?kind=WEATHER", "analyst", 400, "BAD_USER_INPUT"),
        ("/exports/predictions.csv?days=0", "analyst", 400, "BAD_USER_INPUT"),
        ("/exports/predictions.csv?days=9999", "analyst", 400, "BAD_USER_INPUT"),
    ],
)
async def test_what_cannot_be_had_says_why(
    api: Api, acme: TestTenant, path: str, role: str, status: int, code: str
) -> None:
    user = await api.login("acme", role)
    answer = await user.http.get(path, headers={"authorization": f"Bearer {user.token}"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
