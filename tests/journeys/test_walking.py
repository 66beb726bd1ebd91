"""The way through the stages, by the rules a tenant begins with."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from api.journeys.contracts import Happening, Moves, Rule, Spell, Stage
from api.journeys.defaults import RULES, STAGES
from api.journeys.walking import Journey

DEFAULT = Journey.of(STAGES, RULES)
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


def at(hour: int) -> datetime:
    return BEGIN + timedelta(hours=hour)


def happenings(*named: tuple[int, str]) -> list[Happening]:
    return [Happening(at(hour), name) for hour, name in named]


def way(journey: Journey, *named: tuple[int, str]) -> list[str]:
    return [spell.stage for spell in journey.walk(None, happenings(*named))]


@pytest.mark.parametrize(
    ("names", "stages"),
    [
        (["order_completed", "order_completed"], ["purchase"]),
        (["page_viewed", "trial_started", "project_created"], ["awareness", "consideration", "evaluation"]),
        (["project_created", "seat_invited"], []),
        (["trial_started", "seat_invited", "order_completed"], ["consideration", "purchase"]),
        (["order_completed", "seat_invited", "order_completed", "page_viewed"], ["purchase", "onboarding"]),
        (["order_completed", "trial_started"], ["purchase", "consideration"]),
        (["order_completed", "subscription_cancelled", "page_viewed"], ["purchase", "lost", "awareness"]),
        (["order_completed", "subscription_cancelled", "order_completed"], ["purchase", "lost", "purchase"]),
        (["login", "message_sent"], []),
    ],
)
def test_the_way_by_the_default_rules(names: list[str], stages: list[str]) -> None:
    assert way(DEFAULT, *enumerate(names)) == stages


def test_a_spell_ends_where_the_next_begins() -> None:
    assert DEFAULT.walk(None, happenings((1, "trial_started"), (5, "order_completed"))) == [
        Spell("consideration", at(1), at(5), "purchase"),
        Spell("purchase", at(5)),
    ]


def test_the_order_in_which_events_came_in_does_not_matter_not_even_within_a_moment() -> None:
    moved = happenings((1, "trial_started"), (1, "order_completed"), (1, "subscription_cancelled"), (2, "page_viewed"))
    ways = {tuple(DEFAULT.walk(None, order)) for order in permutations(moved)}
    assert ways == {
        (
            Spell("consideration", at(1), at(1), "purchase"),
            Spell("purchase", at(1), at(1), "lost"),
            Spell("lost", at(1), at(2), "awareness"),
            Spell("awareness", at(2)),
        )
    }


def test_walking_on_from_any_moment_gives_the_same_as_walking_the_whole_way() -> None:
    names = ["page_viewed", "trial_started", "project_created", "order_completed", "trial_started", "order_completed"]
    whole = DEFAULT.walk(None, happenings(*enumerate(names)))
    for begin in range(len(names)):
        kept = [spell for spell in whole if spell.entered_at < at(begin)]
        later = happenings(*enumerate(names))[begin:]
        assert [*kept[:-1], *DEFAULT.walk(kept[-1] if kept else None, later)] == whole


def test_a_rule_may_ask_for_a_property() -> None:
    stages = [Stage("seen", "Seen", 0), Stage("priced", "Priced", 1)]
    rules = [
        Rule("page_viewed", "seen", Moves.FORWARD),
        Rule("page_viewed", "priced", Moves.ANY, property="page", equals="/pricing"),
    ]
    journey = Journey.of(stages, rules)
    assert journey.properties == ("page",)
    for page, stage in (("/home", "seen"), ("/pricing", "priced"), (None, "seen")):
        [spell] = journey.walk(None, [Happening(at(0), "page_viewed", (("page", page),))])
        assert spell.stage == stage


def test_a_stage_that_is_left_and_entered_again_in_one_moment_is_entered_once() -> None:
    stages = [Stage("a", "A", 0), Stage("b", "B", 1)]
    rules = [
        Rule("one", "a", Moves.ANY),
        Rule("two", "a", Moves.ANY),
        Rule("two", "b", Moves.ANY),
        Rule("three", "b", Moves.ANY),
        Rule("four", "a", Moves.ANY),
        Rule("four", "b", Moves.ANY),
    ]
    spells = Journey.of(stages, rules).walk(None, happenings((1, "one"), (1, "two"), (1, "three"), (1, "four")))
    assert len({(spell.entered_at, spell.stage) for spell in spells}) == len(spells)
