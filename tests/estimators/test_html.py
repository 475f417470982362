"""What a notebook shows of an estimator."""

from email.message import Message
from importlib import metadata

import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pellucid import FeedForwardClassifier, FeedForwardRegressor
from pellucid.estimators.documentation_link import documentation_address


@pytest.fixture
def project(monkeypatch):
    """Lets the installed package name these addresses."""

    def name(*entries):
        found = Message()
        for entry in entries:
            found["Project-URL"] = entry
        monkeypatch.setattr(metadata, "metadata", lambda package: found)
        documentation_address.cache_clear()

    yield name
    documentation_address.cache_clear()


@pytest.mark.parametrize("cls", [FeedForwardRegressor, FeedForwardClassifier])
def test_the_picture_names_the_estimator_and_its_arguments(cls):
    html = make_pipeline(StandardScaler(), cls((4,), alpha=0.125))._repr_html_()

    assert cls.__name__ in html
    assert "0.125" in html


def test_the_link_leads_where_the_package_says(project):
    project("Homepage, https://home.test", "documentation, https://docs.test/{latest}")

    assert 'href="https://docs.test/{latest}"' in FeedForwardRegressor()._repr_html_()
    assert "https://home.test" not in FeedForwardRegressor()._repr_html_()


@pytest.mark.parametrize("entries", [(), ("Homepage, https://home.test",)])
def test_without_an_address_there_is_no_link(entries, project):
    """In place of one to the documentation of scikit-learn, where these estimators are not."""
    project(*entries)

    assert FeedForwardRegressor()._get_doc_link() == ""
    assert "href=" not in FeedForwardRegressor()._repr_html_()


def test_a_package_that_is_not_installed_has_no_address(project, monkeypatch):
    def not_found(package):
        raise metadata.PackageNotFoundError(package)

    project()
    monkeypatch.setattr(metadata, "metadata", not_found)

    assert documentation_address() == ""
