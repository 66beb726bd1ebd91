"""The merged timeline shows everything once, newest first, however the three lists are long."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ui.pages.customer.data import (
    Conversation,
    ConversationEdge,
    ConversationPage,
    Counted,
    Cursors,
    Customer,
    Event,
    EventEdge,
    EventPage,
    Order,
    OrderEdge,
    OrderPage,
)
from ui.pages.customer.timeline import step
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


def page_after(minutes: Sequence[int], cursor: str | None) -> tuple[list[int], PageInfo]:
    """What a connection answers: at most PAGE rows after the cursor, newest first."""
    newest_first = sorted(minutes, reverse=True)
    rest = [minute for minute in newest_first if cursor is None or minute < int(cursor)]
    return rest[:PAGE], PageInfo(has_next_page=len(rest) > PAGE, has_previous_page=cursor is not None)


def answer(orders: Sequence[int], events: Sequence[int], talks: Sequence[int], after: Cursors) -> Customer:
    placed, order_info = page_after(orders, after.orders)
    happened, event_info = page_after(events, after.events)
    opened, talk_info = page_after(talks, after.conversations)
    return Customer(
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
    )


minutes = st.lists(st.integers(0, 60), unique=True, max_size=12)


@given(minutes, minutes, minutes)
def test_stepping_through_shows_everything_once_newest_first(
    orders: list[int], events: list[int], talks: list[int]
) -> None:
    shown: list[str] = []
    times: list[datetime] = []
    cursors, more, steps = Cursors(), True, 0
    while more:
        following = step(answer(orders, events, talks, cursors), cursors)
        shown += [entry.item.id for entry in following.entries]
        times += [entry.at for entry in following.entries]
        cursors, more, steps = following.after, following.more, steps + 1
        assert steps <= 40
    assert sorted(shown) == sorted([f"o{m}" for m in orders] + [f"e{m}" for m in events] + [f"c{m}" for m in talks])
    assert times == sorted(times, reverse=True)


def test_an_event_that_is_an_order_is_shown_as_the_order_alone() -> None:
    customer = answer([5], [], [], Cursors())
    recorded = EventPage(
        edges=[EventEdge(cursor="5", node=event(5, "order_completed"))],
        page_info=PageInfo(has_next_page=False, has_previous_page=False),
    )
    found = step(customer.model_copy(update={"events": recorded}), Cursors())
    assert [entry.item.id for entry in found.entries] == ["o5"]
    assert found.more is False
