"""Reading a model leaves Python's search for reference cycles as it found it, whether the file is good or bad."""

import gc

import pytest

import pellucid
from files.attacks import ATTACKS
from files.small_models import CASES, file_bytes
from pellucid.errors import ModelFileError
from pellucid.files.collection import collection_put_off

FILES = {"good": file_bytes(next(iter(CASES))), "bad": next(iter(ATTACKS.values()))}


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize("kind", FILES)
def test_reading_a_model_leaves_the_collector_as_it_was(kind, on, tmp_path, monkeypatch):
    """Within `load` it is off: its own calls are watched, so a `load` without the pause fails here too."""
    path = tmp_path / "m"
    path.write_bytes(FILES[kind])
    calls = []
    disable = gc.disable
    monkeypatch.setattr(gc, "disable", lambda: (calls.append("off"), disable()))
    was_on = gc.isenabled()
    try:
        (gc.enable if on else disable)()
        try:
            pellucid.load(path)
        except ModelFileError:
            assert kind == "bad"
        assert gc.isenabled() == on
        assert calls == ["off"]
    finally:
        (gc.enable if was_on else disable)()


def test_an_error_within_leaves_the_collector_on():
    with pytest.raises(ValueError, match="within"), collection_put_off():
        raise ValueError("within")
    assert gc.isenabled()
