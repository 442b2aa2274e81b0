"""Peer of the input pipeline: torch's DataLoader without workers, from files to training pixels of side 224.

Random crop (0.08 to 1 of the area), bilinear resize, flip, normalisation, as with torchvision's transforms; where torchvision
is missing, the same by Pillow and torch alone. Every epoch decodes every picture again. File contents are read beforehand.

Needs the pip package `pillow`, and `torchvision` of the release of torch for its transforms. Prints one JSON line.
"""

import argparse
import io
import json
import math
import random
import sys
import zipfile
from pathlib import Path

import numpy as np
import torch
from p1_published_structure import measure
from torch.utils.data import DataLoader, Dataset

try:
    from PIL import Image
except ImportError:
    sys.exit("dataloader.py needs Pillow: pip install pillow (and torchvision for its transforms)")
try:
    from torchvision import transforms
except ImportError:
    transforms = None

SIDE = 224
SUFFIXES = (".png", ".jpg", ".jpeg")


def contents(path, count):
    """Bytes of `count` training pictures, evenly over the archive or folder."""
    if path.is_dir():
        files = sorted(f for f in path.rglob("*") if f.suffix in SUFFIXES and "train" in f.parts)
        read = Path.read_bytes
    else:
        archive = zipfile.ZipFile(path)
        files = sorted(n for n in archive.namelist() if n.endswith(SUFFIXES) and "train" in n.split("/")[:-2])
        read = archive.read
    if not files:
        sys.exit(f"there is no training picture in {path}")
    return [read(files[i * len(files) // count]) for i in range(count)]


def crop_box(width, height):
    """Left, top, width and height as torchvision's RandomResizedCrop draws them."""
    for _ in range(10):
        area = width * height * random.uniform(0.08, 1)
        ratio = math.exp(random.uniform(math.log(3 / 4), math.log(4 / 3)))
        w, h = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if 0 < w <= width and 0 < h <= height:
            return random.randint(0, width - w), random.randint(0, height - h), w, h
    side = min(width, height)
    return (width - side) // 2, (height - side) // 2, side, side


def by_pillow(image):
    left, top, w, h = crop_box(*image.size)
    image = image.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=(left, top, left + w, top + h))
    if random.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    pixels = torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1).contiguous()
    return pixels.float().div_(255).sub_(0.5).div_(0.5)


def by_torchvision():
    half = (0.5, 0.5, 0.5)
    return transforms.Compose(
        [
            transforms.RandomResizedCrop(SIDE),
            transforms.RandomHorizontalFlip(),
            transforms.ToTensor(),
            transforms.Normalize(half, half),
        ]
    )


class Pictures(Dataset):
    def __init__(self, files, transform):
        self.files, self.transform = files, transform

    def __len__(self):
        return len(self.files)

    def __getitem__(self, i):
        return self.transform(Image.open(io.BytesIO(self.files[i])).convert("RGB")), i


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--pictures", type=Path, required=True, help="archive or folder .../train/<class>/<file>")
    p.add_argument("--images", type=int, default=960)
    p.add_argument("--batch", type=int, default=16)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--steps", type=int, default=3, help="timed passes over all images")
    o = p.parse_args()
    torch.set_num_threads(o.threads)
    transform = by_pillow if transforms is None else by_torchvision()
    loader = DataLoader(Pictures(contents(o.pictures, o.images), transform), o.batch, shuffle=True, num_workers=0)

    def epoch():
        return sum(x.shape[0] for x, _ in loader)

    with_what = "pillow" if transforms is None else "torchvision"
    result = {"peer": "dataloader", **vars(o), "pictures": str(o.pictures), "transforms": with_what, "torch": torch.__version__}
    result |= measure(epoch, o.steps)
    result["images_per_cpu_s"] = round(1000 * o.images / result["cpu_ms_median"])
    print(json.dumps(result))


if __name__ == "__main__":
    main()
