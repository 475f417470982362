"""Files of earlier releases load for ever, and predict what they predicted."""

import json

import numpy as np
import pytest

import pellucid
from files.make_golden import GOLDEN, LARGEST, models, predictions

FOLDERS = sorted(path for path in GOLDEN.iterdir() if path.is_dir()) if GOLDEN.is_dir() else []
FILES = [path for folder in FOLDERS for path in sorted(folder.glob("*.safetensors"))]
# A prediction of float64 is a sum of some ten terms behind another such sum. BLAS may order and fuse them otherwise on
# another processor, each sum to within its number of terms times eps of the largest; 64 eps leaves room for both. Files
# of float32 weights are predicted in float32 here only where the network is of that type: 64 of its eps.
EPS_OF = 64


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name} {path.stem}")
def test_a_golden_file_predicts_what_it_did(path, record_error):
    """To the last bits, which may differ between processors."""
    recorded = json.loads((path.parent / "predictions.json").read_text(encoding="utf-8"))[path.stem]
    model = pellucid.load(path)

    found = predictions(model, recorded.pop("rows"))

    assert found.keys() == recorded.keys()
    for name, values in found.items():
        expected = np.array(recorded[name])
        if expected.dtype.kind != "f":
            assert values == recorded[name]
            continue
        eps = np.finfo(model.network_.dtype).eps
        error = np.abs(np.array(values) - expected).max() / np.abs(expected).max()
        record_error("golden files, in eps", error / eps, EPS_OF, path.stem)


def test_every_golden_folder_is_whole_and_small():
    """Each has predictions of each of its files, none of them large."""
    assert FOLDERS
    for folder in FOLDERS:
        recorded = json.loads((folder / "predictions.json").read_text(encoding="utf-8"))
        assert sorted(recorded) == sorted(path.stem for path in folder.glob("*.safetensors"))
        assert all(path.stat().st_size <= LARGEST for path in folder.iterdir() if path.suffix == ".safetensors")


@pytest.mark.filterwarnings("ignore:.*not seen in training:pellucid.errors.DataWarning")  # rows held out
@pytest.mark.parametrize(("name", "model", "X"), [pytest.param(*case, id=case[0]) for case in models()])
def test_a_model_of_every_kind_predicts_the_same_bits_before_and_after(name, model, X, tmp_path):
    """Every task, loss, activation and encoding: the file holds all that a prediction needs, to the bit."""
    model.save(tmp_path / "m")
    again = pellucid.load(tmp_path / "m")

    for method in ("predict", "predict_proba"):
        if hasattr(model, method):
            assert getattr(again, method)(X).tobytes() == getattr(model, method)(X).tobytes()
    again.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "m").read_bytes()
