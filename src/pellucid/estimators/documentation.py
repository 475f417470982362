"""What the arguments and attributes of both estimators are, for their docstrings."""

DOCUMENTATION = """
    Parameters
    ----------
    hidden_layer_sizes : sequence of ints, default (64, 64)
        Units of each hidden layer. () is the linear or logistic model.
    activation : str, Activation or list of these, default "relu"
        For all hidden layers, or one for each: linear, relu, leaky_relu, elu, sigmoid, tanh, softplus, gelu, silu,
        selu, mish, or a pellucid.Activation of your own. `fit` holds the slope of such a one against differences of
        its value, and trains on the reference engine.
    loss : str, Loss or list of these, default "auto"
        A regressor's: rss (auto), absolute, huber, quantile (the median), poisson, gamma, tweedie, log (a share between
        0 and 1), or an object with its own numbers, as pellucid.Huber(1.5) or pellucid.Quantile(0.1, 0.5, 0.9); a list
        has one for each target. A classifier's: log for two classes and for labels, cross_entropy for more classes
        (auto), or pellucid.Log and pellucid.CrossEntropy with label smoothing. A subclass of pellucid.Loss is your own.
    output_activation : str, Activation or list of these, default "auto"
        Of the last layer, or of each target's outputs: "auto" is that of the loss (linear; exponential for poisson,
        gamma and tweedie; sigmoid for log; softmax for cross_entropy). Under another than linear targets are not
        shifted: those for relu, softplus and exponential are divided by their mean, others stay in their own units.
    starting_weights : {"auto", "he", "glorot", "lecun", "orthogonal"} or list of pairs (W, c), default "auto"
        "auto" takes what suits the activation of each layer: see Network.initialise. Arrays of your own, W (D_l,
        D_{l-1}) and c (D_l,) of each layer, are for standardised inputs and targets if standardise is True.
    solver : {"adam", "adamw", "sgd", "gd", "rmsprop", "lbfgs"}, default "adam"
        "sgd" has momentum; "gd" is the text's gradient descent on all rows at once; "adamw" is adam with weight decay.
        "lbfgs" searches along a line on all rows at once: for small tables and networks, where it finds the minimum
        itself. Its epoch is one iteration.
    alpha, l1 : float, default 0
        Penalties (alpha/2) ||W||^2 and l1 |W| on the weights, divided by nothing (scikit-learn divides its alpha by
        the number of rows).
    batch_size : int, "auto" or "full", default "auto"
        Rows of a mini-batch. "auto" makes about 30 steps an epoch, within 32 to 256 rows; gd and lbfgs take all rows.
    learning_rate : str or Schedule, default "constant"
        The schedule of the learning rate: "constant", "step", "exponential", "cosine", "one_cycle", "invscaling",
        "adaptive" or "plateau", or an object with its own numbers: pellucid.Cosine(to=0.1, warmup=5). "cosine" and
        "one_cycle" are made for a run of max_iter epochs.
    learning_rate_init : float or "auto", default "auto"
        What the schedule multiplies. "auto" is 0.001 for adam, adamw and rmsprop, 0.01 for sgd and 0.1 for gd.
        `find_learning_rate` suggests one.
    weight_decay : float, optional
        Each step also takes rate · weight_decay · W from the weights (not from the intercepts), outside J: 0.01 for
        adamw unless given, and 0 for the others.
    clip_norm : float, optional
        A gradient of a larger norm is scaled down to this one before the step.
    dropout : float in [0, 1) or list of these, default 0
        In each training step a unit of a hidden layer is left out with this probability, and the others are scaled by
        1 / (1 - dropout): one number for all hidden layers, or one for each. Predictions, validation and the glass box
        are without it; the training loss of an epoch is with it.
    input_dropout : float in [0, 1), default 0
        The same for the network's inputs: an encoded column (a category of a column of text is one) becomes 0.
    input_noise : float, default 0
        The standard deviation of normal noise that each training step adds to every input of the network: in standard
        deviations of the column where inputs are standardised.
    max_iter : int, default 400
        Epochs at most.
    shuffle : bool, default True
        Whether each epoch takes the rows in a new order.
    random_state : int, RandomState or None
        Decides the starting weights, the rows held out and every order: the same int gives the same model.
    tol : float, default 1e-4
        In the units of what is watched, the loss or the score: a smaller improvement does not begin the patience anew.
    verbose : bool, default False
        Show the losses on standard error: as a bar on a terminal, in lines elsewhere.
    momentum, nesterovs_momentum : float in [0, 1), default 0.9, and bool, default True
        Of "sgd".
    early_stopping : bool, default True
        Hold out `validation_fraction` of the rows (unless X_val is given), stop when the objective J on them (or what
        `scoring` says) has not improved by tol for n_iter_no_change epochs, and keep the best weights. Without it and
        without X_val, the running mean of the training loss is watched instead, and the last weights are kept.
    validation_fraction : float in (0, 1), default 0.15
    validation_split : {"random", "last"}, default "random"
        Which rows are held out: any, so that each class keeps its share, or, for rows that are ordered in time, the
        last ones of X. `fit(groups=...)` holds out whole groups.
    scoring : str or callable, default "loss"
        What early stopping, the best weights and the schedules that watch look at on the validation rows: "loss" is J
        without penalties. Or a scorer of scikit-learn, greater is better: its name, or a callable(estimator, X, y) or
        callable(estimator, X, y, sample_weight). `history_["validation_score"]` holds it.
    beta_1, beta_2, epsilon : floats, default 0.9, 0.999, 1e-8
        Of "adam" and "adamw"; epsilon of "rmsprop" too, whose rho is 0.9.
    n_iter_no_change : int, default 20
        Epochs of patience.
    standardise : bool, "inputs" or "targets", default True
        Subtract the mean and divide by the standard deviation: of inputs, and of targets where the loss is one of
        residuals (rss, absolute, huber, quantile). Targets under a log link are divided by their mean.
    number_encoding : {"auto", "standard", "robust", "quantile", "piecewise_linear", "none"}, default "auto"
        How columns of numbers become inputs. "standard": (x - mean) / standard deviation, which "auto" is unless
        `standardise` says otherwise ("none" then). "robust": with median and quartiles, smoothly clipped to (-3, 3).
        "quantile": to a normal distribution, by rank. "piecewise_linear": one input for each of 16 bins between
        quantiles.
    missing : {"median", "refuse"}, default "median"
        What becomes of missing numbers: the median of training stands in, and where some were missing in training an
        input of its own tells which; or they are refused.
    categorical_features : "from_dtype" or list of str, int or bool, default "from_dtype"
        Columns that are categories: text and pandas' categoricals, or also those named here, by name or position,
        numbers among them. Text in which nearly every row has a value of its own is left out, with a word about it,
        unless it is named here.
    max_categories : int, default 100
        Levels of a category with an input each, at most; all others share one. A category of more than ten times as
        many levels has a single input, the share of its level in training.
    min_frequency : float in [0, 1), default 0.001
        The least share of the training rows with a value, by weight, for a level to have an input of its own. A level
        that training did not have counts as a rare one if there are any, else as none.
    target_transform : {"auto", "standardise", "log", "quantile", "none"} or list of these, default "auto"
        Of a regressor: how each target is learnt, under rss, absolute, huber and quantile. "auto" is what `standardise`
        says; "log" standardises log y, for y > 0, so that rss predicts the exponential of the mean of log y (the median
        of y where log y lies symmetrically), not the mean; "quantile" takes the target's distribution to the normal
        one, piecewise linear through at most 129 knots: no prediction is beyond the targets seen. Predictions are in
        the target's own units always; J is in the transformed ones.
    clip_predictions : bool, default False
        Of a regressor: clip predictions to the range of each target in the rows trained on (of its rate, with
        exposure).
    target_weights : sequence of floats, optional
        What each target counts in J; 1 unless given.
    engine : {"auto", "compiled", "reference"}, default "auto"
    dtype : {"float32", "float64"}, default "float32"
        In which the network computes; statistics and sums are in float64 always.
    callbacks : sequence of callables, optional
        Each is called with a TrainingState after every epoch; a true result stops the run. pellucid.ProgressBar and
        pellucid.HistoryLines are such. One that has a method `close` is closed when the run has ended. What one raises
        is raised by `fit` once the model of the epochs so far has been kept.
    warm_start : bool, default False
        `fit` goes on where the last one stopped, for max_iter more epochs, with the encodings of the first: with the
        same rows 10 + 10 epochs are 20 epochs, in the same bytes (from the last weights, also where those of an earlier
        epoch were kept as the best). What cannot go on like that is refused.
    max_time : float, optional
        Seconds of training after which `fit` ends, in the middle of an epoch, which is then dropped; the first epoch is
        always made. How many epochs that makes depends on the machine: no two such runs need be the same.
    checkpoint_dir : str or path-like, optional
        A folder for checkpoints, from which `fit(..., resume=True)` goes on after a crash, to the same bytes as without
        it. It holds the weights, the solver's state and the history; none of the data.
    checkpoint_epochs : int, optional
        Write one at the end of every so many epochs.
    checkpoint_seconds : float or None, default 30
        And one whenever so many seconds have passed, in the middle of an epoch too.

    Attributes
    ----------
    network_ : Network
        With the best weights by validation (or the last ones); of a run that diverged the best so far.
    history_ : History
        A record of every epoch; `history_.units` says in which units its losses are. `history_.to_table()` gives flat
        columns, and `plot_history` draws them.
    n_iter_, best_epoch_ : int
        Epochs made, and the epoch of the weights in network_.
    stopped_by_ : str
        "max_epochs", "patience", "callback", "max_time", "interrupt", "error" (of a callback) or "not finite"; of lbfgs
        also "converged" (the gradient is 0), or "line search" (it finds no lower J: the numbers' rounding has been
        reached).
    encoder_ : TableEncoder
        From columns to the network's inputs.
    engine_ : str
    n_features_in_ : int
    feature_names_in_ : array of str, where X had column names
    n_outputs_ : int
    coefs_, intercepts_, n_layers_, out_activation_, loss_curve_, best_loss_
        By scikit-learn's names, from network_ and history_: see docs/guides/from-scikit-learn.md.
"""


CLASS_WEIGHT = """    class_weight : "balanced", dict or list of these, optional
        What each class counts in J: "balanced" lets all classes count the same; a dict has a number for each class (1
        for those not named); a list has one of these for each label, whose classes are 0 and 1.
"""
