"""New versions of the methods: what they say, what they keep, and when they refuse."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from api.graphql.ids import global_id
from api.intelligence.segmentation import LABELS
from api.job_runs.service import cancel
from api.jobs.contracts import JobCancelledError
from api.jobs.repository import end_job
from api.segments.contracts import RunRequest
from api.segments.fitting import MINIMUM_CLUSTERED
from api.segments.running import SegmentationWork
from api.segments.service import Segments
from models.database import Database
from tests.segments.support import ACTOR, buy, groups, member_numbers, run, two_kinds, version
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.world import NOW, TestTenant, clock, make_tenant

RFM = RunRequest("rfm")
CUSTOMERS = 120


@pytest.fixture
async def tenant(database: Database) -> TestTenant:
    return await make_tenant(database, "acme", "acmecanary")


@pytest.fixture
async def shop(database: Database, tenant: TestTenant) -> TestTenant:
    await buy(database, tenant, two_kinds(CUSTOMERS))
    return tenant


async def test_rfm_has_its_eleven_segments_and_everybody_is_in_one(database: Database, shop: TestTenant) -> None:
    found = await run(database, shop, RFM)
    assert (found.state, found.current, found.number, found.n, found.cutoff) == ("ready", True, 1, CUSTOMERS, NOW)
    listed = await groups(database, shop, found.id)
    assert tuple(group.name for group in listed) == LABELS
    placed: Counter[int] = Counter()
    for group in listed:
        placed.update(await member_numbers(database, shop, group.id))
    assert placed == Counter(range(CUSTOMERS))
    champions = await member_numbers(database, shop, listed[0].id)
    assert champions
    assert all(number % 2 for number in champions)


async def test_kmeans_finds_both_kinds_and_says_what_sets_them_apart(database: Database, shop: TestTenant) -> None:
    found = await run(database, shop, RunRequest("kmeans", k=2))
    assert found.state == "ready"
    assert found.quality is not None
    best, rest = await groups(database, shop, found.id)
    assert await member_numbers(database, shop, best.id) == set(range(1, CUSTOMERS, 2))
    assert await member_numbers(database, shop, rest.id) == set(range(0, CUSTOMERS, 2))
    assert (found.quality["clusters"], found.quality["stable"]) == (2, True)
    assert found.quality["silhouette"] > 0.6
    assert best.traits is not None
    assert {trait["feature"]: trait["effect"] > 0 for trait in best.traits} == {
        "recency": False,
        "frequency": True,
        "monetary": True,
    }


async def test_thirty_customers_are_enough_for_fifths_and_too_few_for_clusters(
    database: Database, tenant: TestTenant
) -> None:
    await buy(database, tenant, two_kinds(30))
    assert (await run(database, tenant, RFM)).state == "ready"
    refused = await run(database, tenant, RunRequest("kmeans"))
    assert refused.state == "insufficient"
    assert refused.outcome == {"reason": "customers with a purchase", "need": MINIMUM_CLUSTERED, "have": 30}
    assert await groups(database, tenant, refused.id) == []


async def test_an_empty_tenant_is_told_what_is_needed(database: Database, tenant: TestTenant) -> None:
    refused = await run(database, tenant, RFM)
    assert (refused.state, refused.current) == ("insufficient", False)
    assert refused.outcome == {"reason": "customers with a purchase", "need": 25, "have": 0}


async def test_customers_who_are_all_alike_have_no_clusters_and_share_a_fifth(
    database: Database, tenant: TestTenant
) -> None:
    await buy(database, tenant, [(customer, 10, 500) for customer in range(MINIMUM_CLUSTERED)])
    alike = await run(database, tenant, RFM)
    listed = await groups(database, tenant, alike.id)
    sizes = {group.name: len(await member_numbers(database, tenant, group.id)) for group in listed}
    assert {name: size for name, size in sizes.items() if size} == {"customers_needing_attention": MINIMUM_CLUSTERED}
    refused = await run(database, tenant, RunRequest("kmeans"))
    assert refused.state == "refused"
    assert refused.outcome == {"reason": "features do not vary: all customers are alike"}


async def test_customers_of_one_purchase_each_are_clustered_by_the_rest(database: Database, tenant: TestTenant) -> None:
    once = [
        (customer, 5 + customer % 7 if customer % 2 else 150 + customer % 9, 500 + 10 * (customer % 5))
        for customer in range(MINIMUM_CLUSTERED)
    ]
    await buy(database, tenant, once)
    found = await run(database, tenant, RunRequest("kmeans", k=2))
    assert found.state == "ready"
    assert found.quality is not None
    assert found.quality["constantFeatures"] == ["frequency"]


async def test_the_same_data_gives_the_same_version_and_the_one_before_is_continued(
    database: Database, shop: TestTenant
) -> None:
    first = await run(database, shop, RunRequest("kmeans", k=2))
    second = await run(database, shop, RunRequest("kmeans", k=2))
    assert (second.data_hash, second.model) == (first.data_hash, first.model)
    assert first.data_hash is not None
    assert len(first.data_hash) == 64
    before, after = await groups(database, shop, first.id), await groups(database, shop, second.id)
    assert [group.previous_id for group in after] == [group.id for group in before]
    assert {group.mode for group in before} == {"static"}
    assert [(await version(database, shop, one.id)).current for one in (first, second)] == [False, True]


@pytest.mark.parametrize(("state", "word"), [("cancelled", "cancelled"), ("failed", "failed")])
async def test_a_version_whose_job_ended_before_it_was_done_waits_no_more(
    database: Database, shop: TestTenant, state: str, word: str
) -> None:
    asked = await Segments(database, clock).run(shop.id, RFM, actor=ACTOR)
    assert (await version(database, shop, asked.id)).state == "queued"
    if state == "cancelled":
        await cancel(database, shop.id, asked.job_id, actor=ACTOR, now=clock)
    else:
        async with database.unit_of_work(shop.id) as session:
            await end_job(session, shop.id, asked.job_id, "failed", "WORKER_DIED", 5, NOW)
    found = await version(database, shop, asked.id)
    assert found.state == "refused"
    assert found.outcome is not None
    assert word in found.outcome["reason"]
    again = await run(database, shop, RFM)
    assert (again.state, again.number) == ("ready", 2)


async def test_members_of_a_version_before_the_last_are_kept_no_more(database: Database, shop: TestTenant) -> None:
    made = [await run(database, shop, RFM) for _ in range(3)]
    other = await run(database, shop, RunRequest("kmeans", k=2))
    kept = [
        sum([len(await member_numbers(database, shop, group.id)) for group in await groups(database, shop, one.id)])
        for one in (*made, other)
    ]
    assert kept == [0, CUSTOMERS, CUSTOMERS, CUSTOMERS]
    assert {group.as_of for group in await groups(database, shop, made[0].id)} == {None}
    assert {group.as_of for group in await groups(database, shop, made[1].id)} == {NOW}


async def test_what_is_kept_no_more_is_absent_and_not_zero(api: Api, database: Database, shop: TestTenant) -> None:
    made = [await run(database, shop, RFM) for _ in range(3)]
    [oldest, newest] = [(await groups(database, shop, one.id))[0].id for one in (made[0], made[2])]
    viewer = await api.login("acme", "viewer")
    query = "query($id: ID!) { segment(id: $id) { customers spent { amount } } }"
    gone = (await viewer.data(query, {"id": global_id("Segment", oldest)}))["segment"]
    assert gone == {"customers": None, "spent": None}
    assert (await viewer.data(query, {"id": global_id("Segment", newest)}))["segment"]["customers"] > 0


async def test_each_version_leaves_its_traces_in_the_audit_trail(database: Database, shop: TestTenant) -> None:
    await run(database, shop, RFM)
    written = [entry.action for entry in await entries(database, shop) if entry.action.startswith("segmentation")]
    assert written == ["segmentation.run", "segmentation.finish"]


@dataclass
class Cancelled:
    """A turn whose end is asked for while the clusters are looked for."""

    tenant_id: UUID
    job_id: UUID
    subject_id: UUID
    reports: int = 0

    async def report(self, done: int, total: int | None = None) -> None:
        self.reports += 1
        if self.reports > 1:
            raise JobCancelledError

    async def hold(self, session: AsyncSession) -> None:
        pass


async def test_a_run_that_is_cancelled_ends_its_fit_and_says_so(database: Database, shop: TestTenant) -> None:
    asked = await Segments(database, clock).run(shop.id, RunRequest("kmeans"), actor=ACTOR)
    with pytest.raises(JobCancelledError):
        await SegmentationWork(database, clock).run(Cancelled(shop.id, asked.job_id, asked.id))
    ended = await version(database, shop, asked.id)
    assert (ended.state, ended.current, ended.outcome) == ("refused", False, {"reason": "the run was cancelled"})
    assert await groups(database, shop, asked.id) == []
