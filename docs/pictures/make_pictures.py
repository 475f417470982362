"""Write the pictures of the chapters: `python docs/pictures/make_pictures.py`. A test compares them with this."""

from pathlib import Path

from pellucid import Network, trace
from pellucid.glassbox.diagrams.curves import activation_curves
from pellucid.glassbox.diagrams.flow import gradient_flow
from pellucid.glassbox.diagrams.matrices import matrix_diagram
from pellucid.glassbox.diagrams.neurons import neuron_diagram

FOLDER = Path(__file__).parent

NETWORK = Network.from_arrays([
    ([[1, 0, -1, 1], [0, 1, 2, -1], [-1, 1, 0, -1]], [0, 1, 0], "relu"),
    ([[1, -1, 2], [-1, 2, 1], [0, 1, -1]], [1, 0, 0], "relu"),
    ([[1, 2, -1], [1, -1, 1]], [1, 0], "linear"),
])  # fmt: skip


def pictures() -> dict[str, str]:
    """Each picture as SVG text, by the name of its file."""
    made = trace(NETWORK, [1, 2, 1, 3], [1, 4], "rss")
    return {
        "4-3-3-2.svg": neuron_diagram(NETWORK, trace=made),
        "matrices.svg": matrix_diagram(NETWORK),
        "activations.svg": activation_curves(),
        "flow.svg": gradient_flow(made),
    }


if __name__ == "__main__":
    for name, svg in pictures().items():
        (FOLDER / name).write_text(svg, encoding="utf-8")
        print(FOLDER / name)
