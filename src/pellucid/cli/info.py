"""`pellucid info`: what is in a model file, without trusting it; exit code 1 if it would not load."""

from __future__ import annotations

from pathlib import Path

from pellucid.cli.terminal import print_facts, print_json, print_table


def info(model: Path, /, *, json: bool = False) -> int:
    """Show what is in a model file, without trusting it: networks, columns, targets, training, settings, versions.

    Every text of the file is shown with its control characters written out. What the file says is shown also where it
    would not load, with the reason; the exit code is then 1.

    Parameters
    ----------
    model
        A model file; it holds no code, and none of the data but the names of columns, categories and classes.
    json
        Print one JSON object instead of tables.
    """
    from pellucid.cli.model_facts import read_facts
    from pellucid.cli.model_facts_shown import columns_shown, facts_shown, targets_shown

    facts = read_facts(model)
    if json:
        print_json(facts._asdict())
    else:
        print_facts(facts_shown(facts))
        print_table(*targets_shown(facts), words=3)
        print_table(*columns_shown(facts), words=3)
    return 0 if facts.loads else 1
