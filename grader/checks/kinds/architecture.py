"""Architecture: is the network built as the task asks, whatever the style in which it was written?

Layers that only reshape, scale, drop or activate are free. What counts is the chain of dense layers.
"""

from __future__ import annotations

from dataclasses import dataclass

from grader.checks.layers import ACTIVATIONS, DENSE, FREE, kind_of
from grader.checks.registry import check
from grader.checks.values import Layer, ModelEvidence, Verdict, failed, passed

# A batch norm is a linear map once the net is trained; a layer norm is not.
_NOT_LINEAR = frozenset({"layernormalization", "layernorm"})


@dataclass(frozen=True)
class Rule:
    """Exactly one of `linear` (no hidden layer: one dense map from the input to `outputs`) and `dense_hidden` (widths)."""

    linear: bool = False
    dense_hidden: tuple[int, ...] = ()
    outputs: int = 10

    def __post_init__(self) -> None:
        if self.linear == bool(self.dense_hidden):
            raise ValueError("give either linear: true or dense_hidden: [widths], not both and not neither")

    @property
    def hidden(self) -> tuple[int, ...]:
        return () if self.linear else self.dense_hidden


@check("architecture", params=Rule)
def architecture(want: Rule, model: ModelEvidence) -> Verdict:
    """The first difference is told, in the order in which a student would mend it."""
    layers = [(kind_of(layer), layer) for layer in model.layers]
    foreign = _foreign(layers, linear=want.linear)
    if foreign:
        return foreign
    dense = [layer for kind, layer in layers if kind in DENSE]
    if not dense:
        return failed("no_dense")
    flat = next((at for at, layer in enumerate(dense, 1) if len(layer.output_shape) > 2), None)
    if flat:
        return failed("not_flattened", layer=flat)
    *hidden, last = dense
    if len(hidden) != len(want.hidden):
        return failed("hidden_layers", found=len(hidden), wanted=len(want.hidden))
    for at, (layer, units) in enumerate(zip(hidden, want.hidden, strict=True), 1):
        if layer.units != units:
            return failed("units", layer=at, found=layer.units, wanted=units)
    if last.units != want.outputs:
        return failed("outputs", found=last.units, wanted=want.outputs)
    return passed(
        hidden=len(hidden),
        hint="hint.no_activation" if hidden and not _activated(layers) else None,
    )


def _foreign(layers: list[tuple[str, Layer]], *, linear: bool) -> Verdict | None:
    for kind, layer in layers:
        if kind.startswith(("conv", "depthwiseconv", "separableconv")):
            return failed("convolution", kind=layer.kind)
        if kind not in DENSE | FREE or (linear and kind in _NOT_LINEAR):
            return failed("not_dense", kind=layer.kind)
    return None


def _activated(layers: list[tuple[str, Layer]]) -> bool:
    """Whether something bends the line between the first dense layer and the last."""
    places = [at for at, (kind, _) in enumerate(layers) if kind in DENSE]
    between = layers[places[0] : places[-1]]
    return any(
        kind in ACTIVATIONS - {"activation"} or (layer.activation or "linear").lower() not in ("linear", "identity")
        for kind, layer in between
    )
