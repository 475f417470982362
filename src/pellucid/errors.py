"""Every error and warning of pellucid, and every message longer than a line.

    PellucidError
    ├── ParameterError       (ValueError, TypeError)  an argument that no call can accept
    ├── DataError            (ValueError)             arrays or columns that cannot be learnt from or predicted
    │   └── TableError                                a file that is not a readable table
    ├── ModelFileError       (ValueError)             a file that is not a model of ours
    ├── EngineUnavailable    (ImportError)            an engine whose library is not installed
    ├── LibraryUnavailable   (ImportError)            a library of an extra that is not installed
    ├── LossNotFiniteError   (ArithmeticError)        training ran away
    └── GradientMismatch     (ArithmeticError)        two ways to the same gradient disagree
    PellucidWarning          (UserWarning)
    ├── DataWarning          something in the table was passed over, filled or counted
    ├── TrainingWarning      training went on, but not well
    ├── VersionWarning       a pickle was made by another version
    └── EngineWarning        an engine runs, but not as it should

Each is also the standard exception that a caller would expect, so `except ValueError` keeps working.
"""

LONGEST_VALUE = 120  # signs of a wrong value that a message shows


class PellucidError(Exception):
    """The root of every error that pellucid raises on purpose."""


class ParameterError(PellucidError, ValueError, TypeError):
    """An argument of the wrong type, range or combination."""


class DataError(PellucidError, ValueError):
    """Data that cannot be used as they are."""


class TableError(DataError):
    """A file that cannot be read as a table."""


class ModelFileError(PellucidError, ValueError):
    """A file that is not a valid model file."""


class EngineUnavailable(PellucidError, ImportError):
    """An engine that was asked for by name and cannot run here."""


class LibraryUnavailable(PellucidError, ImportError):
    """A library that only some need, an extra of pellucid, is not installed."""


class LossNotFiniteError(PellucidError, ArithmeticError):
    """The loss became infinite or not a number during training."""


class GradientMismatch(PellucidError, ArithmeticError):
    """Two ways to the same gradient disagree: one of them is wrong, and nothing is shown."""


class PellucidWarning(UserWarning):
    """The root of every warning that pellucid gives."""


class DataWarning(PellucidWarning):
    """Part of the data was passed over, filled in or not known from training."""


class TrainingWarning(PellucidWarning):
    """Training ended or went on in a way that deserves a look."""


class VersionWarning(PellucidWarning):
    """A pickled model was made by another version."""


class EngineWarning(PellucidWarning):
    """An engine works, but slower or otherwise than expected."""


def visible(text: str) -> str:
    r"""Text with its control characters written out: what a table holds must not steer a terminal.

    >>> print(visible("a" + chr(27) + "[31m"))
    a\x1b[31m
    """
    controls = {sign for sign in text if ord(sign) < 32 or 127 <= ord(sign) < 160} - {"\n"}
    return text.translate({ord(sign): f"\\x{ord(sign):02x}" for sign in controls})


def shortened(value):
    """How a value looks, cut where an array or a long list would fill the screen.

    >>> shortened(list(range(1000)))[-25:]
    '27, 28, 29, 30, 31, 3 ...'
    """
    text = repr(value)
    return text if len(text) <= LONGEST_VALUE else " ".join(text[:LONGEST_VALUE].split()) + " ..."


def wrong_parameter(name, owner, rule, value, remedy=""):
    """Build the one sentence in which every wrong argument is refused.

    >>> print(wrong_parameter("alpha", "FeedForwardRegressor", "a number >= 0", -1))
    The `alpha` parameter of FeedForwardRegressor must be a number >= 0. Got -1 instead.
    """
    sentence = f"The `{name}` parameter of {owner} must be {rule}. Got {shortened(value)} instead."
    return ParameterError(f"{sentence} {remedy}".rstrip())


def loss_not_finite(loss, epoch, where, kept_epoch, *, learning_rate, clip_norm, standardised):
    """Say where a run ran away, what that usually means, and what to try.

    `where` is a clause that names the layer; L-BFGS has no learning rate (None); `standardised` says whether inputs and
    targets were, as far as they can be.
    """
    sentences = [
        f"The {loss} loss was no longer a finite number in epoch {epoch}.",
        f"The first numbers to run away were in {where}.",
    ]
    if learning_rate is not None:
        clipped = "clip_norm=1" if clip_norm is None else f"clip_norm={clip_norm / 10:g} (it is {clip_norm:g})"
        sentences.append(
            f"Usually the learning rate is too large: try learning_rate_init={learning_rate / 10:g} (it is "
            f"{learning_rate:g}), or {clipped}."
        )
    if not standardised:
        sentences.append("Or the inputs or targets are not scaled: try standardise=True.")
    sentences.append("Or a target or an input holds a value very far from the others.")
    error = LossNotFiniteError(" ".join(sentences))
    kept = f"the parameters of epoch {kept_epoch}, the best so far" if kept_epoch else "its starting weights"
    error.add_note(f"The model keeps {kept}.")  # a note, since the command line keeps no model
    return error
