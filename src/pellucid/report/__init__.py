"""What is said of a trained model: metrics, baselines, and all of it on one page.

`pellucid.report` is this room and the function that writes the page at once: Python puts every room that has been
imported into `pellucid` under its own name, where the function stands too.
"""

import sys
from types import ModuleType
from typing import Any


class Room(ModuleType):
    """A room that can be called: `pellucid.report(model, X, y, path)`."""

    def __call__(self, model: Any, X: Any, y: Any, path: Any, **others: Any) -> Any:
        """As `pellucid.report.page.report`."""
        from pellucid.report.page import report

        return report(model, X, y, path, **others)


sys.modules[__name__].__class__ = Room
