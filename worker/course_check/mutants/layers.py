"""What is wrong with how a net is built: a layer gone, a width off by one, an activation or the biases left out.

A *chain* is layers one after another: the list or the arguments of a `Sequential` (or of its `super().__init__`), or what a
class's `__init__` gives to `self`.
Where a torch layer's width changes or goes, the next layers' inputs are mended, so that the net still runs.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from worker.course_check.mutants.edit import Family, Mutant, Notebook, called, every, expression, keyword, told

STRUCTURE: Family = frozenset({"structure"})
EITHER: Family = frozenset({"structure", "predictions"})
_SIZED = {"Linear", "Conv2d", "Conv1d"}  # torch: (in, out)
_FOLLOWING = {"BatchNorm1d", "BatchNorm2d", "LayerNorm"}  # torch: (width)
_UNITS = {"Dense", "Conv2D", "Conv1D"}  # Keras: (width)
_ACTIVATIONS = {"ReLU", "LeakyReLU", "ELU", "GELU", "SiLU", "Tanh", "Sigmoid", "Activation"}
_LAYERS = {
    *(_SIZED | _FOLLOWING | _UNITS | _ACTIVATIONS),
    *("Flatten", "Dropout", "Dropout2d", "Rescaling", "BatchNormalization", "MaxPool2d", "MaxPooling2D", "AvgPool2d"),
    *("AveragePooling2D", "GlobalAveragePooling2D", "AdaptiveAvgPool2d", "Softmax", "LogSoftmax"),
}
_FUNCTIONS = {"relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid"}


@dataclass(frozen=True)
class Chain:
    """Layers in order, and how one is taken out of the tree that they stand in."""

    calls: tuple[ast.Call, ...]
    take_out: Callable[[ast.Call], None]


def chains(tree: ast.AST) -> list[Chain]:
    """The chains of a tree, in the order of `ast.walk`: the same for the tree and its copy."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.List):
            found.append(_of_items(node.elts))
        elif isinstance(node, ast.Call) and called(node) in ("Sequential", "__init__"):
            found.append(_of_items(node.args))
        elif isinstance(node, ast.FunctionDef) and node.name == "__init__":
            found.append(_of_attributes(node))
    return [chain for chain in found if chain.calls]


def _of_items(items: list[ast.expr]) -> Chain:
    calls = tuple(one for one in items if isinstance(one, ast.Call) and called(one) in _LAYERS)
    return Chain(calls, items.remove)


def _of_attributes(init: ast.FunctionDef) -> Chain:
    assigned = [one for one in init.body if isinstance(one, ast.Assign) and called(one.value) in _LAYERS]

    def take_out(call: ast.Call) -> None:
        next(one for one in assigned if one.value is call).value = expression("__import__('torch').nn.Identity()")

    return Chain(tuple(one.value for one in assigned if isinstance(one.value, ast.Call)), take_out)


def _each(notebook: Notebook, operator: str, family: Family, change: Callable[[Chain, int], str]) -> Iterator[Mutant]:
    """Try `change` on each layer of each chain, in a copy of its cell; it says what it did, or nothing."""
    for at, tree in notebook.parsed():
        for number, chain in enumerate(chains(tree)):
            for place in range(len(chain.calls)):
                other = copy.deepcopy(tree)
                said = change(chains(other)[number], place)
                if said:
                    yield notebook.mutant(operator, said, family, {at: other}, chain.calls[place].lineno)


def layer_removed(notebook: Notebook) -> Iterator[Mutant]:
    def change(chain: Chain, place: int) -> str:
        call = chain.calls[place]
        if called(call) in _ACTIVATIONS:
            return ""
        if called(call) in _SIZED and len(call.args) > 1:
            _mend(chain, place, call.args[1], call.args[0])
        chain.take_out(call)
        return f"without {told(call)}"

    return _each(notebook, "layer removed", EITHER, change)


def _mend(chain: Chain, place: int, old: ast.expr, new: ast.expr) -> None:
    """What follows and took `old` numbers takes `new` ones."""
    for call in chain.calls[place + 1 :]:
        if called(call) in _SIZED | _FOLLOWING and call.args and ast.dump(call.args[0]) == ast.dump(old):
            call.args[0] = copy.deepcopy(new)
        if called(call) in _SIZED:
            return


def width_off(step: int) -> Callable[[Notebook], Iterator[Mutant]]:
    def change(chain: Chain, place: int) -> str:
        call = chain.calls[place]
        at = 1 if called(call) in _SIZED else 0
        if called(call) not in _SIZED | _UNITS or len(call.args) <= at:
            return ""
        width, before = call.args[at], told(call)
        if not isinstance(width, ast.Constant) or not isinstance(width.value, int):
            return ""
        call.args[at] = ast.Constant(width.value + step)
        if at:
            _mend(chain, place, width, call.args[at])
        return f"{before} → {width.value + step}"

    return lambda notebook: _each(notebook, f"width {step:+d}", STRUCTURE, change)


def activation_removed(notebook: Notebook) -> Iterator[Mutant]:
    """One activation: a layer's own word, a layer of its own, or a function around a value."""

    def change(chain: Chain, place: int) -> str:
        call = chain.calls[place]
        if called(call) in _ACTIVATIONS:
            chain.take_out(call)
            return f"without {told(call)}"
        return _plain(call)

    yield from _each(notebook, "activation removed", EITHER, change)
    yield from every(
        notebook,
        ast.Call,
        lambda call: called(call) in _FUNCTIONS and len(call.args) == 1 and not isinstance(call.args[0], ast.Constant),
        lambda call: call.args[0],
        "activation removed",
        lambda call: f"without {told(call)}",
        EITHER,
    )


def activations_removed(notebook: Notebook) -> Iterator[Mutant]:
    """All of a chain's at once, but the last layer's own: a net that is one linear map."""
    for at, tree in notebook.parsed():
        for number, chain in enumerate(chains(tree)):
            if sum(called(call) in _ACTIVATIONS or keyword(call, "activation") is not None for call in chain.calls[:-1]) < 2:
                continue
            other = copy.deepcopy(tree)
            changed = chains(other)[number]
            for call in changed.calls[:-1]:
                changed.take_out(call) if called(call) in _ACTIVATIONS else _plain(call)
            what = f"no hidden activation from {told(chain.calls[0], 30)} to {told(chain.calls[-1], 30)}"
            yield notebook.mutant("activations removed", what, EITHER, {at: other})


def _plain(call: ast.Call) -> str:
    own = keyword(call, "activation")
    if own is None:
        return ""
    before = told(call)
    call.keywords.remove(own)
    return f"{before} → no activation"


def biases_off(notebook: Notebook) -> Iterator[Mutant]:
    def change(chain: Chain, place: int) -> str:
        call = chain.calls[place]
        word = "use_bias" if called(call) in _UNITS else "bias" if called(call) in _SIZED else ""
        if not word or keyword(call, word):
            return ""
        before = told(call)
        call.keywords.append(ast.keyword(word, ast.Constant(value=False)))
        return f"{before} → {word}=False"

    return _each(notebook, "biases off", STRUCTURE, change)


OPERATORS = (layer_removed, width_off(+1), width_off(-1), activation_removed, activations_removed, biases_off)
