"""What the browser tests share: a small trace, the page's numbers beside Python's, and typing into the inputs."""

import numpy as np

from pellucid.glassbox.page.numbers import Numbers
from pellucid.glassbox.trace import trace
from pellucid.mathematics.structure import Network

LIMIT = 1e-9  # of the largest entry of the same array
STAGES = ["x", "h1", "z1", "h2", "z2", "loss", "dL_dy_hat", "dL_dh2", "dL_dW2", "dL_dc2", "dL_dz1", "dL_dh1"]
STAGES += ["dL_dW1", "dL_dc1", "dL_dz0", "update"]


def small_trace(x=(1.0, -0.5, 2.0), y=(1.0, -1.0), solver="gd"):
    network = Network.initialise([3, 4, 2], ["tanh", "linear"], random_state=0)
    return trace(network, x, y, None if y is None else "rss", solver=solver)


def leaves(name, value):
    """Arrays of a tree, layer by layer, with their names."""
    if isinstance(value, list) and any(entry is None or np.ndim(entry) > 0 for entry in value):
        return [(f"{name}.{l}", np.asarray(entry, float)) for l, entry in enumerate(value) if entry is not None]
    return [(name, np.asarray(value, float))]


def assert_same_numbers(actual, made, leave_out=()):
    """Every array of the page is Python's, to 1e-9 of its largest entry."""
    for name, tree in Numbers(made).tree.items():
        for key, expected in leaves(name, tree):
            if name in leave_out:
                continue
            at = actual
            for part in key.split("."):
                at = at[int(part)] if isinstance(at, list) else at[part]
            largest = np.abs(expected[np.isfinite(expected)]).max(initial=0.0)
            np.testing.assert_allclose(np.asarray(at, float), expected, rtol=0, atol=LIMIT * largest, err_msg=key)


def write_fields(page, values):
    """Type a value into the number field of every input."""
    for at, value in enumerate(values):
        page.locator(f'#inputs tr[data-column="{at}"] .field').fill(repr(float(value)))
