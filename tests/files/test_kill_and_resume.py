"""What `benchmarks/kill_and_resume.py` counts; tests/estimators/test_checkpoints.py runs it."""

import importlib.util
from pathlib import Path

import pytest

from pellucid.files.checkpoint_folder import CheckpointFolder

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "kill_and_resume.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("kill_and_resume", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_newest_checkpoint_that_is_torn_counts_as_unreadable(script, tmp_path):
    """Also where the one before it can be taken: no kill may leave a half written file under its name."""
    assert script.trouble_with(tmp_path / "none yet") is None
    folder = CheckpointFolder(tmp_path / "run")
    folder.write({"epoch": 1}, {})
    folder.write({"epoch": 2}, {})
    assert script.trouble_with(folder.path) is None

    newest = sorted(folder.path.iterdir())[-1]
    newest.write_bytes(newest.read_bytes()[:-1])
    assert newest.name in script.trouble_with(folder.path)

    for file in folder.path.iterdir():
        file.write_bytes(b"")
    assert "checkpoint-000002" in script.trouble_with(folder.path)
