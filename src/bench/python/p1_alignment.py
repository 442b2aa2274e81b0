"""Peer 1: classifier alignment after the tenth task with the cost structure of the published program.

Written from the specification (section 6.2, wastes of 11.2). What makes it slow is kept on purpose:
- each epoch draws 320 samples from every one of the 1,000 Gaussians (100 classes, 10 centroids each), although only 90
  steps of 320 rows are used: 28,800 of 320,000;
- every Gaussian has a diagonal covariance, but is drawn through a full 192 x 192 Cholesky factor, made anew each epoch.

One repetition is `--epochs` epochs; the published alignment has 30, each of the same cost. Prints one JSON line.
"""

import argparse
import json

import torch
from p1_published_structure import measure
from torch import nn
from torch.nn import functional as F

CLASSES, CENTROIDS, WIDTH, SAMPLES, STEPS = 100, 10, 192, 320, 90
EPOCHS = 30


def aligner(epochs):
    torch.manual_seed(0)
    head = nn.Linear(WIDTH, CLASSES)
    optimizer = torch.optim.SGD(head.parameters(), lr=0.005, momentum=0.9)
    means = torch.randn(CLASSES, CENTROIDS, WIDTH)
    variances = torch.rand(CLASSES, CENTROIDS, WIDTH) * 0.01
    unseen = torch.tensor([], dtype=torch.long)

    def epoch():
        parts, labels = [], []
        for c in range(CLASSES):
            for k in range(CENTROIDS):
                covariance = torch.diag(variances[c, k]) + 1e-4 * torch.eye(WIDTH)
                gaussian = torch.distributions.MultivariateNormal(means[c, k], covariance)
                parts.append(gaussian.sample(sample_shape=(SAMPLES,)))
                labels.extend([c] * SAMPLES)
        rows, y = torch.cat(parts), torch.tensor(labels)
        order = torch.randperm(rows.shape[0])
        rows, y = rows[order], y[order]
        for i in range(STEPS):
            part = slice(i * SAMPLES, (i + 1) * SAMPLES)
            logits = head(rows[part]).index_fill(1, unseen, float("-inf"))
            loss = F.cross_entropy(logits, y[part])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return loss.item()

    def run():
        for _ in range(epochs):
            last = epoch()
        return last

    return run


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--epochs", type=int, default=1, help="epochs of one repetition")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--steps", type=int, default=1, help="timed repetitions")
    o = p.parse_args()
    torch.set_num_threads(o.threads)
    result = {"peer": "p1 alignment", **vars(o), "torch": torch.__version__}
    result |= measure(aligner(o.epochs), o.steps)
    result["cpu_ms_alignment"] = round(result["cpu_ms_median"] / o.epochs * EPOCHS, 1)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
