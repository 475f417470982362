"""`pellucid.report`: one page for every task and kind of table, with true numbers, live links and no surprises."""

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn import metrics
from sklearn.linear_model import LogisticRegression

import pellucid
from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.errors import DataError, ParameterError

QUICK = {"engine": "reference", "random_state": 0, "max_iter": 6}


@pytest.fixture(autouse=True, scope="module")
def without_jax():
    """It takes longer than all else of a page, and whether the ways agree is tested elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pellucid.glassbox.check.has_jax", lambda: False)
        yield


class Reader(HTMLParser):
    """The headings, links, identifiers and texts of a page; every element is closed in its place."""

    VOID = ("meta", "br", "link", "img", "use", "path")

    def __init__(self, page):
        super().__init__()
        self.open, self.headings, self.links, self.identifiers, self.texts, self.tags = [], [], [], [], [], []
        self.tables_without_caption = 0
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append(tag)
        if tag == "a":
            self.links.append(attributes["href"])
        if "id" in attributes:
            self.identifiers.append(attributes["id"])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if self.open and self.open[-1] == "table" and tag != "caption":
            self.tables_without_caption += self.tags[-2] == "table"
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


def table(rng, n=120):
    frame = pd.DataFrame({"a": rng.normal(size=n), "b": rng.uniform(0, 9, n).round(1)})
    frame["town"] = rng.choice(["Bern", "Rome", "Oslo"], n)
    frame.loc[::11, "b"] = np.nan
    return frame, (frame["a"] + (frame["town"] == "Rome") + 0.2 * rng.normal(size=n)).rename("price")


def write(model, X, y, folder, **others):
    path = pellucid.report(model, X, y, folder / "report.html", **others)
    return Reader(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def regression(tmp_path_factory):
    """A model of two targets with the page of its last 40 rows, beside the rows of training."""
    rng = np.random.default_rng(1)
    X, price = table(rng)
    y = pd.DataFrame({"price": price, "size": rng.normal(size=len(X))})
    model = FeedForwardRegressor((5,), alpha=0.5, **QUICK).fit(X[:80], y[:80])
    folder = tmp_path_factory.mktemp("regression")
    return model, X[80:], y[80:], folder, write(model, X[80:], y[80:], folder, X_train=X[:80], y_train=y[:80])


def test_a_page_is_whole_closed_and_in_order(regression):
    """Headings go down by one, every table has a caption, identifiers are unique, and links lead somewhere."""
    *_, folder, page = regression

    assert page.headings[0] == 1
    assert all(below <= above + 1 for above, below in zip(page.headings, page.headings[1:], strict=False))
    assert page.tables_without_caption == 0
    assert len(page.identifiers) == len(set(page.identifiers))
    assert all(link[1:] in page.identifiers for link in page.links if link.startswith("#"))
    files = [link for link in page.links if not link.startswith("#")]
    assert len(files) == 5
    assert all((folder / link).read_text().startswith("<!DOCTYPE html>") for link in files)
    assert {path.name for path in folder.iterdir()} == {"report.html", "report_rows"}
    assert not {"script", "img", "iframe", "link"} & set(page.tags)
    assert "This page contains rows of the data" in page.text


def test_the_numbers_of_the_page_are_those_of_scikit_learn(regression):
    model, X, y, _, page = regression
    y_hat = model.predict(X)
    error = np.sqrt(metrics.mean_squared_error(y["price"], y_hat[:, 0]))

    assert f"The root mean squared error of price is {error:.4g} (95% interval" in page.text
    assert f"R² is {metrics.r2_score(y['price'], y_hat[:, 0]):.4g} (95% interval" in page.text
    assert "of a linear model (" in page.text
    worst = np.sqrt(np.mean(((y - y_hat) / y.std(ddof=0)) ** 2, axis=1)).to_numpy().argmax()
    assert f"report_rows/row-{worst}.html" in page.links
    trace = (regression[3] / "report_rows" / f"row-{worst}.html").read_text()
    assert f"{X['a'].iloc[worst]:.4g}" in trace


def test_settings_that_differ_are_marked_and_the_way_to_make_it_again_is_there(regression):
    *_, page = regression

    assert "alpha 0.5 0.0" in page.text
    assert "pellucid.FeedForwardRegressor(" in page.text
    assert f"pellucid {pellucid.__version__}" in page.text
    assert "Passed: " in page.text
    assert "matrix form" in page.text


def test_the_same_seed_gives_the_same_bytes(regression, tmp_path):
    model, X, y, *_ = regression
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        pellucid.report(model, X, y, tmp_path / name / "report.html")

    assert (tmp_path / "one" / "report.html").read_bytes() == (tmp_path / "two" / "report.html").read_bytes()


def test_a_loaded_model_without_training_rows_says_what_is_missing(regression, tmp_path):
    model, X, y, *_ = regression
    model.save(tmp_path / "m.safetensors")

    page = write(pellucid.load(tmp_path / "m.safetensors"), pl.from_pandas(X.reset_index(drop=True)), y, tmp_path)

    assert "a model that was loaded from a file has no history" in page.text
    assert "No training rows were given" in page.text
    assert "always predicting the mean of these very rows" in page.text


HOSTILE = ("<script>alert(1)</script>", "a\u2028b", "\u202ekcab", "x" * 300, "&amp;<b>")


def test_hostile_names_are_text_in_a_page_of_classes(tmp_path, rng):
    """Columns, levels and classes; in the page and in the traces beside it."""
    X = pa.table({name: rng.choice(HOSTILE, 90) if j % 2 else rng.normal(size=90) for j, name in enumerate(HOSTILE)})
    k = np.array(HOSTILE)[rng.integers(0, 5, 90)]
    model = FeedForwardClassifier((4,), **QUICK).fit(X, k)

    page = write(model, X, k, tmp_path, title=HOSTILE[0])

    assert "script" not in page.tags
    assert HOSTILE[0] in page.text
    raw = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<script" not in raw
    assert "<b>By permutation" in raw
    assert raw.count("<b>") == 2
    for trace in (tmp_path / "report_rows").iterdir():
        assert "<script>alert" not in trace.read_text(encoding="utf-8")
    for section in ("ROC curve", "Precision and recall", "Calibration", "What is taken for what", "Importance"):
        assert section in page.text


def test_labels_weights_and_groups_have_their_page(tmp_path, rng):
    X = rng.normal(size=(100, 3))
    y = (X @ rng.normal(size=(3, 2)) > 0).astype(int)
    model = FeedForwardClassifier((4,), **QUICK).fit(X[:60], y[:60])
    weights = rng.integers(0, 3, 40).astype(float)

    page = write(model, X[60:], y[60:], tmp_path, sample_weight=weights, groups=np.arange(40) // 4)

    right = model.predict(X[60:]) == y[60:]
    share = np.average(right.all(axis=1), weights=weights)
    assert f"all labels are right in {100 * share:.3g}% (95% interval" in page.text
    assert "by whole groups" in page.text
    assert "Rows count by their weights." in page.text
    assert "label weight precision" in page.text
    assert f"judged on {np.sum(weights > 0)} rows" in page.text


def test_quantiles_have_their_coverage(tmp_path, rng):
    X, y = rng.normal(size=(120, 1)), rng.normal(size=120)
    model = FeedForwardRegressor((4,), loss=pellucid.Quantile(0.1, 0.5, 0.9), **QUICK).fit(X[:60], y[:60])

    page = write(model, X[60:], y[60:], tmp_path)

    below = np.mean(y[60:, None] <= model.predict(X[60:]), axis=0)
    assert "How often the truth lies below each quantile" in page.text
    assert f"10% {100 * below[0]:.3g}%" in page.text
    assert f"90% {100 * below[2]:.3g}%" in page.text
    inside = np.mean((model.predict(X[60:])[:, 0] <= y[60:]) & (y[60:] <= model.predict(X[60:])[:, 2]))
    assert f"Between its quantiles 0.1 and 0.9 lie {100 * inside:.3g}%" in page.text
    assert "of the true values, where 80% should." in page.text
    pinball = np.mean([metrics.mean_pinball_loss(y[60:], y_q, alpha=q) for q, y_q in
                       zip((0.1, 0.5, 0.9), model.predict(X[60:]).T, strict=True)])  # fmt: skip
    assert f"The mean pinball loss, by which it was trained, is {pinball:.4g}" in page.text
    assert "that of always predicting the quantiles of these very rows" in page.text


def test_a_model_that_is_worse_by_its_own_loss_is_called_worse(tmp_path, rng):
    """The constant that it is compared with is the median, which is not the mean here."""
    X, y = rng.normal(size=(200, 2)), rng.exponential(size=200) ** 3
    model = FeedForwardRegressor((), loss="absolute", **QUICK).fit(X[:100], y[:100])
    model.network_.c[0][:] += 30

    page = write(model, X[100:], y[100:], tmp_path, X_train=X[:100], y_train=y[:100])

    error, other = (np.mean(np.abs(y[100:] - told)) for told in (model.predict(X[100:]), np.median(y[:100])))
    said = f"By MAE it is worse than always predicting the median: {error:.4g} against {other:.4g}."
    assert said in page.text
    assert "MAE against the median" in page.text
    assert "not clearly better" not in page.text


def test_a_model_with_class_weights_is_judged_by_what_they_are_for(tmp_path, rng):
    """Beside baselines with the same weights; a page says that its probabilities are shifted."""
    X = rng.normal(size=(400, 2))
    k = np.where(X[:, 0] + rng.normal(size=400) > 1.8, "ill", "well")
    model = FeedForwardClassifier((), class_weight="balanced", **QUICK | {"max_iter": 40}).fit(X[:200], k[:200])

    page = write(model, X[200:], k[200:], tmp_path, X_train=X[:200], y_train=k[:200])

    weights = dict(zip(model.classes_, model.targets_.class_weights[0], strict=True))
    logistic = LogisticRegression(class_weight=weights).fit(model.encode(X[:200]), k[:200])
    theirs = metrics.balanced_accuracy_score(k[200:], logistic.predict(model.encode(X[200:])))
    assert weights["ill"] > 3 * weights["well"]
    assert "Compared with the baselines" in page.text
    assert f"linear model ({100 * theirs:.3g}%" in page.text
    own = metrics.balanced_accuracy_score(k[200:], model.predict(X[200:]))
    assert f"and with all classes counting alike in {100 * own:.3g}%" in page.text
    assert "than that of always giving the frequencies of the weighted classes (50%" in page.text
    assert "they shift its probabilities" in page.text
    assert "By log loss" not in page.text


def test_counts_with_exposure_and_missing_targets_have_their_page(tmp_path, rng):
    X, e = rng.normal(size=(90, 2)), rng.uniform(1, 5, 90)
    y = rng.poisson(e * np.exp(0.3 * X[:, 0])).astype(float)
    model = FeedForwardRegressor((), loss="poisson", **QUICK).fit(X, y, exposure=e)
    y[:10] = np.nan

    page = write(model, X, y, tmp_path, exposure=e)

    deviance = metrics.mean_poisson_deviance(y[10:], model.predict(X[10:], e[10:]))
    assert f"Poisson deviance {deviance:.4g}" in page.text
    assert f"The Poisson deviance, by which it was trained, is {deviance:.4g}" in page.text
    assert "that of always predicting the mean rate times the exposure of these very rows" in page.text
    assert "10 rows without a target" in page.text
    worst = 10 + np.abs(y[10:] - model.predict(X[10:], e[10:])).argmax()
    predicted = float(f"{model.predict(X, e)[worst]:.5g}")
    assert "row trace error y predicted exposure" in page.text
    assert f"{y[worst]:.0f} {predicted:g} {e[worst]:.6g} " in page.text
    assert "report_rows/row-" in " ".join(page.links)
    assert all(int(re.findall(r"\d+", link)[0]) >= 10 for link in page.links if "row-" in link)


def test_a_feature_with_the_name_of_the_target_is_a_column_of_its_own(tmp_path, rng):
    """Of the values 100 and more; the target is of 3 and less."""
    X = pd.DataFrame({"y": rng.uniform(100, 200, 60), "b": rng.normal(size=60)})
    y = np.clip(rng.normal(size=60), -3, 3)
    model = FeedForwardRegressor((3,), **QUICK).fit(X, y)

    page = write(model, X, y, tmp_path, random_state=1)

    low, middle, high = (float(f"{value:.3g}") for value in (y.min(), np.median(y), y.max()))
    found = re.search(r"y \(target\) target .*? (\S+) to (\S+), median (\S+)", page.text)
    assert [float(number) for number in found.groups()] == pytest.approx([low, high, middle], rel=0.02)
    found = re.search(r" y feature .*? (\S+) to (\S+), median", page.text)
    assert [float(number) for number in found.groups()] == pytest.approx([X["y"].min(), X["y"].max()], rel=0.02)
    assert "random_state=1)" in page.text


def test_one_row_has_its_page(tmp_path, rng):
    """Without a warning of scikit-learn's, which pytest makes an error."""
    X, y = rng.normal(size=(60, 2)), rng.normal(size=60)
    model = FeedForwardRegressor((3,), **QUICK).fit(X, y)

    page = write(model, X, y, tmp_path, sample_weight=(np.arange(60) == 7).astype(float))

    assert f"The root mean squared error is {abs(model.predict(X[7:8])[0] - y[7]):.4g}" in page.text
    assert "59 rows without a target or of weight 0" in page.text


def test_what_cannot_be_reported_on_is_refused_before_anything_is_written(regression, tmp_path):
    model, X, y, *_ = regression
    path = tmp_path / "r.html"
    with pytest.raises(ParameterError, match=r"The `path` parameter of report must be a path that ends in \.html\."):
        pellucid.report(model, X, y, tmp_path / "r.pdf")
    with pytest.raises(ParameterError, match="report needs X_train and y_train together"):
        pellucid.report(model, X, y, path, X_train=X)
    with pytest.raises(DataError, match="No row has a value of every target"):
        pellucid.report(model, X, y * np.nan, path)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        pellucid.report(model, X, y[1:], path)

    assert list(tmp_path.iterdir()) == []


def test_an_old_page_stays_where_a_new_one_cannot_be_made(regression, tmp_path):
    """A file stands where the folder of the traces should be: nothing of the old page is lost."""
    model, X, y, *_ = regression
    (tmp_path / "r.html").write_text("old")
    (tmp_path / "r_rows").write_text("a file")

    with pytest.raises(OSError, match="File exists"):
        pellucid.report(model, X, y, tmp_path / "r.html")

    assert (tmp_path / "r.html").read_text() == "old"
