from pathlib import Path

import pytest
from graphql import build_schema, parse, validate
from graphql.language import OperationDefinitionNode

ROOT = Path(__file__).parents[2]
OPERATIONS = sorted((ROOT / "ui" / "operations").glob("*.graphql"))


@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: path.stem)
def test_an_operation_is_valid_against_the_contract_and_named_like_its_file(path: Path) -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))
    document = parse(path.read_text(encoding="utf-8"))
    assert [error.message for error in validate(schema, document)] == []
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    assert [node.name.value for node in operations if node.name] == [path.stem]


def test_the_live_subscription_is_valid_against_the_contract() -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))
    source = (ROOT / "ui" / "assets" / "30-live.js").read_text(encoding="utf-8")
    start = source.index("const SUBSCRIPTION =")
    text = "".join(source[start : source.index(";", start)].split('"')[1::2])
    assert text.startswith("subscription MetricUpdates")
    assert [error.message for error in validate(schema, parse(text))] == []
