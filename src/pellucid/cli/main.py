"""`pellucid`: the verbs, and what becomes of errors: one message on standard error, exit code 2, no traceback."""

from __future__ import annotations

import itertools
import os
import re
import sys
import warnings
from collections.abc import Sequence

import cyclopts

import pellucid
from pellucid.cli.command_line import remember
from pellucid.errors import PellucidError, PellucidWarning, visible

app = cyclopts.App(
    name="pellucid",
    help="Feed-forward neural networks for tables.",
    version=pellucid.__version__,
    default_parameter=cyclopts.Parameter(negative=()),
    suppress_keyboard_interrupt=False,  # else it would exit before a word was said
)
VERBS = {
    "train": "Train a network on a table, test it on rows held out, and save it.",
    "predict": "Predict the targets of every row of a table.",
    "evaluate": "Print the metrics of a model on the rows of a table.",
    "explain": "Show one row on its way through a model: every neuron and every derivative.",
    "check": "Check the gradient of a model by every way there is.",
    "export": "Write a model as one ONNX file that other programs run.",
    "info": "Show what is in a model file, without trusting it.",
    "completion": "Print the script by which a shell completes verbs, options and files.",
}
for verb, claim in VERBS.items():
    app.command(f"pellucid.cli.{verb}:{verb}", help=claim)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; exit with 0, 1 for a failed check, 2 for a mistake, 130 for Ctrl-C, 141 for a closed pipe."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code."""
    remember(arguments)
    with warnings.catch_warnings():
        warnings.simplefilter("always", PellucidWarning)
        warnings.showwarning = print_warning
        try:
            code = app(list(arguments), exit_on_error=False, print_error=False, result_action="return_value")
        except cyclopts.MissingArgumentError as error:
            return refuse(missing_argument(error, arguments))
        except cyclopts.UnusedCliTokensError as error:
            return refuse(unused_words(error, arguments))
        except cyclopts.CycloptsError as error:
            return refuse(f"{error}\nSee `pellucid --help`.")
        except PellucidError as error:
            return refuse(in_options(str(error)))
        except MemoryError:
            return refuse("There is not enough memory for this. Use fewer or smaller layers, or fewer rows at a time.")
        except KeyboardInterrupt as interrupt:
            return refuse(str(interrupt) or "Interrupted. Nothing was written.", code=130)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that closing it stays silent
            return refuse("Whoever read the output has gone; the command ended there.", code=141)
        except OSError as error:
            return refuse(f"{error.filename or 'A file'} cannot be used: {error.strerror or error}.")
    return code if isinstance(code, int) else 0


def missing_argument(error: cyclopts.MissingArgumentError, arguments: Sequence[str]) -> str:
    """What was forgotten: an option, or the value after one that was given."""
    name = error.argument.name if error.argument is not None else "An argument"
    shown = name if name.startswith("-") else name.upper()
    verb = next((word for word in arguments if word in VERBS), "")
    if shown in arguments:
        return f"{shown} needs a value after it. See `pellucid {verb} --help`."
    return f"{shown} is missing. See `pellucid {verb} --help`."


def unused_words(error: cyclopts.UnusedCliTokensError, arguments: Sequence[str]) -> str:
    """The first word that nothing takes, and how the option before it takes several values."""
    unused, verb = (error.unused_tokens or [""])[0], next((word for word in arguments if word in VERBS), "")
    places = [i for i, word in enumerate(arguments) if word == unused and not arguments[i - 1].startswith("-")]
    before = [i for i, word in enumerate(arguments[: places[0]] if places else []) if word.startswith("--")]
    if not before:
        return f"There is no place for {unused!r}. See `pellucid {verb} --help`."
    option, *after = arguments[before[-1] :]
    if option in WITH_COMMAS:
        values = ",".join(word.strip(",") for word in itertools.takewhile(lambda word: not word.startswith("-"), after))
        return f"{option} takes one word, with commas between its values. Write {option} {values}."
    return (
        f"{option} takes one value, so that there is no place for {unused!r}. Repeat the option if it may be given "
        f"several times; see `pellucid {verb} --help`."
    )


WITH_COMMAS = ("--hidden", "--activation", "--dropout")
OPTIONS = {
    "hidden_layer_sizes": "--hidden",
    "learning_rate": "--schedule",
    "learning_rate_init": "--learning-rate",
    "max_iter": "--max-epochs",
    "n_iter_no_change": "--patience",
    "random_state": "--seed",
    "checkpoint_dir": "--checkpoints",
    "categorical_features": "--categorical",
}

# What messages say to those who write Python, and what it is on the command line.
WORDS = {
    "values of sample_weight": "values of --weights",
    "another `scoring`": "another --scoring",
    "by fit(..., resume=True)": "by --resume",
    "give another checkpoint_dir": "give other --checkpoints",
    "name it in categorical_features": "name it with --categorical",
    "out of categorical_features": "out of --categorical",
    "begin anew in another checkpoint_dir": "begin anew with other --checkpoints",
    "X_val: ": "in the validation rows, ",
}
# Those that a message may name with a value.
ARGUMENTS = (
    "activation|alpha|batch_size|categorical_features|class_weight|clip_norm|clip_predictions|dropout|dtype|engine|"
    "hidden_layer_sizes|input_dropout|input_noise|l1|learning_rate|learning_rate_init|loss|max_categories|max_iter|"
    "min_frequency|missing|n_iter_no_change|number_encoding|output_activation|random_state|scoring|solver|"
    "target_transform|weight_decay"
)
ARGUMENT = re.compile(rf"\b({ARGUMENTS})=('?)([\w.+-]*\w)\2")
DIFFERENCE = re.compile(rf"(?<=[:;] )({ARGUMENTS}) was ")  # from the run that is to be resumed


def in_options(message: str) -> str:
    """A refusal in the words of the command line: options as they are given, not the arguments that they become."""

    def named(argument: str) -> str:
        return OPTIONS.get(argument, "--" + argument.replace("_", "-"))

    message = re.sub(
        r"The `(\w+)` parameter of [\w.]+ must (be|not)",
        lambda match: f"The {named(match[1])} option must {match[2]}",
        message,
    )
    for word, option in WORDS.items():
        message = message.replace(word, option)
    message = DIFFERENCE.sub(lambda match: f"{named(match[1])} was ", message)
    return ARGUMENT.sub(lambda match: f"{named(match[1])} {match[3]}", message)


def refuse(message: str, code: int = 2) -> int:
    """Say what is wrong on standard error."""
    print(visible(f"pellucid: {message}"), file=sys.stderr)
    return code


def print_warning(message, category, filename, lineno, file=None, line=None) -> None:
    """One line for a warning; those of other libraries are for developers, not for users of a command."""
    if issubclass(category, PellucidWarning):
        print(visible(f"note: {in_options(str(message))}"), file=sys.stderr)
