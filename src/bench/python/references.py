"""Writes src/test/resources/references: what published libraries answer, for tests of the same thing here.

    pip install torch numpy scikit-learn
    python src/bench/python/references.py

scikit-learn seeds and moves the centres by its own code; only its random numbers are replaced by those that
our program draws. PyTorch resizes by torch.nn.functional.interpolate.
"""

import json
from pathlib import Path

import numpy as np
import sklearn
import torch
from sklearn.cluster import KMeans, kmeans_plusplus
from sklearn.linear_model import Ridge

FOLDER = Path(__file__).parents[2] / "test/resources/references"


class Drawn(np.random.RandomState):
    """Answers scikit-learn's questions with uniform numbers u [k, trials]."""

    def __init__(self, u):
        super().__init__(0)
        self.u = u
        self.row = 0

    def choice(self, n, p=None):
        return min(int(self.u[0, 0] * n), n - 1)

    def uniform(self, size):
        self.row += 1
        assert size == self.u.shape[1]
        return self.u[self.row]


def clusters(name, rows, k, seed):
    trials = 2 + int(np.log(k))
    generator = torch.Generator(device="cpu")
    generator.manual_seed(seed)
    u = torch.rand([k, trials], dtype=torch.float64, generator=generator).numpy()
    start, chosen = kmeans_plusplus(rows, k, random_state=Drawn(u), n_local_trials=trials)
    model = KMeans(k, init=start, n_init=1, max_iter=300, tol=1e-4, algorithm="lloyd").fit(rows)
    return {
        "name": name,
        "rows": rows.tolist(),
        "k": k,
        "seed": seed,
        "start_rows": chosen.tolist(),
        "rounds": int(model.n_iter_),
        "labels": model.labels_.tolist(),
        "centres": model.cluster_centers_.tolist(),
    }


def k_means():
    draw = np.random.default_rng(5)
    flat = draw.uniform(-1, 1, [120, 2]).round(6)
    mixed = np.concatenate([draw.normal(0, 1, [40, 4]), draw.normal(1.5, 0.5, [20, 4]), draw.normal(-1, 2, [15, 4])]).round(6)
    apart = np.concatenate([draw.normal(c, 0.1, [8, 3]) for c in [(0, 0, 0), (3, 0, 1), (0, 5, 2)]]).round(6)
    return [
        clusters("uniform in a square", flat, 6, 102),
        clusters("three overlapping sources", mixed, 4, 104),
        clusters("many clusters", flat, 12, 122),
        clusters("far apart", apart, 3, 100),
        clusters("one cluster", apart, 1, 100),
    ]


def positions():
    draw = np.random.default_rng(6)
    cases = []
    for before, after in [(4, 6), (6, 4), (4, 5)]:
        table = draw.normal(0, 1, [1, 1 + before * before, 3]).astype(np.float32).astype(np.float64)
        table[0, 1:, 1] = np.arange(before * before) // before  # rises from row to row only
        grid = torch.tensor(table[:, 1:]).reshape(1, before, before, 3).permute(0, 3, 1, 2)
        resized = torch.nn.functional.interpolate(grid, size=(after, after), mode="bicubic", align_corners=False)
        rows = resized.permute(0, 2, 3, 1).reshape(after * after, 3)
        cases.append({
            "before": before,
            "after": after,
            "table": table[0].tolist(),
            "resized": [table[0, 0].tolist()] + rows.tolist(),
        })
    return cases


def ridge_heads(h, labels, classes, ridge):
    model = Ridge(alpha=ridge, fit_intercept=False, solver="svd").fit(h, np.eye(classes)[labels])
    return model.coef_.reshape(classes, -1)


def ridge():
    """Heads on relu(features projection); chosen is the ridge of the least squared error on every fifth image of a class."""
    cases = []
    for name, images, width, classes, chosen, seed in [
        ("more images than columns", 60, 12, 3, 0.5, 1),
        ("fewer images than columns", 20, 40, 4, 1e-3, 2),
        ("a large ridge", 40, 24, 2, 1e4, 3),
        ("two blocks of rows", 30, 530, 2, 10.0, 4),
    ]:
        draw = np.random.default_rng(seed)
        labels = np.sort(np.arange(images) % classes)
        features = (draw.normal(0, 1, [images, 32]) + draw.normal(0, 0.5, [classes, 32])[labels]).round(2)
        projection = draw.normal(0, 1, [32, width]).round(1)
        h = np.maximum(features @ projection, 0)
        held = np.concatenate([np.arange(np.sum(labels == c)) % 5 == 4 for c in range(classes)])
        errors = [
            np.sum((h[held] @ ridge_heads(h[~held], labels[~held], classes, 10.0**e).T - np.eye(classes)[labels[held]]) ** 2)
            for e in range(-8, 9)
        ]
        cases.append({
            "name": name,
            "classes": classes,
            "labels": labels.tolist(),
            "features": features.tolist(),
            "projection": projection.tolist(),
            "ridge": chosen,
            "weights": [[float("%.10g" % w) for w in row] for row in ridge_heads(h, labels, classes, chosen)],
            "chosen": 10.0 ** (int(np.argmin(errors)) - 8),
            "error": float("%.10g" % min(errors)),
        })
    return cases


def write(name, origin, cases):
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"origin": origin, "cases": cases}, separators=(",", ":"))
    (FOLDER / name).write_text(text.replace('{"', '\n{"').replace("]},", "]},\n") + "\n")


if __name__ == "__main__":
    by = "src/bench/python/references.py with "
    write("k-means.json", by + f"scikit-learn {sklearn.__version__}", k_means())
    write("positions.json", by + f"torch {torch.__version__.split('+')[0]}", positions())
    write("ridge.json", by + f"scikit-learn {sklearn.__version__} and numpy {np.__version__}", ridge())
