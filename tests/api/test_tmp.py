import httpx
from gql import Client, gql
from gql.transport.websockets import WebsocketsTransport
from api.app import Server
from tests.support.running import running, socket_url
from tests.support.client import Api
from tests.support.world import TestTenant

async def test_it(server: Server, acme: TestTenant) -> None:
    async with running(server) as url, httpx.AsyncClient(base_url=url) as http:
        api = await Api(http).login("acme", "viewer")
        t = WebsocketsTransport(socket_url(url), init_payload={"Authorization": f"Bearer {api.token}"}, subprotocols=["graphql-transport-ws"])
        async with Client(transport=t) as session:
            print(await session.execute(gql("{me{name}}")))
            async for x in session.subscribe(gql("subscription { metricUpdates(metrics:[\"orders\"], range:{preset: LAST_HOUR}) {metric total}}")):
                print(x); break
