"""The merged timeline shows everything once, newest first, however long each list is."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ui.pages.customer.data import (
    Conversation,
    ConversationEdge,
    ConversationPage,
    Counted,
    Cursors,
    Customer,
    CustomerAnswer,
    Decision,
    DecisionEdge,
    DecisionPage,
    Event,
    EventEdge,
    EventPage,
    Order,
    OrderEdge,
    OrderPage,
    Score,
    StageEdge,
    StagePage,
    StageVisit,
    Way,
    Zone,
)
from ui.pages.customer.timeline import Item, Scored, step
from ui.pages.predictive.data import Me
from ui.records import Money, PageInfo, TotalCount

DAWN = datetime(2011, 8, 1, tzinfo=UTC)
PAGE = 3
ONE = Counted(total_count=TotalCount(value=1, precision="EXACT"))
POUNDS = Money(amount=100, currency="GBP")


def at(minute: int) -> datetime:
    return DAWN + timedelta(minutes=minute)


def order(minute: int) -> Order:
    return Order(id=f"o{minute}", external_id="1", kind="ORDER", placed_at=at(minute), total=POUNDS, lines=ONE)


def event(minute: int, name: str = "visit") -> Event:
    return Event(id=f"e{minute}", name=name, source="web", occurred_at=at(minute))


def conversation(minute: int) -> Conversation:
    return Conversation(
        id=f"c{minute}", external_id="1", channel="email", subject="Hello", opened_at=at(minute), messages=ONE
    )


def decision(minute: int) -> Decision:
    return Decision(
        id=f"d{minute}", action="retention", decided="ACCEPT", decided_at=at(minute), decided_by="ada", probability=0.3,
        expected_value=POUNDS,
    )  # fmt: skip


def score(minute: int, days: int, status: str = "MODEL") -> Score:
    return Score(kind="CHURN", horizon_days=days, status=status, as_of=at(minute), probability=0.5)


def page_after(minutes: Sequence[int], cursor: str | None) -> tuple[list[int], PageInfo]:
    """What a connection answers: at most PAGE rows after the cursor, newest first."""
    newest_first = sorted(minutes, reverse=True)
    rest = [minute for minute in newest_first if cursor is None or minute < int(cursor)]
    return rest[:PAGE], PageInfo(has_next_page=len(rest) > PAGE, has_previous_page=cursor is not None)


def answer(
    after: Cursors,
    *,
    orders: Sequence[int] = (),
    events: Sequence[int] = (),
    talks: Sequence[int] = (),
    stages: Sequence[int] = (),
    decisions: Sequence[int] = (),
    scores: Sequence[int] = (),
) -> CustomerAnswer:
    entered, stage_info = page_after(stages, after.stages)
    decided, decision_info = page_after(decisions, after.decisions)
    placed, order_info = page_after(orders, after.orders)
    happened, event_info = page_after(events, after.events)
    opened, talk_info = page_after(talks, after.conversations)
    visits = [StageVisit(stage=f"s{minute}", entered_at=at(minute)) for minute in entered]
    customer = Customer(
        id="1",
        external_id="1",
        name="Ada",
        first_seen_at=DAWN,
        order_count=0,
        total_spent=POUNDS,
        orders=OrderPage(
            edges=[OrderEdge(cursor=str(minute), node=order(minute)) for minute in placed], page_info=order_info
        ),
        events=EventPage(
            edges=[EventEdge(cursor=str(minute), node=event(minute)) for minute in happened], page_info=event_info
        ),
        conversations=ConversationPage(
            edges=[ConversationEdge(cursor=str(minute), node=conversation(minute)) for minute in opened],
            page_info=talk_info,
        ),
        journey=Way(
            timeline=StagePage(
                edges=[StageEdge(cursor=str(m), node=one) for m, one in zip(entered, visits, strict=True)],
                page_info=stage_info,
            )
        ),
        scores=[score(minute, days) for minute in scores for days in (30, 60)],
    )
    return CustomerAnswer(
        me=Me(role="VIEWER"),
        tenant=Zone(time_zone="UTC", name="Acme"),
        customer=customer,
        action_decisions=DecisionPage(
            edges=[DecisionEdge(cursor=str(minute), node=decision(minute)) for minute in decided],
            page_info=decision_info,
        ),
    )


def name_of(item: Item) -> str:
    if isinstance(item, StageVisit):
        return item.stage
    if isinstance(item, Scored):
        return f"p{((item.scores[0].as_of or DAWN) - DAWN).seconds // 60}"
    return item.id


minutes = st.lists(st.integers(0, 60), unique=True, max_size=12)


@settings(deadline=None)
@given(*[minutes] * 6)
def test_stepping_through_shows_everything_once_newest_first(
    orders: list[int], events: list[int], talks: list[int], stages: list[int], decisions: list[int], scores: list[int]
) -> None:
    shown: list[str] = []
    times: list[datetime] = []
    cursors, more, steps = Cursors(), True, 0
    while more:
        found = answer(
            cursors, orders=orders, events=events, talks=talks, stages=stages, decisions=decisions, scores=scores
        )
        following = step(found, cursors)
        shown += [name_of(entry.item) for entry in following.entries]
        times += [entry.at for entry in following.entries]
        cursors, more, steps = following.after, following.more, steps + 1
        assert steps <= 80
    lists = {"o": orders, "e": events, "c": talks, "s": stages, "d": decisions, "p": scores}
    assert sorted(shown) == sorted(f"{letter}{minute}" for letter, whole in lists.items() for minute in whole)
    assert times == sorted(times, reverse=True)


def test_what_was_foretold_at_one_moment_is_one_entry_and_what_nobody_knows_is_none() -> None:
    found = answer(Cursors(), scores=[5])
    assert found.customer is not None
    unknown = score(9, 90, "INSUFFICIENT_DATA")
    known = found.customer.model_copy(update={"scores": [*found.customer.scores, unknown]})
    [entry] = step(found.model_copy(update={"customer": known}), Cursors()).entries
    assert isinstance(entry.item, Scored)
    assert [one.horizon_days for one in entry.item.scores] == [30, 60]


def test_an_event_that_is_an_order_is_shown_as_the_order_alone() -> None:
    found = answer(Cursors(), orders=[5])
    assert found.customer is not None
    recorded = EventPage(
        edges=[EventEdge(cursor="5", node=event(5, "order_completed"))],
        page_info=PageInfo(has_next_page=False, has_previous_page=False),
    )
    customer = found.customer.model_copy(update={"events": recorded})
    shown = step(found.model_copy(update={"customer": customer}), Cursors())
    assert [name_of(entry.item) for entry in shown.entries] == ["o5"]
    assert shown.more is False
