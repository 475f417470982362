"""What holds for all tests of the command line."""

import pytest


@pytest.fixture(autouse=True)
def compiled_already(monkeypatch):
    """Whether this machine has compiled the kernels before is not what these tests are about."""
    monkeypatch.setattr("pellucid.engines.choice.must_compile", lambda engine: False)
