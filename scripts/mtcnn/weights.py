"""The three nets of MTCNN from the files in which their weights are published.

| files                                 | where from                                                          | needs          |
| ------------------------------------- | ------------------------------------------------------------------- | -------------- |
| pnet.pt, rnet.pt, onet.pt             | timesler/facenet-pytorch, data/ (MIT)                               | python3-torch  |
| det1.npy, det2.npy, det3.npy          | davidsandberg/facenet, src/align/ (MIT)                             |                |
| det1.caffemodel, ..., det3.caffemodel | kpzhang93/MTCNN_face_detection_alignment, the authors' own (MIT)    |                |

A net is given as a list of layers in the order of its graph, for images [n, 3, rows, columns], RGB:

    ('conv', weights [out, in, rows, columns], bias), ('prelu', slopes), ('pool', size), ('dense', weights [out, in], bias)

then its heads: 'probability', 'box', and for the last net 'points'. Dense layers take their input in the order column, row, channel.
The authors' nets were trained on images whose rows and columns were exchanged, as MATLAB hands them to Caffe: the kernels of the
.npy and .caffemodel files are turned accordingly.
"""

import io
import pickle

import numpy as np

# Name, pooling after it (0: none). The heads follow.
NETS = {
    "p": ([("conv1", 2), ("conv2", 0), ("conv3", 0)], {"probability": "conv4_1", "box": "conv4_2"}),
    "r": ([("conv1", 3), ("conv2", 3), ("conv3", 0), ("dense4", 0)], {"probability": "dense5_1", "box": "dense5_2"}),
    "o": (
        [("conv1", 3), ("conv2", 3), ("conv3", 2), ("conv4", 0), ("dense5", 0)],
        {"probability": "dense6_1", "box": "dense6_2", "points": "dense6_3"},
    ),
}


class Unreadable(Exception):
    pass


def read_nets(paths):
    """{'p': net, 'r': net, 'o': net}, each {'layers': [...], 'heads': {...}}, from three files in this order."""
    if len(paths) != 3:
        raise Unreadable("give three files: those of the proposal, the refinement and the output net, in this order")
    return {kind: assemble(kind, read(path), path) for kind, path in zip("pro", paths)}


def read(path):
    """Layer name -> {'weight', 'bias'} or {'slopes'}, laid out as above."""
    if path.endswith(".pt"):
        return read_torch(path)
    if path.endswith(".npy"):
        return read_npy(path)
    if path.endswith(".caffemodel"):
        return read_caffe(path)
    raise Unreadable(f"{path}: a .pt, .npy or .caffemodel file is needed")


def read_torch(path):
    try:
        import torch
    except ImportError:
        raise Unreadable(f"{path}: PyTorch is needed to read it (Debian: python3-torch)")
    state = torch.load(path, map_location="cpu", weights_only=True)
    layers = {}
    for key, tensor in state.items():
        name, part = key.split(".")
        if name.startswith("prelu"):
            layers.setdefault(name, {})["slopes"] = tensor.numpy()
        else:
            layers.setdefault(name, {})[part] = tensor.numpy()
    return layers


class ArraysOnly(pickle.Unpickler):
    """A pickle is a program: this one may make arrays and nothing else."""

    ALLOWED = {("numpy", "ndarray"), ("numpy", "dtype"), ("numpy.core.multiarray", "_reconstruct")}

    def find_class(self, module, name):
        if (module, name) not in self.ALLOWED:
            raise Unreadable(f"the file asks for {module}.{name}, which no list of arrays needs")
        return super().find_class(module, name)


def read_npy(path):
    with open(path, "rb") as file:
        version = np.lib.format.read_magic(file)
        header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        _, _, dtype = header[version](file)
        if dtype != np.dtype(object):
            raise Unreadable(f"{path}: no dictionary of layers")
        content = ArraysOnly(io.BytesIO(file.read()), encoding="latin1").load()
    layers = {}
    for name, arrays in content.item().items():
        if "alpha" in arrays:
            layers[name.lower()] = {"slopes": arrays["alpha"]}
            continue
        weights = arrays["weights"]
        # [column, row, in, out] and [in, out]
        turned = weights.transpose(3, 2, 1, 0) if weights.ndim == 4 else weights.T
        layers[common_name(name, weights.ndim)] = {"weight": turned, "bias": arrays["biases"]}
    return layers


def common_name(name, dimensions):
    """Their dense layers are called conv, too."""
    name = name.replace("-", "_")
    return name if dimensions == 4 else name.replace("conv", "dense")


def read_caffe(path):
    with open(path, "rb") as file:
        net = fields(file.read())
    layers = {}
    channels = None
    for number, layer in net:
        if number != 100:
            continue
        parts = fields(layer)
        name = next(value for n, value in parts if n == 1).decode()
        blobs = [blob(value) for n, value in parts if n == 7]
        if len(blobs) == 1:
            layers[name.lower()] = {"slopes": blobs[0].ravel()}
        elif len(blobs) == 2:
            weights, bias = blobs
            if weights.ndim == 4 and weights.shape[:2] != (1, 1):
                channels = weights.shape[0]
                # [out, in, column, row]
                layers[common_name(name, 4)] = {"weight": weights.transpose(0, 1, 3, 2), "bias": bias.ravel()}
                continue
            weights = weights.reshape(weights.shape[-2:])
            if channels is not None:
                # The first dense layer, whose input has channels first: [out, channel, column, row]
                side = int(round((weights.shape[1] / channels) ** 0.5))
                apart = weights.reshape(-1, channels, side, side)
                weights = apart.transpose(0, 2, 3, 1).reshape(len(weights), -1)
                channels = None
            layers[common_name(name, 2)] = {"weight": weights, "bias": bias.ravel()}
    return layers


def fields(data):
    """(number, value) of a message in Protocol Buffers' wire format."""
    found = []
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        tag = varint()
        kind = tag & 7
        if kind == 0:
            value = varint()
        else:
            length = {1: 8, 5: 4}.get(kind)
            if length is None:
                if kind != 2:
                    raise Unreadable("no Caffe model")
                length = varint()
            value = data[at : at + length]
            at += length
        found.append((tag >> 3, value))
    return found


def blob(data):
    """A BlobProto: `shape` (7), or the older num, channels, height, width (1 to 4), and packed floats (5)."""
    parts = fields(data)
    values = np.concatenate([np.frombuffer(value, "<f4") for n, value in parts if n == 5])
    shape = []
    for n, value in parts:
        if n == 7:
            for m, dims in fields(value):
                if m == 1:
                    shape += [dims] if isinstance(dims, int) else unpacked(dims)
    if not shape:
        old = dict((n, value) for n, value in parts if n in (1, 2, 3, 4))
        shape = [old.get(n, 1) for n in (1, 2, 3, 4)]
    return values.reshape(shape)


def unpacked(data):
    values, value, shift = [], 0, 0
    for byte in data:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            values.append(value)
            value = shift = 0
    return values


def assemble(kind, found, path):
    """The layers of a net in order; what does not fit together is an error that names the file."""
    spine, heads = NETS[kind]
    layers = []

    def need(name, part):
        try:
            return np.ascontiguousarray(found[name][part], np.float32)
        except KeyError:
            raise Unreadable(f"{path}: there is no {part} of {name}; these are not the weights of this net")

    inputs = 3
    for index, (name, pool) in enumerate(spine, 1):
        weight, bias, slopes = need(name, "weight"), need(name, "bias"), need(f"prelu{index}", "slopes")
        if weight.shape[0] != bias.size or slopes.size != bias.size or (weight.ndim == 4 and weight.shape[1] != inputs):
            raise Unreadable(f"{path}: the shapes of {name} do not fit together: {weight.shape}")
        inputs = weight.shape[0]
        layers.append(("conv" if weight.ndim == 4 else "dense", weight, bias))
        layers.append(("prelu", slopes))
        if pool:
            layers.append(("pool", pool))
    outputs = {"probability": 2, "box": 4, "points": 10}
    for head, name in heads.items():
        if need(name, "weight").shape[:2] != (outputs[head], inputs):
            raise Unreadable(f"{path}: the shape of {name} does not fit: {need(name, 'weight').shape}")
    return {"layers": layers, "heads": {head: (need(name, "weight"), need(name, "bias")) for head, name in heads.items()}}
