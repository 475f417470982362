"""From what a user passes to fit to all that training starts from: rows chosen, split and encoded, weights drawn."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import _num_samples

from pellucid.engines.choice import engine_for
from pellucid.engines.loss_and_gradient import check_target_weights
from pellucid.engines.protocol import Engine
from pellucid.errors import DataError, DataWarning
from pellucid.estimators.chosen_layers import hidden_layers
from pellucid.estimators.constructor import Constructor
from pellucid.estimators.dropout_choice import make_dropout
from pellucid.estimators.encoding_choice import encoder_options, said_of_texts
from pellucid.estimators.exposure import read_exposure
from pellucid.estimators.holding_out import check_groups, hold_out
from pellucid.estimators.inputs import read_columns, read_weights, relative_to_mean, relative_weights
from pellucid.estimators.own_loss import check_own_loss
from pellucid.estimators.parameters import check_parameters
from pellucid.estimators.saved_size import said_of_size
from pellucid.estimators.scoring import ValidationScore, check_scoring, take_rows, watches_loss
from pellucid.estimators.target_values import EVERY_ROW, refuse_lazy
from pellucid.estimators.targets import cast_targets
from pellucid.estimators.validation_rows import check_validation_rows, in_order_of_training, said_of, targets_in_order
from pellucid.mathematics.dropout import Dropout
from pellucid.mathematics.objective import Objective, Observations
from pellucid.mathematics.starting_weights import check_starting_weights
from pellucid.mathematics.structure import Network
from pellucid.tables.columns_base import Columns
from pellucid.tables.encoder import TableEncoder
from pellucid.tables.encoder_fitting import fit_encoder
from pellucid.training.plan import Part
from pellucid.training.run import Score

WEIGHTS_STREAM = 0  # the generator of starting weights is seeded by (seed, this); 1 is the order of rows


class Given(NamedTuple):
    """Rows as they were passed to fit, to train on or to validate on."""

    X: Any
    y: Any
    sample_weight: Any = None
    exposure: Any = None
    groups: Any = None
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
    score: Score | None


class Start(NamedTuple):
    """What training starts from, where that is not to be made anew."""

    seed: int | None = None
    network: Network | None = None  # of an estimator whose encodings have been learnt


ANEW = Start()
VALUES = "unknown values"


class Preparation(Constructor):
    """The steps of `fit` before the first epoch."""

    targets_: Any  # NumberTargets or ClassTargets, as the subclass says
    encoder_: TableEncoder
    scales_targets: bool
    _told: Collection[str] = ()  # what is said once in a course of training

    def _prepare(
        self, given: Given, given_val: Given | None = None, start: Start = ANEW, *, may_hold_out: bool = True
    ) -> Problem:
        """Check everything, learn the encodings of columns and targets, and draw the starting weights.

        `start` says which of these are there already.
        """
        check_parameters(self)
        X, y, sample_weight = given.X, given.y, given.sample_weight
        if y is None:
            raise ValueError(f"This {type(self).__name__} estimator requires y to be passed, but the target y is None.")
        refuse_lazy(y, "y")
        columns = read_columns(self, X, reset=start.network is None, sample_weight=sample_weight)
        check_consistent_length(X, y)
        weights = read_weights(sample_weight, columns.n_rows)
        seed = self._draw_seed() if start.seed is None else start.seed

        validates = given_val is not None and not given_val.is_empty()
        if given_val is not None and validates:
            check_validation_rows(type(self).__name__, given, given_val)
            given_val = given_val._replace(
                X=in_order_of_training(self, given_val.X), y=targets_in_order(given.y, given_val.y)
            )
        check_groups(self, given.groups, validates=validates)
        if given_val is not None:  # None where nothing is watched: in the search for a learning rate
            watches = validates or (may_hold_out and self.early_stopping)
            check_scoring(self, validates=watches, exposure=given.exposure)
        holds_out = may_hold_out and self.early_stopping and not validates
        rows = self._split(y, weights, columns.n_rows, seed, given.groups, holds_out=holds_out)
        if start.network is None:
            self._fit_targets(given, rows)
            options = encoder_options(self, columns)
            self.encoder_ = fit_encoder(
                columns,
                rows=None if len(rows.training) == columns.n_rows else rows.training,
                weights=None if sample_weight is None else rows.weights[rows.training],
                options=options,
            )
            tell(said_of_texts(self.encoder_, columns, options.categorical) + said_of_size(self.encoder_))
        training, validation = self._observe(columns, given, rows, is_new=start.network is not None)
        validated, places = given, rows.held_out
        if given_val is not None and validates:
            validation, places = self._observe_validation(given_val)
            validated = given_val
        network, objective = start.network or self._start_network(seed), self._objective()
        check_own_loss(network, objective, training.data, training.rows, seed)
        score = None if given_val is None or watches_loss(self) else self._score(validated, places)
        engine = engine_for(self.engine, network, objective.loss, type(self).__name__, stacklevel=5)
        return Problem(engine, network, objective, training, validation, make_dropout(self, seed), seed, score)

    def _draw_seed(self) -> int:
        return int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))

    def _split(
        self, y: Any, weights: np.ndarray | None, n_rows: int, seed: int, groups: Any, *, holds_out: bool
    ) -> Rows:
        """Leave out rows of weight 0 and rows without any target, then hold some out for validation."""
        places = np.flatnonzero(self._has_target(y) & (weights is None or weights > 0))
        if len(places) == 0:
            raise DataError("No row has both a positive weight and a target: there is nothing to learn from.")
        w = relative_weights(weights, places, n_rows)
        if not holds_out:
            return Rows(places, places[:0], w)
        strata = self._strata(y, places)
        return Rows(*hold_out(self, places, n_rows, seed, weights, strata, groups), w)

    def _score(self, validated: Given, places: np.ndarray) -> Score:
        """The user's scorer on the rows in use, at these places among those given."""
        n_rows = _num_samples(validated.X)
        rows = (take_rows(part, places, n_rows) for part in (validated.X, validated.y, validated.sample_weight))
        return ValidationScore(self, *rows)

    def _observe(self, columns: Columns, given: Given, rows: Rows, *, is_new: bool = False) -> tuple[Part, Part | None]:
        """Encode all rows in use once; training and held-out rows are places in that one matrix.

        `is_new` says whether the encoder has not learnt from these rows, and may find in them what it does not know.
        """
        used = np.sort(np.concatenate([rows.training, rows.held_out]))
        everything = len(used) == columns.n_rows
        X, notes = self.encoder_.encode(columns, dtype=self.dtype, rows=None if everything else used)
        if is_new:
            self._tell_of_values(notes.warnings())
        exposure = self._exposure(given.exposure, columns.n_rows, rows=used)
        data = self._observations(X, given.y, used, rows.weights, exposure)
        training = Part(data, np.searchsorted(used, rows.training))
        held_out = Part(data, np.searchsorted(used, rows.held_out)) if len(rows.held_out) else None
        return training, held_out

    def _tell_of_values(self, lines: list[str]) -> None:
        """Warn of unknown values in the first call that has some: in a stream nearly every call might."""
        if lines and VALUES not in self._told:
            self._told = {*self._told, VALUES}
            tell(lines)

    def _observe_validation(self, given: Given) -> tuple[Part, np.ndarray]:
        """Check and encode the rows that the user gave to validate on; and the places of those in use."""
        X, y, sample_weight, exposure = given.X, given.y, given.sample_weight, given.exposure
        with said_of("sample_weight_val"):
            weights = read_weights(sample_weight, _num_samples(X))
        with said_of("X_val"):
            columns = read_columns(self, X, reset=False, sample_weight=sample_weight)
        with said_of("y_val"):
            places = np.flatnonzero(self._has_target(y) & (weights is None or weights > 0))
        if len(places) == 0:
            raise DataError("No row of X_val has both a positive weight and a target: there is nothing to validate on.")
        with said_of("X_val"):
            encoded, notes = self.encoder_.encode(
                columns, dtype=self.dtype, rows=None if len(places) == columns.n_rows else places
            )
        tell([f"X_val: {line}" for line in notes.warnings()])
        with said_of("sample_weight_val"):
            w = relative_weights(weights, places, columns.n_rows)
        read = self._exposure(exposure, columns.n_rows, "exposure_val", places)
        with said_of("y_val"):
            return Part(self._observations(encoded, y, places, w, read), np.arange(len(places))), places

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
        hidden, activations = hidden_layers(self)
        sizes = [self.encoder_.n_features, *hidden, self.targets_.n_outputs]
        return Network.initialise(
            sizes,
            [*activations, self.targets_.output_activation],
            random_state=np.random.default_rng((seed, WEIGHTS_STREAM)),
            dtype=self.dtype,
            starting_weights=check_starting_weights(self.starting_weights, sizes, type(self).__name__),
        )

    def _fit_targets(self, given: Given, rows: Rows) -> None:
        """Set `targets_` from the rows to train on."""
        raise NotImplementedError

    def _has_target(self, y: Any) -> np.ndarray:
        raise NotImplementedError

    def _strata(self, y: Any, places: np.ndarray) -> np.ndarray | None:
        raise NotImplementedError


def tell(lines: list[str]) -> None:
    """Warn of each line."""
    for line in lines:
        warnings.warn(line, DataWarning, stacklevel=4)
