"""The scripts of `pellucid completion`."""

import shutil
import subprocess

import pytest

from pellucid.cli.main import VERBS, run


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_verb_and_its_options_are_in_the_script_that_a_shell_accepts(shell, capsys):
    assert run(["completion", shell]) == 0

    script = capsys.readouterr().out
    assert all(verb in script for verb in VERBS)
    assert "max-epochs" in script
    if shutil.which(shell):
        option = "--no-execute" if shell == "fish" else "-n"
        assert subprocess.run([shell, option], input=script, capture_output=True, text=True).stderr == ""


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes_a_verb_from_its_beginning(capsys):
    """Sourced, and asked as bash asks it."""
    assert run(["completion", "bash"]) == 0
    ask = 'COMP_WORDS=(pellucid expl); COMP_CWORD=1; _pellucid; printf "%s\\n" "${COMPREPLY[@]}"'

    said = subprocess.run(["bash"], input=capsys.readouterr().out + ask, capture_output=True, text=True)

    assert said.stdout.split() == ["explain"]


def test_another_shell_is_refused(capsys):
    assert run(["completion", "csh"]) == 2

    assert capsys.readouterr().err.startswith('pellucid: Invalid value "csh" for SHELL.')
