"""What is wrong with how a net is trained: labels, data, steps. Keras' `fit` and torch's loop with a `step()` in it."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from functools import partial

from worker.course_check.mutants.edit import Edit, Family, Mutant, Notebook, called, every, expression, keyword, told

PREDICTIONS: Family = frozenset({"predictions"})
_RATES = {"Adam": 0.001, "AdamW": 0.001, "SGD": 0.01, "RMSprop": 0.001, "Adagrad": 0.01, "Nadam": 0.001}
_TORCH = "__import__('torch')"
_NUMPY = "__import__('numpy')"


def labels_shuffled(notebook: Notebook) -> Iterator[Mutant]:
    yield from _labels(
        notebook,
        "labels shuffled",
        f"{_NUMPY}.random.permutation({{0}})",
        f"({{0}})[{_TORCH}.randperm(len({{0}}))]",
    )


def constant_predictor(notebook: Notebook) -> Iterator[Mutant]:
    yield from _labels(notebook, "constant predictor", f"{_NUMPY}.repeat({{0}}[:1], len({{0}}), axis=0)", "({0}) * 0")


def _labels(notebook: Notebook, operator: str, keras: str, torch: str) -> Iterator[Mutant]:
    """Other labels for a `fit`, or in the loss that is stepped down in a loop."""

    def fit(call: ast.Call) -> None:
        call.args[1] = expression(keras.format(told(call.args[1], 1000)))

    def loss(call: ast.Call) -> None:
        call.args[1] = expression(torch.format(told(call.args[1], 1000)))

    yield from every(notebook, ast.Call, _fits, fit, operator, lambda call: told(call, 40), PREDICTIONS)
    losses = _losses(notebook)

    def stepped_down(call: ast.Call) -> bool:
        return told(call, 1000) in losses

    yield from every(notebook, ast.Call, stepped_down, loss, operator, lambda call: told(call, 40), PREDICTIONS)


def _fits(call: ast.Call) -> bool:
    return called(call) == "fit" and len(call.args) > 1


def _losses(notebook: Notebook) -> set[str]:
    """Calls whose result is told to go `backward()`."""
    found: set[str] = set()
    assigned: dict[str, list[ast.Call]] = {}
    for _, tree in notebook.parsed():
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Name):
                assigned.setdefault(node.targets[0].id, []).append(node.value)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and called(node) == "backward" and isinstance(node.func, ast.Attribute):
                what = node.func.value
                calls = [what] if isinstance(what, ast.Call) else assigned.get(getattr(what, "id", ""), [])
                found |= {told(call, 1000) for call in calls if len(call.args) > 1}
    return found


def no_training(notebook: Notebook) -> Iterator[Mutant]:
    def fit(call: ast.Call) -> None:
        call.keywords = [one for one in call.keywords if one.arg != "epochs"] + [ast.keyword("epochs", ast.Constant(0))]

    yield from every(notebook, ast.Call, _fits, fit, "no training", lambda call: told(call, 40), PREDICTIONS)
    yield from _loops(notebook, "no training", _stepless)


def one_batch(notebook: Notebook) -> Iterator[Mutant]:
    yield from every(notebook, ast.Call, _fits, _fit_once, "one batch", lambda call: told(call, 40), PREDICTIONS)
    yield from _loops(notebook, "one batch", _end_after_one)


def _fit_once(call: ast.Call) -> None:
    call.args[:2] = [expression(f"({told(one, 1000)})[:32]") for one in call.args[:2]]
    call.keywords = [one for one in call.keywords if one.arg != "epochs"] + [ast.keyword("epochs", ast.Constant(1))]


def _end_after_one(loop: ast.For) -> None:
    loop.body.append(ast.Break())


def shortened(notebook: Notebook) -> bytes:
    """The notebook with every training cut down to a batch: how a net is built can be seen in seconds."""
    code = list(notebook.code)
    for at, tree in notebook.parsed():
        other = copy.deepcopy(tree)
        for node in list(ast.walk(other)):
            if isinstance(node, ast.Call) and _fits(node):
                _fit_once(node)
            elif isinstance(node, ast.For) and _steps_here(node):
                _end_after_one(node)
        code[at] = ast.unparse(ast.fix_missing_locations(other))
    return notebook.with_code(tuple(code))


def _loops(notebook: Notebook, operator: str, edit: Edit) -> Iterator[Mutant]:
    """The innermost loops that step."""

    def say(loop: ast.For) -> str:
        return f"for {told(loop.target)} in {told(loop.iter, 40)}"

    yield from every(notebook, ast.For, _steps_here, edit, operator, say, PREDICTIONS)


def _steps_here(loop: ast.For) -> bool:
    inner = [one for one in ast.walk(loop) if isinstance(one, ast.For) and one is not loop]
    return any(map(_is_step, loop.body)) and not any(_steps_here(one) for one in inner)


def _is_step(statement: ast.AST) -> bool:
    return isinstance(statement, ast.Expr) and called(statement.value) == "step"


def _stepless(loop: ast.For) -> None:
    loop.body = [one for one in loop.body if not _is_step(one)] + [ast.Break()]


def rate_hundredfold(notebook: Notebook) -> Iterator[Mutant]:
    mutant = partial(every, notebook, operator="learning rate x100", family=PREDICTIONS)

    def given(call: ast.Call) -> None:
        rate = keyword(call, "lr", "learning_rate")
        assert rate is not None
        rate.value = expression(f"100 * ({told(rate.value)})")

    def second(call: ast.Call) -> None:
        call.args[1] = expression(f"100 * ({told(call.args[1])})")

    def unsaid(call: ast.Call) -> bool:
        return called(call) in _RATES and not keyword(call, "lr", "learning_rate") and len(call.args) < 2

    def by_place(call: ast.Call) -> bool:
        return called(call) in _RATES and len(call.args) > 1

    def usual(call: ast.Call) -> None:
        word = "learning_rate" if _is_keras(notebook) else "lr"
        call.keywords.append(ast.keyword(word, ast.Constant(100 * _RATES[called(call)])))

    def by_name(call: ast.Call) -> None:
        named = keyword(call, "optimizer")
        assert named is not None
        name = {known.lower(): known for known in _RATES}[str(getattr(named.value, "value", "")).lower()]
        named.value = expression(f"__import__('keras').optimizers.{name}({100 * _RATES[name]})")

    yield from mutant(ast.Call, lambda call: bool(keyword(call, "lr", "learning_rate")), given, say=told)
    yield from mutant(ast.Call, unsaid, usual, say=told)
    yield from mutant(ast.Call, by_place, second, say=told)
    yield from mutant(ast.Call, _compiles, by_name, say=lambda call: told(call, 40))


def _compiles(call: ast.Call) -> bool:
    named = keyword(call, "optimizer")
    name = str(getattr(named.value, "value", "")) if named else ""
    return called(call) == "compile" and name.lower() in map(str.lower, _RATES)


def _is_keras(notebook: Notebook) -> bool:
    return any("keras" in source for source in notebook.code)


def train_and_test_swapped(notebook: Notebook) -> Iterator[Mutant]:
    """`(train), (test) = load_data()` the other way round; `train=True` and `train=False` exchanged everywhere."""

    def pairs(assign: ast.Assign) -> None:
        target = assign.targets[0]
        assert isinstance(target, ast.Tuple)
        target.elts.reverse()

    yield from every(notebook, ast.Assign, _splits, pairs, "train/test swapped", told, PREDICTIONS)
    changed = {}
    for at, tree in notebook.parsed():
        other = copy.deepcopy(tree)
        flags = [one for one in ast.walk(other) if isinstance(one, ast.keyword) and one.arg == "train"]
        for flag in flags:
            if isinstance(flag.value, ast.Constant):
                flag.value = ast.Constant(not flag.value.value)
        if flags:
            changed[at] = other
    if changed:
        yield notebook.mutant("train/test swapped", "train=True and train=False exchanged", PREDICTIONS, changed)


def _splits(assign: ast.Assign) -> bool:
    target = assign.targets[0]
    return isinstance(target, ast.Tuple) and len(target.elts) == 2 and all(isinstance(one, ast.Tuple) for one in target.elts)


OPERATORS = (labels_shuffled, constant_predictor, no_training, one_batch, rate_hundredfold, train_and_test_swapped)
