"""For tests of what is kept: however slow the machine is, it does not get too old within one."""

from dataclasses import replace
from typing import Any

import pytest

from api.cache.answers import Answer, Answers, Asked


@pytest.fixture
def long_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    keep = Answers._keep

    def keep_for_long(self: Answers, asked: Asked, flight: Any, answer: Answer) -> None:
        keep(self, replace(asked, freshness=replace(asked.freshness, seconds=600.0)), flight, answer)

    monkeypatch.setattr(Answers, "_keep", keep_for_long)
