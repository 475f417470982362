"""Model files, right in every sum and field, whose parts contradict each other; and what their refusals name.

Each is a good file with one part replaced by another good one. Loaded, such a model would predict one thing and say
another of itself, or be refused only when it is used.
"""

from files.forged_models import BINS, CLASSES, EVERY_KIND, THREE, with_description
from files.forging import replaced, taken_apart
from files.small_models import file_bytes

NUMBERS = taken_apart(file_bytes("one number"))
TWO = taken_apart(file_bytes("several numbers"))
EACH = taken_apart(file_bytes("a loss for each"))
LABELS = taken_apart(file_bytes("labels"))
LOGS = taken_apart(file_bytes("log targets"))
RSS, HUBER = {"object": "RSS"}, {"object": "Huber", "delta": 0.5}


def asks(of=NUMBERS, **arguments):
    """Return a file with other arguments of the constructor."""
    return with_description("parameters", of[1]["parameters"] | arguments, of=of)


def nameless_column(kind):
    """Return a file without feature names of one column of this kind, called as an array's would be."""
    columns = [entry for entry in EVERY_KIND[1]["encoder"]["columns"] if entry["kind"] == kind]
    header, description, payload = EVERY_KIND
    rest = [entry for entry in description["encoder"]["columns"] if entry["kind"] != kind]
    columns = [{**entry, "name": f"x{j}"} for j, entry in enumerate([columns[0], *columns[1:], *rest])]
    description = replaced(description, ["encoder", "columns"], columns)
    return with_description("has_feature_names", False, of=(header, description, payload))


# Name: the file, and what the message names.
CONTRADICTIONS = {
    # Columns that no array has.
    "names: none, with a column of text": (
        with_description("has_feature_names", False), "has_feature_names is false", "column 'town' of its encoder"
    ),
    "names: none, with truths": (nameless_column("boolean"), "has_feature_names is false", "column 'x0'"),
    "names: none, with dates": (nameless_column("date"), "has_feature_names is false", "column 'x0'"),
    "names: none, with a column left out": (nameless_column("left_out"), "has_feature_names is false", "column 'x0'"),
    "names: none, but a column has one": (
        with_description("encoder", "columns", 1, "name", "size", of=NUMBERS), "has_feature_names is false",
        "'size', not x1"
    ),
    "names: two targets of one": (
        with_description("targets", "names", ["y", "y"], of=TWO), "the names of its targets are not distinct", ""
    ),
    # Arguments and the network.
    "network: other widths": (
        asks(hidden_layer_sizes=[7, 7]), "hidden_layer_sizes asks for (7, 7)", "network has (3,)"
    ),
    "network: another width": (asks(hidden_layer_sizes=[4]), "hidden_layer_sizes asks for (4,)", "network has (3,)"),
    "network: no hidden layer": (asks(hidden_layer_sizes=[]), "hidden_layer_sizes asks for ()", "network has (3,)"),
    "network: another activation": (asks(activation="tanh"), "activation asks for ('tanh',)", "network has ('relu',)"),
    "network: activations, another": (
        asks(activation=["gelu"]), "activation asks for ('gelu',)", "network has ('relu',)"
    ),
    "network: another type": (asks(dtype="float64"), "dtype asks for 'float64'", "network is of 'float32'"),
    # Arguments and the encoder.
    "encoder: another encoding": (
        asks(number_encoding="robust"), "number_encoding asks for 'robust'", "encoder has 'standard'"
    ),
    "encoder: numbers as they are": (
        asks(standardise=False), "number_encoding asks for 'none'", "encoder has 'standard'"
    ),
    "encoder: bins, as ranks": (
        asks(BINS, number_encoding="quantile"), "number_encoding asks for 'quantile'", "encoder has 'piecewise_linear'"
    ),
    "encoder: missing values refused": (asks(missing="refuse"), "missing asks for 'refuse'", "encoder has 'median'"),
    "encoder: refused, yet filled in": (
        with_description("encoder", "missing", "refuse"), "'missing'", "Column 0 of the encoder"
    ),
    "encoder: as they are, yet moved": (
        with_description("encoder", "number_encoding", "none"), "'number_encoding'", "Column 0 of the encoder"
    ),
    "encoder: a category that is none": (
        asks(EVERY_KIND, categorical_features=["street", "code", "size"]),
        "categorical_features names the column 'size'",
        "encoder",
    ),
    "encoder: a category of numbers that nobody asked for": (
        asks(EVERY_KIND, categorical_features=["street"]), "categorical_features does not name the column 'code'",
        "encoder"
    ),
    "encoder: a category of an unknown column": (
        asks(EVERY_KIND, categorical_features=["street", "code", "stret"]), "categorical_features", "'stret'"
    ),
    "encoder: more levels than asked for": (
        asks(CLASSES, max_categories=2), "max_categories asks for 2", "column 'town' of its encoder has 3"
    ),
    # Arguments and the targets.
    "targets: another loss": (asks(loss="absolute"), "loss asks for Absolute()", "targets have RSS()"),
    "targets: a loss of other numbers": (
        asks(taken_apart(file_bytes("huber")), loss={"object": "Huber", "delta": 2.0}),
        "loss asks for Huber(delta=2.0)", "targets have Huber(delta=0.5)",
    ),
    "targets: auto, yet another": (
        asks(taken_apart(file_bytes("absolute")), loss="auto"), "loss asks for RSS()", "targets have Absolute()"
    ),
    "targets: a list of one loss": (asks(TWO, loss=["rss", "rss"]), "given for each target", "one for all targets"),
    "targets: losses of another": (asks(EACH, loss=["poisson", "rss"]), "loss asks for", "targets have"),
    "targets: losses of each, one asked for": (asks(EACH, loss="rss"), "given for all targets", "one for each target"),
    "targets: losses of three": (asks(EACH, loss=["rss"] * 3), "`loss`", "a list of 2"),
    "targets: another smoothing": (
        asks(THREE, loss={"object": "CrossEntropy", "label_smoothing": 0.5}), "loss asks for", "targets have"
    ),
    "targets: a loss of two classes": (asks(THREE, loss="log"), "`loss`", "more than two classes"),
    "targets: another output activation": (
        asks(output_activation="softplus"), "output_activation asks for 'softplus'", "network have 'linear'"
    ),
    "targets: an output activation that the loss refuses": (
        asks(CLASSES, output_activation="relu"), "`output_activation`", "log loss"
    ),
    "targets: not standardised": (
        asks(standardise="inputs"), "target_transform asks for ('none',)", "targets are ('standardise',)"
    ),
    "targets: another transform": (
        asks(LOGS, target_transform="quantile"), "target_transform asks for ('quantile',)", "targets are ('log',)"
    ),
    "targets: clipped": (asks(clip_predictions=True), "clip_predictions is True", "targets have no limits"),
    "targets: no class weights": (asks(THREE, class_weight=None), "class_weight is None", "targets have class weights"),
    "targets: class weights": (
        asks(CLASSES, class_weight="balanced"), "class_weight is 'balanced'", "have no class weights"
    ),
    "targets: other class weights": (
        asks(THREE, class_weight={"dict": [[0, 3.0], [2, 0.5]]}), "class_weight is {0: 3.0, 2: 0.5}",
        "targets have other"
    ),
    "targets: class weights of unknown classes": (
        asks(THREE, class_weight={"dict": [[7, 3.0]]}), "`class_weight`", "Not among them: 7"
    ),
    "targets: class weights of each label": (asks(LABELS, class_weight=["balanced"]), "`class_weight`", "a list of 2"),
    "targets: weights of three": (asks(TWO, target_weights=[1.0, 2.0, 3.0]), "`target_weights`", "2 finite numbers"),
}  # fmt: skip
