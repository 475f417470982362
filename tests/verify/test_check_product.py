"""The whole product: check_gradients passes for every loss, activation, depth, outputs, weights and penalty."""

import pytest

import cases
import pellucid
from pellucid.glassbox import check
from pellucid.mathematics.activations import HIDDEN


@pytest.mark.verify
@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("head", cases.PLAIN_HEADS, ids=str)
def test_every_way_agrees_over_the_whole_product(head, hidden, rng, record_error, monkeypatch):
    """Every depth x outputs x weights x penalty. JAX is asked only where differences cannot tell: it is slow here."""
    has_jax = check.has_jax
    monkeypatch.setattr(check, "has_jax", lambda: False)
    fixed = {"missing": "some", "reduction": "mean", "target_weights": True}
    for case in cases.whole_product(head=head, hidden=hidden, **fixed):
        problem = cases.make_problem(rng, case)
        report = pellucid.check_gradients(problem.network, **problem.arguments, engine="compiled", most_entries=2)
        if report.unverified and not report.failures:  # a sample at kinks, or an array far below the rounding of J
            with monkeypatch.context() as asked:
                asked.setattr(check, "has_jax", has_jax)
                report = pellucid.check_gradients(problem.network, **problem.arguments, engine="compiled")

        assert report.passed, f"{case}\n{report}"
        exact = max(c.error for c in report.comparisons if c.way != "differences")
        record_error("glass box: whole product of check_gradients, exact ways", exact, 1e-10, case)
