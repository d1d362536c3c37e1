"""
Opens every kind of file that fx hands out with readers that nobody here wrote, and compares values: scripts/prove-readers.sh makes
the files and calls this with their folder. Needs NumPy, PIL, onnx and PyTorch (Debian: python3-numpy, python3-pil, python3-onnx,
python3-torch); the rest is Python's own.
"""

import csv
import hashlib
import io
import json
import pathlib
import re
import struct
import sys
import tarfile
import xml.etree.ElementTree
import zipfile

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from PIL import Image

AT = pathlib.Path(sys.argv[1])
TYPES = {"F32": "<f4", "F64": "<f8", "I32": "<i4", "U32": "<u4", "U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2"}


def safetensors(path):
    """By the published format: https://github.com/huggingface/safetensors#format"""
    data = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    body = data[8 + length :]
    covered = sorted(tuple(info["data_offsets"]) for info in header.values())
    assert covered[0][0] == 0 and covered[-1][1] == len(body)
    assert all(one[1] == other[0] for one, other in zip(covered, covered[1:])), "holes"
    return {
        name: np.frombuffer(body[slice(*info["data_offsets"])], TYPES[info["dtype"]]).reshape(info["shape"])
        for name, info in header.items()
    }


def dataset(folder):
    record = json.loads((folder / "dataset.json").read_text())
    shards = [safetensors(folder / shard["file"]) for shard in record["shards"]]
    assert [len(shard["images"]) for shard in shards] == [shard["images"] for shard in record["shards"]]
    return record, {name: np.concatenate([shard[name] for shard in shards]) for name in ("images", "identity", "sample", "landmarks", "pose")}  # fmt: skip


def picture(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def prove_webdataset(record, images):
    found = {}
    for path in sorted((AT / "webdataset").glob("*.tar")):
        with tarfile.open(path) as tar:
            for member in tar:
                assert member.isfile() and member.mtime == 0 and member.uid == 0
                stem, ending = member.name.split(".", 1)
                found.setdefault(stem, {})[ending] = tar.extractfile(member).read()
    assert len(found) == record["images"]
    for i, (identity, sample) in enumerate(zip(images["identity"], images["sample"])):
        entry = found[f"{identity:07d}_{sample:05d}"]
        assert int(entry["cls"]) == identity
        assert np.array_equal(picture(entry["png"]), images["images"][i])
        said = json.loads(entry["json"])
        pose = [said["pose"][axis] for axis in ("yaw", "pitch", "roll")]
        assert np.allclose(pose, images["pose"][i], atol=1e-6)
        assert len(said["landmarks"]) == len(record["landmarks"])
        points = [[each.get("x", each.get("point", [0])[0]), each.get("y", each.get("point", [0, 0])[-1])] for each in said["landmarks"]]  # fmt: skip
        assert np.allclose(points, images["landmarks"][i], atol=1e-3), (points[0], images["landmarks"][i][0])
    return f"{len(found)} images in tars, pixels, labels, poses and landmarks equal"


def prove_scala(record, images):
    for i, (identity, sample) in enumerate(zip(images["identity"], images["sample"])):
        stem = f"{identity}/{identity}_{sample}"
        assert np.array_equal(picture((AT / f"scala/img/{stem}.png").read_bytes()), images["images"][i])
        rps = json.loads((AT / f"scala/rps/{stem}.rps").read_text())
        assert np.isclose(rps["pose"]["yaw"], images["pose"][i][0], atol=1e-6)
        assert len(rps["environmentMap"]["coefficients"]) == 9
        lines = (AT / f"scala/tlms/{stem}.tlms").read_text().split("\n")
        points = {name: (float(x), float(y)) for name, _, x, y, *_ in (line.split() for line in lines if line)}
        for name, point in zip(record["landmarks"], images["landmarks"][i]):
            assert np.allclose(points[name], point, atol=1e-3), (name, points[name], point)
        rows = list(csv.reader((AT / f"scala/csv/{stem}.csv").open()))
        assert rows and all(len(row) == len(rows[0]) for row in rows)
    return f"{record['images']} images in folders, pixels, poses and landmarks equal"


def evaluate(model, value):
    """The graph by PyTorch, one operator after the other."""
    graph = model.graph
    values = {tensor.name: torch.tensor(numpy_helper.to_array(tensor).copy()) for tensor in graph.initializer}
    values[graph.input[0].name] = value
    f = torch.nn.functional

    def padded(x, pads, fill):
        half = len(pads) // 2
        flat = [p for axis in reversed(range(half)) for p in (pads[axis], pads[half + axis])]
        return f.pad(x, flat, value=fill)

    def pool(x, a, average):
        if "auto_pad" in a and a["auto_pad"] != b"NOTSET":
            raise NotImplementedError(a["auto_pad"])
        pads = a.get("pads", [0, 0, 0, 0])
        if not average:
            return f.max_pool2d(padded(x, pads, float("-inf")), a["kernel_shape"], a.get("strides", [1, 1]))
        total = f.avg_pool2d(padded(x, pads, 0.0), a["kernel_shape"], a.get("strides", [1, 1]))
        if a.get("count_include_pad", 0) or not any(pads):
            return total
        share = f.avg_pool2d(padded(torch.ones_like(x), pads, 0.0), a["kernel_shape"], a.get("strides", [1, 1]))
        return total / share

    for node in graph.node:
        a = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
        x = [values.get(name) for name in node.input]
        axes = a.get("axes", x[1].tolist() if len(x) > 1 and x[1] is not None and x[1].dtype == torch.int64 else None)
        op = node.op_type
        if op == "Conv":
            out = f.conv2d(padded(x[0], a.get("pads", [0, 0, 0, 0]), 0.0), x[1], x[2] if len(x) > 2 else None, a.get("strides", [1, 1]))  # fmt: skip
        elif op == "MaxPool":
            out = pool(x[0], a, False)
        elif op == "AveragePool":
            out = pool(x[0], a, True)
        elif op == "GlobalAveragePool":
            out = x[0].mean((2, 3), keepdim=True)
        elif op in ("Relu", "Sqrt", "Abs", "Neg", "Reciprocal", "Exp"):
            out = getattr(torch, op.lower())(x[0])
        elif op in ("Add", "Sub", "Mul", "Div", "Pow"):
            out = getattr(torch, op.lower())(x[0], x[1])
        elif op == "Max":
            out = torch.maximum(x[0], x[1])
        elif op == "MatMul":
            out = x[0] @ x[1]
        elif op == "Gemm":
            left = x[0].T if a.get("transA") else x[0]
            right = x[1].T if a.get("transB") else x[1]
            out = a.get("alpha", 1.0) * left @ right + a.get("beta", 1.0) * (x[2] if len(x) > 2 else 0)
        elif op in ("ReduceSum", "ReduceMean"):
            out = (torch.sum if op == "ReduceSum" else torch.mean)(x[0], tuple(axes), keepdim=bool(a.get("keepdims", 1)))
        elif op == "ReduceSumSquare":
            out = (x[0] ** 2).sum(tuple(axes), keepdim=bool(a.get("keepdims", 1)))
        elif op == "ReduceL2":
            out = (x[0] ** 2).sum(tuple(axes), keepdim=bool(a.get("keepdims", 1))).sqrt()
        elif op == "LpNormalization":
            out = x[0] / x[0].norm(dim=a.get("axis", -1), keepdim=True)
        elif op == "LRN":
            out = f.local_response_norm(x[0], a["size"], a.get("alpha", 1e-4), a.get("beta", 0.75), a.get("bias", 1.0))
        elif op == "Concat":
            out = torch.cat(x, a["axis"])
        elif op == "Reshape":
            shape = [x[0].shape[i] if n == 0 else n for i, n in enumerate(x[1].tolist())]
            out = x[0].reshape(shape)
        elif op == "Flatten":
            out = x[0].flatten(a.get("axis", 1))
        elif op == "Transpose":
            out = x[0].permute(a["perm"])
        elif op == "Cast":
            out = x[0].float()
        elif op == "Clip":
            out = torch.clamp(x[0], x[1].item() if len(x) > 1 and x[1] is not None else None, x[2].item() if len(x) > 2 else None)  # fmt: skip
        elif op == "BatchNormalization":
            out = f.batch_norm(x[0], x[3], x[4], x[1], x[2], eps=a.get("epsilon", 1e-5))
        elif op == "Squeeze":
            out = x[0].squeeze(axes[0])
        elif op == "Unsqueeze":
            out = x[0].unsqueeze(axes[0])
        elif op == "Identity":
            out = x[0]
        else:
            raise NotImplementedError(op)
        values[node.output[0]] = out
    return values[graph.output[0].name]


def prove_onnx(images):
    model = onnx.load(AT / "model/model.onnx")
    onnx.checker.check_model(model, full_check=True)
    embeddings = next(v for v in safetensors(AT / "embeddings/embeddings.safetensors").values() if v.dtype == np.float32 and v.ndim == 2)  # fmt: skip
    shape = [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim]
    pixels = torch.tensor(images["images"].astype(np.float32) if shape[-1] == 3 else images["images"].astype(np.float32).transpose(0, 3, 1, 2).copy())  # fmt: skip
    candidates = {"0 to 255": pixels, "0 to 1": pixels / 255, "-1 to 1": pixels / 127.5 - 1}
    off = {}
    with torch.no_grad():
        for name, value in candidates.items():
            out = evaluate(model, value).numpy()
            off[name] = float(np.abs(out - embeddings).max())
    best = min(off, key=off.get)
    assert off[best] < 1e-4, off
    assert np.allclose((embeddings**2).sum(1), 1, atol=1e-5)
    return f"{len(embeddings)} embeddings of {len(model.graph.node)} operators within {off[best]:.1e} (input {best})"


def prove_tables(report):
    folder = AT / "report"
    said = json.dumps(report)
    checked = 0
    for path in sorted((folder / "tables").glob("*.csv")):
        tex = path.with_suffix(".tex").read_text()
        assert tex.count("{") == tex.count("}") and tex.count("\\begin{") == tex.count("\\end{")
        for row in csv.DictReader(path.open(newline="")):
            for name, cell in row.items():
                if not re.fullmatch(r"-?\d+\.\d+", cell):
                    continue
                assert cell in said, (name, cell)
                assert f"{float(cell):.3f}" in tex, (name, cell)
                checked += 1
    assert checked >= 6
    return f"{checked} numbers of CSV equal to the report's and to LaTeX's"


SVG = "{http://www.w3.org/2000/svg}"


def prove_svg():
    """Each series of two columns of numbers is a path with those points, but for the scales of the axes."""
    files, points = 0, 0
    for path in sorted((AT / "report/figures").glob("*.svg")):
        root = xml.etree.ElementTree.parse(path).getroot()
        assert root.tag == f"{SVG}svg"
        assert not [e for e in root.iter() if e.tag.endswith("script") or any(k.startswith("on") for k in e.attrib)]
        series = {}
        for row in csv.DictReader(path.with_suffix(".csv").open(newline="")):
            name, x, y = list(row.values())[:3]
            series.setdefault(name, []).append((float(x), float(y)))
        drawn = [
            np.array([[float(n) for n in pair] for pair in re.findall(r"(-?[\d.]+),(-?[\d.]+)", line.get("d"))])
            for line in root.iter(f"{SVG}path")
            if re.fullmatch(r"M[^MHVCZ]*", line.get("d") or "")
        ]
        for data in (np.array(each) for each in series.values() if len(each) > 2):
            fits = []
            for line in (each for each in drawn if len(each) == len(data)):
                residuals = [np.abs(np.polyval(np.polyfit(data[:, k], line[:, k], 1), data[:, k]) - line[:, k]).max() for k in (0, 1)]  # fmt: skip
                fits.append(max(residuals))
            assert fits and min(fits) < 0.01, (path, fits)
            points += len(data)
        files += 1
    assert files > 0 and points > 0
    return f"{points} points of {files} figures where their data say"


def prove_crate():
    with zipfile.ZipFile(AT / "bundle.zip") as bundle:
        assert bundle.testzip() is None
        crate = json.loads(bundle.read("ro-crate-metadata.json"))
        entities = {entity["@id"]: entity for entity in crate["@graph"]}
        about = entities["ro-crate-metadata.json"]["about"]["@id"]
        parts = [part["@id"] for part in entities[about]["hasPart"]]
        names = set(bundle.namelist())
        hashed = 0
        for part in parts:
            entity = entities[part]
            if entity["@type"] == "Dataset" or part.endswith("/"):
                continue
            if part not in names:
                continue
            data = bundle.read(part)
            if "contentSize" in entity:
                assert int(entity["contentSize"]) == len(data), part
            if "sha256" in entity:
                assert entity["sha256"] == hashlib.sha256(data).hexdigest(), part
                hashed += 1
        for entity in entities.values():
            for value in entity.values():
                for link in value if isinstance(value, list) else [value]:
                    if isinstance(link, dict) and set(link) == {"@id"} and not re.match(r"https?:|#|mailto:", link["@id"]):  # fmt: skip
                        assert link["@id"] in entities, link
    assert hashed > 0
    return f"{len(entities)} entities, {hashed} files equal to their digests"


def prove_ndjson():
    events = [json.loads(line) for line in (AT / "events.ndjson").read_text().splitlines()]
    finished = [event for event in events if event.get("event") == "finished"]
    assert len(finished) == 1 and finished[0]["ok"]
    done = {event["stage"] for event in events if event.get("event") == "stage" and event["status"] in ("executed", "reused")}  # fmt: skip
    assert len(done) == sum(finished[0]["stages"].values())
    return f"{len(events)} events"


def main():
    record, images = dataset(AT / "images")
    report = json.loads((AT / "report/report.json").read_text())
    for name, prove in {
        "safetensors": lambda: f"{record['images']} images of {record['identities']} persons",
        "WebDataset": lambda: prove_webdataset(record, images),
        "Scala's folders": lambda: prove_scala(record, images),
        "ONNX": lambda: prove_onnx(images),
        "CSV and LaTeX": lambda: prove_tables(report),
        "SVG": prove_svg,
        "RO-Crate": prove_crate,
        "NDJSON": prove_ndjson,
    }.items():
        print(f"{name}: {prove()}")


main()
