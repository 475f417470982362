"""The constructor of both estimators: arguments are kept as they are, and checked by `fit`."""

from __future__ import annotations

from typing import Any

from pellucid.estimators.known_arguments import KnownArguments


class Constructor(KnownArguments):
    """Every argument that regressor and classifier share; `parameters.DOCUMENTATION` says what they mean."""

    def __init__(
        self,
        hidden_layer_sizes=(64, 64),
        activation: Any = "relu",
        *,
        starting_weights: Any = "auto",
        loss: Any = "auto",
        output_activation: Any = "auto",
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
        validation_split="random",
        scoring: Any = "loss",
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        n_iter_no_change=20,
        standardise=True,
        number_encoding="auto",
        missing="median",
        categorical_features: Any = "from_dtype",
        max_categories=100,
        min_frequency=0.001,
        target_transform: Any = "auto",
        clip_predictions=False,
        target_weights=None,
        engine="auto",
        dtype="float32",
        callbacks=None,
        warm_start=False,
        max_time=None,
        checkpoint_dir=None,
        checkpoint_epochs=None,
        checkpoint_seconds=30.0,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.starting_weights = starting_weights
        self.loss = loss
        self.output_activation = output_activation
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
        self.validation_split = validation_split
        self.scoring = scoring
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.standardise = standardise
        self.number_encoding = number_encoding
        self.missing = missing
        self.categorical_features = categorical_features
        self.max_categories = max_categories
        self.min_frequency = min_frequency
        self.target_transform = target_transform
        self.clip_predictions = clip_predictions
        self.target_weights = target_weights
        self.engine = engine
        self.dtype = dtype
        self.callbacks = callbacks
        self.warm_start = warm_start
        self.max_time = max_time
        self.checkpoint_dir = checkpoint_dir
        self.checkpoint_epochs = checkpoint_epochs
        self.checkpoint_seconds = checkpoint_seconds
