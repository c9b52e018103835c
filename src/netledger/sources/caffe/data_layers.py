"""Caffe's data and input layers: what a file says of the image, what it leaves to the data, what is left out."""

from __future__ import annotations

from netledger.errors import FormatError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.sources.caffe.building import Building
    from netledger.wire.prototext import Message


def fault(why: str, layer: Message) -> FormatError:
    """An error at a layer."""
    error = FormatError(why)
    error.at(line=layer.line, item=layer.text("name"))
    return error


_OF_IMAGES = ("image_data_param", "dense_image_data_param")


def data_layer(building: Building, layer: Message) -> None:
    """Data layers leave the image to the data: three channels, and the crop where there is one."""
    tops = layer.texts("top")
    if not tops:
        raise fault("a data layer without a top", layer)
    crop = building.integer(layer.message("transform_param"), "crop_size", 0)
    height = width = 0
    for name in ("data_param", "window_data_param", *_OF_IMAGES):
        settings = layer.message(name)
        crop = crop or building.integer(settings, "crop_size", 0)
        height, width = building.integer(settings, "new_height", height), building.integer(settings, "new_width", width)
    height, width = (crop, crop) if crop else (height, width)
    gray = building.truth(layer.message("transform_param"), "force_gray", False)
    gray = gray or not all(building.truth(layer.message(name), "is_color", True) for name in _OF_IMAGES)
    shape: tuple[int, ...] | None = (1 if gray else 3, height, width) if height and width else None
    if shape is not None and not building.options.inputs:
        building.assume(f"input {tops[0]} {'×'.join(map(str, shape))}: the number of channels is in the data")
    elif shape is None and not building.options.inputs:
        building.assume("the image's size is in the data: give it with --input, as in --input 3x227x227")
    batch = (1,) if building.batched else ()
    building.add_input(building.path(layer), tops[0], None if shape is None else (*batch, *shape), layer)
    for label in tops[1:]:
        building.add(f"{building.path(layer)}.{label}", "input", {"shape": ()}, (), (label,), layer)


def input_layer(building: Building, layer: Message) -> None:
    shapes = [building.sizes(shape, "dim") for shape in layer.message("input_param").messages("shape")]
    for i, top in enumerate(layer.texts("top")):
        given = shapes[min(i, len(shapes) - 1)] if shapes else None
        path = building.path(layer) if i == 0 else f"{building.path(layer)}.{top}"
        building.add_input(path, top, building.per_example(given) if given else None, layer)


def memory_layer(building: Building, layer: Message) -> None:
    settings = layer.message("memory_data_param")
    shape = tuple([building.integer(settings, name, 0) for name in ("channels", "height", "width")])
    tops = layer.texts("top") or ["data"]
    building.add_input(building.path(layer), tops[0], shape if all(shape) else None, layer)
    for label in tops[1:]:
        building.add(f"{building.path(layer)}.{label}", "input", {"shape": ()}, (), (label,), layer)


def dummy_layer(building: Building, layer: Message) -> None:
    settings = layer.message("dummy_data_param")
    shapes = [building.sizes(shape, "dim") for shape in settings.messages("shape")]
    old = [building.sizes(settings, name) for name in ("num", "channels", "height", "width")]
    if not shapes and all(old):
        shapes = list(zip(*old, strict=False))
    for i, top in enumerate(layer.texts("top")):
        given = shapes[min(i, len(shapes) - 1)] if shapes else None
        path = building.path(layer) if i == 0 else f"{building.path(layer)}.{top}"
        building.add_input(path, top, building.per_example(given) if given else None, layer)


def left_out_layer(building: Building, layer: Message) -> None:
    """Losses, accuracies and outputs to files: no part of the network that is counted."""
    for top in layer.texts("top"):
        building.blobs[top] = building.bottoms(layer)[0]
