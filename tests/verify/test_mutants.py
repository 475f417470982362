"""Negative control: every change of a backward line, a slope or a derivative is caught by the finite differences.

A ladder that catches nothing proves nothing. Each mutant is one change in the syntax tree of one of the functions
below; the chapter is loaded anew with it, under another name, and its gradients are held against finite differences of
J taken from the unchanged chapter. The forward functions are never changed, so those differences are made once.
"""

from __future__ import annotations

import ast
import copy
import functools
import sys
import types
from pathlib import Path

import numpy as np
import pytest

import pellucid.mathematics
from pellucid.mathematics.activations import ELEMENTWISE, HIDDEN

CHAPTER = Path(pellucid.mathematics.__path__[0])
SOURCES = {
    ".".join(path.relative_to(CHAPTER).with_suffix("").parts).removesuffix(".__init__"): path.read_text("utf-8")
    for path in CHAPTER.rglob("*.py")
}
ORDER = (  # what the check loads, each after what it imports
    "rules", "activations.functions", "activations.activation", "activations.hidden", "activations.output",
    "activations", "activations.per_output",
    "starting_weights", "structure", "losses.loss", "losses.residuals", "losses.counts",
    "losses.classes", "losses.per_target", "losses.own", "losses", "forward", "batch", "observation",
)  # fmt: skip
BACKWARD = {
    "activations.hidden": {"slope"},
    "activations.output": {"slope", "jacobian"},
    "activations.per_output": {"slope"},
    "losses.loss": {"spread"},
    "losses.residuals": {"derivative", "pull"},
    "losses.counts": {"derivative", "dL_dH"},
    "losses.classes": {"derivative", "dL_dH", "smooth", "one_hot", "shares"},
    "losses.per_target": {"derivative", "dL_dH", "by_part", "spread", "slope_of_part"},
    "observation": {"make_dz_dh", "make_dh_dW", "make_dh_dc", "make_dh_dz", "make_dz_masked_dz", "propagate_backward"},
    "batch": {"propagate_backward_batch"},
}
# Each loss with its numbers, the activation of its outputs, and how many targets it has. Widths are 3 where they can
# be; of two quantiles there are two targets, or a weight of one would fit all outputs.
LOSSES = (
    *((lambda losses: losses.RSS(), name, 3) for name in ELEMENTWISE),
    (lambda losses: losses.Absolute(), "linear", 3),
    (lambda losses: losses.Huber(0.5), "tanh", 3),
    (lambda losses: losses.Quantile(0.8), "linear", 3),
    (lambda losses: losses.Quantile(0.2, 0.9), "softplus", 2),
    (lambda losses: losses.Poisson(), "exponential", 3),
    (lambda losses: losses.Gamma(), "exponential", 3),
    (lambda losses: losses.Tweedie(1.3), "exponential", 3),
    (lambda losses: losses.Log(), "sigmoid", 3),
    (lambda losses: losses.Log(0.2), "sigmoid", 3),
    (lambda losses: losses.CrossEntropy(), "softmax", 1),
    (lambda losses: losses.CrossEntropy(0.2), "softmax", 1),
    (
        lambda losses: losses.PerTarget([losses.Huber(0.5), losses.Gamma()], ["tanh", "exponential"]),
        ["tanh", "exponential"],
        2,
    ),
    (
        lambda losses: losses.PerTarget([losses.RSS(), losses.Log(0.1), losses.Quantile(0.2, 0.9)], None),
        ["linear", "sigmoid", "linear", "linear"],
        3,
    ),
)
PAIRED = (lambda losses: losses.Log(), "sigmoid", 3)
BY_TANH = (lambda losses: losses.RSS(), "tanh", 3)
LIMIT = 1e-9  # that of rung 2
STEP = 5e-4  # as there
# Of three rows and three units in the layers 0, 1 and 2: all different, and no row without a unit.
MASKS = np.array(
    [[[0, 2, 1.5], [3, 0, 2], [2, 2, 0]], [[2, 1, 0], [3, 1, 2], [0, 2, 1]], [[1, 0, 3], [2, 3, 0], [4, 1, 2]]]
)

# Changes that cannot be seen because they change no number, each with its reason; any other survivor is a failure.
EQUIVALENT = {
    "constants of GELU's clip": lambda change, line: "clip(h, -40, 40)" in line and "constant" in change,
    "a factor of all exponentials cancels in softmax": lambda change, line: (
        line.startswith("e = xp.exp(H - xp.max(H") and change in ("assigned value negated", "a factor D_y")
    ),
    "a diagonal or symmetric Jacobian is its transpose": lambda change, line: (
        change == "right matrix transposed"
        and any(name in line for name in ("make_dz_dh(", "make_dh_dc(", "make_dz_masked_dz("))
    ),
    "z (1 + z) - 2 z^2 is z (1 - z) but for rounding, which test_sensitivity.py watches": lambda change, line: (
        line.startswith("others = 1 - xp.eye(") and change == "- to +"
    ),
    "the transpose of a vector is the vector": lambda change, line: (
        "(others @ z)" in line and change == "right matrix transposed"
    ),
    "without smoothing the smoothed label is the label": lambda change, line: (
        line.startswith("return Y if self.label_smoothing == 0 else") and change == "constant 0 to 1"
    ),
    "the shift of softmax cancels": lambda change, line: "xp.exp(H - xp.max(H" in line and "- to +" in change,
}


class Mutator(ast.NodeTransformer):
    """Applies the n-th possible change, and counts them all."""

    def __init__(self, n):
        self.n, self.count, self.description, self.line = n, 0, None, None

    def offer(self, node, description, make):
        self.count += 1
        if self.count - 1 == self.n:
            self.description, self.line = description, node.lineno
            return ast.copy_location(make(), node)
        return None

    def visit(self, node):
        if getattr(node, "docstring", False) or isinstance(node, ast.arguments):
            return node
        for description, make in self.changes(node):
            changed = self.offer(node, description, make)
            if changed is not None:
                return changed
        return self.generic_visit(node)

    def changes(self, node):
        if isinstance(node, ast.BinOp):
            swapped = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Div: ast.Mult}.get(type(node.op))
            if swapped and not index_like(node):
                signs = {ast.Add: "+", ast.Sub: "-", ast.Div: "/", ast.Mult: "*"}
                yield (
                    f"{signs[type(node.op)]} to {signs[swapped]}",
                    lambda: ast.BinOp(node.left, swapped(), node.right),
                )
            if isinstance(node.op, ast.Mult | ast.Div | ast.Pow):
                yield "right factor dropped", lambda: node.left
            if isinstance(node.op, ast.Mult):
                yield "left factor dropped", lambda: node.right
            if isinstance(node.op, ast.MatMult):
                yield "right matrix transposed", lambda: ast.BinOp(node.left, ast.MatMult(), transposed(node.right))
        if (
            isinstance(node, ast.UnaryOp)
            and isinstance(node.op, ast.USub)
            and not isinstance(node.operand, ast.Constant)
        ):
            yield "minus dropped", lambda: node.operand
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
            yield f"constant {node.value} to {node.value + 1}", lambda: ast.Constant(node.value + 1)
        if isinstance(node, ast.Attribute) and node.attr in ("slope", "T", "W"):
            if node.attr == "slope":
                yield "slope to value", lambda: ast.Attribute(node.value, "value", ast.Load())
            elif node.attr == "T":
                yield "transposition dropped", lambda: node.value
            else:
                yield "W to W.T", lambda: transposed(node)
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Gt):
            yield "> to <", lambda: ast.Compare(node.left, [ast.Lt()], node.comparators)
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Lt):
            yield "< to >", lambda: ast.Compare(node.left, [ast.Gt()], node.comparators)
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq):
            yield "== to !=", lambda: ast.Compare(node.left, [ast.NotEq()], node.comparators)
        if isinstance(node, ast.Return) and node.value is not None:
            yield "returned value negated", lambda: ast.Return(ast.UnaryOp(ast.USub(), node.value))
            yield "a factor D_y", lambda: ast.Return(ast.BinOp(node.value, ast.Mult(), ast.Constant(3)))
        if isinstance(node, ast.Assign) and gradient_target(node.targets[0]):
            value, targets = node.value, node.targets
            yield "assigned value negated", lambda: ast.Assign(targets, ast.UnaryOp(ast.USub(), value))
            yield "a factor D_y", lambda: ast.Assign(targets, ast.BinOp(value, ast.Mult(), ast.Constant(3)))
            yield "line dropped", ast.Pass
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "T[i, i, :]":
            yield "T filled in every row", lambda: ast.parse(f"T[i, :, :] = {ast.unparse(node.value)}").body[0]
            yield "T filled in column", lambda: ast.parse(f"T[i, 0, :] = {ast.unparse(node.value)}").body[0]


def transposed(node):
    return ast.Attribute(copy.deepcopy(node), "T", ast.Load())


def index_like(node):
    """l - 1 and the like, whose constants are changed anyway."""
    return isinstance(node.left, ast.Name) and node.left.id in ("l", "L")


def gradient_target(target):
    return ast.unparse(target).startswith(("made.dL", "dL_d", "dY_hat", "others", "e", "density"))


def backward_functions(tree, module):
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in BACKWARD[module]:
            yield node


def without_docstrings(function):
    if isinstance(function.body[0], ast.Expr) and isinstance(function.body[0].value, ast.Constant):
        function.body = function.body[1:] or [ast.Pass()]


def mutants_of(module):
    """(description, mutated source) of every possible change in the backward functions of a module."""
    n_functions = len(list(backward_functions(ast.parse(SOURCES[module]), module)))
    for f in range(n_functions):
        n = 0
        while True:
            changed = ast.parse(SOURCES[module])
            function = list(backward_functions(changed, module))[f]
            without_docstrings(function)
            mutator = Mutator(n)
            function.body = [mutator.visit(statement) for statement in function.body]
            if mutator.description is None:
                break
            line = SOURCES[module].splitlines()[mutator.line - 1].strip()
            yield (
                mutator.description,
                f"{module}.py:{mutator.line}",
                line,
                ast.unparse(ast.fix_missing_locations(changed)),
            )
            n += 1


@functools.cache
def code_of(name, module, source):
    """Compiled once for each name and source: a mutant changes one module of nineteen."""
    return compile(source.replace("pellucid.mathematics", name), f"{name}/{module}.py", "exec")


def load(name, replaced=None):
    """The chapter under another name, with the source of some modules replaced."""
    package = types.ModuleType(name)
    package.__path__ = []
    sys.modules[name] = package
    for module in ORDER:
        source = (replaced or {}).get(module, SOURCES[module])
        loaded = types.ModuleType(f"{name}.{module}")
        sys.modules[f"{name}.{module}"] = loaded
        exec(code_of(name, module, source), loaded.__dict__)
    return types.SimpleNamespace(**{module: sys.modules[f"{name}.{module}"] for module in ORDER if "." not in module})


def draw_cases():
    """Small networks of equal widths (a transposed matrix then has the right shape), with finite differences of J.

    J = sum_nd coefficients_nd L_nd for batch.py, the same row by row for observation.py, and for each paired loss the
    product of the two factors. Every activation is hidden once and is output once. The last cases are given
    masks, one of them none in a layer between two that have some.
    """
    chapter = load("unchanged_chapter")
    generator = np.random.default_rng(20)
    structures = [(LOSSES[0], (hidden, hidden)) for hidden in HIDDEN] + [(head, ("tanh",)) for head in LOSSES]
    drawn = []
    masked = [(LOSSES[0], ("tanh", "gelu")), (PAIRED, ("silu",)), (BY_TANH, ())]
    for i, ((make, output, n_targets), hidden) in enumerate(structures + masked):
        masks = None if i < len(structures) else [*MASKS[: len(hidden) + 1]]
        if masks and len(hidden) == 2:
            masks[1] = None
        loss = make(chapter.losses)
        n_outputs = len(output) if isinstance(output, list) else 3
        if not isinstance(output, list) and loss.name != "cross_entropy":
            n_outputs = n_targets * loss.outputs_per_target
        sizes = (*(3,) * (len(hidden) + 1), n_outputs)
        for _ in range(2000):
            theta = generator.uniform(-1, 1, chapter.structure.count_parameters(sizes))
            X, Y = generator.uniform(-1, 1, (3, 3)), draw_targets(generator, loss, n_targets)
            coefficients = generator.uniform(0.5, 2, Y.shape)
            network = chapter.structure.Network(sizes, [*hidden, output], theta)
            H, Z = chapter.forward.propagate_forward_batch(network, X, masks)
            distances = loss.from_kinks(Y, Z[-1])  # none for a loss without kinks
            far = all(np.abs(h).min() > 0.02 for h in [*H[1:], *distances])
            both = all((h > 0).any() and (h < 0).any() for h in [*H[1:], *distances])
            if far and both:
                break
        else:
            raise AssertionError("no case away from the kinks")

        def J(theta, X, network=network, loss=loss, Y=Y, coefficients=coefficients, masks=masks):
            moved = network.with_parameters(theta)
            H, Z = chapter.forward.propagate_forward_batch(moved, X, masks)
            return float(np.sum(coefficients * chapter.batch.losses_of_batch(loss, Y, H[-1], Z[-1])))

        by_theta = differentiate(lambda theta, J=J, X=X: J(theta, X), theta)
        by_X = differentiate(lambda x, J=J, theta=theta: J(theta, x.reshape(3, 3)), X.ravel()).reshape(3, 3)
        drawn.append((make, output, hidden, sizes, theta, X, Y, coefficients, masks, by_theta, by_X))
    return drawn


def draw_targets(generator, loss, n_targets):
    """Three rows of targets in the loss's domain."""
    if hasattr(loss, "losses"):
        return np.hstack([draw_targets(generator, part, 1) for part in loss.losses])
    if loss.name == "cross_entropy":
        return generator.permutation(3)[:, None].astype(float)
    if loss.name == "log":
        return generator.choice([0.0, 1.0, 0.3], (3, n_targets))
    if loss.unit == "mean":
        return generator.uniform(0.3, 3, (3, n_targets))
    return generator.normal(size=(3, n_targets))


def differentiate(function, point):
    def at(i, offset):
        moved = point.copy()
        moved[i] += offset
        return function(moved)

    return np.array(
        [
            (8 * (at(i, STEP) - at(i, -STEP)) - (at(i, 2 * STEP) - at(i, -2 * STEP))) / (12 * STEP)
            for i in range(point.size)
        ]
    )


@pytest.fixture(scope="module")
def drawn():
    return draw_cases()


def worst_error(chapter, drawn, stop_beyond=np.inf):
    """The largest relative error of all gradients of this chapter against the finite differences.

    The case that goes beyond the limit comes first from then on: the next mutant is likely one of the same lines.
    """
    worst = 0.0
    for i, case in enumerate(drawn):
        worst = max(worst, error_of_case(chapter, case, stop_beyond))
        if worst > stop_beyond:
            drawn.insert(0, drawn.pop(i))
            break
    return worst


def error_of_case(chapter, case, stop_beyond):
    """The largest relative error of the gradients of one case, or the first beyond the limit."""
    worst = 0.0

    def compare(found, expected):
        nonlocal worst
        found = np.asarray(found)
        if found.shape != expected.shape or not np.isfinite(found).all():
            worst = np.inf
        else:
            worst = max(worst, float(np.abs(found - expected).max() / np.abs(expected).max()))
        return worst > stop_beyond

    make, output, hidden, sizes, theta, X, Y, coefficients, masks, by_theta, by_X = case
    network = chapter.structure.Network(sizes, [*hidden, output], theta)
    loss = make(chapter.losses)
    by_row = [masks and [mask if mask is None else mask[n] for mask in masks] for n in range(len(X))]
    batch = chapter.batch.propagate_backward_batch(network, X, Y, loss, coefficients, masks)
    each = [
        chapter.observation.propagate_backward(network, x, y, loss, c, m)
        for x, y, c, m in zip(X, Y, coefficients, by_row, strict=True)
    ]
    plain = [
        chapter.observation.propagate_backward(network, x, y, loss, masks=m)
        for x, y, m in zip(X, Y, by_row, strict=True)
    ]
    ones = chapter.batch.propagate_backward_batch(network, X, Y, loss, np.ones(Y.shape), masks)
    row_sums = sum(one.theta for one in each)
    if compare(batch.theta, by_theta) or compare(batch.dL_dZ[0], by_X) or compare(row_sums, by_theta):
        return worst
    if compare(np.concatenate([one.dL_dz[0] for one in each]), by_X):
        return worst
    if compare(sum(one.theta for one in plain), ones.theta):
        return worst
    # The factors that the chapter shows: their product is dL_dh of the last layer.
    L = len(sizes) - 1
    for one in plain:
        dz_dh = chapter.observation.make_dz_dh(network.activations[-1], one.h[L])
        if compare(one.dL_dy_hat @ dz_dh, one.dL_dh[L]):
            return worst
    if not loss.paired and compare(batch.dL_dY_hat * batch.dY_hat_dH, batch.dL_dH[L]):
        return worst
    return worst


def test_the_unchanged_chapter_passes_the_check(drawn, record_error):
    """Otherwise catching mutants would say nothing."""
    record_error("negative control, unchanged", worst_error(load("unchanged_again"), drawn), LIMIT, "all cases")


@pytest.mark.parametrize("module", BACKWARD)
def test_every_mutant_of_the_backward_pass_is_caught(module, drawn, record_property):
    """Signs, factors, transposes, slopes, constants, dropped lines: none survives, or it is listed here."""
    made, survivors, excused, cases = 0, [], 0, list(drawn)
    for change, where, line, source in mutants_of(module):
        made += 1
        try:
            with np.errstate(all="ignore"):
                error = worst_error(load("mutant", {module: source}), cases, stop_beyond=LIMIT)
        except Exception:  # a mutant that does not run is caught
            continue
        if error <= LIMIT:
            if any(applies(change, line) for applies in EQUIVALENT.values()):
                excused += 1
            else:
                survivors.append(f"{where}: {change}: {line}")

    print(f"{module}: {made} mutants, {made - len(survivors) - excused} caught, {excused} change no number")
    record_property("worst_error", [f"negative control, {module} (survivors of {made} mutants, {excused} equivalent)",
                                    float(len(survivors)), float(len(survivors)), 0.0, module])  # fmt: skip
    assert made > 0
    assert not survivors, f"{len(survivors)} of {made} mutants survive:\n" + "\n".join(survivors)
