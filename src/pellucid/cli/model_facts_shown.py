"""What a model file says, in lines and tables for the terminal, whatever types its parts have."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.cli.model_facts import ModelFacts
from pellucid.cli.terminal import as_text
from pellucid.errors import visible

MOST_SHOWN = 40  # columns, as `train` shows them
LONGEST = 200  # signs of one value
LONG_NUMBER = 10**15
EXAMPLES = 3  # entries of a longer list

Shown = tuple[list[str], list[list[str]]]


def facts_shown(facts: ModelFacts) -> dict[str, str]:
    """A name and what the file says of it."""
    if facts.loads:
        loads = "yes: the header, the arrays and the description are what this version writes"
    else:
        loads = f"NO: {one_line(facts.refusal or '')}"
    arrays = [f"{one_line(a['name'])} ({a['dtype']}, {' x '.join(map(str, a['shape'])) or '1'})" for a in facts.arrays]
    return {
        "File": f"{one_line(facts.file)}, {facts.bytes:,} bytes",
        "SHA-256": facts.sha256,
        "Format": f"pellucid model, version {one_line(facts.format_version)}; both checksums match",
        "Loads": loads,
        "Made by": pairs(facts.versions) if isinstance(facts.versions, dict) else f"pellucid {value(facts.versions)}",
        "Task": value(facts.task),
        "Network": "\n".join(network(part) for part in facts.networks) or "-",
        "Parameters": f"{facts.parameters:,}, in {', '.join(arrays) or 'no array'}",
        "Loss": value(facts.targets.get("loss") if isinstance(facts.targets, dict) else None),
        "Training": pairs(facts.training),
        "Settings": textwrap.fill(pairs(facts.settings), 100, break_on_hyphens=False),
    } | {one_line(name): value(part) for name, part in facts.others.items()}


def network(described: Any) -> str:
    """`2 inputs -> 64 relu -> 1 linear`, where it is described so."""
    if not isinstance(described, dict):
        return value(described)
    sizes, names = described.get("sizes"), described.get("activations")
    if not (isinstance(sizes, list) and isinstance(names, list) and len(sizes) == len(names) + 1):
        return value(described)
    layers = [f"{value(size)} {value(name)}" for size, name in zip(sizes[1:], names, strict=True)]
    return " -> ".join([f"{value(sizes[0])} inputs", *layers])


def targets_shown(facts: ModelFacts) -> Shown:
    """The header and the rows of the table of targets: what stands in lists of as many entries is of each."""
    targets = facts.targets if isinstance(facts.targets, dict) else {"names": facts.targets}
    names = targets.get("names")
    if not isinstance(names, list) or not names:
        return ["target", "what was learnt"], [[value(names), rest_of(targets, {"names", "loss"})]]
    each = [key for key, part in targets.items() if key not in ("names", "classes") and is_of_each(part, len(names))]
    rows = [
        [value(name), rest_of({key: targets[key][d] for key in each}), rest_of(targets, {"names", "loss", *each})]
        for d, name in enumerate(names[:MOST_SHOWN])
    ]
    return ["target", "learnt of it", "of all"], with_ellipsis(rows, len(names))


def columns_shown(facts: ModelFacts) -> Shown:
    """The header and the rows of the table of columns."""
    columns = facts.columns if isinstance(facts.columns, list) else [facts.columns]
    rows = []
    for column in columns[:MOST_SHOWN]:
        known = column if isinstance(column, dict) else {"name": column}
        rows.append([value(known.get("name")), value(known.get("kind")), rest_of(known, {"name", "kind"})])
    return ["column", "kind", "what was learnt"], with_ellipsis(rows, len(columns))


def with_ellipsis(rows: list[list[str]], n: int) -> list[list[str]]:
    """The rows, and a last one that counts those left away."""
    return rows if n == len(rows) else [*rows, [f"... and {n - len(rows):,} more", *[""] * (len(rows[0]) - 1)]]


def is_of_each(part: Any, n: int) -> bool:
    return isinstance(part, list) and len(part) == n


def rest_of(described: Mapping[str, Any], but: Sequence[str] | set[str] = ()) -> str:
    """All fields but some; long lists as their number and their first entries."""
    return ", ".join(f"{one_line(key)} {value(part)}" for key, part in described.items() if key not in but) or "-"


def pairs(described: Any) -> str:
    """`name=value` for each field."""
    if not isinstance(described, dict):
        return value(described)
    return ", ".join(f"{one_line(key)}={value(part)}" for key, part in described.items()) or "-"


def value(part: Any) -> str:
    """One value of a description on one line, shortened."""
    if part is None:
        return "-"
    if isinstance(part, bool):
        return "yes" if part else "no"
    if isinstance(part, str):
        return one_line(part)
    if isinstance(part, int):
        return str(part) if abs(part) < LONG_NUMBER else f"a number of {len(str(part))} digits"
    if isinstance(part, float):
        return as_text(part) if abs(part) < LONG_NUMBER else f"{part:.4g}"
    if isinstance(part, list) and len(part) > EXAMPLES:
        return f"{len(part):,} ({', '.join(map(value, part[:EXAMPLES]))}, ...)"
    if isinstance(part, list):
        return f"({', '.join(map(value, part))})"
    if isinstance(part, dict) and isinstance(part.get("object"), str):  # a loss or another object, with its numbers
        numbers = rest_of(part, {"object"})
        return one_line(part["object"]) + ("" if numbers == "-" else f" ({numbers})")
    return one_line(json.dumps(part))


def one_line(text: str) -> str:
    """Text that steers no terminal, cut where it would fill the screen."""
    shown = visible(text).replace("\n", "\\n")
    return shown if len(shown) <= LONGEST else shown[:LONGEST] + " ..."
