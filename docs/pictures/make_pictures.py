"""Write the pictures of the documentation: `python docs/pictures/make_pictures.py`. A test compares the drawn ones."""

from pathlib import Path

from sklearn.datasets import load_breast_cancer

from pellucid import FeedForwardClassifier, Network, trace
from pellucid.glassbox.diagrams.curves import activation_curves
from pellucid.glassbox.diagrams.flow import gradient_flow
from pellucid.glassbox.diagrams.loss_curves import loss_curves
from pellucid.glassbox.diagrams.matrices import matrix_diagram
from pellucid.glassbox.diagrams.neurons import neuron_diagram
from pellucid.glassbox.diagrams.schedule_curves import schedule_curves

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
        "losses.svg": loss_curves(),
        "flow.svg": gradient_flow(made),
        "schedules.svg": schedule_curves(),
    }


def draw_learning_rate_range(path: Path) -> None:
    """The range test of the guide: of a training run, whose last digits may differ from machine to machine."""
    table = load_breast_cancer()
    model = FeedForwardClassifier(random_state=0)
    model.find_learning_rate(table.data, table.target).plot(path)


if __name__ == "__main__":
    from fits import draw_quantiles, draw_rate  # beside this file, which a test imports from elsewhere

    for name, svg in pictures().items():
        (FOLDER / name).write_text(svg, encoding="utf-8")
        print(FOLDER / name)
    draw_learning_rate_range(FOLDER / "learning-rate-range.png")
    draw_quantiles(FOLDER / "quantiles.png")
    draw_rate(FOLDER / "poisson.png")
