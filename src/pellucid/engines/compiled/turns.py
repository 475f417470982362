"""Two kinds of work that want other settings of the whole process take turns; work of one kind runs side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Turns:
    """Who is inside, and who waits.

    A thread waits while another one is inside with the other kind, and while some wait for the other kind, so that
    neither can hold the other off for ever. A thread that is inside already may enter again. It never waits for itself:
    with the other kind it enters once all others have left, and has its first setting back when it leaves. (Two threads
    inside that both go on to enter with the other kind would wait for each other: let no work begin in another's turn.)

    Ctrl-C at any moment leaves nobody counted who is not there, since all that is said of a turn is said by one entry
    in a dictionary, and taken back in any case. What Python leaves open is a second Ctrl-C while the first is leaving.

    Parameters
    ----------
    begin : callable(kind)
        Called when the kind that is inside changes to this one, while nobody else can.
    end : callable()
        Called before it changes, and when the last has left, in whichever thread that is; perhaps twice.
    """

    def __init__(self, begin: Callable[[str], None], end: Callable[[], None]):
        self._begin, self._end = begin, end
        self._lock = threading.RLock()
        self._change = threading.Condition(self._lock)
        self._inside: dict[object, tuple[int, str]] = {}  # thread and kind of each turn, the last one last
        self._waiting: dict[object, str] = {}
        self._set: str | None = ""  # the kind whose setting holds, None while it changes

    @property
    def users(self) -> int:
        """The number of turns that are being taken."""
        return len(self._inside)

    @contextmanager
    def taken(self, kind: str) -> Iterator[None]:
        """Within this block work of this kind may run: waits until it may, and is counted as running."""
        turn = object()
        try:
            self._enter(turn, kind)
            yield
        finally:
            try:
                self._leave(turn)
            except KeyboardInterrupt:
                self._leave(turn)
                raise

    def _enter(self, turn: object, kind: str) -> None:
        with self._lock:
            self._waiting[turn] = kind
            self._change.wait_for(lambda: self._may_enter(kind))
            self._inside[turn] = threading.get_ident(), kind
            del self._waiting[turn]
            self._settle()

    def _leave(self, turn: object) -> None:
        """Be counted no longer, neither as one who is inside nor as one who waits."""
        with self._lock:
            self._waiting.pop(turn, None)
            self._inside.pop(turn, None)
            self._settle()
            self._change.notify_all()

    def _may_enter(self, kind: str) -> bool:
        threads = {thread for thread, _ in self._inside.values()}
        mine = threading.get_ident()
        if threads <= {mine}:
            return True
        others_wait = any(other != kind for other in self._waiting.values())
        return all(other == kind for _, other in self._inside.values()) and (mine in threads or not others_wait)

    def _settle(self) -> None:
        """Let the setting be that of the last turn."""
        kind = list(self._inside.values())[-1][1] if self._inside else ""
        if kind == self._set:
            return
        self._set = None
        self._end()
        if kind:
            self._begin(kind)
        self._set = kind
