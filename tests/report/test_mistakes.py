"""Errors of rows, the worst of them, groups, calibration and the tables of classes, each against another way."""

import numpy as np
import pyarrow as pa
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import precision_recall_fscore_support, roc_auc_score

from pellucid.report.classification_section import confusion, describe_classification
from pellucid.report.column_values import bin_numbers
from pellucid.report.figures.classification import OneAgainstRest, measure_calibration
from pellucid.report.metrics import Answer, Question
from pellucid.report.mistakes import largest_mistakes, row_errors, worst_groups
from pellucid.report.rows import Rows


def test_the_error_of_a_row_is_what_it_adds_to_the_metric():
    y, y_hat = np.array([1.0, 5.0]), np.array([2.0, 3.0])
    P = np.array([[0.25, 0.75], [0.5, 0.5]])
    labels = np.log(np.array([[[0.5, 0.5], [0.1, 0.9]]]))

    assert row_errors(Question("regression", ("y",)), y, Answer(y_hat)).tolist() == [1, 2]
    two = row_errors(Question("regression", ("p", "q")), np.array([[0.0, 0.0], [2.0, 20.0]]), Answer(np.zeros((2, 2))))
    assert two.tolist() == [0, pytest.approx(2)]  # the deviations of the targets are 1 and 10
    question = Question("classification", ("y",), np.array(["a", "b"]))
    found = row_errors(question, np.array(["a", "b"]), Answer(np.array(["b", "b"]), P, np.log(P)))
    assert found.tolist() == [pytest.approx(np.log(4)), pytest.approx(np.log(2))]
    multilabel = Question("multilabel", ("p", "q"))
    found = row_errors(multilabel, np.array([[1, 0]]), Answer(np.array([[1, 1]]), None, labels))
    assert found.tolist() == [pytest.approx(-np.log(0.5 * 0.1))]
    assert largest_mistakes(np.array([1.0, 3.0, 2.0, 3.0]), 3).tolist() == [1, 3, 2]


def test_the_group_with_the_largest_error_comes_first_with_its_interval(rng):
    """Rome has errors of 3 on average, all others of 1: its root mean square and its interval say so."""
    n = 400
    town = np.where(np.arange(n) % 4 == 0, "Rome", "Bern")
    errors = np.abs(rng.normal(0, np.where(town == "Rome", 3, 1)))
    rows = Rows(pa.table({"town": town, "size": rng.normal(size=n)}), np.zeros(n), np.arange(n))

    groups, overall = worst_groups(Question("regression", ("y",)), rows, errors, ["town", "size"], 0)

    assert (groups[0].column, groups[0].values, groups[0].n) == ("town", "Rome", 100)
    assert groups[0].error == pytest.approx(np.sqrt(np.mean(errors[town == "Rome"] ** 2)))
    assert groups[0].interval.low < groups[0].error < groups[0].interval.high
    assert overall == pytest.approx(np.sqrt(np.mean(errors**2)))
    of_size = [group for group in groups if group.column == "size"]
    assert sum(group.n for group in of_size) == n
    assert len(of_size) == 4


def test_calibration_is_the_curve_of_scikit_learn_and_its_error_counts_rows(rng):
    p = rng.uniform(0, 1, 800)
    holds = rng.uniform(size=800) < p**2
    share, probability = calibration_curve(holds, p, n_bins=10)

    found = measure_calibration(OneAgainstRest("y", holds, p))

    np.testing.assert_allclose(found.share, share)
    np.testing.assert_allclose(found.probability, probability)
    weights = found.counts / 800
    assert found.error == pytest.approx(np.sum(weights * np.abs(share - probability)))
    assert found.error > 2 * found.chance


@pytest.mark.parametrize("spread", [0.0, 1.0])
def test_right_probabilities_are_off_by_what_chance_makes(spread, rng):
    """The mean over 200 draws of 2000 rows is the error that is foretold, to a tenth; with unequal weights too."""
    errors, foretold = [], []
    for _ in range(200):
        p, weights = rng.uniform(0, 1, 2000), np.exp(spread * rng.normal(size=2000))
        found = measure_calibration(OneAgainstRest("y", rng.uniform(size=2000) < p, p, weights))
        errors.append(found.error)
        foretold.append(found.chance)

    assert np.mean(errors) == pytest.approx(np.mean(foretold), rel=0.1)


def test_lines_of_classes_are_scikit_learns_and_the_confusion_counts_rows(rng):
    classes = np.array(["a", "b", "c"])
    P = rng.dirichlet(np.ones(3), 90)
    y, weights = classes[rng.integers(0, 3, 90)], rng.uniform(1, 2, 90)
    answer = Answer(classes[P.argmax(axis=1)], P, np.log(P))
    rows = Rows(pa.table({"x": np.zeros(90)}), y, np.arange(90), weights)

    section = describe_classification(Question("classification", ("y",), classes), rows, answer)

    precision, recall, f1, _ = precision_recall_fscore_support(y, answer.y_hat, labels=classes, sample_weight=weights)
    for k, line in enumerate(section.lines):
        assert (line.precision, line.recall, line.f1) == pytest.approx((precision[k], recall[k], f1[k]))
        assert line.roc_auc == pytest.approx(roc_auc_score(y == classes[k], P[:, k], sample_weight=weights))
    plain = confusion("y", classes, y, answer.y_hat, None)
    assert plain.counts[0][1] == str(int(np.sum((y == "a") & (answer.y_hat == "b"))))
    assert [sum(line) for line in plain.shares] == pytest.approx([1, 1, 1])


def test_bins_hold_every_finite_value_and_equally_many_whole_numbers(rng):
    for values in (rng.standard_cauchy(500), rng.integers(17, 91, 500).astype(float), np.full(20, 3.0)):
        edges, counts = bin_numbers(np.append(values, np.nan), 24)
        assert counts.sum() == len(values)
        assert len(edges) == len(counts) + 1
    edges, _ = bin_numbers(rng.integers(17, 91, 5000).astype(float), 24)
    assert (np.diff(edges) == np.diff(edges)[0]).all()
    assert np.diff(edges)[0] == round(np.diff(edges)[0])
