"""The catalogue is what the documentation and the API say it is."""

import re
from pathlib import Path

from api.journeys.defaults import RULES, STAGES
from api.metrics.catalogue import METRICS, Aggregation, Source, Unit
from api.metrics.reading import LOADERS
from api.metrics.types import MetricAggregation, MetricUnit
from tests.support.client import Api
from tests.support.world import TestTenant

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")


def test_the_page_has_each_metric_with_unit_kind_and_formula() -> None:
    expected = [f"| `{one.slug}` | {one.unit} | {one.aggregation} | {one.formula} |" for one in METRICS.values()]
    written = re.findall(r"^\| `\w+` \| [A-Z]+ \| .*$", PAGE, re.M)
    assert written == expected


def test_the_page_and_the_migration_have_the_default_journey() -> None:
    rows = dict(re.findall(r"^\| (\w+)(?: \(exit\))? \| (`.*) \|$", PAGE, re.M))
    migration = next((ROOT / "alembic" / "versions").glob("*_facts_of_the_metrics.py")).read_text(encoding="utf-8")
    for stage in STAGES:
        assert f"('{stage.key}', '{stage.name}', {stage.position}, {str(stage.is_exit).lower()})" in migration
        assert set(re.findall(r"`(\w+)`", rows[stage.key])) == {
            rule.event_name for rule in RULES if rule.stage == stage.key
        }
    for rule in RULES:
        assert f"('{rule.event_name}', '{rule.stage}', '{rule.moves}')" in migration


def test_every_kind_can_be_read_and_is_known_to_the_api() -> None:
    assert set(LOADERS) == set(Source)
    assert [one.value for one in MetricUnit] == [one.value for one in Unit]
    assert [one.value for one in MetricAggregation] == [one.value for one in Aggregation]


async def test_the_api_lists_the_catalogue(api: Api, acme: TestTenant) -> None:
    viewer = await api.login("acme", "viewer")
    data = await viewer.data("{ metrics { slug name unit aggregation good description } }")
    assert data["metrics"] == [
        {
            "slug": one.slug,
            "name": one.name,
            "unit": one.unit,
            "aggregation": one.aggregation,
            "good": one.good,
            "description": one.description,
        }
        for one in METRICS.values()
    ]
