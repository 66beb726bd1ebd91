"""System Health, once and followed."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Final

import strawberry

from api.auth.permissions import Permission
from api.graphql.context import Context, Info
from api.graphql.permissions import field, subscription
from api.streams.feeds import Sharing
from api.system.health_type import SystemHealth
from api.system.monitor import Monitor
from api.system.service import read_health

PAUSE_SECONDS: Final = 5.0


@strawberry.type
class SystemQuery:
    @field(Permission.ANALYTICS_VIEW, "What the installation measures of itself, and what waits for your tenant.")
    async def system_health(self, info: Info) -> SystemHealth:
        return await _read(info.context)


@strawberry.type
class SystemSubscription:
    @subscription(
        Permission.ANALYTICS_VIEW,
        "The whole state at once, and again every 5 seconds, also while the database is away.",
        Sharing.STATES,
    )
    async def system_health(self, info: Info) -> AsyncGenerator[SystemHealth, None]:
        while True:
            yield await _read(info.context)
            await asyncio.sleep(PAUSE_SECONDS)


async def _read(context: Context) -> SystemHealth:
    services, monitor = context.services, context.services.monitor
    assert isinstance(monitor, Monitor)
    may_see = Permission.SETTINGS_MANAGE in context.principal.permissions
    health = await read_health(
        monitor,
        services.database,
        context.tenant_id,
        services.now(),
        live_by_redis=services.hub.connected,
        shows_installation=may_see and services.shows_installation,
    )
    return SystemHealth.of(health)
