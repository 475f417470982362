"""Packages that examples of the documentation use and that are not among ours, as far as they are used.

Each takes exactly the calls that the package documents, under the names of its arguments, refuses what the package
refuses, and notes what it was given. Where the package itself is installed it is not replaced.
"""

from __future__ import annotations

import importlib.util
import re
import types
from contextlib import contextmanager

MLFLOW_NAME = re.compile(r"[\w\-. /:]+")  # what MLflow accepts as the name of a metric or of a parameter


def make_mlflow():
    """MLflow's fluent functions: start_run, log_params and log_metrics, in an active run."""
    module, active = types.ModuleType("mlflow"), []
    module.logged = []

    @contextmanager
    def start_run():
        active.append(True)
        yield
        active.pop()

    def check(names):
        assert active, "no run is active: MLflow would begin one of its own, and leave it open"
        assert all(MLFLOW_NAME.fullmatch(name) for name in names)

    def log_params(params):
        check(params)

    def log_metrics(metrics, step=None):
        check(metrics)
        module.logged.append((step, {name: float(value) for name, value in metrics.items()}))

    module.start_run, module.log_params, module.log_metrics = start_run, log_params, log_metrics
    return module


def make_tensorboard():
    """The SummaryWriter of tensorboardX: add_scalar until it is closed."""
    module = types.ModuleType("tensorboardX")
    module.logged, module.closed = [], []

    class SummaryWriter:
        def __init__(self, logdir):
            self.logdir, self.is_open = logdir, True

        def add_scalar(self, tag, scalar_value, global_step=None):
            assert self.is_open
            module.logged.append((tag, float(scalar_value), global_step))

        def close(self):
            self.is_open = False
            module.closed.append(self.logdir)

    module.SummaryWriter = SummaryWriter
    return module


STAND_INS = {"mlflow": make_mlflow, "tensorboardX": make_tensorboard}


def missing():
    """Stand-ins of the packages that are not installed, by their names."""
    return {name: make() for name, make in STAND_INS.items() if importlib.util.find_spec(name) is None}
