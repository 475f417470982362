"""What a fitted estimator shows of its training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sklearn.utils.validation import check_is_fitted

from pellucid.errors import DataError
from pellucid.files.picture import require_format, write_picture
from pellucid.training.learning_curves import draw_learning_curves

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from pellucid.training.history import History

NO_HISTORY = (
    "This {} was loaded from a model file, which holds no history of its training. Look at it where the model is "
    "fitted, or keep it with HistoryLines."
)


class TrainingRecord:
    """The part of an estimator that keeps and draws its history."""

    @property
    def history_(self) -> History:
        """The record of every epoch; a model that was loaded from a file has none."""
        try:
            return vars(self)["history_"]
        except KeyError:
            owner = type(self).__name__
            if "network_" in vars(self):
                raise AttributeError(NO_HISTORY.format(owner)) from None
            raise AttributeError(f"This {owner} has no history_: it is not fitted. Call fit first.") from None

    @history_.setter
    def history_(self, history: History) -> None:
        vars(self)["history_"] = history

    def plot_history(self: Any, path: str | Path | None = None) -> Figure | None:
        """Draw the learning curves: the losses of all targets and of each, and the score where one was watched.

        Parameters
        ----------
        path : str or path-like, optional
            A file that ends in .svg or .png.

        Returns
        -------
        matplotlib.figure.Figure or None
            None where it was written to the path.

        Raises
        ------
        ParameterError
            If the path ends otherwise.
        DataError
            If the model was loaded from a file: its history is not in it.

        Examples
        --------
        >>> import tempfile
        >>> from pellucid import FeedForwardRegressor
        >>> model = FeedForwardRegressor((2,), max_iter=3).fit([[0.0], [1.0], [2.0]] * 5, [0.0, 1.0, 2.0] * 5)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.plot_history(f"{folder}/curves.svg")
        """
        if path is not None:
            require_format(path)
        check_is_fitted(self)
        if not hasattr(self, "history_"):
            raise DataError(NO_HISTORY.format(type(self).__name__))
        figure = draw_learning_curves(self.history_, self.best_epoch_)
        if path is None:
            return figure
        write_picture(figure, path)
        return None
