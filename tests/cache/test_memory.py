"""L1 keeps what is true, and no more than fits."""

from api.cache.generations import Taken
from api.cache.memory import OVERHEAD, Entry, Memory
from tests.cache.clock import Clock

SIZE = 600


def entry(clock: Clock, *, body: bytes = b"x" * SIZE, seconds: float = 5.0, hard: tuple[int, ...] = (0,)) -> Entry:
    return Entry(body, clock.now, clock.now, clock.now + seconds, Taken(hard, (0,)))


def test_an_answer_is_found_until_it_expires() -> None:
    clock = Clock()
    memory = Memory(clock)
    memory.put(b"a", entry(clock, seconds=5))
    clock.pass_(4.999)
    assert memory.get(b"a", (0,)) is not None
    clock.pass_(0.001)
    assert memory.get(b"a", (0,)) is None
    assert (len(memory), memory.bytes) == (0, 0)


def test_an_answer_of_another_generation_is_not_found_and_goes() -> None:
    clock = Clock()
    memory = Memory(clock)
    memory.put(b"a", entry(clock, hard=(1, 4)))
    assert memory.get(b"a", (1, 5)) is None
    assert len(memory) == 0


def test_the_least_recently_used_goes_first() -> None:
    clock = Clock()
    memory = Memory(clock, maximum_entries=2)
    memory.put(b"a", entry(clock))
    memory.put(b"b", entry(clock))
    memory.get(b"a", (0,))
    memory.put(b"c", entry(clock))
    assert [key for key in (b"a", b"b", b"c") if memory.get(key, (0,))] == [b"a", b"c"]


def test_bytes_are_bounded_and_counted_exactly() -> None:
    clock = Clock()
    memory = Memory(clock, maximum_bytes=20 * (SIZE + OVERHEAD))
    for number in range(30):
        memory.put(bytes([number]), entry(clock))
        memory.put(bytes([number]), entry(clock))
    assert (len(memory), memory.bytes) == (20, 20 * (SIZE + OVERHEAD))


def test_an_answer_too_large_is_not_kept_and_drives_nothing_out() -> None:
    clock = Clock()
    memory = Memory(clock, maximum_bytes=16 * 2_000)
    memory.put(b"a", entry(clock))
    memory.put(b"b", entry(clock, body=b"x" * 2_000))
    assert memory.get(b"b", (0,)) is None
    assert memory.get(b"a", (0,)) is not None
