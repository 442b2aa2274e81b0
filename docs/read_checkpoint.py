#!/usr/bin/env python3
"""Classifies images by a checkpoint: its archive, the backbone's file, Python and NumPy, nothing else.

    python3 read_checkpoint.py checkpoint.tar backbone.safetensors images

`images` holds a folder for each label, with binary PPM files, or any that Pillow reads where it is installed. The answer
counts, for each task, images, those classified right among all classes scored (top1), among the task's own
(task_known) and, where a method infers the task, those whose task is inferred right. docs/checkpoints.md explains the
format. Everything is computed in double, so that a tie in the service's numbers may fall the other way here;
least_margin is the smallest distance between the two highest scores of an image.
"""

import json
import math
import re
import sys
import tarfile
from pathlib import Path

import numpy as np

PLACES = {"q": ("attn.qkv", 0), "k": ("attn.qkv", 1), "v": ("attn.qkv", 2)}
PLACES |= {"out": ("attn.proj", 0), "fc1": ("mlp.fc1", 0), "fc2": ("mlp.fc2", 0)}
TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "BF16": "<u2"}
ERF = np.vectorize(math.erf, otypes=[float])


def tensors(data):
    """The tensors of a safetensors file by name."""
    start = 8 + int.from_bytes(data[:8], "little")
    result = {}
    for name, entry in json.loads(data[8:start]).items():
        if name != "__metadata__":
            low, high = entry["data_offsets"]
            values = np.frombuffer(data[start + low : start + high], TYPES[entry["dtype"]])
            if entry["dtype"] == "BF16":
                values = (values.astype("<u4") << 16).view("<f4")
            result[name] = values.reshape(entry["shape"]).astype(float)
    return result


def cubic(x, a):
    """The cubic filter at distance x."""
    x = np.abs(x)
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    return np.where(x < 1, near, np.where(x < 2, ((a * x - 5 * a) * x + 8 * a) * x - 4 * a, 0))


def resize_rows(size, out, kind):
    """Pillow's weights [out, size] along one axis, which are multiples of 2^-22."""
    scale = size / out
    widen = max(scale, 1)
    reach = widen * (2 if kind == "bicubic" else 1)
    centre = (np.arange(out)[:, None] + 0.5) * scale
    at = (np.arange(size) - centre + 0.5) / widen
    inside = (np.arange(size) >= np.maximum(np.trunc(centre - reach + 0.5), 0))
    inside &= np.arange(size) < np.trunc(centre + reach + 0.5)
    rows = np.where(inside, cubic(at, -0.5) if kind == "bicubic" else np.maximum(1 - np.abs(at), 0), 0)
    rows = rows / rows.sum(1, keepdims=True) * 2**22
    return np.trunc(rows + np.sign(rows) * 0.5) / 2**22


def pixels(image, how):
    """The network's input [3, side, side] of bytes [3, y, x]."""
    x, side = image.astype(float), how["side"]
    if how["resize"] != "none":
        shorter = min(x.shape[1:]) if how["resize"] == "shorter_side" else None
        for axis in (2, 1):
            out = how["resize_side"] * x.shape[axis] // (shorter or x.shape[axis])
            first = round((out - side) / 2)
            rows = resize_rows(x.shape[axis], out, how["filter"])[first : first + side]
            x = np.clip(np.floor(np.moveaxis(np.moveaxis(x, axis, 2) @ rows.T, 2, axis) + 0.5), 0, 255)
    mean, deviation = (np.array(how[name]).reshape(3, 1, 1) for name in ("mean", "deviation"))
    return (x / 255 - mean) / deviation


def positions(table, grid):
    """The position table [1 + own^2, D] for another grid: bicubic with a = -0.75, edges repeated."""
    own = round(math.sqrt(len(table) - 1))
    if own == grid:
        return table
    at = (np.arange(grid) + 0.5) * own / grid - 0.5
    rows = np.zeros((grid, own))
    for tap in (np.floor(at) + k for k in (-1, 0, 1, 2)):
        np.add.at(rows, (np.arange(grid), np.clip(tap, 0, own - 1).astype(int)), cubic(at - tap, -0.75))
    patches = np.einsum("ya,xb,abd->yxd", rows, rows, table[1:].reshape(own, own, -1))
    return np.concatenate([table[:1], patches.reshape(grid * grid, -1)])


def composed(backbone, adapters, snapshot):
    """The backbone's tensors with coefficient * up * down of every adapter and every dense change added."""
    w = dict(backbone)

    def add(block, site, change):
        matrix, part = PLACES[site]
        name = f"blocks.{block}.{matrix}.weight"
        w[name] = w[name].copy()
        w[name][part * len(change) : (part + 1) * len(change)] += change

    for adapter in snapshot["adapters"]:
        for site, coefficients in adapter["coefficients"].items():
            for block, coefficient in enumerate(coefficients):
                up, down = (adapters[f"blocks.{block}.{site}.{one}.task{adapter['adapter']}"] for one in ("up", "down"))
                add(block, site, coefficient * up @ down)
    for site, blocks in (snapshot.get("dense") or {}).items():
        for block in blocks:
            add(block, site, adapters[f"blocks.{block}.{site}.delta"])
    return w


def features(w, net, x):
    """The class token after the last norm, [D], of an input [3, side, side]."""

    def linear(h, name):
        return h @ w[name + ".weight"].T + w[name + ".bias"]

    def norm(h, name):
        h = h - h.mean(-1, keepdims=True)
        return h / np.sqrt((h**2).mean(-1, keepdims=True) + 1e-6) * w[name + ".weight"] + w[name + ".bias"]

    p, g, d = net["patch"], net["grid"], net["width"]
    pieces = x.reshape(3, g, p, g, p).transpose(1, 3, 0, 2, 4).reshape(g * g, -1)
    tokens = pieces @ w["patch_embed.proj.weight"].reshape(d, -1).T + w["patch_embed.proj.bias"]
    h = np.concatenate([w["cls_token"][0], tokens]) + positions(w["pos_embed"][0], g)
    for i in range(net["depth"]):
        block = f"blocks.{i}."
        qkv = linear(norm(h, block + "norm1"), block + "attn.qkv")
        q, k, v = qkv.reshape(len(h), 3, net["heads"], -1).transpose(1, 2, 0, 3)
        score = q @ k.swapaxes(1, 2) / math.sqrt(q.shape[2])
        score = np.exp(score - score.max(-1, keepdims=True))
        seen = score / score.sum(-1, keepdims=True) @ v
        h = h + linear(seen.swapaxes(0, 1).reshape(len(h), d), block + "attn.proj")
        y = linear(norm(h, block + "norm2"), block + "mlp.fc1")
        h = h + linear(y * (1 + ERF(y / math.sqrt(2))) / 2, block + "mlp.fc2")
    return norm(h[0], "norm")


def inferred_tasks(f, statistics):
    """For each feature [n, D] under the first snapshot, the task of the nearest cluster."""
    f = f / np.maximum(np.linalg.norm(f, axis=1, keepdims=True), 1e-12)
    tasks, distances = [], []
    for name in statistics:
        if found := re.fullmatch(r"(inference\.task(\d+)\..*\.)mean", name):
            h = (f - statistics[name]) * statistics[found[1] + "scale"]
            a, b = statistics[found[1] + "coefficients"]
            inner = h @ statistics[found[1] + "factor"].T
            tasks.append(int(found[2]))
            distances.append(a * (h**2).sum(1) + b * (inner**2).sum(1))
    return np.array(tasks)[np.argmin(distances, 0)]


def picture(file):
    """Bytes [3, y, x] of an image."""
    data = file.read_bytes()
    if header := re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data):
        width, height = int(header[1]), int(header[2])
        image = np.frombuffer(data[header.end() :], np.uint8).reshape(height, width, 3)
    else:
        from PIL import Image

        image = np.asarray(Image.open(file).convert("RGB"))
    return image.transpose(2, 0, 1)


def read(archive):
    """The manifest, and the tensors of each file under its name without ending."""
    with tarfile.open(archive) as tar:
        files = {Path(one.name).stem: tar.extractfile(one).read() for one in tar if one.isfile()}
    manifest = json.loads(files.pop("manifest"))
    if manifest["format_version"] not in (2, 3) or manifest["model"]["inference"] is None:
        sys.exit("format_version must be 2 or 3 and kind must not be in_task: others are not explained here")
    return manifest, {name: tensors(data) for name, data in files.items()}


def main(archive, backbone, folder):
    manifest, saved = read(archive)
    model, served = manifest["model"], manifest["model"]["inference"]
    base = saved.get("backbone") or tensors(Path(backbone).read_bytes())
    classes = {one["label"]: one for one in manifest["classes"]}
    files = [file for file in sorted(Path(folder).glob("*/*")) if file.parent.name in classes]

    def seen(snapshot, chosen):
        w = composed(base, saved.get("adapters"), snapshot)
        return np.array([features(w, model["network"], pixels(picture(file), model["pixels"])) for file in chosen])

    f = seen(served["snapshots"][0], files)
    inferred = np.zeros(len(files))
    if served["served_by"] == "inferred_task":
        inferred = inferred_tasks(f, saved["method"])
        for snapshot in served["snapshots"][1:]:
            rows = np.flatnonzero(inferred == snapshot["task"])
            if len(rows):
                f[rows] = seen(snapshot, [files[row] for row in rows])

    if model.get("feature_map"):  # relu_projection
        f = np.maximum(f @ saved["heads"]["projection"], 0)
    weight, bias = np.full((served["scored_classes"], f.shape[1]), np.nan), np.zeros(served["scored_classes"])
    own = {one["task"]: slice(one["first_class"], one["first_class"] + one["class_count"]) for one in model["heads"]}
    for task, rows in own.items():
        weight[rows], bias[rows] = saved["heads"][f"task{task}.weight"], saved["heads"][f"task{task}.bias"]
    if np.isnan(weight).any():
        sys.exit("classes that are not learned yet take part, and the checkpoint does not hold their heads")
    scores = f @ weight.T + bias

    counts = {task: {"images": 0, "top1": 0, "task_known": 0, "inferred_task": 0} for task in own}
    for file, score, task in zip(files, scores, inferred):
        label = classes[file.parent.name]
        rows, count = own[label["task"]], counts[label["task"]]
        count["images"] += 1
        count["top1"] += int(score.argmax() == label["index"])
        count["task_known"] += int(rows.start + score[rows].argmax() == label["index"])
        count["inferred_task"] += int(task == label["task"])
    highest = np.sort(scores, 1)[:, -2:]
    print(json.dumps({"tasks": counts, "least_margin": float(np.min(highest[:, -1] - highest[:, 0]))}))


if __name__ == "__main__":
    main(*sys.argv[1:])
