import pytest

from tests.ui.builders import series
from ui.comparison import Delta, compare, sentence


def test_the_arrow_follows_the_number_and_the_colour_what_is_good() -> None:
    assert compare(110, 100, 1, None) == Delta("up", "10.0%", "good", "+10.0% up", "from 100")
    assert compare(110, 100, -1, None).tone == "bad"
    assert compare(90, 100, 1, None) == Delta("down", "10.0%", "bad", "−10.0% down", "from 100")
    assert compare(90, 100, 0, None).tone == "neutral"


@pytest.mark.parametrize("total", [1000, 1004, 996])
def test_a_change_under_half_a_percent_is_no_change(total: float) -> None:
    delta = compare(total, 1000, 1, None)
    assert (delta.direction, delta.change, delta.tone) == ("flat", "no change", "neutral")


def test_half_a_percent_is_a_change() -> None:
    assert compare(1005, 1000, 1, None).change == "+0.5% up"


def test_there_is_no_percentage_of_nothing() -> None:
    assert compare(7, 0, 1, None) == Delta("new", "from 0", "neutral", "new,", "was 0")
    assert compare(0, 0, 1, "GBP") == Delta("flat", "", "neutral", "no change", "from £0")


def test_across_zero_the_difference_is_written_instead_of_a_percentage() -> None:
    delta = compare(-881300, 27200, 1, "GBP")
    assert (delta.change, delta.size) == ("−£9,085 down", "by £9,085")


def test_what_is_not_known_is_not_compared() -> None:
    assert compare(None, 52.34, 1, None, "SCORE") == Delta("flat", "", "neutral", "nothing to compare", "before 52.3")
    assert compare(0.5, None, 1, None, "RATIO") == Delta("flat", "", "neutral", "nothing to compare", "before –")
    assert compare(0.5, 0.4, 1, None, "RATIO").origin == "from 40.0%"


def test_the_sentence_says_what_each_shown_metric_did() -> None:
    shown = [
        series([90], [100], slug="revenue", unit="MONEY"),
        series([101], [100], slug="orders"),
        series([100], [100], slug="events"),
        series([3], [], slug="conversations"),
    ]
    assert sentence(shown) == "Revenue fell 10.0%; orders rose 1.0%; events did not change; conversations rose from 0."


def test_the_sentence_of_silence_is_not_a_comparison() -> None:
    assert sentence([series([0], [0])]) == "Nothing was received in this range or the one before."
