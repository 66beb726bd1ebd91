"""Making, changing and trying endpoints by the API."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from api.auth.permissions import Permission, Role
from api.errors import BadInputError, ForbiddenError
from api.graphql.ids import global_id
from api.schema import make_schema
from api.webhooks.events import WebhookEvent
from api.webhooks.principal import service
from api.webhooks.selection import check_selection
from api.webhooks.service import MAXIMUM_ENDPOINTS
from api.webhooks.signing import secret_of
from models.database import Database
from tests.support.api_keys import make_api_key
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.world import TestTenant
from tests.webhooks.receiver import Receiver
from tests.webhooks.support import CREATE, CUSTOMER, REPLAY, TEST, count_jobs, create, customer_of, log_of

URL = "https://hook.example/in?token=word"
UPDATE = """
mutation Update($input: WebhookEndpointUpdateInput!) {
  webhookEndpointUpdate(input: $input) {
    endpoint { url query events description enabled } userErrors { field code message }
  }
}"""
DELETE = """
mutation Delete($id: ID!) { webhookEndpointDelete(input: {id: $id}) { deletedId userErrors { field code } } }"""
LIST = "{ webhookEndpoints(first: 5) { totalCount { value } nodes { id url } } }"

schema = make_schema()


async def refused(admin: Api, **given: Any) -> dict[str, Any]:
    variables = {"input": {"url": URL, "events": ["CUSTOMER_BOUGHT"], **given}}
    payload = (await admin.data(CREATE, variables))["webhookEndpointCreate"]
    assert (payload["secret"], payload["endpoint"]) == (None, None)
    [error] = payload["userErrors"]
    found: dict[str, Any] = error
    return found


async def test_a_secret_is_shown_once_and_kept_sealed(admin: Api, database: Database, acme: TestTenant) -> None:
    made = await create(admin, URL)
    assert made.secret.startswith("whsec_")
    listed = (await admin.data(LIST))["webhookEndpoints"]
    assert listed == {"totalCount": {"value": 1}, "nodes": [{"id": made.id, "url": URL}]}
    async with database.unit_of_work(acme.id) as session:
        dump = (await session.execute(text("SELECT string_agg(e::text, ' ') FROM webhook_endpoint e"))).scalar_one()
    plain = (secret_of(made.secret), made.secret.removeprefix("whsec_").encode())
    assert [one for one in plain if one.hex() in dump] == []  # bytes stand in a row's text as hexadecimal digits
    assert made.secret.removeprefix("whsec_") not in dump
    audit = (await entries(database, acme))[-1]
    assert (audit.actor, audit.action) == ("user:admin", "webhook_endpoint.create")
    assert "hook.example" not in str(audit.details)


async def test_a_viewer_sees_the_host_alone_and_changes_nothing(api: Api, admin: Api) -> None:
    made = await create(admin, URL)
    viewer = await api.login("acme", "viewer")
    assert (await viewer.data(LIST))["webhookEndpoints"]["nodes"] == [{"id": made.id, "url": "https://hook.example/…"}]
    assert await viewer.error_code(DELETE, {"id": made.id}) == "FORBIDDEN"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("query {", "The selection is not GraphQL"),
        ("{ nothing }", "The selection is not valid: Cannot query field 'nothing'"),
        ("mutation { logout }", "is not valid"),
        ("mutation { metricsRecompute { userErrors { code } } }", "A selection is one query"),
        ("query A { tenant { name } } query B { tenant { name } }", "A selection is one query"),
        ("query($who: ID!) { customer(id: $who) { name } }", "These events give $id, and no $who."),
        ("{ me { name } }", "me has no place in a webhook."),
        ("{ __schema { types { name } } }", "__schema has no place in a webhook."),
        ("", "A selection has 1 to 10000 characters."),
    ],
)
def test_a_selection_is_checked_when_it_is_saved(query: str, message: str) -> None:
    caller = service(uuid4(), frozenset(Permission))
    with pytest.raises(BadInputError) as refused:
        check_selection(schema, caller, query, [WebhookEvent.CUSTOMER_BOUGHT])
    assert refused.value.path == ("query",)
    assert message in refused.value.message


async def test_other_input_is_checked_too(admin: Api) -> None:
    assert (await refused(admin, query="{ nothing }"))["field"] == ["query"]
    assert (await refused(admin, url="ftp://hook.example/"))["field"] == ["url"]
    assert (await refused(admin, events=[]))["field"] == ["events"]
    assert (await refused(admin, description="x" * 201))["field"] == ["description"]
    mixed = await refused(admin, events=["METRIC_CHANGED", "CUSTOMER_BOUGHT"], query=CUSTOMER)
    assert mixed["field"] == ["events"]


def test_nobody_saves_a_selection_that_they_could_not_ask_themselves() -> None:
    caller = service(uuid4(), frozenset({Permission.INTEGRATIONS_MANAGE}))
    with pytest.raises(ForbiddenError, match="customers:read"):
        check_selection(schema, caller, CUSTOMER, [WebhookEvent.CUSTOMER_BOUGHT])
    reader = service(uuid4(), frozenset({Permission.CUSTOMERS_READ}))
    check_selection(schema, reader, CUSTOMER, [WebhookEvent.CUSTOMER_BOUGHT])
    with pytest.raises(BadInputError):
        check_selection(schema, reader, CUSTOMER, [WebhookEvent.METRIC_CHANGED])


async def test_an_update_changes_what_is_given_and_nothing_else(
    admin: Api, database: Database, acme: TestTenant
) -> None:
    made = await create(admin, URL)
    payload = (await admin.data(UPDATE, {"input": {"id": made.id, "enabled": False}}))["webhookEndpointUpdate"]
    before = {"url": URL, "query": CUSTOMER, "events": ["CUSTOMER_BOUGHT"], "description": "shop", "enabled": False}
    assert payload == {"endpoint": before, "userErrors": []}
    given = {"id": made.id, "url": "https://other.example/", "events": ["METRIC_CHANGED"], "query": None}
    payload = (await admin.data(UPDATE, {"input": given}))["webhookEndpointUpdate"]
    changed = {"url": "https://other.example/", "query": None, "events": ["METRIC_CHANGED"]}
    assert payload == {"endpoint": {**before, **changed}, "userErrors": []}
    actions = [entry.action for entry in await entries(database, acme)]
    assert actions[-3:] == ["webhook_endpoint.create", "webhook_endpoint.update", "webhook_endpoint.update"]


async def test_a_deleted_endpoint_is_gone_with_its_log(admin: Api, database: Database, acme: TestTenant) -> None:
    made = await create(admin, URL)
    subject = await customer_of(database, acme)
    given = {"id": made.id, "event": "CUSTOMER_BOUGHT", "subject": subject, "send": True}
    assert (await admin.data(TEST, {"input": given}))["webhookTest"]["userErrors"] == []
    assert (await admin.data(DELETE, {"id": made.id}))["webhookEndpointDelete"] == {
        "deletedId": made.id,
        "userErrors": [],
    }
    assert (await log_of(admin), (await admin.data(LIST))["webhookEndpoints"]["nodes"]) == ([], [])
    again = (await admin.data(DELETE, {"id": made.id}))["webhookEndpointDelete"]
    assert again == {"deletedId": None, "userErrors": [{"field": ["id"], "code": "NOT_FOUND"}]}
    assert (await entries(database, acme))[-1].action == "webhook_endpoint.delete"


async def test_a_tenant_has_a_bounded_number_of_endpoints(admin: Api) -> None:
    for _ in range(MAXIMUM_ENDPOINTS):
        await create(admin, URL)
    assert (await refused(admin))["code"] == "CONFLICT"


async def test_a_dry_run_shows_the_message_and_sends_nothing(
    admin: Api, database: Database, acme: TestTenant, receiver: Receiver
) -> None:
    made = await create(admin, receiver.url)
    subject = await customer_of(database, acme)
    given = {"id": made.id, "event": "CUSTOMER_BOUGHT", "subject": subject}
    payload = (await admin.data(TEST, {"input": given}))["webhookTest"]
    assert (payload["delivery"], payload["userErrors"]) == (None, [])
    assert '"externalId":"acmecanary-c' in payload["body"]
    assert '"test":true' in payload["body"]
    assert (await log_of(admin), await count_jobs(database, acme), receiver.received) == ([], 0, [])
    assert (await entries(database, acme))[-1].details["sent"] is False

    payload = (await admin.data(TEST, {"input": {**given, "send": True}}))["webhookTest"]
    assert payload["delivery"] == {"test": True, "state": "WAITING"}
    assert await count_jobs(database, acme) == 1


async def test_a_dry_run_says_what_is_wrong_with_its_input(
    admin: Api, database: Database, acme: TestTenant, globex: TestTenant
) -> None:
    made = await create(admin, URL)
    own, foreign = await customer_of(database, acme), await customer_of(database, globex)

    async def run(**given: Any) -> dict[str, Any]:
        variables = {"id": made.id, "event": "CUSTOMER_BOUGHT", "subject": own, **given}
        found: dict[str, Any] = (await admin.data(TEST, {"input": variables}))["webhookTest"]
        return found

    assert (await run(subject=str(global_id("Order", acme.id))))["userErrors"][0]["field"] == ["subject"]
    assert (await run(subject="nonsense"))["userErrors"][0]["code"] == "BAD_USER_INPUT"
    assert (await run(id=str(global_id("WebhookEndpoint", globex.id))))["userErrors"][0]["code"] == "NOT_FOUND"
    assert '"data":{"customer":null}' in (await run(subject=foreign))["body"]


async def test_only_ones_own_settled_deliveries_are_replayed(admin: Api, database: Database, acme: TestTenant) -> None:
    made = await create(admin, URL)
    subject = await customer_of(database, acme)
    given = {"id": made.id, "event": "CUSTOMER_BOUGHT", "subject": subject, "send": True}
    await admin.data(TEST, {"input": given})
    [waiting] = await log_of(admin)
    payload = (await admin.data(REPLAY, {"ids": [waiting["id"], made.id]}))["webhookDeliveryReplay"]
    assert payload["replayed"] == []
    assert [(error["field"], error["code"]) for error in payload["userErrors"]] == [
        (["ids", "0"], "CONFLICT"),
        (["ids", "1"], "NOT_FOUND"),
    ]


async def test_a_program_owns_no_endpoint(api: Api, database: Database, acme: TestTenant) -> None:
    program = Api(api.http, (await make_api_key(database, acme, role=Role.ADMIN)).text)
    error = await refused(program)
    assert (error["code"], error["message"]) == ("FORBIDDEN", "This is for people; an API key is a program.")
