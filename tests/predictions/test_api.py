"""Predictions and models by the API: lists, filters, permissions, and what is missing."""

from hashlib import sha256
from typing import Any, Final

import pytest

from api.app import Server
from api.predictions.contracts import ModelKind
from models.database import Database
from tests.predictions.support import current_model, load, score, shop, train, version_of
from tests.support.client import Api
from tests.support.statements import counted_statements, of_operation
from tests.support.world import TestTenant

LIST: Final = """
query List($kind: PredictionKind!, $horizon: Int!, $first: Int, $after: String, $where: PredictionWhere,
           $order: [PredictionOrder!]) {
  predictions(kind: $kind, horizonDays: $horizon, first: $first, after: $after, where: $where, orderBy: $order) {
    totalCount { value }
    pageInfo { endCursor hasNextPage }
    nodes {
      status probability value { amount } interval { low high level } base reasons { feature contribution }
      calibration { bucket n observed observedRate } model { number version card { hash } } customer { id name }
    }
  }
}
"""
OF_CUSTOMERS: Final = """
query { customers(first: 3) { nodes { externalId predictions { kind horizonDays status probability
  dataNeed { what need have } } } } }
"""
SUMMARY: Final = """
query Summary($kind: PredictionKind!, $horizon: Int!) {
  predictionSummary(kind: $kind, horizonDays: $horizon) {
    status customers meanProbability totalValue { amount currency } totalInterval { low high }
    dataNeed { what need have } distribution { low high n } model { champion }
  }
}
"""


async def _list(api: Api, kind: str, **variables: Any) -> dict[str, Any]:
    found = await api.data(LIST, {"kind": kind, "horizon": 30, "first": 100, **variables})
    connection: dict[str, Any] = found["predictions"]
    return connection


async def test_the_list_is_ordered_filtered_and_paged_and_each_adds_up(
    api: Api, database: Database, acme: TestTenant
) -> None:
    await load(database, acme, shop(acme))
    await score(database, acme, version_of(await train(database, acme)))
    viewer = await api.login("acme", "viewer")
    whole = await _list(viewer, "CHURN")
    chances = [node["probability"] for node in whole["nodes"]]
    assert chances == sorted(chances, reverse=True)
    assert whole["totalCount"]["value"] > 100
    after = await _list(viewer, "CHURN", after=whole["pageInfo"]["endCursor"])
    assert len(after["nodes"]) == whole["totalCount"]["value"] - 100
    assert after["nodes"][0]["probability"] <= chances[-1]
    high = await _list(viewer, "CHURN", where={"probability": {"range": {"gte": chances[9]}}})
    assert high["totalCount"]["value"] == sum(chance >= chances[9] for chance in chances)
    low = await _list(viewer, "CHURN", first=1, order=[{"field": "PROBABILITY", "direction": "ASC"}])
    assert low["nodes"][0]["probability"] <= chances[-1]
    for node in whole["nodes"]:
        assert node["interval"]["low"] <= node["probability"] <= node["interval"]["high"]
        assert node["calibration"]["n"] >= node["calibration"]["observed"]
        odds = node["base"] + sum(reason["contribution"] for reason in node["reasons"])
        assert 1 / (1 + 2.718281828459045**-odds) == pytest.approx(node["probability"], abs=1e-9)
    summary = (await viewer.data(SUMMARY, {"kind": "CHURN", "horizon": 30}))["predictionSummary"]
    assert summary["customers"] == whole["totalCount"]["value"]
    assert sum(band["n"] for band in summary["distribution"]) == summary["customers"]


async def test_a_filter_or_order_of_another_kind_is_refused_with_its_place(api: Api, acme: TestTenant) -> None:
    viewer = await api.login("acme", "viewer")
    wrong = {"kind": "CHURN", "horizon": 30, "first": 5}
    for more in ({"where": {"value": {"range": {"gte": 5}}}}, {"order": [{"field": "VALUE"}]}):
        assert await viewer.error_code(LIST, {**wrong, **more}) == "BAD_USER_INPUT"


async def test_totals_carry_the_band_of_the_backtests(api: Api, database: Database, acme: TestTenant) -> None:
    await load(database, acme, shop(acme))
    await score(database, acme, version_of(await train(database, acme, ModelKind.CLV)))
    viewer = await api.login("acme", "viewer")
    found = (await viewer.data(SUMMARY, {"kind": "CLV", "horizon": 30}))["predictionSummary"]
    values = [node["value"]["amount"] for node in (await _list(viewer, "CLV"))["nodes"]]
    assert values == sorted(values, reverse=True)
    assert found["totalValue"]["currency"] == "GBP"
    assert found["totalInterval"]["low"] < found["totalInterval"]["high"]
    assert sum(band["n"] for band in found["distribution"]) == found["customers"]


async def test_what_nobody_can_say_is_told_with_what_is_missing(api: Api, database: Database, acme: TestTenant) -> None:
    await train(database, acme, horizon=60)
    viewer = await api.login("acme", "viewer")
    summary = (await viewer.data(SUMMARY, {"kind": "CHURN", "horizon": 60}))["predictionSummary"]
    assert (summary["status"], summary["customers"], summary["model"]) == ("INSUFFICIENT_DATA", 0, None)
    assert summary["dataNeed"] == {"what": "days of history", "need": 180, "have": 1}
    nodes = (await viewer.data(OF_CUSTOMERS))["customers"]["nodes"]
    by_key = {(one["kind"], one["horizonDays"]): one for one in nodes[0]["predictions"]}
    assert by_key["CHURN", 60]["dataNeed"] == summary["dataNeed"]
    assert by_key["CLV", 30]["dataNeed"] == {"what": "trained models", "need": 1, "have": 0}
    assert {one["status"] for one in nodes[0]["predictions"]} == {"INSUFFICIENT_DATA"}


async def test_the_predictions_of_many_customers_take_as_many_statements_as_those_of_two(
    api: Api, server: Server, database: Database, acme: TestTenant
) -> None:
    async with database.unit_of_work(acme.id) as session:
        await current_model(session, acme.id, made_by="test")
    viewer = await api.login("acme", "viewer")
    # One of whom something is foretold and one of whom nothing is: each kind takes a statement of its own.
    counts = []
    for document in (OF_CUSTOMERS.replace("first: 3", f"first: {many}") for many in (2, 30)):
        with counted_statements(server.database) as seen:
            await viewer.data(document)
        counts.append(of_operation(seen))
    assert counts[0] == counts[1]


async def test_a_viewer_may_not_train_and_an_analyst_may_with_a_horizon_that_makes_sense(
    api: Api, acme: TestTenant
) -> None:
    mutation = """mutation($input: ModelTrainInput!) { modelTrain(input: $input) {
      training { kind horizonDays job { kind state } version { id } } userErrors { code field message } } }"""
    viewer, analyst = await api.login("acme", "viewer"), await api.login("acme", "analyst")
    given = {"input": {"kind": "CLV", "horizonDays": 45}}
    assert await viewer.error_code(mutation, given) == "FORBIDDEN"
    training = (await analyst.data(mutation, given))["modelTrain"]["training"]
    assert training == {
        "kind": "CLV", "horizonDays": 45, "job": {"kind": "model.train", "state": "QUEUED"}, "version": None,
    }  # fmt: skip
    refused = (await analyst.data(mutation, {"input": {"kind": "CLV", "horizonDays": 5}}))["modelTrain"]
    assert refused["userErrors"] == [
        {"code": "BAD_USER_INPUT", "field": ["input", "horizonDays"], "message": "A horizon has 7 to 730 days, not 5."}
    ]


async def test_the_card_is_what_its_hash_is_of(api: Api, database: Database, acme: TestTenant) -> None:
    async with database.unit_of_work(acme.id) as session:
        await current_model(session, acme.id, made_by="test")
    viewer = await api.login("acme", "viewer")
    [made] = (await viewer.data("{ modelVersions(first: 5, kind: CHURN) { nodes { id } } }"))["modelVersions"]["nodes"]
    card = (await viewer.data("query($id: ID!) { modelCard(id: $id) { json markdown hash } }", {"id": made["id"]}))[
        "modelCard"
    ]
    assert sha256(card["json"].encode()).hexdigest() == card["hash"]
    assert card["markdown"].startswith("# CHURN within 30 days")
