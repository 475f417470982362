"""Two kinds of work that want other settings of the whole process take turns; work of one kind runs side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Turns:
    """Who is inside, and who waits.

    A thread waits while the other kind is inside, and while some of the other kind waits, so that neither can hold the
    other off for ever; a thread that is inside already may enter again.

    Parameters
    ----------
    begin : callable(kind)
        Called when the first of a kind enters, while nobody else can.
    end : callable()
        Called when the last has left, in whichever thread that is.
    """

    def __init__(self, begin: Callable[[str], None], end: Callable[[], None]):
        self._begin, self._end = begin, end
        self._change = threading.Condition()
        self._depth = threading.local()
        self._waiting: dict[str, int] = {}
        self.kind, self.users = "", 0

    def enter(self, kind: str) -> None:
        """Wait until work of this kind may run, and be counted as running."""
        with self._change:
            self._waiting[kind] = self._waiting.get(kind, 0) + 1
            try:
                self._change.wait_for(lambda: self._may_enter(kind))
            finally:
                self._waiting[kind] -= 1
                self._change.notify_all()  # a kind that waits no longer holds nobody off
            if self.users == 0:
                self._begin(kind)
                self.kind = kind
            self.users += 1
            self._depth.value = self._own_depth() + 1

    def leave(self) -> None:
        """Be counted no longer."""
        with self._change:
            self.users -= 1
            self._depth.value = self._own_depth() - 1
            if self.users == 0:
                self._end()
                self._change.notify_all()

    def _may_enter(self, kind: str) -> bool:
        if self.users == 0:
            return True
        others_wait = any(n for other, n in self._waiting.items() if other != kind)
        return self.kind == kind and (self._own_depth() > 0 or not others_wait)

    def _own_depth(self) -> int:
        return getattr(self._depth, "value", 0)
