"""What regressor and classifier share: from X and y to a trained network, step by step."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted

from pellucid.engines.choice import choose_engine
from pellucid.engines.loss_and_gradient import check_target_weights
from pellucid.engines.protocol import Engine
from pellucid.errors import DataError, DataWarning, ParameterError, TrainingWarning, loss_not_finite
from pellucid.estimators.dropout_choice import make_dropout
from pellucid.estimators.glassbox import GlassBox
from pellucid.estimators.inputs import read_columns, read_weights, relative_weights
from pellucid.estimators.learning_rate_range import LearningRateFinder
from pellucid.estimators.parameters import check_parameters
from pellucid.estimators.solver_choice import make_schedule, make_solver, resolve_batch_size
from pellucid.estimators.targets import cast_targets
from pellucid.mathematics.dropout import Dropout
from pellucid.mathematics.objective import Objective, Observations
from pellucid.mathematics.structure import Network
from pellucid.tables.columns import Columns
from pellucid.tables.encoder import TableEncoder
from pellucid.tables.splitting import split_rows
from pellucid.training.callbacks import PrintEpochs
from pellucid.training.history import History
from pellucid.training.lbfgs import LBFGS
from pellucid.training.loop import train
from pellucid.training.run import Part, Plan, Result

WEIGHTS_STREAM = 0  # the generator of starting weights is seeded by (seed, this); 1 is the order of rows


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


class FeedForward(GlassBox, LearningRateFinder, BaseEstimator):
    """Constructor arguments, `fit` and the common part of prediction; see the two subclasses."""

    targets_: Any  # NumberTargets or ClassTargets, as the subclass says
    scales_targets: bool

    def __init__(
        self,
        hidden_layer_sizes=(64, 64),
        activation: Any = "relu",
        *,
        solver="adam",
        alpha=0.0,
        l1=0.0,
        batch_size="auto",
        learning_rate: Any = "constant",
        learning_rate_init: Any = "auto",
        weight_decay=None,
        clip_norm=None,
        dropout: Any = 0.0,
        input_dropout=0.0,
        input_noise=0.0,
        max_iter=400,
        shuffle=True,
        random_state=None,
        tol=1e-4,
        verbose=False,
        momentum=0.9,
        nesterovs_momentum=True,
        early_stopping=True,
        validation_fraction=0.15,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        n_iter_no_change=20,
        standardise=True,
        target_weights=None,
        engine="auto",
        dtype="float32",
        callbacks=None,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.l1 = l1
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.weight_decay = weight_decay
        self.clip_norm = clip_norm
        self.dropout = dropout
        self.input_dropout = input_dropout
        self.input_noise = input_noise
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.standardise = standardise
        self.target_weights = target_weights
        self.engine = engine
        self.dtype = dtype
        self.callbacks = callbacks

    def fit(self, X, y, sample_weight=None, X_val=None, y_val=None, sample_weight_val=None):
        """Learn from the rows of X and y.

        Parameters
        ----------
        X : array or DataFrame of shape (N, n_features)
            DataFrames (pandas, polars, Arrow) may have columns of text. Missing values are filled in and marked.
        y : array, Series or DataFrame of shape (N,) or (N, n_targets)
        sample_weight : array of shape (N,), optional
            A weight of 2 is the row twice; a row of weight 0 is not there.
        X_val, y_val, sample_weight_val : like X, y and sample_weight, optional
            Rows to validate on. Without them, and with early_stopping, `validation_fraction` of the rows is held out.

        Returns
        -------
        self

        Raises
        ------
        ParameterError, DataError
            For arguments and data that cannot be used, before any training.
        LossNotFiniteError
            If training runs away; `network_` then holds the parameters of the last good epoch.
        """
        problem = self._prepare(X, y, sample_weight, X_val, y_val, sample_weight_val)
        plan = Plan(
            batch_size=resolve_batch_size(self, len(problem.training.rows)),
            max_epochs=int(self.max_iter),
            shuffle=bool(self.shuffle),
            seed=problem.seed,
            patience=int(self.n_iter_no_change),
            min_change=float(self.tol),
            schedule=make_schedule(self),
            dropout=problem.dropout,
        )
        solver, objective = make_solver(self), problem.objective
        callbacks = [*(self.callbacks or ()), *([PrintEpochs()] if self.verbose else [])]
        result = train(
            problem.engine, problem.network, objective, solver, problem.training, plan, self._start_history(),
            problem.validation, callbacks,
        )  # fmt: skip
        self._keep(result, problem.engine.name)
        if result.stopped_by == "not finite":
            rate = None if isinstance(solver, LBFGS) else solver.learning_rate
            raise loss_not_finite(len(result.history) + 1, rate, objective.loss.name)
        return self

    def _prepare(
        self, X: Any, y: Any, sample_weight: Any, X_val: Any = None, y_val: Any = None, sample_weight_val: Any = None
    ) -> Problem:
        """Check everything, learn the encodings of columns and targets, and draw the starting weights."""
        check_parameters(self)
        engine = choose_engine(self.engine, type(self).__name__)
        if y is None:
            raise ValueError(f"This {type(self).__name__} estimator requires y to be passed, but the target y is None.")
        columns = read_columns(self, X, reset=True, sample_weight=sample_weight)
        check_consistent_length(X, y)
        weights = read_weights(sample_weight, columns.n_rows)
        seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))

        rows = self._split(y, weights, columns.n_rows, seed, hold_out=self.early_stopping and X_val is None)
        self.targets_ = self._fit_targets(y, rows.training, rows.weights[rows.training])
        self.encoder_ = TableEncoder.fit(
            columns,
            rows=None if len(rows.training) == columns.n_rows else rows.training,
            weights=None if sample_weight is None else rows.weights[rows.training],
            standardise=self.standardise in (True, "inputs"),
        )
        training, validation = self._observe(columns, y, rows)
        if X_val is not None or y_val is not None or sample_weight_val is not None:
            validation = self._observe_validation(X_val, y_val, sample_weight_val)
        network, dropout = self._start_network(seed), make_dropout(self, seed)
        return Problem(engine, network, self._objective(), training, validation, dropout, seed)

    def save(self, path: Any) -> None:
        """Write the fitted model to one file that holds no code and none of the data; `pellucid.load` reads it.

        Parameters
        ----------
        path : str or path-like
            An existing file is replaced only when the new one is whole.
        """
        from pellucid.estimators.persistence import save

        check_is_fitted(self)
        save(self, path)

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

    def _observe(self, columns: Columns, y: Any, rows: Rows) -> tuple[Part, Part | None]:
        """Encode all rows in use once; training and held-out rows are places in that one matrix."""
        used = np.sort(np.concatenate([rows.training, rows.held_out]))
        everything = len(used) == columns.n_rows
        X, _ = self.encoder_.encode(columns, dtype=self.dtype, rows=None if everything else used)
        Y = self.targets_.encode(y, used)
        data = Observations(X, cast_targets(Y, self.targets_, self.dtype), rows.weights[used].astype(self.dtype))
        training = Part(data, np.searchsorted(used, rows.training))
        held_out = Part(data, np.searchsorted(used, rows.held_out)) if len(rows.held_out) else None
        return training, held_out

    def _observe_validation(self, X_val: Any, y_val: Any, sample_weight_val: Any) -> Part:
        """Check and encode the rows that the user gave to validate on."""
        if X_val is None or y_val is None:
            raise ParameterError(
                f"The `X_val` and `y_val` parameters of {type(self).__name__}.fit must be given together, "
                "and `sample_weight_val` only with them."
            )
        columns = read_columns(self, X_val, reset=False, sample_weight=sample_weight_val)
        check_consistent_length(X_val, y_val)
        weights = read_weights(sample_weight_val, columns.n_rows)
        places = np.flatnonzero(self._has_target(y_val) & (weights is None or weights > 0))
        if len(places) == 0:
            raise DataError("No row of X_val has both a positive weight and a target: there is nothing to validate on.")
        X, notes = self.encoder_.encode(
            columns, dtype=self.dtype, rows=None if len(places) == columns.n_rows else places
        )
        tell([f"X_val: {line}" for line in notes.warnings()])
        Y = cast_targets(self.targets_.encode(y_val, places), self.targets_, self.dtype)
        w = relative_weights(weights, places, columns.n_rows)[places]
        return Part(Observations(X, Y, w.astype(self.dtype)), np.arange(len(places)))

    def _objective(self) -> Objective:
        n_targets = self.targets_.loss.n_targets(self.targets_.n_outputs)
        lambdas = check_target_weights(self.target_weights, n_targets, type(self).__name__)
        return Objective(self.targets_.loss, lambdas, float(self.alpha), float(self.l1))

    def _start_network(self, seed: int) -> Network:
        hidden = [int(size) for size in self.hidden_layer_sizes]
        named = self.activation
        activations = [named] * len(hidden) if isinstance(named, str) else list(named)
        return Network.initialise(
            [self.encoder_.n_features, *hidden, self.targets_.n_outputs],
            [*activations, self.targets_.loss.output_activation],
            random_state=np.random.default_rng((seed, WEIGHTS_STREAM)),
            dtype=self.dtype,
        )

    def _keep(self, result: Result, engine_name: str) -> None:
        """Set what scikit-learn's convention calls learnt."""
        self.network_ = result.network
        self.history_ = result.history
        self.n_iter_ = len(result.history)
        self.best_epoch_ = result.best_epoch
        self.stopped_by_ = result.stopped_by
        self.engine_ = engine_name
        self.n_outputs_ = self.targets_.n_outputs
        if result.stopped_by == "interrupt":
            if self.n_iter_ == 0:
                raise KeyboardInterrupt  # nothing has been learnt that could be kept
            warnings.warn(
                f"Training was interrupted in epoch {self.n_iter_ + 1}; "
                f"the model holds the parameters of epoch {self.best_epoch_}.",
                TrainingWarning,
                stacklevel=3,
            )

    def _predict_outputs(self, X: Any) -> np.ndarray:
        """Y_hat (N, D_y) as the network gives it, in float64."""
        check_is_fitted(self)
        columns = read_columns(self, X, reset=False)
        encoded, notes = self.encoder_.encode(columns, dtype="float64")
        tell(notes.warnings())
        return choose_engine(self.engine, type(self).__name__).predict(self.network_, encoded)

    def _predict_last_h(self, X: Any) -> np.ndarray:
        """H of the last layer (N, D_y), in float64: the outputs of the same network with a linear last layer."""
        check_is_fitted(self)
        columns = read_columns(self, X, reset=False)
        encoded, _ = self.encoder_.encode(columns, dtype="float64")
        network = self.network_
        linear = Network(network.sizes, [*network.activations[:-1], "linear"], network.theta)
        return choose_engine(self.engine, type(self).__name__).predict(linear, encoded)

    def _start_history(self) -> History:
        raise NotImplementedError

    def _fit_targets(self, y: Any, rows: np.ndarray, weights: np.ndarray) -> Any:
        raise NotImplementedError

    def _has_target(self, y: Any) -> np.ndarray:
        raise NotImplementedError

    def _strata(self, y: Any, places: np.ndarray) -> np.ndarray | None:
        raise NotImplementedError

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = False
        return tags


def tell(lines: list[str]) -> None:
    """Warn of each line."""
    for line in lines:
        warnings.warn(line, DataWarning, stacklevel=4)
