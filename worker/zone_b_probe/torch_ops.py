"""The operations that a torch graph may name: all that zone B computes. A name that is not here is refused by that name.

Each is one function of torch's own that computes from tensors and plain numbers: none reads a file, runs a text or makes
an object of another kind. The names are ours and are looked up once; a student's text is only ever a key of `OPERATIONS`.
Beside each stands the kind of layer that it counts as (the class of torch.nn where there is one), or `-` where it only
moves numbers about.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from .refused import malformed


class Operation(NamedTuple):
    """A function and the kind of layer that a call of it counts as; nothing for bookkeeping."""

    function: Callable[..., Any]
    kind: str


_TABLE = """
Linear          linear.default
Conv1d          conv1d.default conv1d.padding
Conv2d          conv2d.default conv2d.padding
Conv3d          conv3d.default conv3d.padding
ConvTranspose1d conv_transpose1d.default
ConvTranspose2d conv_transpose2d.input
BatchNorm       batch_norm.default
InstanceNorm    instance_norm.default
LayerNorm       layer_norm.default
GroupNorm       group_norm.default
RMSNorm         rms_norm.default
Embedding       embedding.default
LSTM            lstm.input
GRU             gru.input
RNN             rnn_tanh.input rnn_relu.input
Bilinear        bilinear.default
Attention       scaled_dot_product_attention.default
MatMul          matmul.default mm.default bmm.default mv.default dot.default addmm.default baddbmm.default einsum.default
MatMul          outer.default

ReLU            relu.default relu_.default
ReLU6           relu6.default relu6_.default
LeakyReLU       leaky_relu.default leaky_relu_.default
PReLU           prelu.default
ELU             elu.default elu_.default
SELU            selu.default selu_.default
CELU            celu.default celu_.default
GELU            gelu.default gelu_.default
SiLU            silu.default silu_.default
Mish            mish.default mish_.default
Tanh            tanh.default tanh_.default
Sigmoid         sigmoid.default sigmoid_.default
Softplus        softplus.default
LogSigmoid      log_sigmoid.default
Hardtanh        hardtanh.default hardtanh_.default
Hardsigmoid     hardsigmoid.default hardsigmoid_.default
Hardswish       hardswish.default hardswish_.default
Threshold       threshold.default threshold_.default
Softmax         softmax.int
LogSoftmax      log_softmax.int

Dropout         dropout.default dropout_.default feature_dropout.default feature_dropout_.default
Dropout         alpha_dropout.default alpha_dropout_.default
MaxPool         max_pool1d.default max_pool2d.default adaptive_max_pool1d.default adaptive_max_pool2d.default
AvgPool         avg_pool1d.default avg_pool2d.default adaptive_avg_pool1d.default adaptive_avg_pool2d.default
Upsample        upsample_nearest2d.vec upsample_bilinear2d.vec upsample_bicubic2d.vec upsample_nearest1d.vec
Pad             pad.default constant_pad_nd.default
PixelShuffle    pixel_shuffle.default

Flatten         view.default reshape.default flatten.using_ints unflatten.int _unsafe_view.default view_as.default
Flatten         reshape_as.default squeeze.default squeeze.dim squeeze.dims unsqueeze.default
Permute         permute.default transpose.int t.default numpy_T.default mT.default movedim.int movedim.intlist
Permute         swapaxes.default swapdims.default
-               contiguous.default clone.default detach.default detach_.default alias.default lift_fresh_copy.default
-               lift_fresh.default expand.default expand_as.default broadcast_to.default
Cast            to.dtype to.device to.other to.dtype_layout _to_copy.default type_as.default
Slice           select.int slice.Tensor narrow.default index.Tensor index_select.default gather.default take_along_dim.default
Slice           split.Tensor split.sizes split_with_sizes.default chunk.default unbind.int tensor_split.sections
Concatenate     cat.default stack.default hstack.default vstack.default
Rearrange       flip.default roll.default repeat.default tile.default repeat_interleave.self_int
Rearrange       tril.default triu.default cumsum.default one_hot.default

Add             add.Tensor add_.Tensor add.Scalar sub.Tensor sub_.Tensor sub.Scalar rsub.Scalar rsub.Tensor
Multiply        mul.Tensor mul_.Tensor mul.Scalar div.Tensor div_.Tensor div.Scalar div.Tensor_mode addcmul.default
Elementwise     neg.default abs.default exp.default log.default log1p.default expm1.default sqrt.default rsqrt.default
Elementwise     pow.Tensor_Scalar pow.Tensor_Tensor pow.Scalar square.default reciprocal.default sin.default cos.default
Elementwise     erf.default sign.default floor.default ceil.default round.default clamp.default clamp_.default
Elementwise     clamp_min.default clamp_max.default maximum.default minimum.default atan.default lerp.Scalar
Elementwise     floor_divide.default remainder.Scalar remainder.Tensor nan_to_num.default
Elementwise     where.self where.ScalarOther where.ScalarSelf where.Scalar masked_fill.Scalar masked_fill.Tensor
Elementwise     masked_fill_.Scalar
Elementwise     eq.Scalar eq.Tensor ne.Scalar ne.Tensor gt.Scalar gt.Tensor ge.Scalar ge.Tensor lt.Scalar lt.Tensor
Elementwise     le.Scalar le.Tensor logical_and.default logical_or.default logical_not.default bitwise_and.Tensor
Elementwise     bitwise_or.Tensor bitwise_not.default isnan.default isinf.default
Reduce          mean.default mean.dim sum.default sum.dim_IntList amax.default amin.default max.default max.dim
Reduce          min.default min.dim std.default std.dim std.correction var.default var.dim var.correction prod.dim_int
Reduce          argmax.default argmin.default logsumexp.default linalg_vector_norm.default norm.ScalarOpt_dim any.default
Reduce          all.default any.dim all.dim

-               _weight_norm.default
-               zeros.default ones.default full.default zeros_like.default ones_like.default full_like.default
-               new_zeros.default new_ones.default new_full.default arange.default arange.start arange.start_step
-               eye.default scalar_tensor.default randn.default randn_like.default rand_like.default linspace.default
Cast            copy_.default
Scatter         index_put_.default index_put.default fill_.Tensor
-               fill_.Scalar zero_.default
"""


def _sizes(function: Callable[..., Any]) -> Callable[..., Any]:
    """Arithmetic on sizes: on two small plain numbers, and on nothing else that Python's operators would take."""

    def compute(*numbers: Any) -> Any:
        if not all(type(number) in (int, float) and abs(number) < 2**40 for number in numbers):
            raise malformed("arithmetic on something that is not a size")
        return function(*numbers)

    return compute


def _item_of(values: Any, index: Any) -> Any:
    if not isinstance(values, (tuple, list)) or type(index) is not int:
        raise malformed("an item of something that has none")
    return values[index]


def _one_number(tensor: torch.Tensor) -> torch.Tensor:
    """Of `item()`: the number stays a tensor without axes, which computes the same and has no value to branch on."""
    return tensor.reshape(())


def _recurrent(function: Callable[..., Any]) -> Callable[..., Any]:
    """On `meta` torch would unroll every step to find out three shapes; they are known at once."""

    def compute(x: torch.Tensor, hx: Any, *rest: Any) -> Any:
        if x.device.type != "meta":
            return function(x, hx, *rest)
        states = hx if isinstance(hx, list) else [hx]
        width = states[0].shape[-1] * (2 if rest[5] else 1)
        return (x.new_empty([*x.shape[:2], width]), *(state.new_empty(state.shape) for state in states))

    return compute


def _table() -> dict[str, Operation]:
    found = {}
    for line in filter(None, _TABLE.splitlines()):
        kind, *names = line.split()
        for name in names:
            packet, overload = name.split(".")
            function = getattr(getattr(torch.ops.aten, packet), overload)
            found[f"aten.{name}"] = Operation(function, "" if kind == "-" else kind)
    for name in ("lstm", "gru", "rnn_tanh", "rnn_relu"):
        function, kind = found[f"aten.{name}.input"]
        found[f"aten.{name}.input"] = Operation(_recurrent(function), kind)
    found["aten.sym_size.int"] = Operation(lambda tensor, axis: tensor.size(axis), "")
    found["aten.sym_numel.default"] = Operation(lambda tensor: tensor.numel(), "")
    found["aten.item.default"] = Operation(_one_number, "")
    found["operator.getitem"] = Operation(_item_of, "")
    for name in ("mul", "add", "sub", "floordiv", "truediv", "neg", "mod"):
        found[f"operator.{name}"] = Operation(_sizes(getattr(operator, name)), "")
    return found


OPERATIONS = _table()
ACTIVATIONS = {
    *("ReLU", "ReLU6", "LeakyReLU", "ELU", "SELU", "CELU", "GELU", "SiLU", "Mish", "Tanh", "Sigmoid", "Softplus"),
    *("LogSigmoid", "Hardtanh", "Hardsigmoid", "Hardswish", "Threshold"),
}
