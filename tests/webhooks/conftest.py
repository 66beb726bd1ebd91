"""An endpoint's receiver on this machine, which the settings of these tests allow and production refuses."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from api.app import Server
from api.settings import Settings
from api.webhooks.sending import Sending
from api.worker import webhook_sending
from tests.support.client import Api
from tests.support.world import TestTenant
from tests.webhooks.receiver import Receiver, receiving
from tests.webhooks.support import Clock


@pytest.fixture
async def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"webhook_private_addresses": True})


@pytest.fixture
def at() -> Clock:
    return Clock()


@pytest.fixture
async def server(settings: Settings, at: Clock) -> AsyncIterator[Server]:
    server = Server(settings, now=at, patience=60)
    async with server.running():
        yield server


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def admin(api: Api, acme: TestTenant) -> Api:
    return await api.login("acme", "admin")


@pytest.fixture
def sending(server: Server, settings: Settings, at: Clock) -> Sending:
    """The job's own, on the tests' clock and without chance."""
    made = webhook_sending(server.database, server.hub, at, settings)
    return replace(made, chance=lambda: 0.0)
