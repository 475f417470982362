"""Wrong tables and options for a model that is fitted, each with the full sentence that a user must see."""

from bad_input import GOOD, BadInput, rows

# What is trained, once: {model: (table, targets, more options)}. Every case finds these models beside its t.csv.
TRAINED = {
    "number": (GOOD, ["y"]),
    "class": (rows("a,code,y", lambda i: i, lambda i: "12x"[i % 3], lambda i: f"c{i % 4}"), ["y"]),
    "whole": (rows("a,y", lambda i: i, lambda i: i % 3), ["y"]),
    "rate": (
        rows("a,e,y", lambda i: i, lambda i: i + 1, lambda i: i % 5),
        ["y"],
        "--loss",
        "poisson",
        "--exposure",
        "e",
    ),
    "label": (rows("a,p,q", lambda i: i, lambda i: i % 2, lambda i: i // 2 % 2), ["p", "q"]),
}
WITHOUT = (
    "--exposure is for models that were trained with --exposure, and this one was not: it predicts the target itself, "
    "and no rate. Leave --exposure out, or train with it."
)
NUMBER = "evaluate number.safetensors t.csv"
FINITE = "The model predicts finite numbers: correct these rows, or leave them out."
LABELS = "The model predicts labels of 0 and 1: correct these rows, or leave them out."
CLASSES = "The model's classes are 'c0', 'c1', 'c2', 'c3': correct these rows, or leave them out."

BAD_INPUTS_FOR_MODELS = [
    BadInput(
        "evaluate: text as number",
        "a,b,y\n1,2,3\n1,2,much\n",
        NUMBER,
        f"The target 'y' holds 'much' in row 1 (line 3). {FINITE}",
    ),
    BadInput(
        "evaluate: dates as numbers",
        "a,b,y\n1,2,2024-05-31\n1,2,2024-06-01\n",
        NUMBER,
        f"The target 'y' holds '2024-05-31' in row 0 (line 2), and 1 other row holds such values. {FINITE}",
    ),
    BadInput(
        "evaluate: an infinite target below a missing one",
        "a,b,y\n1,2,\n1,2,3\n1,2,-inf\n",
        NUMBER,
        f"The target 'y' holds -inf in row 2 (line 4). {FINITE}",
    ),
    BadInput(
        "evaluate: no target at all",
        "a,b,y\n1,2,\n1,2,\n",
        NUMBER,
        "t.csv has no row with a value of every target: there is nothing to compare with.",
    ),
    BadInput(
        "evaluate: no such column",
        "a,b,z\n1,2,3\n",
        NUMBER,
        "t.csv has no column 'y' (a target of the model). Its columns are: a, b, z. "
        "Check the spelling; upper and lower case count.",
    ),
    BadInput(
        "evaluate: text as label",
        "a,p,q\n1,yes,0\n2,no,1\n",
        "evaluate label.safetensors t.csv",
        f"The target 'p' holds 'yes' in row 0 (line 2), and 1 other row holds such values. {LABELS}",
    ),
    BadInput(
        "evaluate: half a label",
        "a,p,q\n1,0,0\n2,1,0.5\n",
        "evaluate label.safetensors t.csv",
        f"The target 'q' holds 0.5 in row 1 (line 3). {LABELS}",
    ),
    BadInput(
        "evaluate: a label of 2",
        "a,p,q\n1,0,0\n2,2,1\n",
        "evaluate label.safetensors t.csv",
        f"The target 'p' holds 2 in row 1 (line 3). {LABELS}",
    ),
    BadInput(
        "evaluate: an unknown class",
        "a,code,y\n1,1,c0\n2,x,c4\n3,x,c5\n",
        "evaluate class.safetensors t.csv",
        f"The target 'y' holds 'c4' in row 1 (line 3), and 1 other row holds such values. {CLASSES}",
    ),
    BadInput(
        "evaluate: numbers as classes of text",
        "a,code,y\n1,1,0\n2,x,1\n",
        "evaluate class.safetensors t.csv",
        f"The target 'y' holds '0' in row 0 (line 2), and 1 other row holds such values. {CLASSES}",
    ),
    BadInput(
        "evaluate: a fraction as class",
        "a,y\n1,1\n2,1.5\n",
        "evaluate whole.safetensors t.csv",
        "The target 'y' holds 1.5 in row 1 (line 3). The model's classes are 0, 1, 2: "
        "correct these rows, or leave them out.",
    ),
    BadInput(
        "predict: text among numbers",
        "a,b\n1,2\nmany,2\n",
        "predict number.safetensors t.csv",
        "The column 'a' held numbers in training, but has 'many' in row 1 (line 3). "
        "Correct it, or leave it empty: it then counts as missing.",
    ),
    BadInput(
        "predict: an infinite number",
        'a,b\n1,2\n\n"3",inf\n',
        "predict number.safetensors t.csv",
        "The column 'b' has an infinite value in row 1 (line 4). "
        "Correct it, or leave it empty: it then counts as missing.",
    ),
    BadInput(
        "predict: a column less",
        "a\n1\n",
        "predict number.safetensors t.csv",
        "t.csv lacks the column 'b' that the model needs. Add or rename it.",
    ),
    BadInput(
        "predict: an unknown key",
        GOOD,
        "predict number.safetensors t.csv --key id",
        "t.csv has no column 'id' (--key). Its columns are: a, b, y. Check the spelling; upper and lower case count.",
    ),
    BadInput(
        "predict: a key of the name of the prediction",
        "a,b,predicted_y\n1,2,3\n",
        "predict number.safetensors t.csv --key predicted_y",
        "--key names the column 'predicted_y', which is also the name of a column of predictions. Rename it.",
    ),
    BadInput(
        "predict: probabilities of numbers",
        GOOD,
        "predict number.safetensors t.csv --probabilities",
        "number.safetensors is a regressor and has no probabilities. Leave out --probabilities.",
    ),
    BadInput(
        "predict: the table as output",
        GOOD,
        "predict number.safetensors t.csv --out ../t/t.csv",
        "--out names '../t/t.csv', which this command reads: it would be lost. Choose another name.",
    ),
    BadInput(
        "predict: another kind of file",
        GOOD,
        "predict number.safetensors t.csv --out p.xlsx",
        "--out must end in .csv or .parquet. Got 'p.xlsx' instead.",
    ),
    BadInput(
        "predict: no folder",
        GOOD,
        "predict number.safetensors t.csv --out nowhere/p.csv",
        "--out lies in 'nowhere', which is not a folder. Create it first.",
    ),
    BadInput(
        "evaluate: no exposures",
        GOOD,
        "evaluate rate.safetensors t.csv",
        "rate.safetensors was trained with exposures and predicts rates, which the targets of a table are not. Name "
        "the column of their exposures with --exposure.",
    ),
    BadInput(
        "check: no exposures",
        GOOD,
        "check rate.safetensors t.csv",
        "rate.safetensors was trained with exposures and predicts rates, which the targets of a table are not. Name "
        "the column of their exposures with --exposure.",
    ),
    BadInput(
        "evaluate: exposures of a model without",
        GOOD,
        "evaluate number.safetensors t.csv --exposure a",
        WITHOUT,
    ),
    BadInput("predict: exposures of a model without", GOOD, "predict number.safetensors t.csv --exposure a", WITHOUT),
    BadInput(
        "predict: no such column of exposures",
        "a,y\n1,2\n",
        "predict rate.safetensors t.csv --exposure e",
        "t.csv has no column 'e' (--exposure). Its columns are: a, y. Check the spelling; upper and lower case count.",
    ),
    BadInput(
        "predict: a missing exposure",
        "a,e\n1,2\n2,\n3,x\n",
        "predict rate.safetensors t.csv --exposure e",
        "--exposure: the column 'e' is empty in row 1 (line 3), and 1 other row is no better. An exposure is a number "
        "> 0 (from 1e-100 to 1e100): correct these rows, or leave them out.",
    ),
    BadInput(
        "evaluate: nothing but weights of 0",
        "a,b,w,y\n1,2,0,3\n1,3,0,3\n",
        "evaluate number.safetensors t.csv --weights w",
        "--weights w: every row has the weight 0: there is nothing to compare with.",
    ),
    BadInput(
        "evaluate: a negative weight",
        "a,b,w,y\n1,2,1,3\n1,3,-0.5,3\n",
        "evaluate number.safetensors t.csv --weights w",
        "--weights: the column 'w' holds -0.5 in row 1 (line 3). A weight is a finite number >= 0: correct these rows, "
        "or leave them out.",
    ),
]
