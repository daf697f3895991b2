"""How many requests a process works on at a time, and how many more may wait for that, in the order of their coming.

Without it all that come are begun at once, all are slow alike, and what nobody waits for any longer is done like the
rest. Whoever would wait too long is told so: a refusal at once is worth more than an answer too late.
"""

from collections import deque
from collections.abc import Callable, Sized
from time import monotonic

#: Requests under way at a time. Most of each is waiting for PostgreSQL, so there are more than connections to it.
INSIDE = 64
#: Requests that may wait, and for how many seconds. A process that is well works off half as many in that time.
WAITING, PATIENCE = 1000, 5.0


class Visit:
    """A request that waits: `go_in` begins its work, `turn_away` answers that there is no place."""

    def __init__(self, go_in: Callable[[], None], turn_away: Callable[[], None]) -> None:
        self.go_in, self._turn_away = go_in, turn_away
        self.came_at = monotonic()
        self.waits = True

    def turn_away(self) -> None:
        self.waits = False
        self._turn_away()

    def give_up(self) -> None:
        """Whoever asked has gone."""
        self.waits = False

    @property
    def has_waited_too_long(self) -> bool:
        return self.waits and monotonic() - self.came_at > PATIENCE


class Places:
    """Those of a process. `tasks` are the requests under way.

    `idle` counts those among them that hold no place, because they only wait for whoever sends or reads.
    """

    def __init__(self) -> None:
        self.idle = 0
        self.queue: deque[Visit] = deque()

    def are_free(self, tasks: Sized) -> bool:
        return not self.queue and len(tasks) - self.idle < INSIDE

    def wait(self, visit: Visit) -> None:
        """Queue, or be turned away at once where too many wait already."""
        if len(self.queue) < WAITING:
            self.queue.append(visit)
        else:
            visit.turn_away()

    def fill(self, tasks: Sized) -> None:
        """Let in who is next, as far as there are places."""
        while self.queue and len(tasks) - self.idle < INSIDE:
            visit = self.queue.popleft()
            if visit.has_waited_too_long:
                visit.turn_away()
            elif visit.waits:
                visit.waits = False
                visit.go_in()


PLACES = Places()
