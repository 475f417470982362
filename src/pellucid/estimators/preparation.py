"""From what a user passes to fit to all that training starts from: rows chosen, split and encoded, weights drawn."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import check_consistent_length, check_random_state

from pellucid.engines.choice import engine_for
from pellucid.engines.loss_and_gradient import check_target_weights
from pellucid.engines.protocol import Engine
from pellucid.errors import DataError, DataWarning, ParameterError
from pellucid.estimators.constructor import Constructor
from pellucid.estimators.dropout_choice import make_dropout
from pellucid.estimators.exposure import read_exposure
from pellucid.estimators.inputs import read_columns, read_weights, relative_to_mean, relative_weights
from pellucid.estimators.own_loss import check_own_loss
from pellucid.estimators.parameters import check_parameters
from pellucid.estimators.target_values import EVERY_ROW
from pellucid.estimators.targets import cast_targets
from pellucid.mathematics.dropout import Dropout
from pellucid.mathematics.objective import Objective, Observations
from pellucid.mathematics.starting_weights import check_starting_weights
from pellucid.mathematics.structure import Network
from pellucid.tables.columns import Columns
from pellucid.tables.encoder import TableEncoder
from pellucid.tables.splitting import split_rows
from pellucid.training.run import Part

WEIGHTS_STREAM = 0  # the generator of starting weights is seeded by (seed, this); 1 is the order of rows


class Given(NamedTuple):
    """Rows as they were passed to fit, to train on or to validate on."""

    X: Any
    y: Any
    sample_weight: Any = None
    exposure: Any = None
    classes: Any = None  # that a classifier is to know, those that do not occur in these rows included

    def is_empty(self) -> bool:
        """Whether none of it was given."""
        return all(part is None for part in self)


class Rows(NamedTuple):
    """Rows of positive weight and with a target, split: places in X, and their weights, both of the same order."""

    training: np.ndarray
    held_out: np.ndarray
    weights: np.ndarray  # of all rows of X


class Problem(NamedTuple):
    """All that training starts from."""

    engine: Engine
    network: Network
    objective: Objective
    training: Part
    validation: Part | None
    dropout: Dropout | None
    seed: int


class Start(NamedTuple):
    """What training starts from, where that is not to be made anew."""

    seed: int | None = None
    network: Network | None = None  # of an estimator whose encodings have been learnt


ANEW = Start()


class Preparation(Constructor):
    """The steps of `fit` before the first epoch."""

    targets_: Any  # NumberTargets or ClassTargets, as the subclass says
    encoder_: TableEncoder
    scales_targets: bool

    def _prepare(
        self, given: Given, given_val: Given | None = None, start: Start = ANEW, *, may_hold_out: bool = True
    ) -> Problem:
        """Check everything, learn the encodings of columns and targets, and draw the starting weights.

        `start` says which of these are there already.
        """
        check_parameters(self)
        X, y, sample_weight, exposure, classes = given
        if y is None:
            raise ValueError(f"This {type(self).__name__} estimator requires y to be passed, but the target y is None.")
        columns = read_columns(self, X, reset=start.network is None, sample_weight=sample_weight)
        check_consistent_length(X, y)
        weights = read_weights(sample_weight, columns.n_rows)
        seed = self._draw_seed() if start.seed is None else start.seed

        validates = given_val is not None and not given_val.is_empty()
        if given_val is not None and validates and (exposure is None) != (given_val.exposure is None):
            raise ParameterError(
                f"The `exposure` and `exposure_val` parameters of {type(self).__name__}.fit must be given together: "
                "rates cannot be validated on counts."
            )
        hold_out = may_hold_out and self.early_stopping and not validates
        rows = self._split(y, weights, columns.n_rows, seed, hold_out=hold_out)
        if start.network is None:
            self._fit_targets(y, rows.training, rows.weights[rows.training], exposure, classes)
            self.encoder_ = TableEncoder.fit(
                columns,
                rows=None if len(rows.training) == columns.n_rows else rows.training,
                weights=None if sample_weight is None else rows.weights[rows.training],
                standardise=self.standardise in (True, "inputs"),
            )
        training, validation = self._observe(columns, given, rows, is_new=start.network is not None)
        if given_val is not None and validates:
            validation = self._observe_validation(given_val)
        network, objective = start.network or self._start_network(seed), self._objective()
        check_own_loss(network, objective, training.data, training.rows, seed)
        engine = engine_for(self.engine, network, objective.loss, type(self).__name__, stacklevel=4)
        return Problem(engine, network, objective, training, validation, make_dropout(self, seed), seed)

    def _draw_seed(self) -> int:
        return int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))

    def _split(self, y: Any, weights: np.ndarray | None, n_rows: int, seed: int, *, hold_out: bool) -> Rows:
        """Leave out rows of weight 0 and rows without any target, then hold some out for validation."""
        places = np.flatnonzero(self._has_target(y) & (weights is None or weights > 0))
        if len(places) == 0:
            raise DataError("No row has both a positive weight and a target: there is nothing to learn from.")
        w = relative_weights(weights, places, n_rows)
        if not hold_out:
            return Rows(places, places[:0], w)
        if len(places) < 2:
            raise DataError(
                "Early stopping holds out rows to validate on, which cannot be done with 1 sample. "
                "Give more rows, X_val and y_val, or early_stopping=False."
            )
        training, held_out = split_rows(len(places), self.validation_fraction, seed, stratify=self._strata(y, places))
        return Rows(places[training], places[held_out], w)

    def _observe(self, columns: Columns, given: Given, rows: Rows, *, is_new: bool = False) -> tuple[Part, Part | None]:
        """Encode all rows in use once; training and held-out rows are places in that one matrix.

        `is_new` says whether the encoder has not learnt from these rows, and may find in them what it does not know.
        """
        used = np.sort(np.concatenate([rows.training, rows.held_out]))
        everything = len(used) == columns.n_rows
        X, notes = self.encoder_.encode(columns, dtype=self.dtype, rows=None if everything else used)
        tell(notes.warnings() if is_new else [])
        exposure = self._exposure(given.exposure, columns.n_rows, rows=used)
        data = self._observations(X, given.y, used, rows.weights, exposure)
        training = Part(data, np.searchsorted(used, rows.training))
        held_out = Part(data, np.searchsorted(used, rows.held_out)) if len(rows.held_out) else None
        return training, held_out

    def _observe_validation(self, given: Given) -> Part:
        """Check and encode the rows that the user gave to validate on."""
        X, y, sample_weight, exposure, _ = given
        if X is None or y is None:
            raise ParameterError(
                f"The `X_val` and `y_val` parameters of {type(self).__name__}.fit must be given together, "
                "and `sample_weight_val` and `exposure_val` only with them."
            )
        columns = read_columns(self, X, reset=False, sample_weight=sample_weight)
        check_consistent_length(X, y)
        weights = read_weights(sample_weight, columns.n_rows)
        places = np.flatnonzero(self._has_target(y) & (weights is None or weights > 0))
        if len(places) == 0:
            raise DataError("No row of X_val has both a positive weight and a target: there is nothing to validate on.")
        encoded, notes = self.encoder_.encode(
            columns, dtype=self.dtype, rows=None if len(places) == columns.n_rows else places
        )
        tell([f"X_val: {line}" for line in notes.warnings()])
        w = relative_weights(weights, places, columns.n_rows)
        read = self._exposure(exposure, columns.n_rows, "exposure_val", places)
        return Part(self._observations(encoded, y, places, w, read), np.arange(len(places)))

    def _observations(
        self, X: np.ndarray, y: Any, places: np.ndarray, weights: np.ndarray, exposure: np.ndarray | None
    ) -> Observations:
        """Encoded rows with their targets and what each counts, in the network's dtype."""
        Y = self.targets_.encode(y, places, exposure)
        w = self.targets_.weigh(Y, weights[places], None if exposure is None else exposure[places])
        return Observations(X, cast_targets(Y, self.targets_, self.dtype), relative_to_mean(w).astype(self.dtype))

    def _exposure(self, exposure: Any, n_rows: int, name: str = "exposure", rows: Any = EVERY_ROW) -> np.ndarray | None:
        return read_exposure(exposure, n_rows, self.targets_.loss, type(self).__name__, name, rows)

    def _objective(self) -> Objective:
        n_targets = self.targets_.loss.n_targets(self.targets_.n_outputs)
        lambdas = check_target_weights(self.target_weights, n_targets, type(self).__name__)
        return Objective(self.targets_.loss, lambdas, float(self.alpha), float(self.l1))

    def _start_network(self, seed: int) -> Network:
        hidden = [int(size) for size in self.hidden_layer_sizes]
        named = self.activation
        activations = list(named) if isinstance(named, tuple | list) else [named] * len(hidden)
        sizes = [self.encoder_.n_features, *hidden, self.targets_.n_outputs]
        return Network.initialise(
            sizes,
            [*activations, self.targets_.output_activation],
            random_state=np.random.default_rng((seed, WEIGHTS_STREAM)),
            dtype=self.dtype,
            starting_weights=check_starting_weights(self.starting_weights, sizes, type(self).__name__),
        )

    def _fit_targets(self, y: Any, rows: np.ndarray, weights: np.ndarray, exposure: Any, classes: Any) -> None:
        """Set `targets_` from the given rows of y, whose weights are aligned with them, and from classes known."""
        raise NotImplementedError

    def _has_target(self, y: Any) -> np.ndarray:
        raise NotImplementedError

    def _strata(self, y: Any, places: np.ndarray) -> np.ndarray | None:
        raise NotImplementedError


def tell(lines: list[str]) -> None:
    """Warn of each line."""
    for line in lines:
        warnings.warn(line, DataWarning, stacklevel=4)
