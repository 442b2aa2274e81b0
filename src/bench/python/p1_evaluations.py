"""Peer 1: all evaluations of a ten-task run with task inference, in the cost structure of the published program.

After every task the test images of all tasks so far are evaluated, before and after alignment (after the first task once),
each data set by itself: the precisions of all classes are inverted anew for it, its images go through snapshot 0 together and
then one by one through the snapshot of their task. Nothing is kept from one evaluation to the next.

For each number of tasks one data set is run with few images, as many from every task. Its forwards are scaled to `--images`,
its inverses are not, and both are multiplied by the data sets and stages that cost the same. Prints one JSON line with the CPU
time of the whole.
"""

import argparse
import json
import math
import resource
import time
import types

import p1_published_structure as p1
import torch

TASKS, CLASSES_A_TASK = 10, 10


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--images", type=int, default=200, help="test images of a task")
    p.add_argument("--part", type=int, default=10, help="images of a data set that are run, at least")
    p.add_argument("--threads", type=int, default=1)
    o = p.parse_args()
    torch.set_num_threads(o.threads)
    p1.time = types.SimpleNamespace(perf_counter=time.process_time)  # its two parts in CPU time
    p1.evaluator(tasks=1, classes=CLASSES_A_TASK, images=o.part)()
    inverses = forwards = 0.0
    for tasks in range(1, TASKS + 1):
        images = tasks * math.ceil(o.part / tasks)
        inverse, forward = p1.evaluator(tasks=tasks, classes=CLASSES_A_TASK * tasks, images=images)()
        times = tasks * (1 if tasks == 1 else 2)
        inverses += times * inverse
        forwards += times * forward * o.images / images
    print(
        json.dumps(
            {
                "peer": "p1 evaluations",
                **vars(o),
                "torch": torch.__version__,
                "cpu_ms_inverses": round(1000 * inverses, 1),
                "cpu_ms_forwards": round(1000 * forwards, 1),
                "cpu_ms_median": round(1000 * (inverses + forwards), 1),
                "rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
