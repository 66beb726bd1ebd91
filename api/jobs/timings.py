"""How long the runner waits for what, in seconds. Tests have shorter ones."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timings:
    """A killed worker's job runs again after `stalled` + `sweep` + `poll` at the latest: within a minute."""

    heartbeat: float = 5.0
    stalled: float = 30.0
    """Without a heartbeat for this long a worker is taken for dead, and its jobs are given to others."""
    sweep: float = 5.0
    poll: float = 2.0
    stopping: float = 2.0
    """What a running job has to end by itself when the worker stops; after that it goes back."""
    reconnect: float = 1.0
    report: float = 0.5
    held: float = 300.0
    """A transaction of the work may idle this long; then the database ends it, so that a worker that is paused in one
    does not keep the job from others."""
    unknown: float = 60.0
    """Until a job of an unknown kind is looked at again."""
    pauses: tuple[float, ...] = (5.0, 30.0, 120.0, 600.0)
    """Before the second try, the third, and so on: a job is tried once more than there are pauses."""

    @property
    def tries(self) -> int:
        return len(self.pauses) + 1
