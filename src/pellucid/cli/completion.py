"""`pellucid completion`: the script by which a shell completes verbs, options and file names."""

from __future__ import annotations

from typing import Literal


def completion(shell: Literal["bash", "zsh", "fish"], /) -> None:
    """Print the script by which a shell completes verbs, options and the names of files.

    Parameters
    ----------
    shell
        Which one: `pellucid completion bash > ~/.local/share/bash-completion/completions/pellucid`, for zsh a file
        `_pellucid` in a folder of its fpath, for fish `~/.config/fish/completions/pellucid.fish`.
    """
    from pellucid.cli.main import app

    print(app.generate_completion(shell=shell))
