"""Rung 8: every code block of the documentation runs, and every example in a docstring is true."""

import doctest
import importlib
import pkgutil
import re
import shlex
import shutil
from pathlib import Path

import pytest

import pellucid
from pellucid.cli.main import run

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]


def blocks(language):
    """(page, number, code) of every fenced block of a language."""
    found = []
    for page in PAGES:
        for i, code in enumerate(re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.M | re.S)):
            found.append(pytest.param(code, id=f"{page.relative_to(ROOT)}-{i}"))
    return found


def modules():
    """Every module of the package."""
    return [module.name for module in pkgutil.walk_packages(pellucid.__path__, "pellucid.")]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of its own that holds the examples, as the working directory."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("code", blocks("python"))
def test_python_blocks_run(code, folder):
    exec(compile(code, "README", "exec"), {})


@pytest.mark.parametrize("code", blocks("console"))
def test_commands_run(code, folder, capsys):
    for line in code.splitlines():
        if line.startswith("$ "):
            program, *arguments = shlex.split(line[2:])
            assert program == "pellucid"
            assert run(arguments) == 0, capsys.readouterr().err


@pytest.mark.parametrize("name", modules())
def test_examples_in_docstrings_are_true(name):
    result = doctest.testmod(importlib.import_module(name))

    assert result.failed == 0
