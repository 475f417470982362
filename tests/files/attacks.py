"""One file for each known way to attack whoever loads a model (and their variants), named after its class.

By these others fell: code named in the file (Keras, CVE-2024-3660, CVE-2025-1550), paths in it (ONNX, CVE-2022-25882,
CVE-2024-27318, CVE-2026-34446), pickles (PyTorch, CVE-2025-32434), a laxer loader behind a strict one (skops,
CVE-2025-54886; Keras, CVE-2025-9905), sizes that overflow or do not fit (LightGBM, CVE-2024-43598; XGBoost), names that
two readers read differently (LightGBM; safetensors 0.8.0), headers that cost more than they are long (safetensors).
"""

import json
import pickle
import struct

from files.contradictions import CONTRADICTIONS
from files.forged_models import (
    BINS,
    CLASSES,
    DESCRIPTION,
    HEADER,
    PAYLOAD,
    RANKS,
    ROOMS,
    THETA,
    THREE,
    Evil,
    binned,
    code,
    column,
    in_column,
    layers,
    npy,
    with_description,
    with_header,
    with_text,
    with_theta,
    wrapped,
    zipped,
)
from files.forging import file_of, put_together, replaced, signed
from pellucid.files.header import LONGEST_HEADER

NEAR = LONGEST_HEADER - 100_000  # signs of a description whose header is just not too long
MANY_CLASSES = [f"{i:06}" for i in range(20_000)]
TEXT = json.dumps(signed(HEADER))
ATTACKS = {
    # Code by its name.
    "code: an activation by its path": with_description("networks", 0, "activations", 0, "os.system"),
    "code: an activation that is a class": with_description("networks", 0, "activations", 0, "Lambda"),
    "code: a layer that is an object": with_description("networks", 0, "activations", 0, {"class_name": "Lambda"}),
    "code: a loss by its path": with_description("targets", "loss", {"object": "builtins.eval"}),
    "code: a loss that is a schedule": with_description("targets", "loss", code("Cosine")),
    "code: a schedule by its path": with_description("parameters", "learning_rate", code("subprocess.Popen")),
    "code: a schedule of another module": with_description(
        "parameters", "learning_rate", {**code("Cosine"), "module": "os"}
    ),
    "code: a scorer by its path": with_description("parameters", "scoring", "os.system"),
    "code: an engine by its path": with_description("parameters", "engine", "../engine.so"),
    "code: callbacks": with_description("parameters", "callbacks", ["print"]),
    "code: an estimator by its path": with_description("task", "sklearn.base.BaseEstimator"),
    "code: an attribute of the class": with_description("parameters", "__class__", "x"),
    "code: a field of Python's": with_description("__reduce__", ["os.system", ["true"]]),
    # Paths: a file holds none, so that none can lead out of its folder, through a link or to another array.
    "path: data in another file": with_header("theta_1", {**THETA, "location": "../../etc/passwd"}),
    "path: an array named by a path": with_header("../../etc/passwd", {**THETA, "shape": [0], "data_offsets": [0, 0]}),
    "path: a folder for checkpoints": with_description("parameters", "checkpoint_dir", "/etc"),
    # Other kinds of file; there is no second loader behind this one.
    "kind: a pickle": pickle.dumps(Evil()),
    "kind: an old pickle": pickle.dumps(Evil(), protocol=0),
    "kind: an array of pickled objects": npy(),
    "kind: a PyTorch archive": zipped(["archive/data.pkl", "archive/version"]),
    "kind: a Keras archive": zipped(["config.json", "metadata.json", "model.weights.h5"]),
    "kind: an archive of zeros": zipped(["bomb"]),
    "kind: HDF5": b"\x89HDF\r\n\x1a\n" + bytes(100),
    "kind: ONNX": b"\x08\x0a\x12\x08pellucid\x3a\x84\x01" + bytes(200),
    "kind: an empty file": b"",
    "kind: zeros": bytes(10_000),
    "kind: JSON": json.dumps(DESCRIPTION).encode(),
    "kind: a model behind other bytes": b"MZ" + file_of(signed(HEADER), PAYLOAD),
    # Versions.
    "version: a newer format": with_header("__metadata__", "format_version", "2"),
    "version: an older format": with_header("__metadata__", "format_version", "0"),
    "version: several networks": with_description("networks", DESCRIPTION["networks"] * 2),
    "version: no network": with_description("networks", []),
    "version: another combination": with_description("combination", "median"),
    "version: a version that is none": with_description("versions", "pellucid", "<script>alert(1)</script>"),
    # What two readers understand differently.
    "twice: a name": file_of(TEXT[:-1] + ', "theta_1": ' + json.dumps(THETA) + "}", PAYLOAD),
    "twice: a field": file_of(TEXT.replace('"dtype": "F64"', '"dtype": "F32", "dtype": "F64"'), PAYLOAD),
    "twice: a key of the description": with_text('{"task": "classifier", ' + json.dumps(DESCRIPTION)[1:]),
    "twice: a key of a column": with_text(json.dumps(DESCRIPTION).replace('"fill":', '"fill": 0.0, "fill":')),
    "twice: the second by an escape": with_text(
        json.dumps(DESCRIPTION).replace('"fill":', '"f\\u0069ll": 0.0, "fill":')
    ),
    "differently: NaN": with_text(json.dumps(DESCRIPTION).replace('"fill": ', '"fill": NaN, "x": ')),
    "differently: a comment": with_text("/* */" + json.dumps(DESCRIPTION)),
    "differently: a number of 5000 digits": column(mean=10**4000),
    "differently: a number beyond 64 bits": with_description("training", "epochs", 2**64),
    "differently: infinity": with_text(json.dumps(DESCRIPTION).replace('"alpha": 0.0', '"alpha": 1e999')),
    # Signs.
    "sign: half a surrogate pair": column(name="\ud800"),
    "sign: UTF-8 in the header": file_of(TEXT.replace("theta_1", "thetä_1"), PAYLOAD),
    "sign: a name that looks alike": with_header("theta_\uff11", THETA),
    "sign: a zero in a class": with_description("targets", "classes", ["no\0", "yes"], of=CLASSES),
    "sign: classes alike but for a zero": with_description("targets", "classes", ["no", "no\0"], of=CLASSES),
    "sign: UTF-16": json.dumps(HEADER).encode("utf-16"),
    "sign: a mark of the byte order": file_of(b"\xef\xbb\xbf" + TEXT.encode(), PAYLOAD),
    # Places of arrays.
    "place: a gap": with_header("theta_1", "data_offsets", [8, len(PAYLOAD)], payload=PAYLOAD),
    "place: bytes after the arrays": put_together(HEADER, DESCRIPTION, PAYLOAD + bytes(8)),
    "place: bytes missing": put_together(HEADER, DESCRIPTION, PAYLOAD[:-8]),
    "place: an overlap": with_header("z", {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}),
    "place: from the end": with_header("theta_1", "data_offsets", [-8, 0]),
    "place: backwards": with_header("theta_1", "data_offsets", THETA["data_offsets"][::-1]),
    "place: beyond the file": with_header("theta_1", "data_offsets", [2**63, 2**63 + 8]),
    # Sizes.
    "size: a header of 2^63 bytes": struct.pack("<Q", 2**63) + b"{" + bytes(100),
    "size: a header longer than the file": struct.pack("<Q", 1000) + b"{}",
    "size: a shape that overflows": with_header("theta_1", "shape", [2**32, 2**32]),
    "size: a shape that overflows to its own": with_header("theta_1", "shape", [2**61 + 1, 8]),
    "size: a shape of nothing that overflows": with_header("theta_1", "shape", [0, 2**62, 2**62]),
    "size: a negative shape": with_header("theta_1", "shape", [-1, -THETA["shape"][0]]),
    "size: a shape of True": with_header("theta_1", "shape", [True, *THETA["shape"]]),
    "size: a matrix": with_header("theta_1", "shape", [1, *THETA["shape"]]),
    "size: a network of 10^18 neurons": with_description("networks", 0, "sizes", [4, 10**18, 1]),
    "size: a network of no neurons": with_description("networks", 0, "sizes", [4, 0, 1]),
    "size: a network of half a neuron": with_description("networks", 0, "sizes", [4, 1.5, 1]),
    "size: a network of True": with_description("networks", 0, "sizes", [True, True]),
    "size: many layers": with_description("networks", 0, "sizes", [1] * 10_000),
    "size: more inputs than features": with_description("networks", 0, "sizes", [3, 3, 1]),
    "size: a million outputs of a loss": with_description(
        "targets", "loss", {"object": "Quantile", "q": [i / 15_001 for i in range(1, 15_001)]}
    ),
    "size: a class of a million signs among many": with_description(
        "targets",
        {**CLASSES[1]["targets"], "kind": "multiclass", "classes": [*MANY_CLASSES, "x" * 700_000]},
        of=CLASSES,
    ),
    "size: a class of a thousand signs among five thousand": with_description(
        "targets",
        {
            **THREE[1]["targets"],
            "class_type": "str",
            "class_weights": None,
            "classes": [*MANY_CLASSES[:4_900], "x" * 1_000],
        },
        of=THREE,
    ),
    "size: a long name of many levels": in_column(
        "one_hot", name="n" * 400_000, levels=MANY_CLASSES[:500], rare=[]
    ),
    "size: a name of many levels": in_column("one_hot", name="n" * 5_000, levels=MANY_CLASSES[:9_000], rare=[]),
    "size: a long name of many bins": binned("n" * 50_000, 20_000, 20_000),
    "size: a long name of many bins, another network": binned("n" * 50_000, 20_000, 20),
    "size: many bins, another network": binned("n", 200_000, 20),
    "size: many layers and their weights": layers(12_000),
    "size: a layer beyond a thousand": layers(1_001),
    "size: many targets": with_description(
        "targets",
        {
            **DESCRIPTION["targets"],
            "flat": False,
            "names": MANY_CLASSES[:5_000],
            "transforms": DESCRIPTION["targets"]["transforms"] * 5_000,
        },
    ),
    "size: epochs without end": with_description("training", "epochs", 2**63),
    # Numbers.
    "number: NaN among the weights": with_theta(0, float("nan")),
    "number: infinity among the weights": with_theta(3, float("inf")),
    "number: weights of integers": with_header("theta_1", "dtype", "I64"),
    "number: weights of half precision": with_header("theta_1", "dtype", "F16"),
    "number: a scale of 0": with_description("targets", "scale", [0.0]),
    "number: a negative scale": column(scale=-1.0),
    "number: a scale that is text": column(scale="1"),
    "number: a mean that is True": column(mean=True),
    "number: shares that overflow": in_column("frequency", mean=1.7e308, scale=5e-324),
    "number: a share of none that overflows": in_column("frequency", rest=1.0, scale=1e-320),
    "number: edges over the whole range": with_description(
        "encoder", "columns", ROOMS, "edges", [-1.7e308, 1.0, 2.0, 1.7e308], of=BINS
    ),
    "number: knots over the whole range": with_description("encoder", "columns", ROOMS, {
        **RANKS[1]["encoder"]["columns"][ROOMS], "knots": [-1.7e308, 1.7e308], "values": [-1.0, 1.0]
    }, of=RANKS),
    "number: values over the whole range": with_description("encoder", "columns", ROOMS, {
        **RANKS[1]["encoder"]["columns"][ROOMS], "knots": [-1.0, 1.0], "values": [-1.7e308, 1.7e308]
    }, of=RANKS),
    "number: knots of a target over the whole range": with_description(
        "targets", "transforms", 0, {"kind": "quantile", "knots": [-1.7e308, 1.7e308], "values": [-1.0, 1.0]}
    ),
    "number: values of a target over the whole range": with_description(
        "targets", "transforms", 0, {"kind": "quantile", "knots": [-1.0, 1.0], "values": [-1.7e308, 1.7e308]}
    ),
    "number: a mean that is a list": with_description("targets", "mean", [[0.0]]),
    # Cost.
    "cost: 60,000 arrays": file_of(
        signed({"__metadata__": HEADER["__metadata__"]} | {str(i): {} for i in range(60_000)}), b""
    ),
    "cost: brackets": file_of('{"a": ' + "[" * NEAR, b""),
    "cost: empty lists": with_text('{"a": [' + "[]," * (NEAR // 3) + "0]}"),
    "cost: empty texts": with_text('{"a": [' + '"",' * (NEAR // 5) + "0]}"),
    "cost: short texts": with_text(json.dumps({"a": [f"{i:06}" for i in range(29_990)]})),
    "cost: small objects": with_text('{"a": [' + '{"":0},' * 14_000 + "0]}"),
    "cost: zeros": with_text('{"a": [' + "0," * (NEAR // 2) + "0]}"),
    "cost: long numbers": with_text('{"a": [' + "1.7976931348623157e300," * 29_990 + "0]}"),
    "cost: one long number": with_text('{"a": 0.' + "1" * NEAR + "}"),
    "cost: one long whole number": with_text('{"a": ' + "1" * NEAR + "}"),
    "cost: quotes": file_of('{"' + "\\\"" * (NEAR // 2), b""),
    "cost: backslashes": file_of('{"' + "\\\\" * (NEAR // 2), b""),
    "cost: a text that takes four bytes a sign": with_text('{"a": "' + "x" * NEAR + '\\ud83d\\ude00"}'),
    "cost: many keys, one of them twice": with_text(
        "{" + ", ".join(f'"{i:06}": 0' for i in range(14_000)) + ', "000000": 0}'
    ),
    "cost: columns of which the last is wrong": with_description(
        "encoder", "columns", [
            {**DESCRIPTION["encoder"]["columns"][0], "name": f"{i:06}"} for i in range(4_200)
        ] + [0],
    ),
    "cost: levels of which the last is wrong": with_description(
        "encoder", "columns", 1, "levels", [f"{i:06}" for i in range(25_000)] + [""]
    ),
    "cost: names in a message": with_description("encoder", {"x" * (NEAR - 10_000): 0}),
    "cost: fields in a message": with_description("encoder", {f"{i:06}": 0 for i in range(25_000)}),
    "cost: numbers beside the description": put_together(
        replaced(
            replaced(HEADER, ["numbers"], {"dtype": "F64", "shape": [500_000], "data_offsets": [0, 4_000_000]}),
            ["theta_1", "data_offsets"], [4_000_000, 4_000_000 + len(PAYLOAD)],
        ),
        DESCRIPTION,
        bytes(4_000_000) + PAYLOAD,
    ),
    "cost: hidden layers without end": with_description("parameters", "hidden_layer_sizes", [1] * 25_000),
    "cost: categories without end": with_description("parameters", "categorical_features", [0] * 25_000),
    "cost: losses without end": with_description("targets", "loss", [{"object": "RSS"}] * 10_000),
    "depth: a description of 17 levels": with_description("parameters", "activation", wrapped("relu", 15)),
    "depth: a description without end": with_text('{"a": ' + "[" * NEAR + "]" * 10),
    "depth: objects without end": with_text('{"a":' * (NEAR // 7)),
    # Objects that are not what their place needs.
    "object: a list for an object": with_text("[]"),
    "object: a text for an object": with_description("encoder", "x"),
    "object: a key that cannot be one": with_description("parameters", "learning_rate", {"dict": [[[], 0]]}),
    "object: pairs that are none": with_description("parameters", "learning_rate", {"dict": [0]}),
    "object: a field missing": with_text(json.dumps({k: v for k, v in DESCRIPTION.items() if k != "task"})),
    "object: an unknown field": with_description("trusted", True),
    "object: numbers from another place": with_description("encoder", "columns", {"numbers": [0, 2**62]}),
    "object: targets of another task": with_description("task", "classifier"),
    # Parts that contradict each other.
    **{f"contradiction: {name}": data for name, (data, *_) in CONTRADICTIONS.items()},
}  # fmt: skip
