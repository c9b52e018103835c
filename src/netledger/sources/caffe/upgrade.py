"""Old forms of a Caffe network renamed to the current one: V1 (``layers { type: CONVOLUTION }``) and V0."""

from __future__ import annotations

from netledger.errors import FormatError
from netledger.wire.prototext import Message

V1_TYPES = {
    "ABSVAL": "AbsVal", "ACCURACY": "Accuracy", "ARGMAX": "ArgMax", "BNLL": "BNLL", "CONCAT": "Concat",
    "CONTRASTIVE_LOSS": "ContrastiveLoss", "CONVOLUTION": "Convolution", "DATA": "Data",
    "DECONVOLUTION": "Deconvolution", "DROPOUT": "Dropout", "DUMMY_DATA": "DummyData",
    "EUCLIDEAN_LOSS": "EuclideanLoss", "ELTWISE": "Eltwise", "EXP": "Exp", "FLATTEN": "Flatten",
    "HDF5_DATA": "HDF5Data", "HDF5_OUTPUT": "HDF5Output", "HINGE_LOSS": "HingeLoss", "IM2COL": "Im2col",
    "IMAGE_DATA": "ImageData", "INFOGAIN_LOSS": "InfogainLoss", "INNER_PRODUCT": "InnerProduct", "LRN": "LRN",
    "MEMORY_DATA": "MemoryData", "MULTINOMIAL_LOGISTIC_LOSS": "MultinomialLogisticLoss", "MVN": "MVN",
    "POOLING": "Pooling", "POWER": "Power", "RELU": "ReLU", "SIGMOID": "Sigmoid",
    "SIGMOID_CROSS_ENTROPY_LOSS": "SigmoidCrossEntropyLoss", "SILENCE": "Silence", "SOFTMAX": "Softmax",
    "SOFTMAX_LOSS": "SoftmaxWithLoss", "SPLIT": "Split", "SLICE": "Slice", "TANH": "TanH", "WINDOW_DATA": "WindowData",
    "THRESHOLD": "Threshold",
}  # fmt: skip

_V1_NUMBERS = {
    35: "ABSVAL", 1: "ACCURACY", 30: "ARGMAX", 2: "BNLL", 3: "CONCAT", 37: "CONTRASTIVE_LOSS", 4: "CONVOLUTION",
    5: "DATA", 39: "DECONVOLUTION", 6: "DROPOUT", 32: "DUMMY_DATA", 7: "EUCLIDEAN_LOSS", 25: "ELTWISE", 38: "EXP",
    8: "FLATTEN", 9: "HDF5_DATA", 10: "HDF5_OUTPUT", 28: "HINGE_LOSS", 11: "IM2COL", 12: "IMAGE_DATA",
    13: "INFOGAIN_LOSS", 14: "INNER_PRODUCT", 15: "LRN", 29: "MEMORY_DATA", 16: "MULTINOMIAL_LOGISTIC_LOSS", 34: "MVN",
    17: "POOLING", 26: "POWER", 18: "RELU", 19: "SIGMOID", 27: "SIGMOID_CROSS_ENTROPY_LOSS", 36: "SILENCE",
    20: "SOFTMAX", 21: "SOFTMAX_LOSS", 22: "SPLIT", 33: "SLICE", 23: "TANH", 24: "WINDOW_DATA", 31: "THRESHOLD",
}  # fmt: skip

_V0_TYPES = {
    "accuracy": "Accuracy", "bnll": "BNLL", "concat": "Concat", "conv": "Convolution", "data": "Data",
    "dropout": "Dropout", "euclidean_loss": "EuclideanLoss", "flatten": "Flatten", "hdf5_data": "HDF5Data",
    "hdf5_output": "HDF5Output", "im2col": "Im2col", "images": "ImageData", "infogain_loss": "InfogainLoss",
    "innerproduct": "InnerProduct", "lrn": "LRN", "multinomial_logistic_loss": "MultinomialLogisticLoss",
    "pool": "Pooling", "relu": "ReLU", "sigmoid": "Sigmoid", "softmax": "Softmax", "softmax_loss": "SoftmaxWithLoss",
    "split": "Split", "tanh": "TanH", "window_data": "WindowData", "padding": "Padding",
}  # fmt: skip

_V0_PARAMS = {
    "conv": ("convolution_param", {
        "num_output": "num_output", "biasterm": "bias_term", "pad": "pad", "kernelsize": "kernel_size",
        "group": "group", "stride": "stride",
    }),
    "innerproduct": ("inner_product_param", {"num_output": "num_output", "biasterm": "bias_term"}),
    "pool": ("pooling_param", {"pool": "pool", "kernelsize": "kernel_size", "stride": "stride", "pad": "pad"}),
    "lrn": ("lrn_param", {"local_size": "local_size", "alpha": "alpha", "beta": "beta", "k": "k"}),
    "dropout": ("dropout_param", {"dropout_ratio": "dropout_ratio"}),
    "concat": ("concat_param", {"concat_dim": "axis"}),
    "data": ("data_param", {"batchsize": "batch_size", "cropsize": "crop_size"}),
    "images": ("image_data_param", {
        "batchsize": "batch_size", "cropsize": "crop_size", "new_height": "new_height", "new_width": "new_width",
    }),
    "window_data": ("window_data_param", {"batchsize": "batch_size", "cropsize": "crop_size"}),
}  # fmt: skip


def current_layers(net: Message) -> list[Message]:
    """The layers in the current form; a network that mixes forms is an error, as in Caffe."""
    new, old = net.messages("layer"), net.messages("layers")
    if new and old:
        raise FormatError("'layer' and 'layers' in one network: Caffe takes one form or the other")
    if new:
        return new
    return _padded([_from_v0(layer) if _is_v0(layer) else _from_v1(layer) for layer in old])


def _is_v0(layer: Message) -> bool:
    return bool(layer.messages("layer") or layer.messages("layer0"))


def _from_v1(layer: Message) -> Message:
    text = layer.text("type")
    if text.isascii() and text.isdigit() and len(text) < 9:
        text = _V1_NUMBERS.get(int(text), text)
    layer.fields["type"] = [V1_TYPES.get(text, text)]
    names = layer.texts("param")
    if names:
        layer.fields["param"] = []
        for name in names:
            spec = Message(layer.line)
            spec.add("name", name)
            layer.add("param", spec)
    return layer


def _from_v0(outer: Message) -> Message:
    inner = (outer.messages("layer") or outer.messages("layer0"))[-1]
    kind = inner.text("type")
    layer = Message(outer.line)
    layer.fields.update({name: outer.all(name) for name in ("bottom", "top", "include", "exclude") if outer.has(name)})
    layer.fields["name"] = [inner.text("name")]
    layer.fields["type"] = [_V0_TYPES.get(kind, kind)]
    for name in ("blobs", "pad"):
        if inner.has(name):
            layer.fields[name] = inner.all(name)
    if kind in _V0_PARAMS:
        param, renamed = _V0_PARAMS[kind]
        settings = Message(outer.line)
        for old, new in renamed.items():
            if inner.has(old):
                settings.fields[new] = inner.all(old)
        layer.fields[param] = [settings]
    return layer


def _padded(layers: list[Message]) -> list[Message]:
    """V0's padding layers folded into the layer that reads them, as Caffe's own upgrade does."""
    pads = {layer.text("top"): layer for layer in layers if layer.text("type") == "Padding"}
    kept = [layer for layer in layers if layer.text("type") != "Padding"]
    for layer in kept:
        for i, bottom in enumerate(layer.texts("bottom")):
            if bottom in pads:
                layer.fields["bottom"][i] = pads[bottom].text("bottom")
                name = "convolution_param" if layer.text("type") == "Convolution" else "pooling_param"
                layer.message(name).fields["pad"] = [pads[bottom].text("pad", "0")]
    return kept
