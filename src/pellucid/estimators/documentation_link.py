"""The "?" in an estimator's picture, in a notebook: a link to the documentation, if the package says where it is."""

from __future__ import annotations

from functools import cache
from importlib import metadata

LABEL = "documentation"


@cache
def documentation_address() -> str:
    """The address that the installed package's own metadata names "Documentation"; "" where there is none."""
    try:
        entries = metadata.metadata("pellucid").get_all("Project-URL") or []
    except metadata.PackageNotFoundError:
        return ""
    named = dict(entry.split(", ", 1) for entry in entries if ", " in entry)
    return next((address.strip() for label, address in named.items() if label.lower() == LABEL), "")


class DocumentationLink:
    """What scikit-learn's HTML picture asks for: its own link would lead to its own pages."""

    _doc_link_module = "pellucid"

    @property
    def _doc_link_template(self) -> str:
        return documentation_address().replace("{", "{{").replace("}", "}}")  # scikit-learn fills a template
