"""Tiny networks in float64, whose fits take milliseconds and are the same every time."""

from pellucid import FeedForwardClassifier, FeedForwardRegressor

SETTINGS = {
    "engine": "reference",
    "dtype": "float64",
    "early_stopping": False,
    "max_iter": 6,
    "learning_rate_init": 0.02,
    "random_state": 0,
}


def regressor(hidden_layer_sizes=(4,), **settings):
    return FeedForwardRegressor(hidden_layer_sizes, **SETTINGS | settings)


def classifier(hidden_layer_sizes=(4,), **settings):
    return FeedForwardClassifier(hidden_layer_sizes, **SETTINGS | settings)
