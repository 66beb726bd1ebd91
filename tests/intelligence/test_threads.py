"""Fits side by side keep each other to one thread, and give back what was there when the last of them ends."""

from contextlib import ExitStack

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from api.intelligence.threads import single_thread


def _threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info()}


def test_a_fit_that_ends_leaves_the_others_their_limit() -> None:
    assert np.zeros((2, 2)).shape == (2, 2)  # its library is loaded, so that there is something to limit
    with threadpool_limits(limits=2):
        first, second = ExitStack(), ExitStack()
        first.enter_context(single_thread())
        second.enter_context(single_thread())
        first.close()
        assert _threads() == {1}
        with single_thread():
            assert _threads() == {1}
        assert _threads() == {1}
        second.close()
        assert _threads() == {2}
