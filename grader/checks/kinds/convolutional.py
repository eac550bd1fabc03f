"""Convolutional: convolutions, then one linear layer, in any style of writing?

Pooling, activations, flatten, sums and normalisation are free, and so are the convolutions' widths.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from grader.checks.layers import DENSE, FREE, kind_of
from grader.checks.registry import check
from grader.checks.values import Layer, ModelEvidence, Verdict, failed, passed, review

_CONVOLUTION = ("conv", "depthwiseconv", "separableconv")
_ALSO_FREE = FREE | {"add", "concatenate", "reduce", "multiply", "elementwise", "zeropadding2d", "pad"}
_NORMALISING = ("batchnorm", "layernorm", "groupnorm", "instancenorm", "rmsnorm")


@dataclass(frozen=True)
class Blocks:
    """At least `convolutions`, then one linear layer of at least `outputs_at_least`.

    `or_hidden`: a model whose last linear layer stands behind others of exactly these widths is accepted as well.
    `dropout` is taken for a layer too many, or is `free`. `other_than`: the id of a task whose points another model must earn.
    """

    convolutions: int = 1
    outputs_at_least: int = 10
    or_hidden: tuple[int, ...] = ()
    dropout: Literal["none", "free"] = "none"
    other_than: str = ""


@check("convolutional", params=Blocks)
def convolutional(want: Blocks, model: ModelEvidence) -> Verdict:
    """The first difference is told, in the order in which a student would mend it."""
    layers = [(kind_of(layer), layer) for layer in model.layers]
    order = "".join("c" if kind.startswith(_CONVOLUTION) else "l" if kind in DENSE else "" for kind, _ in layers)
    foreign = [layer for kind, layer in layers if not _known(kind)]
    other = next((layer for layer in foreign if layer.parameters), None)
    if other:
        return failed("other_layer", kind=other.kind)
    if order.count("c") < want.convolutions:
        return failed("too_few", found=order.count("c"), wanted=want.convolutions)
    if "lc" in order:
        return failed("after_linear")
    linear = [layer for kind, layer in layers if kind in DENSE]
    wrong = _linear_layers(want, linear)
    if wrong:
        return wrong
    dropout = next((layer for kind, layer in layers if "dropout" in kind), None)
    if dropout and want.dropout == "none":
        return failed("dropout", kind=dropout.kind)
    if foreign:  # it learns nothing, and yet may be more than it seems: an index into a table of answers
        return review("unknown_layer", kind=foreign[0].kind)
    return passed(convolutions=order.count("c"), linear=len(linear))


def _known(kind: str) -> bool:
    return kind in DENSE | _ALSO_FREE or kind.startswith(_CONVOLUTION + _NORMALISING) or "pool" in kind or "dropout" in kind


def _linear_layers(want: Blocks, linear: list[Layer]) -> Verdict | None:
    if not linear:
        return failed("no_linear")
    if any(len(layer.output_shape) > 2 for layer in linear):
        return failed("not_flattened")
    *hidden, last = [layer.units or 0 for layer in linear]
    if hidden and not want.or_hidden:
        return failed("linear_layers", found=len(linear))
    if hidden and tuple(hidden) != want.or_hidden:
        return failed("hidden", found=_listed(hidden), wanted=_listed(want.or_hidden))
    if last < want.outputs_at_least:
        return failed("outputs", found=last, wanted=want.outputs_at_least)
    return None


def _listed(widths: tuple[int, ...] | list[int]) -> str:
    return ", ".join(str(width) for width in widths)
