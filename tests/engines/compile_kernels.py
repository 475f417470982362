"""Compile every kernel for both dtypes into the user's cache, by calling each once; those that are there are loaded.

python tests/engines/compile_kernels.py
"""

import numpy as np

from pellucid.engines.compiled.engine import CompiledEngine
from pellucid.engines.protocol import EpochSums
from pellucid.mathematics.losses import RSS
from pellucid.mathematics.objective import Objective, Observations, target_totals
from pellucid.mathematics.structure import Network
from pellucid.mathematics.updates import Descent, GradientDescent


def compile_for(dtype):
    """Call what the engine offers."""
    network = Network.initialise([2, 2, 1], ["tanh", "linear"], random_state=0, dtype=dtype)
    data = Observations(*(np.ones(shape, dtype) for shape in [(4, 2), (4, 1), (4, 1)]))
    engine, objective, totals = CompiledEngine(), Objective(RSS()), target_totals(data.Y, data.w)
    session = engine.start(network, objective, Descent(GradientDescent(0.1)), data, totals, 4, 2)
    session.run_slice(np.arange(4), 0, 4, EpochSums.zeros(1, 2), np.full(2, 0.1))
    engine.losses(network, objective, data)
    engine.gradient(network, objective, data, objective.scales(totals))
    engine.propagate(network, data.X)
    engine.predict(network, data.X)
    engine.sensitivities(network, data.X)


if __name__ == "__main__":
    for dtype in ("float32", "float64"):
        compile_for(dtype)
