"""Feed-forward neural networks for tables: every gradient visible, checked and fast.

The public names are imported when they are first used (PEP 562), so `import pellucid` and the command line's help
do not wait for NumPy, Numba or scikit-learn.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pellucid.engines.loss_and_gradient import loss_and_gradient as loss_and_gradient
    from pellucid.estimators.classifier import FeedForwardClassifier as FeedForwardClassifier
    from pellucid.estimators.persistence import load as load
    from pellucid.estimators.regressor import FeedForwardRegressor as FeedForwardRegressor
    from pellucid.estimators.sensitivities import sensitivity_summary as sensitivity_summary
    from pellucid.glassbox.batch_trace import trace_batch as trace_batch
    from pellucid.glassbox.check import check_gradients as check_gradients
    from pellucid.glassbox.trace import trace as trace
    from pellucid.mathematics.activations import Activation as Activation
    from pellucid.mathematics.losses.classes import CrossEntropy as CrossEntropy
    from pellucid.mathematics.losses.classes import Log as Log
    from pellucid.mathematics.losses.counts import Gamma as Gamma
    from pellucid.mathematics.losses.counts import Poisson as Poisson
    from pellucid.mathematics.losses.counts import Tweedie as Tweedie
    from pellucid.mathematics.losses.loss import Loss as Loss
    from pellucid.mathematics.losses.residuals import RSS as RSS
    from pellucid.mathematics.losses.residuals import Absolute as Absolute
    from pellucid.mathematics.losses.residuals import Huber as Huber
    from pellucid.mathematics.losses.residuals import Quantile as Quantile
    from pellucid.mathematics.schedules import Adaptive as Adaptive
    from pellucid.mathematics.schedules import Constant as Constant
    from pellucid.mathematics.schedules import Cosine as Cosine
    from pellucid.mathematics.schedules import ExponentialDecay as ExponentialDecay
    from pellucid.mathematics.schedules import InverseScaling as InverseScaling
    from pellucid.mathematics.schedules import OneCycle as OneCycle
    from pellucid.mathematics.schedules import ReduceOnPlateau as ReduceOnPlateau
    from pellucid.mathematics.schedules import StepDecay as StepDecay
    from pellucid.mathematics.structure import Network as Network
    from pellucid.report.page import report as report
    from pellucid.training.history_lines import HistoryLines as HistoryLines
    from pellucid.training.progress_bar import ProgressBar as ProgressBar

__version__ = "0.1.0"

_ROOMS = {
    "Absolute": "pellucid.mathematics.losses.residuals",
    "Activation": "pellucid.mathematics.activations",
    "Adaptive": "pellucid.mathematics.schedules",
    "Constant": "pellucid.mathematics.schedules",
    "Cosine": "pellucid.mathematics.schedules",
    "CrossEntropy": "pellucid.mathematics.losses.classes",
    "ExponentialDecay": "pellucid.mathematics.schedules",
    "FeedForwardClassifier": "pellucid.estimators.classifier",
    "FeedForwardRegressor": "pellucid.estimators.regressor",
    "Gamma": "pellucid.mathematics.losses.counts",
    "HistoryLines": "pellucid.training.history_lines",
    "Huber": "pellucid.mathematics.losses.residuals",
    "InverseScaling": "pellucid.mathematics.schedules",
    "Log": "pellucid.mathematics.losses.classes",
    "Loss": "pellucid.mathematics.losses.loss",
    "Network": "pellucid.mathematics.structure",
    "OneCycle": "pellucid.mathematics.schedules",
    "Poisson": "pellucid.mathematics.losses.counts",
    "ProgressBar": "pellucid.training.progress_bar",
    "Quantile": "pellucid.mathematics.losses.residuals",
    "RSS": "pellucid.mathematics.losses.residuals",
    "ReduceOnPlateau": "pellucid.mathematics.schedules",
    "StepDecay": "pellucid.mathematics.schedules",
    "Tweedie": "pellucid.mathematics.losses.counts",
    "check_gradients": "pellucid.glassbox.check",
    "load": "pellucid.estimators.persistence",
    "loss_and_gradient": "pellucid.engines.loss_and_gradient",
    "report": "pellucid.report.page",
    "sensitivity_summary": "pellucid.estimators.sensitivities",
    "trace": "pellucid.glassbox.trace",
    "trace_batch": "pellucid.glassbox.batch_trace",
}

__all__ = [  # noqa: RUF022  # in plain alphabetical order
    "Absolute",
    "Activation",
    "Adaptive",
    "Constant",
    "Cosine",
    "CrossEntropy",
    "ExponentialDecay",
    "FeedForwardClassifier",
    "FeedForwardRegressor",
    "Gamma",
    "HistoryLines",
    "Huber",
    "InverseScaling",
    "Log",
    "Loss",
    "Network",
    "OneCycle",
    "Poisson",
    "ProgressBar",
    "Quantile",
    "RSS",
    "ReduceOnPlateau",
    "StepDecay",
    "Tweedie",
    "check_gradients",
    "load",
    "loss_and_gradient",
    "report",
    "sensitivity_summary",
    "trace",
    "trace_batch",
]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return getattr(import_module(_ROOMS[name]), name)
    raise AttributeError(f"module 'pellucid' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
