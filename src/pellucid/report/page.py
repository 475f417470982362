"""`pellucid.report`: how good a fitted model is, against what, where it is worst, and whether to trust it; one page."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pellucid.errors import DataWarning, ParameterError, wrong_parameter
from pellucid.files import atomic
from pellucid.glassbox.diagrams.neurons import neuron_diagram
from pellucid.glassbox.page.assembly import colours
from pellucid.report.about import About
from pellucid.report.again import in_python
from pellucid.report.baselines import baselines_in_words
from pellucid.report.classification_section import describe_classification
from pellucid.report.columns_section import describe_columns_used
from pellucid.report.comparison_words import gain_in_words
from pellucid.report.data_section import describe_data
from pellucid.report.figures.training import learning_curves
from pellucid.report.metrics import Answer, ask, question_of
from pellucid.report.mistakes_section import describe_mistakes
from pellucid.report.quality import MODEL, baselines_of, measure_quality
from pellucid.report.regression_section import describe_regression
from pellucid.report.rows import Rows, as_model_takes, as_table, read_rows
from pellucid.report.settings import settings_of, versions
from pellucid.report.summary import summarise
from pellucid.report.wording import as_text, counted, percent, plain

TEMPLATES = Path(__file__).parent / "templates"
ROWS_CHECKED, ENTRIES_CHECKED = 32, 200  # by check_gradients: some 50 rows tell as much as all
MOST_DRAWN = 6  # neurons of a layer in the diagram


class Report(NamedTuple):
    """A page, and the pages of traces that it links to, by the names of their files in `folder`."""

    page: str
    folder: str
    traces: dict[str, str]

    def write(self, path: Path) -> None:
        """First the traces, so that every link of the page leads somewhere; each file whole or not at all."""
        beside = path.parent / self.folder
        if self.traces:
            beside.mkdir(exist_ok=True)
        for name, page in self.traces.items():
            atomic.write_bytes(beside / name, [page.encode()])
        atomic.write_bytes(path, [self.page.encode()])


def report(
    model: Any,
    X: Any,
    y: Any,
    path: Any,
    *,
    X_train: Any = None,
    y_train: Any = None,
    sample_weight: Any = None,
    sample_weight_train: Any = None,
    exposure: Any = None,
    exposure_train: Any = None,
    groups: Any = None,
    title: str = "",
    random_state: int = 0,
) -> Path:
    """Write one page from which a stranger can tell how good a model is, and whether to trust it.

    It holds the data in small, the network, its learning curves, every metric with an interval by the bootstrap and
    beside baselines, the charts of the task, what the model makes of each column, its largest mistakes, the settings
    and the check of its gradient. **The page contains rows of the data.** It asks the network for nothing.

    Parameters
    ----------
    model : a fitted FeedForwardRegressor or FeedForwardClassifier
    X, y : as for fit
        Rows that the model was not trained on. Those without a value of every target, and those of weight 0, are left
        out.
    path : str or path-like
        Of the page, ending in .html. The traces of the five worst rows are written into a folder beside it: for
        report.html into report_rows.
    X_train, y_train, sample_weight_train, exposure_train : as for fit, optional
        What the model learnt from: the baselines are then the mean (or the majority) and a linear model of these rows.
        Without them it is the mean of the very rows of X.
    sample_weight : array of shape (N,), optional
        What each row counts in every metric; not in charts of single rows.
    exposure : array of shape (N,), optional
        For a model that was fitted with exposure.
    groups : array of shape (N,), optional
        Rows with the same label belong together: the bootstrap draws whole groups.
    title : str
        The heading of the page.
    random_state : int
        Of resamples, permutations and samples: with the same one the page is the same.

    Returns
    -------
    Path
        Of the page.

    Raises
    ------
    ParameterError, DataError
        For arguments and rows that cannot be used.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from pellucid import FeedForwardRegressor
    >>> X = np.linspace(-1, 1, 300)[:, None]
    >>> model = FeedForwardRegressor((8,), random_state=0, max_iter=30).fit(X[::2], np.abs(X[::2, 0]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = report(model, X[1::2], np.abs(X[1::2, 0]), f"{folder}/report.html").read_text(encoding="utf-8")
    >>> "The root mean squared error is" in page
    True
    """
    target = Path(path)
    if target.suffix.lower() not in (".html", ".htm"):
        raise wrong_parameter("path", "report", "a path that ends in .html", str(path))
    if (X_train is None) != (y_train is None):
        raise ParameterError("report needs X_train and y_train together, or neither. Give the other too.")
    rows, n_left_out = read_rows(model, X, y, sample_weight, exposure, groups)
    training = None
    if X_train is not None:
        training, _ = read_rows(model, X_train, y_train, sample_weight_train, exposure_train, name="y_train")
    question = question_of(model)
    targets = {name: rows.y.reshape(rows.n, -1)[:, d] for d, name in enumerate(question.targets)}
    table = as_table(model, X) if n_left_out == 0 else rows.table
    roles = {}
    for name, values in targets.items():
        while name in table.column_names:  # a feature may have the name of the target
            name += " (target)"
        table, roles[name] = table.append_column(name, [values]), "target"
    facts = [("Rows", f"{rows.n:,}")]
    if n_left_out:
        facts.append(("Left out", f"{counted(n_left_out, 'row')} without a target or of weight 0"))
    if training is not None:
        facts.append(("Training", f"{counted(training.n, 'row')}, for the baselines"))
    about = About(
        title=title or f"Report of a {type(model).__name__}",
        source="",
        table=table,
        described=f"the {counted(rows.n, 'row')} that the model is judged on",
        roles=roles,
        facts=facts,
        held_out="They are taken to be rows that it was not trained on; only who gave them knows.",
        command=in_python(model, rows, training, title, random_state),
    )
    baselines = baselines_of(model, question, rows, training)
    make_report(model, rows, baselines, about, target.stem, random_state, training is None).write(target)
    return target


def make_report(
    model: Any,
    rows: Rows,
    baselines: Mapping[str, Answer],
    about: About,
    stem: str,
    random_state: int = 0,
    without_training: bool = False,
) -> Report:
    """The page of a model's rows and of what is known about them; `stem` names the folder of the traces."""
    question = question_of(model)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", DataWarning)
        answer = ask(model, as_model_takes(model, rows.table), rows.exposure)
    said = [str(warning.message) for warning in told if issubclass(warning.category, DataWarning)]
    about = about._replace(warnings=list(dict.fromkeys([*about.warnings, *said])))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # said above, once
        quality = measure_quality(question, rows, answer, baselines, random_state, without_training)
        used = describe_columns_used(model, question, rows, random_state)
        ranked = [importance.column for importance in used.importances]
        mistakes = describe_mistakes(model, question, rows, answer, ranked, about.source, random_state)
        sample = rows.sample(ROWS_CHECKED, random_state)
        check = model.check_gradients(
            as_model_takes(model, sample.table), sample.y, sample.weights, exposure=sample.exposure,
            most_entries=ENTRIES_CHECKED, random_state=random_state,
        )  # fmt: skip
        if question.kind == "regression":
            section = describe_regression(question, rows, answer, random_state)
        else:
            section = describe_classification(question, rows, answer)
        data = describe_data(about, random_state)
    folder = f"{stem}_rows"
    page = environment().get_template("report.html").render(
        about=about,
        question=question,
        rows=rows,
        summary=summarise(model, question, rows, about, quality, section, mistakes, check),
        data=data,
        model=model,
        network=model.network_,
        diagram=Markup(draw_network(model)),
        curves=learning_curves(model.history_, model.best_epoch_) if hasattr(model, "history_") else [],
        quality=quality,
        baselines=baselines_in_words(question, rows.exposure is not None),
        this=MODEL,
        section=section,
        used=used,
        mistakes=mistakes,
        links={name: f"{quote(folder)}/{name}" for name in mistakes.pages},
        folder=folder,
        check=check,
        settings=settings_of(model),
        versions=versions(),
        random_state=random_state,
        style=Markup(colours() + (TEMPLATES / "report.css").read_text(encoding="utf-8")),
    )  # fmt: skip
    return Report(page, folder, mistakes.pages)


def draw_network(model: Any) -> str:
    """The neurons, with the names of features and outputs; those of one name too long are cut."""
    outputs = list(model.targets_.output_names)
    n_outputs = model.network_.sizes[-1]
    if len(outputs) == 2 and n_outputs == 1:
        outputs = outputs[1:]
    return neuron_diagram(
        model.network_,
        feature_names=[plain(name) for name in model.encoder_.feature_names],
        output_names=[plain(name) for name in outputs] if len(outputs) == n_outputs else None,
        most=MOST_DRAWN,
    )


@cache
def environment() -> Environment:
    """Templates in which every text is escaped that is not Markup."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"number": lambda value: as_text(float(value)), "percent": percent, "counted": counted}
    made.filters |= {"gain": gain_in_words}
    return made
