"""Fits side by side keep each other to one thread, and give back what was there when the last of them ends."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import numpy as np
import pytest
from threadpoolctl import OpenBLASController, threadpool_info, threadpool_limits

from api.intelligence.threads import single_thread


def _threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info()}


@pytest.fixture(autouse=True)
def nobody_controls() -> Iterator[None]:
    """Whatever ran in this process before."""
    OpenBLASController.clear_controlling_thread(force=True)
    yield
    OpenBLASController.clear_controlling_thread(force=True)


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


def test_a_fit_in_a_thread_has_its_limit_though_another_thread_set_one_before() -> None:
    with threadpool_limits(limits=2):  # this thread controls the libraries until it gives them back
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(_threads_of_a_fit).result() == {1}
        assert _threads() == {2}


def _threads_of_a_fit() -> set[int]:
    with single_thread():
        return _threads()
