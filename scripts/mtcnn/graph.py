"""MTCNN (Zhang, Zhang, Li & Qiao 2016) as one ONNX graph in the contract of docs/datasets.md.

    python3 scripts/mtcnn/graph.py --out mtcnn.onnx pnet.pt rnet.pt onet.pt

Needs python3-numpy and python3-onnx. In pixels counted from 1 with both ends included, as in the authors' code: a pyramid of images
from which the proposal net sees faces of 12 pixels, suppression in each level and among all, the refinement net on crops of 24
pixels, suppression, the output net on crops of 48, suppression over the smaller box. The pyramid is resized with a filter as wide as
the scale asks for, crops are means over each target pixel (RoiAlign), and what lies beyond the image is as its border within a
pixel, and black further out.
"""

import argparse
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save_model

from weights import Unreadable, read_nets

FACTOR = 0.709
DEFAULTS = {"least": 20.0, "thresholds": (0.6, 0.7, 0.7)}
# Within a level, among all levels, of refined boxes, of the last ones.
SUPPRESSION = (0.5, 0.7, 0.7, 0.7)
MOST = 2**30


class Graph:
    """Nodes as they are added; each gives the name of its first output."""

    count = 0

    def __init__(self, name):
        self.name, self.nodes, self.constants = name, [], []

    def constant(self, value, dtype=np.float32):
        Graph.count += 1
        name = f"c{Graph.count}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def __call__(self, op, *inputs, outputs=1, **attributes):
        Graph.count += 1
        names = [f"{op.lower()}{Graph.count}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    def whole(self, *values):
        return self.constant(values, np.int64)

    def columns(self, x, start, end, axis=1):
        return self("Slice", x, self.whole(start), self.whole(end), self.whole(axis))

    def plus(self, x, value):
        return self("Add", x, self.constant(value))

    def times(self, x, value):
        return self("Mul", x, self.constant(value))

    def rows(self, x, index):
        return self("Gather", x, index, axis=0)

    def where(self, condition):
        """Indices [k] of the true ones of [n] or [n, 1]."""
        flat = self("Reshape", condition, self.whole(-1))
        return self("Reshape", self("NonZero", flat), self.whole(-1))

    def build(self, inputs, outputs):
        return helper.make_graph(self.nodes, self.name, inputs, outputs, self.constants)


def run_net(g, net, x):
    """{'probability': of a face, 'box', 'points'} of pixels 0 to 255 [n, 3, h, w]."""
    y = g.times(g.plus(x, -127.5), 0.0078125)
    dense = False
    for kind, *values in net["layers"]:
        if kind == "conv":
            y = g("Conv", y, *map(g.constant, values))
        elif kind == "pool":
            y = g("MaxPool", y, kernel_shape=[values[0]] * 2, strides=[2, 2], ceil_mode=1)
        elif kind == "prelu":
            y = g("PRelu", y, g.constant(values[0] if dense else values[0].reshape(-1, 1, 1)))
        else:
            y = g("Flatten", g("Transpose", y, perm=[0, 3, 2, 1]), axis=1)
            dense = True
            y = g("Gemm", y, *map(g.constant, values), transB=1)
    found = {}
    for head, (weight, bias) in net["heads"].items():
        if dense:
            found[head] = g("Gemm", y, g.constant(weight), g.constant(bias), transB=1)
        else:
            found[head] = g("Conv", y, g.constant(weight), g.constant(bias))
    found["probability"] = g("Softmax", found["probability"], axis=1)
    return found


def suppress(g, boxes, scores, overlap):
    """Indices of the boxes [n, 4] that stay, by falling score [n, 1]."""
    by_class = g("Unsqueeze", g("Transpose", scores, perm=[1, 0]), g.whole(0))
    kept = g("NonMaxSuppression", g("Unsqueeze", boxes, g.whole(0)), by_class, g.whole(MOST), g.constant([overlap]))
    return g("Reshape", g.columns(kept, 2, 3), g.whole(-1))


def sizes(g, boxes, extra=0.0):
    """[n, 2]: width and height."""
    size = g("Sub", g.columns(boxes, 2, 4), g.columns(boxes, 0, 2))
    return g.plus(size, extra) if extra else size


def regressed(g, boxes, shift, extra):
    size = sizes(g, boxes, extra)
    return g("Add", boxes, g("Mul", shift, g("Concat", size, size, axis=1)))


def squared(g, boxes):
    size = sizes(g, boxes)
    side = g("Max", g.columns(size, 0, 1), g.columns(size, 1, 2))
    middle = g("Add", g.columns(boxes, 0, 2), g.times(size, 0.5))
    corner = g("Sub", middle, g.times(side, 0.5))
    return g("Concat", corner, g("Add", corner, side), axis=1)


def crops(g, image, boxes, side):
    whole = g("Floor", boxes)
    first = g.plus(g.columns(whole, 0, 2), -1.0)
    last = g("Max", g.columns(whole, 2, 4), g.plus(first, 1.0))
    regions = g("Concat", first, last, axis=1)
    count = g("Slice", g("Shape", regions), g.whole(0), g.whole(1))
    of = g("ConstantOfShape", count, value=helper.make_tensor("zero", TensorProto.INT64, [1], [0]))
    half = {"coordinate_transformation_mode": "half_pixel", "mode": "avg", "sampling_ratio": 0}
    return g("RoiAlign", image, regions, of, output_height=side, output_width=side, **half)


def proposals(g, net, size, least, threshold):
    """[n, 9]: box, score and regression of each cell in which the proposal net sees a face, of all levels."""
    levels = g("Div", g("Log", g("Div", g.constant(least), g("ReduceMin", size, g.whole(0), keepdims=0))), g.constant(np.log(FACTOR)))
    levels = g("Max", g("Cast", g.plus(g("Floor", levels), 1.0), to=TensorProto.INT64), g.constant(0, np.int64))
    b = Graph("level")
    scale = b("Mul", b.constant(12 / least), b("Pow", b.constant(FACTOR), b("Cast", "i", to=TensorProto.FLOAT)))
    shape = b("Cast", b("Floor", b.plus(b("Mul", size, scale), 1.0)), to=TensorProto.INT64)
    to = b("Concat", b.whole(1, 3), shape, axis=0)
    small = b("Resize", "image", "", "", to, mode="linear", antialias=1, coordinate_transformation_mode="half_pixel")
    found = run_net(b, net, small)
    score = b("Squeeze", b("Gather", found["probability"], b.constant(1, np.int64), axis=1), b.whole(0))
    cells = b("Transpose", b("NonZero", b("GreaterOrEqual", score, b.constant(threshold))), perm=[1, 0])
    scores = b("Unsqueeze", b("GatherND", score, cells), b.whole(1))
    shift = b("GatherND", b("Transpose", b("Squeeze", found["box"], b.whole(0)), perm=[1, 2, 0]), cells)
    at = b.times(b("Cast", b("Gather", cells, b.whole(1, 0), axis=1), to=TensorProto.FLOAT), 2.0)
    # In single precision 15 / 0.6 lies below 25, which it is in the authors' double precision.
    ends = [b("Floor", b.plus(b("Div", b.plus(at, end), scale), 1e-4)) for end in (1.0, 12.0)]
    boxes = b("Concat", *ends, axis=1)
    kept = suppress(b, boxes, scores, SUPPRESSION[0])
    level = b.rows(b("Concat", boxes, scores, shift, axis=1), kept)
    b.nodes.append(helper.make_node("Concat", ["so_far", level], ["with_these"], axis=0))
    b.nodes.append(helper.make_node("Identity", ["go"], ["go_on"]))
    rows = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["k", 9])
    flag = lambda name: helper.make_tensor_value_info(name, TensorProto.BOOL, [])
    index = helper.make_tensor_value_info("i", TensorProto.INT64, [])
    body = b.build([index, flag("go"), rows("so_far")], [flag("go_on"), rows("with_these")])
    return g("Loop", levels, "", g.constant(np.zeros((0, 9))), body=body)


def suppress_within(g, boxes, scores):
    """Indices that stay, of boxes by falling score: the overlap is counted over the smaller box, as ONNX's own does not."""
    ends, starts = g.columns(boxes, 2, 4), g.columns(boxes, 0, 2)
    pair = lambda op, x: g(op, g("Unsqueeze", x, g.whole(0)), g("Unsqueeze", x, g.whole(1)))
    shared = g("Max", g("Sub", pair("Min", ends), pair("Max", starts)), g.constant(0.0))
    of = lambda x, i: g("Gather", x, g.constant(i, np.int64), axis=2)
    shared = g("Mul", of(shared, 0), of(shared, 1))
    size = sizes(g, boxes)
    area = g("Mul", g.columns(size, 0, 1), g.columns(size, 1, 2))
    least = g("Min", area, g("Transpose", area, perm=[1, 0]))
    covers = g("Cast", g("Greater", g("Div", shared, least), g.constant(SUPPRESSION[3])), to=TensorProto.FLOAT)
    # Row i: what box i takes away, which are the later ones.
    later = g("Trilu", covers, g.constant(1, np.int64), upper=1)
    count = g("Slice", g("Shape", scores), g.whole(0), g.whole(1))
    b = Graph("suppress")
    taken = b("Mul", b("Gather", later, "j", axis=0), b("Gather", "keep", "j", axis=0))
    b.nodes.append(helper.make_node("Mul", ["keep", b("Sub", b.constant(1.0), taken)], ["kept"]))
    b.nodes.append(helper.make_node("Identity", ["go"], ["go_on"]))
    mask = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"])
    flag = lambda name: helper.make_tensor_value_info(name, TensorProto.BOOL, [])
    index = helper.make_tensor_value_info("j", TensorProto.INT64, [])
    body = b.build([index, flag("go"), mask("keep")], [flag("go_on"), mask("kept")])
    ones = g("ConstantOfShape", count, value=helper.make_tensor("one", TensorProto.FLOAT, [1], [1.0]))
    keep = g("Loop", g("Squeeze", count, g.whole(0)), "", ones, body=body)
    return g.where(g("Greater", keep, g.constant(0.5)))


def cascade(nets, least=DEFAULTS["least"], thresholds=DEFAULTS["thresholds"]):
    g = Graph("mtcnn")
    size = g("Cast", g("Slice", g("Shape", "image"), g.whole(2), g.whole(4)), to=TensorProto.FLOAT)
    found = proposals(g, nets["p"], size, least, thresholds[0])
    found = g.rows(found, suppress(g, g.columns(found, 0, 4), g.columns(found, 4, 5), SUPPRESSION[1]))
    boxes = squared(g, regressed(g, g.columns(found, 0, 4), g.columns(found, 5, 9), 0.0))

    refined = run_net(g, nets["r"], crops(g, "image", boxes, 24))
    score = g.columns(refined["probability"], 1, 2)
    sure = g.where(g("Greater", score, g.constant(thresholds[1])))
    boxes, score, shift = g.rows(boxes, sure), g.rows(score, sure), g.rows(refined["box"], sure)
    kept = suppress(g, boxes, score, SUPPRESSION[2])
    boxes = squared(g, regressed(g, g.rows(boxes, kept), g.rows(shift, kept), 1.0))

    last = run_net(g, nets["o"], crops(g, "image", boxes, 48))
    score = g.columns(last["probability"], 1, 2)
    sure = g.where(g("Greater", score, g.constant(thresholds[2])))
    boxes, score = g.rows(boxes, sure), g.rows(score, sure)
    shift, shares = g.rows(last["box"], sure), g.rows(last["points"], sure)
    side = sizes(g, boxes, 1.0)
    along = lambda start, axis: g(
        "Add",
        g("Mul", g.columns(shares, start, start + 5), g.columns(side, axis, axis + 1)),
        g.columns(boxes, axis, axis + 1),
    )
    # From pixels counted from 1, whose ends are included, to edges: the first pixel's left edge is 0, its middle 1/2.
    points = [g("Unsqueeze", along(5 * axis, axis), g.whole(2)) for axis in (0, 1)]
    points = g.plus(g("Concat", *points, axis=2), -1.5)
    boxes = regressed(g, boxes, shift, 1.0)
    flat = g("Reshape", score, g.whole(-1))
    count = g("Slice", g("Shape", score), g.whole(0), g.whole(1))
    _, order = g("TopK", flat, count, outputs=2, axis=0, largest=1, sorted=1)
    boxes, score, points = g.rows(boxes, order), g.rows(score, order), g.rows(points, order)
    kept = suppress_within(g, boxes, score)
    for name, value in [
        ("boxes", g("Sub", g.rows(boxes, kept), g.constant([1.0, 1.0, 0.0, 0.0]))),
        ("scores", g("Reshape", g.rows(score, kept), g.whole(-1))),
        ("points", g.rows(points, kept)),
    ]:
        g.nodes.append(helper.make_node("Identity", [value], [name]))
    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    graph = g.build(
        [value("image", [1, 3, "h", "w"])],
        [value("boxes", ["n", 4]), value("scores", ["n"]), value("points", ["n", 5, 2])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8, producer_name="fx")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="MTCNN as one ONNX graph, from published weights.")
    parser.add_argument("weights", nargs=3, help="of the proposal, the refinement and the output net: .pt, .npy or .caffemodel")
    parser.add_argument("--out", required=True, help="the .onnx file to write")
    parser.add_argument("--least", type=float, default=DEFAULTS["least"], help="side of the smallest face, in pixels (20)")
    choice = parser.parse_args()
    try:
        model = cascade(read_nets(choice.weights), choice.least)
    except (Unreadable, OSError) as error:
        sys.exit(str(error))
    save_model(model, choice.out)
    print(f"{choice.out}: {len(model.SerializeToString()) / 1e6:.1f} MB")
