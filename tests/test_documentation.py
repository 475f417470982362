"""Rung 8: every page of the documentation is true, and every example in a docstring.

A page is one program, run from top to bottom:

- a block of `>>>` lines is a doctest: what it shows is what comes out;
- a plain python block runs;
- an inline `expression == value` in the prose is a claim: it is evaluated where it stands, and must hold.

In docs/chapters no number stands outside of these, so every number there is computed here.
"""

import doctest
import importlib
import importlib.util
import pkgutil
import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import pellucid
import stand_ins
from pellucid.cli.main import run

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("**/*.md"))]
CHAPTERS = sorted((DOCS / "chapters").glob("*.md"))
EXAMPLE = "The network of all chapters"  # the summary of the folded block that every chapter shares

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
INLINE = re.compile(r"`([^`\n]+)`")
MATH = re.compile(r"\$[^$]+?\$")
RESULT = re.compile(r"= *-?[\d.]+(?![\d.]| *\\[,a-z]| *[(a-z])")  # not the first factor of a formula: = -2 (y
COMPARISON = re.compile(r" (==|<=|<) ")
NUMBER = re.compile(r"(?<![\w.])-?\d+\.?\d*(?:e[+-]?\d+)?")
NAMES = re.compile(r"4-3-3-2|scikit-learn 1\.9\.1")  # numbers that are names


class Piece(NamedTuple):
    """A part of a page that is run: where it starts and ends in the text."""

    kind: str  # "doctest", "python" or "claim"
    start: int
    code: str


class Checker(doctest.OutputChecker):
    """Equal to the letter, but the sign of a zero is nobody's claim: it depends on how BLAS adds up."""

    NEGATIVE_ZERO = re.compile(r"-0\.(?!\d)")

    def check_output(self, want, got, optionflags):
        if super().check_output(want, got, optionflags):
            return True
        # An array with a -0. in it is set with other spaces too.
        want, got = (re.sub(r"\s", "", self.NEGATIVE_ZERO.sub("0.", text)) if "-0." in want + got else text
                     for text in (want, got))  # fmt: skip
        return want == got


def blank(pattern, text):
    """The text with every match of the pattern as spaces, so that places stay where they are."""
    return pattern.sub(lambda match: re.sub(r"\S", " ", match[0]), text)


def read(text):
    """The pieces of a page, in its order."""
    pieces = [
        Piece("doctest" if ">>> " in found[2] else "python", found.start(2), found[2])
        for found in FENCE.finditer(text)
        if found[1] == "python"
    ]
    for found in INLINE.finditer(blank(FENCE, text)):
        if COMPARISON.search(found[1]):
            pieces.append(Piece("claim", found.start(1), found[1]))
    return sorted(pieces, key=lambda piece: piece.start)


def failures(text, name="page"):
    """Run a page and say what is not true in it, with the line."""
    names, wrong = {"__name__": "page"}, []
    runner = doctest.DocTestRunner(Checker(), verbose=False)
    for piece in read(text):
        line = text.count("\n", 0, piece.start)
        if piece.kind == "doctest":
            test = doctest.DocTestParser().get_doctest(piece.code, {}, name, name, line)
            test.globs = names
            runner.run(test, out=wrong.append, clear_globs=False)
        elif piece.kind == "python":
            exec(compile("\n" * line + piece.code, name, "exec"), names)
        else:
            try:
                holds = bool(np.all(eval(piece.code, names)))
            except Exception as error:
                holds, piece = False, piece._replace(code=f"{piece.code}: {error!r}")
            if not holds:
                wrong.append(f"{name}, line {line + 1}: {piece.code}\n")
    return wrong


def numbers_that_count(text):
    """(start, end) of every number in what a doctest prints and after the last == of a claim."""
    places = []
    for piece in read(text):
        if piece.kind == "doctest":
            test = doctest.DocTestParser().get_doctest(piece.code, {}, "page", "page", 0)
            lines = piece.code.splitlines(keepends=True)
            for example in test.examples:
                first = example.lineno + example.source.count("\n")
                start = piece.start + sum(map(len, lines[:first]))
                n_lines = example.want.count("\n")
                shown = "".join(lines[first : first + n_lines])
                places += [(start + m.start(), start + m.end()) for m in NUMBER.finditer(shown)]
        elif piece.kind == "claim" and " == " in piece.code:
            at = piece.code.rindex(" == ") + len(" == ")
            places += [(piece.start + m.start(), piece.start + m.end()) for m in NUMBER.finditer(piece.code, at)]
    return places


def change(text, place):
    """The text with another last digit in the number at this place."""
    start, end = place
    at = max(i for i in range(start, end) if text[i].isdigit())
    return text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :]


def unchecked_numbers(text):
    """Every number of a page that nothing computes, with its line."""
    computed = "".join(found[2] for found in FENCE.finditer(text) if found[1] == "python")
    prose, found = blank(FENCE, text), []
    for span in INLINE.finditer(prose):
        if re.search(r"\d", span[1]) and not COMPARISON.search(span[1]) and span[1] not in computed:
            found.append((span.start(), span[0]))
    prose = blank(INLINE, prose)
    displays = [fence for fence in FENCE.finditer(text) if fence[1] == "math"]
    for formula in [*MATH.finditer(prose), *displays]:  # its numbers are its own; a result would follow an equals sign
        if RESULT.search(re.sub(r"[_^]\{[^{}]*\}", "", formula[0])):
            found.append((formula.start(), formula[0]))
    prose = blank(re.compile(r"\]\([^)]*\)|<[^>]*>"), blank(MATH, prose))
    found += [(number.start(), number[0]) for number in re.finditer(r"\S*\d\S*", blank(NAMES, prose))]
    return [f"line {text.count(chr(10), 0, start) + 1}: {what}" for start, what in found]


def by_page(pages):
    return [pytest.param(page, id=str(page.relative_to(ROOT))) for page in pages]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of its own that holds the examples, as the working directory; with what a page imports of others."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    for name, module in stand_ins.missing().items():
        monkeypatch.setitem(sys.modules, name, module)


@pytest.mark.parametrize("page", by_page(PAGES))
def test_every_block_and_claim_of_a_page_is_true(page, folder):
    """Doctests show what comes out, plain blocks run, claims hold."""
    assert failures(page.read_text(), page.name) == []


def test_the_examples_for_other_packages_log_every_epoch(folder, monkeypatch):
    """MLflow and TensorBoard get the losses of the history, epoch by epoch, and the writer is closed at the end.

    Stand-ins note the calls; they are as strict as the packages about names and order (tests/stand_ins.py).
    """
    modules = {name: make() for name, make in stand_ins.STAND_INS.items()}
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    page = (DOCS / "guides" / "validation.md").read_text()
    start = page.index("```python")
    code = [found[2] for found in FENCE.finditer(page) if found[1] == "python" and ">>> " not in found[2]]
    names = {}
    setup = doctest.DocTestParser().get_examples(page[start : page.index("```", start + 3)])
    exec("".join(example.source for example in setup), names)
    for block in code:
        exec(block, names)

    model = names["FeedForwardClassifier"](**names["settings"]).fit(names["X"], names["y"])
    training, validation = model.history_["training_loss"].tolist(), model.history_["validation_loss"].tolist()
    epochs = range(1, model.n_iter_ + 1)
    assert modules["mlflow"].logged == [
        (e, {"training_loss": t, "validation_loss": v}) for e, t, v in zip(epochs, training, validation, strict=True)
    ]
    board = modules["tensorboardX"]
    assert [entry for entry in board.logged if entry[0] == "loss/training"] == [
        ("loss/training", t, e) for e, t in zip(epochs, training, strict=True)
    ]
    assert {entry[0] for entry in board.logged} == {
        "loss/training", "loss/validation", "gradient norm/layer 1", "gradient norm/layer 2",
    }  # fmt: skip
    assert board.closed == ["runs/one"]


@pytest.mark.parametrize("page", by_page(PAGES))
def test_commands_run(page, folder, capsys):
    """The commands of a page's console blocks end well, each block in the state that the one before left."""
    for found in FENCE.finditer(page.read_text()):
        for line in found[2].splitlines() if found[1] == "console" else ():
            if line.startswith("$ "):
                program, *arguments = shlex.split(line[2:])
                assert program == "pellucid"
                assert run(arguments) == 0, capsys.readouterr().err


@pytest.mark.parametrize("page", by_page(PAGES))
def test_every_link_inside_the_project_leads_somewhere(page):
    """Pages, pictures and source files that are linked to exist."""
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)|(?:src|srcset)=\"([^\"]+)\"", blank(FENCE, page.read_text()))
    local = [target for pair in targets for target in pair if target and "://" not in target]

    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", by_page(CHAPTERS))
def test_a_chapter_stands_beside_its_code(page):
    """Every chapter has a checked block, and no number that is not computed when it runs."""
    text = page.read_text()

    assert any(piece.kind == "doctest" for piece in read(text))
    assert unchecked_numbers(text) == []


def test_every_chapter_follows_the_same_network():
    """The folded block that makes it is the same everywhere."""
    made = [re.search(rf"{EXAMPLE}</summary>\n\n```python\n(.*?)```", page.read_text(), re.S) for page in CHAPTERS]

    assert len({found[1] for found in made if found}) == 1
    assert sum(found is not None for found in made) == len(CHAPTERS)


def test_the_index_names_every_chapter_in_its_order():
    linked = re.findall(r"\]\((chapters/[^)]+)\)", (DOCS / "README.md").read_text())

    assert linked == [f"chapters/{page.name}" for page in CHAPTERS]


@pytest.mark.parametrize("page", by_page(CHAPTERS))
def test_a_changed_number_is_noticed(page, folder, rng):
    """Of the numbers of a chapter that are shown or claimed, a few are changed in turn: the page must fail."""
    text = page.read_text()
    places = numbers_that_count(text)
    chosen = rng.choice(len(places), min(2, len(places)), replace=False)

    assert [text[slice(*places[i])] for i in chosen if not failures(change(text, places[i]))] == []


@pytest.mark.verify
@pytest.mark.parametrize("page", by_page(CHAPTERS))
def test_every_changed_number_is_noticed(page, folder):
    """The same for every number of every chapter."""
    text = page.read_text()

    unnoticed = [place for place in numbers_that_count(text) if not failures(change(text, place))]

    assert [f"line {text.count(chr(10), 0, start) + 1}: {text[start:end]}" for start, end in unnoticed] == []


def test_what_counts_as_unchecked():
    """A number in the prose, in code that no block shows, or as the result of a formula."""
    page = "```python\n>>> 1 + 2\n3\n```\nFrom $2 h^{(1)}$: `1 + 2`, `1 + 2 == 3`, 4-3-3-2, [x](01.md). "

    assert unchecked_numbers(page) == []
    assert unchecked_numbers(page + "It is 3.") == ["line 5: 3."]
    assert unchecked_numbers(page + "It is `7`.") == ["line 5: `7`"]
    assert unchecked_numbers(page + "It is $h = 3$.") == ["line 5: $h = 3$"]
    assert failures(page) == []
    assert failures(page.replace("== 3", "== 4")) == ["page, line 5: 1 + 2 == 4\n"]
    assert [page[slice(*place)] for place in numbers_that_count(page)] == ["3", "3"]


def test_the_pictures_are_what_their_script_makes():
    """The committed pictures are the ones that docs/pictures/make_pictures.py makes now."""
    spec = importlib.util.spec_from_file_location("make_pictures", DOCS / "pictures" / "make_pictures.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)

    for name, svg in script.pictures().items():
        assert (DOCS / "pictures" / name).read_text(encoding="utf-8") == svg, f"run {spec.origin}"


def modules():
    """Every module of the package."""
    return [module.name for module in pkgutil.walk_packages(pellucid.__path__, "pellucid.")]


@pytest.mark.parametrize("name", modules())
def test_examples_in_docstrings_are_true(name):
    runner = doctest.DocTestRunner(Checker(), verbose=False)
    for example in doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(name), name):
        runner.run(example)

    assert runner.failures == 0
