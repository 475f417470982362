"""Pickles say which pellucid made them: another version may read them otherwise, and then it is said.

scikit-learn does the same for its own estimators only (InconsistentVersionWarning).
"""

from __future__ import annotations

import warnings
from typing import Any

import pellucid
from pellucid.errors import VersionWarning

KEY = "_pellucid_version"


class PickledVersion:
    """Adds the version to what is pickled, and looks at it when that is read."""

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), KEY: pellucid.__version__}  # type: ignore[misc]  # of scikit-learn, a dict

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        made_by = state.pop(KEY, None)
        if made_by != pellucid.__version__:
            maker = "a version of pellucid that did not say which" if made_by is None else f"pellucid {made_by}"
            warnings.warn(
                f"This {type(self).__name__} was pickled by {maker} and is read by pellucid {pellucid.__version__}: "
                "it may fail, or predict other numbers. A pickle is for one version; model.save(path) writes a file "
                "that later versions read, with pellucid.load(path).",
                VersionWarning,
                stacklevel=2,
            )
        super().__setstate__(state)  # type: ignore[misc]  # of scikit-learn
