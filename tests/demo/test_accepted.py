from datetime import timedelta

import pytest

from api.demo.tenants import DEMO_TENANTS, DemoTenant
from api.events.contracts import Verdict
from api.events.validation import prepare


@pytest.mark.parametrize("tenant", DEMO_TENANTS, ids=lambda tenant: tenant.slug)
def test_ingest_accepts_every_event_of_the_demo(tenant: DemoTenant) -> None:
    now = tenant.ends_at + timedelta(days=1)
    answers = (prepare(index, event, currency=tenant.currency, now=now) for index, event in enumerate(tenant.events()))
    assert [answer for answer in answers if isinstance(answer, Verdict)] == []
