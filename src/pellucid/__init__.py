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
    from pellucid.mathematics.structure import Network as Network

__version__ = "0.1.0"

_ROOMS = {
    "FeedForwardClassifier": "pellucid.estimators.classifier",
    "FeedForwardRegressor": "pellucid.estimators.regressor",
    "Network": "pellucid.mathematics.structure",
    "load": "pellucid.estimators.persistence",
    "loss_and_gradient": "pellucid.engines.loss_and_gradient",
}

__all__ = ["FeedForwardClassifier", "FeedForwardRegressor", "Network", "load", "loss_and_gradient"]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return getattr(import_module(_ROOMS[name]), name)
    raise AttributeError(f"module 'pellucid' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
