from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from api.demo.replayer import ReplayCursor
from api.demo.tenants import DEMO_TENANTS, DemoTenant

retail, saas = DEMO_TENANTS
each_tenant = pytest.mark.parametrize("tenant", DEMO_TENANTS, ids=lambda tenant: tenant.slug)


def test_there_is_a_real_and_a_synthetic_tenant() -> None:
    assert (retail.slug, retail.synthetic, retail.source) == ("retail", False, "Demo · UCI, CC BY 4.0")
    assert (saas.slug, saas.synthetic, saas.source) == ("saas", True, "Demo · synthetic")


def test_the_replay_is_the_last_month_in_the_tenants_own_zone() -> None:
    assert (retail.replay_from, retail.ends_at) == (
        datetime(2011, 7, 31, 23, tzinfo=UTC),
        datetime(2011, 8, 31, 22, 59, 59, tzinfo=UTC),
    )
    assert (saas.replay_from, saas.ends_at) == (
        datetime(2026, 7, 31, 22, tzinfo=UTC),
        datetime(2026, 8, 31, 21, 59, 59, tzinfo=UTC),
    )
    for tenant in DEMO_TENANTS:
        assert tenant.replay_from.astimezone(ZoneInfo(tenant.time_zone)).hour == 0


@each_tenant
def test_the_three_roles_have_a_user_each(tenant: DemoTenant) -> None:
    assert [(user.username, user.password, user.role) for user in tenant.users] == [
        ("admin", "admin123", "admin"),
        ("analyst", "analyst123", "analyst"),
        ("viewer", "viewer123", "viewer"),
    ]


def test_the_people_of_the_tenants_differ() -> None:
    assert len({user.display_name for tenant in DEMO_TENANTS for user in tenant.users}) == 6


@each_tenant
def test_a_password_does_not_show_in_the_text_of_a_user(tenant: DemoTenant) -> None:
    assert "123" not in repr(tenant.users)


@each_tenant
def test_orders_are_in_the_tenants_currency(tenant: DemoTenant) -> None:
    orders = (event for event in tenant.events() if event.name == "order_completed")
    assert {event.properties["currency"] for event in islice(orders, 50)} == {tenant.currency}


@each_tenant
def test_loading_and_replaying_together_are_the_whole(tenant: DemoTenant) -> None:
    cursor = ReplayCursor(tenant.events(since=tenant.replay_from), tenant.replay_from, tenant.ends_at)
    replayed = 0
    while not cursor.finished:
        window = cursor.next_window(speed=tenant.speed, seconds=1)
        replayed += len(window.events)
        assert window.position - window.start <= timedelta(minutes=10) or window.finished
    loaded = sum(1 for _ in tenant.events(until=tenant.replay_from))
    assert loaded + replayed == sum(1 for _ in tenant.events())
    assert replayed > 1_000
