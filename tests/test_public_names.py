"""What `import pellucid` offers, and what it does not load."""

import subprocess
import sys

import pytest

import pellucid


def test_every_public_name_is_there_and_the_list_is_sorted():
    assert sorted(pellucid.__all__) == pellucid.__all__
    assert all(getattr(pellucid, name) is not None for name in pellucid.__all__)
    assert set(pellucid.__all__) <= set(dir(pellucid))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'pellucid' has no attribute 'Netwrok'"):
        _ = pellucid.Netwrok


@pytest.mark.parametrize("module", ["pellucid", "pellucid.cli.main"])
def test_importing_loads_nothing_heavy(module):
    """So that `pellucid --help` answers at once."""
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert module in loaded
    assert not {"numpy", "numba", "sklearn", "pyarrow", "matplotlib", "scipy", "narwhals"} & set(loaded)


def test_help_and_version_print_to_standard_output():
    for arguments, text in ((["--help"], "Usage: pellucid COMMAND"), (["--version"], pellucid.__version__)):
        code = f"from pellucid.cli.main import main; main({arguments})"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

        assert (done.returncode, done.stderr) == (0, "")
        assert text in done.stdout
