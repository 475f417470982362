"""What a model file says, read by the strict reader and believed by nobody."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any, NamedTuple


class ModelFacts(NamedTuple):
    """A model file in plain values. What comes from its description is as it stands there, of whatever type.

    Attributes
    ----------
    file : str
    bytes : int
    sha256 : str
        Of the whole file, as `sha256sum` gives it.
    format_version : str
    loads : bool
    refusal : str or None
        Why it would not load.
    arrays : list of dict
        Name, dtype and shape of each.
    parameters : int
        Numbers in all arrays of parameters.
    networks : list
    task, targets, columns, training, settings, versions
        Parts of the description; None where it has none.
    others : dict
        All other parts of it.
    """

    file: str
    bytes: int
    sha256: str
    format_version: str
    loads: bool
    refusal: str | None
    arrays: list[dict[str, Any]]
    parameters: int
    networks: list[Any]
    task: Any
    targets: Any
    columns: Any
    training: Any
    settings: Any
    versions: Any
    others: dict[str, Any]


def read_facts(path: Path) -> ModelFacts:
    """Read a model file: first as the container that it is, which must be whole, then what it says.

    Raises
    ------
    ModelFileError
        If it is no model file, or damaged: nothing that such a file says is worth showing.
    """
    from pellucid.errors import ModelFileError
    from pellucid.estimators.persistence import load
    from pellucid.files.model_file import read_model

    description, arrays = read_model(path)
    content = path.read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    refusal = None
    try:
        load(path)
    except ModelFileError as error:
        refusal = str(error)
    others = dict(description)
    networks = others.pop("networks") if "networks" in others else [others.pop("network", None)]
    encoder = others.pop("encoder", None)
    return ModelFacts(
        file=str(path),
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        format_version=header["__metadata__"]["format_version"],
        loads=refusal is None,
        refusal=refusal,
        arrays=[{"name": k, "dtype": a.dtype.name, "shape": list(a.shape)} for k, a in arrays.items()],
        parameters=sum(math.prod(a.shape) for name, a in arrays.items() if name.startswith("theta")),
        networks=networks if isinstance(networks, list) else [networks],
        task=others.pop("task", None),
        targets=others.pop("targets", None),
        columns=encoder.get("columns") if isinstance(encoder, dict) else encoder,
        training=others.pop("training", None),
        settings=others.pop("parameters", None),
        versions=others.pop("versions", others.pop("pellucid", None)),
        others=others,
    )
