"""Asking what may never answer."""

import asyncio

import pytest

from api.system.probe import FRESH_SECONDS, Answer, Probe, within


class Asked:
    """Answers when it is let to."""

    def __init__(self) -> None:
        self.times = 0
        self.gate = asyncio.Event()
        self.error: Exception | None = None

    async def __call__(self) -> int:
        self.times += 1
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return self.times


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_many_ask_one_question_and_nobody_waits_longer_than_he_will() -> None:
    asked = Asked()
    probe = Probe(asked, (OSError,), Clock())
    too_late: Answer[int] = Answer(None, "no answer within 0.01 s")
    assert list(await asyncio.gather(probe.measure(0.01), probe.measure(0.01))) == [too_late, too_late]
    assert probe.last is None
    asked.gate.set()
    assert await probe.measure(5) == Answer(1)
    assert asked.times == 1


async def test_an_answer_is_given_again_only_while_it_is_fresh() -> None:
    asked, clock = Asked(), Clock()
    asked.gate.set()
    probe = Probe(asked, (OSError,), clock)
    assert await probe.measure(5) == Answer(1)
    assert await probe.measure(5) == Answer(1)
    clock.now += FRESH_SECONDS
    assert await probe.measure(5) == Answer(2)


async def test_a_failure_that_was_expected_is_an_answer_without_its_text_and_any_other_is_raised() -> None:
    asked, clock = Asked(), Clock()
    asked.gate.set()
    asked.error = OSError("10.0.0.7 refused somebody@example.org")
    probe = Probe(asked, (OSError,), clock)
    assert await probe.measure(5) == Answer(None, "failed: OSError")
    assert await within(5, asked(), (OSError,)) == Answer(None, "failed: OSError")
    clock.now += FRESH_SECONDS
    asked.error = KeyError("a fault of ours")
    with pytest.raises(KeyError):
        await probe.measure(5)


async def test_a_question_of_one_asker_is_given_up_when_his_patience_ends() -> None:
    asked = Asked()
    task = asyncio.create_task(asked())
    assert await within(0.01, task, (OSError,)) == Answer(None, "no answer within 0.01 s")
    with pytest.raises(asyncio.CancelledError):
        await task
