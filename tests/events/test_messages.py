"""What a batch sets in motion: each customer and conversation once, with the span of what came in."""

from datetime import timedelta
from uuid import UUID

from api.events.messages import Accepted, messages_of
from api.streams.topics import ConversationsTouched, CustomersActive, CustomersBought, CustomersMoved
from tests.support.world import NOW

ADA, BOB, TALK = (UUID(int=number) for number in (1, 2, 3))


def test_a_batch_tells_of_each_customer_once_with_the_span_of_its_events() -> None:
    hour = timedelta(hours=1)
    accepted = [
        Accepted(NOW, BOB, TALK, is_order=False),
        Accepted(NOW - hour, ADA, None, is_order=True),
        Accepted(NOW + hour, ADA, TALK, is_order=False),
        Accepted(NOW - 2 * hour, None, None, is_order=True),
    ]
    everybody = ((ADA, NOW - hour, NOW + hour), (BOB, NOW, NOW))
    assert messages_of(accepted) == [
        ConversationsTouched((TALK,)),
        CustomersActive(everybody),
        CustomersMoved(everybody),
        CustomersBought(((ADA, NOW - hour, NOW - hour),)),
    ]


def test_nothing_is_sent_about_nobody() -> None:
    assert messages_of([Accepted(NOW, None, None, is_order=True)]) == []
    assert messages_of([]) == []


def test_a_message_comes_out_of_its_json_as_it_went_in() -> None:
    for message in messages_of([Accepted(NOW, ADA, TALK, is_order=True)]):
        assert type(message).from_json(message.to_json()) == message
