"""Options of `train` that cannot be, alone or for the table, each with the full sentence that a user must see."""

from bad_input import GOOD, TRAIN, BadInput, number, rows
from sklearn.metrics import get_scorer_names

ACTIVATIONS = "linear, relu, leaky_relu, elu, sigmoid, tanh, softplus, gelu, silu, selu, mish"
WEIGHT = "A weight is a finite number >= 0: correct these rows, or leave them out."
EXPOSED = "An exposure is a number > 0 (from 1e-100 to 1e100): correct these rows, or leave them out."

BAD_OPTIONS = [
    BadInput(
        "a target twice", GOOD, f"{TRAIN} --target y", "--target names 'y' more than once. Name each target once."
    ),
    BadInput(
        "a target as group",
        GOOD,
        f"{TRAIN} --group y",
        "The column 'y' is a target and what the rows are grouped by. It can only be one.",
    ),
    BadInput(
        "one group",
        rows("g,a,y", lambda i: 1, lambda i: i, number),
        f"{TRAIN} --group g",
        "--group g: the column has 1 group, but training, validation and test need one each. "
        "Choose a column with at least 3, or leave out --group.",
    ),
    BadInput(
        "two groups",
        rows("g,a,y", lambda i: "AB"[i % 2], lambda i: i, number),
        f"{TRAIN} --group g",
        "--group g: the column has 2 groups, but training, validation and test need one each. "
        "Choose a column with at least 3, or leave out --group.",
    ),
    BadInput(
        "two times",
        rows("t,a,y", lambda i: i % 2, lambda i: i, number),
        f"{TRAIN} --time t",
        "--time t: the column has 2 different times, but training, validation and test need one each. "
        "Choose a column with at least 3, or leave out --time.",
    ),
    BadInput(
        "times that are none",
        rows("t,a,y", lambda i: f"day {i}", lambda i: i, number),
        f"{TRAIN} --time t",
        "--time t: 'day 0' in row 0 (line 2) is not in the form of ISO 8601. "
        "Write times like 2024-05-31 or 2024-05-31T18:00.",
    ),
    BadInput(
        "a missing time",
        rows("t,a,y", lambda i: "" if i == 5 else i, lambda i: i, number),
        f"{TRAIN} --time t",
        "--time t: the time is missing in row 5 (line 7). Fill it in, or leave the row out.",
    ),
    BadInput(
        "a missing time below a row that is left out",
        rows("t,a,y", lambda i: "" if i == 5 else i, lambda i: i, lambda i: "" if i == 2 else number(i)),
        f"{TRAIN} --time t",
        "--time t: the time is missing in row 5 (line 7). Fill it in, or leave the row out.",
    ),
    BadInput(
        "times with and without a zone",
        rows("t,a,y", lambda i: f"2024-01-{i % 28 + 1:02}T00:00{'Z' * (i % 2)}", lambda i: i, number),
        f"{TRAIN} --time t",
        "--time t: Some times have a time zone and others have none: write all of them in the same way.",
    ),
    BadInput(
        "one class before all others",
        rows("t,a,y", lambda i: i, lambda i: i * i, lambda i: "p" if i < 36 else "q"),
        f"{TRAIN} --time t",
        "--time t: the rows to train on are all of the class 'p' of 'y', but at least 2 classes are needed. "
        "Split by another column, or leave out --time.",
    ),
    BadInput(
        "a test of new classes only",
        rows("t,a,y", lambda i: i, lambda i: i * i, lambda i: "new" if i >= 32 else "pq"[i % 2]),
        f"{TRAIN} --time t",
        "--time t: no row to test on has a class of 'y' that occurs in the rows to train on; only there are 'new'. "
        "Split by another column, or leave out --time.",
    ),
    BadInput(
        "group and time",
        GOOD,
        f"{TRAIN} --group a --time b",
        "--group and --time are two ways to split. Give one of them.",
    ),
    BadInput(
        "a model in no folder",
        GOOD,
        f"{TRAIN} --model nowhere/m.safetensors",
        "--model lies in 'nowhere', which is not a folder. Create it first.",
    ),
    BadInput(
        "a folder as model", GOOD, f"{TRAIN} --model .", "--model names the folder '.'. Give the name of a file in it."
    ),
    BadInput(
        "a picture of another kind",
        GOOD,
        f"{TRAIN} --curves c.jpg",
        "--curves must end in .svg or .png. Got 'c.jpg' instead.",
    ),
    BadInput(
        "one name for two files",
        GOOD,
        f"{TRAIN} --model m.svg",
        "--model and --curves both name 'm.svg'. Give them different names.",
    ),
    BadInput(
        "the picture as history",
        GOOD,
        f"{TRAIN} --history model.svg",
        "--curves and --history both name 'model.svg'. Give them different names.",
    ),
    BadInput(
        "the table as history",
        GOOD,
        f"{TRAIN} --history t.csv",
        "--history names 't.csv', which this command reads: it would be lost. Choose another name.",
    ),
    BadInput(
        "a history in no folder",
        GOOD,
        f"{TRAIN} --history nowhere/h.jsonl",
        "--history lies in 'nowhere', which is not a folder. Create it first.",
    ),
    BadInput(
        "a history that is none",
        GOOD,
        f"{TRAIN} --model m.safetensors --history model.safetensors",
        "The file 'model.safetensors' is no history of a run (see its line 1), and is left as it is. "
        "Give the path of a new file, or of the history of another run.",
    ),
    BadInput(
        "an unknown transform",
        GOOD,
        f"{TRAIN} --target-transform exp",
        "--target-transform must be one of auto, standardise, log, quantile, none. Got 'exp' instead.",
    ),
    BadInput(
        "more transforms than targets",
        GOOD,
        f"{TRAIN} --target-transform log --target-transform none",
        "--target-transform is given 2 times for 1 target. Give it once for all, or once for each --target.",
    ),
    BadInput(
        "the logarithm of numbers not above 0",
        rows("a,y", lambda i: i, lambda i: 2.5 - i),
        f"{TRAIN} --task regression --target-transform log",
        "--target-transform log: the target 'y' is -0.5 in row 3 (line 5) (and not above 0 in 36 others), which has no "
        "logarithm. Correct these rows, leave the target empty there, or choose quantile, or --loss poisson or tweedie "
        "for amounts that may be 0.",
    ),
    BadInput(
        "a transform of counts",
        rows("a,y", lambda i: i, lambda i: i),
        f"{TRAIN} --loss poisson --target-transform quantile",
        "The --target-transform option must be 'auto' or 'none' for the poisson loss. Got 'quantile' instead. It is "
        "one of the target's own numbers: leave this 'auto', or take --loss rss or 'absolute'.",
    ),
    BadInput(
        "a transform of classes",
        rows("a,y", lambda i: i, lambda i: "AB"[i % 2]),
        f"{TRAIN} --target-transform log",
        "The --target-transform option must be 'auto'. Got 'log' instead. It is for numbers: classes have neither a "
        "scale nor a range.",
    ),
    BadInput(
        "clipped classes",
        rows("a,y", lambda i: i, lambda i: "AB"[i % 2]),
        f"{TRAIN} --clip-predictions",
        "The --clip-predictions option must be False. Got True instead. It is for numbers: classes have neither a "
        "scale nor a range.",
    ),
    BadInput(
        "an unknown scorer",
        GOOD,
        f"{TRAIN} --scoring acc",
        f"--scoring must be loss, or one of scikit-learn's scorers: {', '.join(get_scorer_names())}. "
        "Got 'acc' instead.",
    ),
    BadInput(
        "a scorer of classes for numbers",
        GOOD,
        f"{TRAIN} --task regression --scoring accuracy --json",
        "The scorer 'accuracy' cannot score this FeedForwardRegressor on its validation rows: continuous is not "
        "supported. Choose another --scoring.",
    ),
    BadInput(
        "sizes with a space between them",
        GOOD,
        f"{TRAIN} --hidden 64 64 --seed 1",
        "--hidden takes one word, with commas between its values. Write --hidden 64,64.",
    ),
    BadInput(
        "activations with a comma and a space",
        GOOD,
        f"{TRAIN} --activation relu, tanh",
        "--activation takes one word, with commas between its values. Write --activation relu,tanh.",
    ),
    BadInput(
        "two targets after one option",
        GOOD,
        "train t.csv --target y b",
        "--target takes one value, so that there is no place for 'b'. Repeat the option if it may be given several "
        "times; see `pellucid train --help`.",
    ),
    BadInput(
        "a word too many",
        GOOD,
        "info all.safetensors t.csv",
        "There is no place for 't.csv'. See `pellucid info --help`.",
    ),
    BadInput(
        "sizes that are none",
        GOOD,
        f"{TRAIN} --hidden 64,x",
        "--hidden must be whole numbers from 1 to 100,000,000 as 64,64, or 0 for no hidden layer. Got '64,x'.",
    ),
    BadInput(
        "an unknown activation",
        GOOD,
        f"{TRAIN} --activation rleu",
        f"--activation must be one of {ACTIVATIONS}, or one for each hidden layer, as relu,tanh. Got 'rleu' instead.",
    ),
    BadInput(
        "activations for layers that are not there",
        GOOD,
        f"{TRAIN} --hidden 4 --activation relu,tanh",
        "--activation has 2 values for 1 hidden layer. Give one for all, or one for each.",
    ),
    BadInput(
        "a negative learning rate",
        GOOD,
        f"{TRAIN} --learning-rate -1",
        "The --learning-rate option must be 'auto' or a number > 0. Got -1.0 instead.",
    ),
    BadInput(
        "a share above 1",
        GOOD,
        f"{TRAIN} --test-fraction 1.5",
        "--test-fraction must be a number between 0 and 1. Got 1.5 instead.",
    ),
    BadInput(
        "a share that leaves one row",
        "a,y\n" + "\n".join(f"{i},{i * i + 0.5}" for i in range(10)) + "\n",
        f"{TRAIN} --test-fraction 0.95",
        "--test-fraction 0.95 leaves 1 row of 10 to train and to validate on, but 2 are needed. "
        "Choose a smaller fraction.",
    ),
    BadInput(
        "a share that leaves one group",
        rows("g,a,y", lambda i: i % 3, lambda i: i, number),
        f"{TRAIN} --group g --test-fraction 0.9",
        "--test-fraction 0.9 leaves 1 group of 3 to train and to validate on, but 2 are needed. "
        "Choose a smaller fraction.",
    ),
    BadInput(
        "a share that leaves one row of each class",
        "a,y\n" + "\n".join(f"{i},c{i % 5}" for i in range(10)) + "\n",
        f"{TRAIN} --test-fraction 0.5",
        "--test-fraction 0.5 leaves 1 row of each class to train and to validate on, but at least one class needs 2. "
        "Choose a smaller fraction, or give more rows.",
    ),
    BadInput(
        "a seed beyond all seeds",
        GOOD,
        f"{TRAIN} --seed 5000000000",
        "--seed must be a whole number from 0 to 4294967294. Got 5000000000 instead.",
    ),
    BadInput(
        "a network beyond all memory",
        GOOD,
        f"{TRAIN} --hidden 3000000,3000000",
        "There is not enough memory for this. Use fewer or smaller layers, or fewer rows at a time.",
    ),
    BadInput(
        "a network beyond all arrays",
        GOOD,
        f"{TRAIN} --hidden 5000000000,5000000000",
        "--hidden must be whole numbers from 1 to 100,000,000 as 64,64, or 0 for no hidden layer. "
        "Got '5000000000,5000000000'.",
    ),
    BadInput(
        "the table as model",
        GOOD,
        f"{TRAIN} --model ./t.csv",
        "--model names 't.csv', which this command reads: it would be lost. Choose another name.",
    ),
    BadInput(
        "a learning rate that runs away",
        GOOD,
        f"{TRAIN} --solver gd --learning-rate 1000",
        "The rss loss was no longer a finite number in epoch 2. The first numbers to run away were in layer 2 of 3, "
        "whose h = W z + c left the range of float32. Usually the learning rate is too large: try --learning-rate 100 "
        "(it is 1000), or --clip-norm 1. Or a target or an input holds a value very far from the others.",
    ),
    BadInput(
        "batches for L-BFGS",
        GOOD,
        f"{TRAIN} --solver lbfgs --batch-size 32",
        "The --batch-size option must be 'auto' or 'full' with --solver lbfgs. Got 32 instead. "
        "It takes all rows at once. Or use another solver.",
    ),
    BadInput(
        "a schedule for L-BFGS",
        GOOD,
        f"{TRAIN} --solver lbfgs --schedule cosine",
        "The --schedule option must be 'constant' with --solver lbfgs. Got 'cosine' instead. "
        "It searches for the length of each step. Or use another solver.",
    ),
    BadInput(
        "a decay below 0",
        GOOD,
        f"{TRAIN} --weight-decay -1",
        "The --weight-decay option must be None or a number >= 0. Got -1.0 instead.",
    ),
    BadInput(
        "a decay of everything",
        GOOD,
        f"{TRAIN} --solver gd --weight-decay 10",
        "The --weight-decay option must be below 1 / learning rate, which is 10. Got 10.0 instead. "
        "A step would take away the whole of every weight.",
    ),
    BadInput(
        "a norm of 0",
        GOOD,
        f"{TRAIN} --clip-norm 0",
        "The --clip-norm option must be None or a number > 0. Got 0.0 instead.",
    ),
    BadInput(
        "a dropout of everything",
        GOOD,
        f"{TRAIN} --dropout 1",
        "--dropout must be a number from 0 to below 1, or one for each hidden layer, as 0.1,0.2. Got 1 instead.",
    ),
    BadInput(
        "dropout in words",
        GOOD,
        f"{TRAIN} --dropout 0.1,half",
        "--dropout must be a number from 0 to below 1, or one for each hidden layer, as 0.1,0.2. Got 0.1,half instead.",
    ),
    BadInput(
        "dropout for layers that are not there",
        GOOD,
        f"{TRAIN} --hidden 4 --dropout 0.1 --dropout 0.2",
        "--dropout has 2 values for 1 hidden layer. Give one for all, or one for each.",
    ),
    BadInput(
        "noise below 0",
        GOOD,
        f"{TRAIN} --input-noise -1",
        "The --input-noise option must be a number >= 0. Got -1.0 instead.",
    ),
    BadInput(
        "dropout of inputs for L-BFGS",
        GOOD,
        f"{TRAIN} --solver lbfgs --input-dropout 0.2",
        "The --input-dropout option must be 0 with --solver lbfgs. Got 0.2 instead. "
        "It needs one J, and every mask makes another. Or use another solver.",
    ),
    BadInput(
        "an unknown loss",
        GOOD,
        f"{TRAIN} --loss hubber",
        "--loss must be one of rss, absolute, huber, quantile, poisson, gamma, tweedie, log, cross_entropy, some with "
        "numbers, as huber:1.5. Got 'hubber' instead.",
    ),
    BadInput(
        "a loss of numbers for classes",
        rows("a,y", lambda i: i, lambda i: "pqr"[i % 3]),
        f"{TRAIN} --task classification --loss huber:1.5",
        "--loss huber is not for more than two classes, which 'y' is taken for: give cross_entropy, or decide "
        "otherwise with --task.",
    ),
    BadInput(
        "a loss of classes for numbers",
        GOOD,
        f"{TRAIN} --task regression --loss cross_entropy",
        "--loss cross_entropy is not for numbers, which 'y' is taken for: give rss, absolute, huber, quantile, "
        "poisson, gamma, tweedie or log, or decide otherwise with --task.",
    ),
    BadInput(
        "no loss for one of two targets",
        GOOD,
        "train t.csv --target y --target b --loss auto --loss rss",
        "--loss must be one of rss, absolute, huber, quantile, poisson, gamma, tweedie, log, cross_entropy, some with "
        "numbers, as huber:1.5. Got 'auto' instead.",
    ),
    BadInput(
        "a quantile in percent",
        GOOD,
        f"{TRAIN} --loss quantile:95",
        "--loss quantile:95: quantile takes quantiles between 0 and 1.",
    ),
    BadInput(
        "a number that is none after a loss",
        GOOD,
        f"{TRAIN} --loss huber:wide",
        "--loss huber:wide: after the colon stand numbers, here its delta, a number > 0, as huber:0.1.",
    ),
    BadInput(
        "a number after a loss that has none",
        GOOD,
        f"{TRAIN} --loss rss:2",
        "--loss rss:2: only huber, quantile, tweedie, log, cross_entropy take numbers after a colon. Give rss alone.",
    ),
    BadInput(
        "two numbers of Huber",
        GOOD,
        f"{TRAIN} --loss huber:1,2",
        "--loss huber:1,2: huber takes one number, its delta, a number > 0.",
    ),
    BadInput(
        "weights of classes in a regression",
        GOOD,
        f"{TRAIN} --loss rss --class-weight balanced",
        "--class-weight is for classes, and this is a regression: leave it out.",
    ),
    BadInput(
        "a column of weights that is not there",
        GOOD,
        f"{TRAIN} --weights w",
        "t.csv has no column 'w' (--weights). Its columns are: a, b, y. "
        "Check the spelling; upper and lower case count.",
    ),
    BadInput(
        "weights below 0",
        rows("a,w,y", lambda i: i, lambda i: -i if i in (3, 5, 9) else 1, number),
        f"{TRAIN} --weights w",
        f"--weights: the column 'w' holds -3 in row 3 (line 5), and 2 other rows are no better. {WEIGHT}",
    ),
    BadInput(
        "a missing weight below a row that is left out",
        rows("a,w,y", lambda i: i, lambda i: "" if i in (2, 5) else 1.5, lambda i: "" if i == 2 else number(i)),
        f"{TRAIN} --weights w",
        f"--weights: the column 'w' is empty in row 5 (line 7). {WEIGHT}",
    ),
    BadInput(
        "a text among weights",
        rows("a,w,y", lambda i: i, lambda i: "much" if i == 4 else "inf" if i == 7 else 1, number),
        f"{TRAIN} --weights w",
        f"--weights: the column 'w' holds 'much' in row 4 (line 6), and 1 other row is no better. {WEIGHT}",
    ),
    BadInput(
        "weights that leave nothing",
        rows("a,w,y", lambda i: i, lambda i: int(i == 0), number),
        f"{TRAIN} --weights w",
        "t.csv has 1 row with a weight above 0, but at least 10 are needed to train, to validate and to test. "
        "Give a table with more rows.",
    ),
    BadInput(
        "a target as weight",
        GOOD,
        f"{TRAIN} --weights y",
        "The column 'y' is a target and what each row counts. It can only be one.",
    ),
    BadInput(
        "weights as exposures",
        GOOD,
        f"{TRAIN} --weights a --exposure a --loss poisson",
        "The column 'a' is what each row counts and the exposure of each row. It can only be one.",
    ),
    BadInput(
        "exposures without counts",
        GOOD,
        f"{TRAIN} --exposure a",
        "--exposure is for counts and amounts, whose --loss is one of poisson, gamma, tweedie. Give such a loss, or "
        "leave --exposure out.",
    ),
    BadInput(
        "an exposure of 0",
        rows("a,e,y", lambda i: i, lambda i: 1 if i != 6 else 0, lambda i: i % 5),
        f"{TRAIN} --loss poisson --exposure e",
        f"--exposure: the column 'e' holds 0 in row 6 (line 8). {EXPOSED}",
    ),
    BadInput(
        "exposures too far apart",
        rows("a,e,y", lambda i: i, lambda i: "1e50" if i % 2 else "1e-50", lambda i: i % 5),
        f"{TRAIN} --loss poisson --exposure e",
        "The --exposure option must not differ by more than 1e+30. Got 1e-50 to 1e+50 instead.",
    ),
    BadInput(
        "an unknown output activation",
        GOOD,
        f"{TRAIN} --output-activation lienar",
        "--output-activation must be one of linear, relu, leaky_relu, elu, sigmoid, tanh, softplus, gelu, silu, selu, "
        "mish, exponential, softmax. Got 'lienar' instead.",
    ),
    BadInput(
        "output activations for targets that are not there",
        GOOD,
        f"{TRAIN} --output-activation relu --output-activation linear",
        "--output-activation is given 2 times for 1 target. Give it once for all, or once for each --target.",
    ),
    BadInput(
        "an output activation that the loss cannot take",
        GOOD,
        f"{TRAIN} --loss poisson --output-activation relu",
        "The --output-activation option must be 'auto' or exponential for the poisson loss. Got 'relu' instead.",
    ),
    BadInput(
        "an unknown schedule",
        GOOD,
        f"{TRAIN} --schedule linear",
        'Invalid value "linear" for --schedule. Choose from: "constant", "step", "exponential", "cosine", '
        '"one_cycle", "invscaling", "adaptive", "plateau".\nSee `pellucid --help`.',
    ),
    BadInput(
        "an unknown option",
        GOOD,
        "train t.csv --targt y",
        "Unknown option: --targt. Did you mean --target?\nSee `pellucid --help`.",
    ),
    BadInput(
        "an unknown task",
        GOOD,
        f"{TRAIN} --task clustering",
        'Invalid value "clustering" for --task. Choose from: "auto", "regression", "classification".\n'
        "See `pellucid --help`.",
    ),
    BadInput(
        "no target",
        GOOD,
        "train t.csv",
        "--target is missing. See `pellucid train --help`.",
    ),
    BadInput(
        "no row",
        GOOD,
        "explain m.safetensors t.csv",
        "--row is missing. See `pellucid explain --help`.",
    ),
    BadInput(
        "a value forgotten",
        GOOD,
        "train t.csv --target",
        "--target needs a value after it. See `pellucid train --help`.",
    ),
    BadInput(
        "a row that is no whole number",
        GOOD,
        "explain m.safetensors t.csv --row 1.5",
        "Invalid value for --row: it must be a whole number, not '1.5'.\nSee `pellucid --help`.",
    ),
    BadInput(
        "a model file that is none",
        GOOD,
        "predict t.csv t.csv",
        "The model file 't.csv' cannot be read: it is not a pellucid model file; give a file that pellucid saved.",
    ),
    BadInput(
        "a model file that is missing",
        GOOD,
        "evaluate m.safetensors t.csv",
        "The model file 'm.safetensors' cannot be read: No such file or directory; check the path and its permissions.",
    ),
]
