"""What compare.py measures: which programs a table runs, and which of them stand beside ours in its rows."""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ARCHIVES = Path("../shared/data")
DATA_SETS = 55  # evaluated after the ten tasks: 1 + 2 + ... + 10


@dataclass(frozen=True)
class Program:
    """A command that prints one line of JSON (or text), and what of it is compared: milliseconds, less is better."""

    name: str
    script: str  # a Java class, or a Python file beside this one
    options: tuple[str, ...]
    cost: Callable[[dict], float] = lambda result: result["cpu_ms_median"]
    cores: int = 1

    def command(self, java):
        start = [sys.executable, str(HERE / self.script)] if self.script.endswith(".py") else [*java, "dev.palimpsest.bench." + self.script]
        return (*start, *self.options)


@dataclass(frozen=True)
class Row:
    label: str
    ours: Program
    beside: dict[str, list[Program]] = field(default_factory=dict)  # column: the cheapest of these counts


def program(name, script, cost=None, cores=1, **options):
    given = tuple(text for key, value in options.items() for text in ("--" + key, str(value)))
    return Program(name, script, given, cores=cores, **({} if cost is None else {"cost": cost}))


def p2(precision, cost=None, **options):
    attention = "math" if precision == "bf16" else "sdpa"
    name = f"P2 {precision} {options.get('form', '')}".strip()
    return program(name, "p2_careful_pytorch.py", cost, precision=precision, attention=attention, **options)


def our_step(precision, task, importance, batch, **more):
    return program("ours", "StepBench", precision=precision, task=task, importance=importance, batch=batch, **more)


def steps(o):
    """One training step, CPU ms."""
    rows = []
    for task in (0, 9):
        p1 = program("P1", "p1_published_structure.py", mode="train", task=task, batch=o.batch, steps=5)
        for importance in (0, 1):
            form = "lowrank" if task == 0 and not importance else "dense"
            peers = {
                precision: p2(precision, mode="train", task=task, batch=o.batch, steps=5, form=form, importance=importance)
                for precision in ("bf16", "fp32")
            }
            for precision in ("bf16", "fp32", "fp32_onednn"):
                beside = {"P1": [p1], "P2, same precision": [peers[precision[:4]]], "best P2": list(peers.values())}
                if task:
                    beside["own task 0"] = [our_step(precision, 0, importance, o.batch)]
                label = f"{precision}, task {task}, importance {'on' if importance else 'off'}, batch {o.batch}"
                rows.append(Row(label, our_step(precision, task, importance, o.batch), beside))
    return rows


def evaluation(o):
    """Evaluations with task inference, CPU ms."""
    once = [program("P1", "p1_published_structure.py", mode="eval-tii", batch=200, steps=1)]
    every = [program("P1", "p1_evaluations.py", images=o.images)]
    share = DATA_SETS * o.images / 200  # P2 keeps features between the two stages of a task, not from task to task
    rows = []
    for label, all_of_them, images, p1, cost in (
        ("one evaluation of 200 images after task 10", 0, 20, once, None),
        (f"all evaluations of ten tasks, {o.images} images a task", 1, o.images, every, lambda r: share * r["cpu_ms_median"]),
    ):
        peers = {p: p2(p, mode="eval-tii", batch=200, steps=1, cost=cost) for p in ("bf16", "fp32")}
        for precision in ("bf16", "fp32", "fp32_onednn"):
            options = {"all": all_of_them, "images": images, "warm": 1 - all_of_them, "precision": precision}
            ours = program("ours", "EvaluationBench", **options)
            rows.append(Row(f"{label}, {precision}", ours, {"P1": p1, "P2, same precision": [peers[precision[:4]]], "best P2": list(peers.values())}))
    return rows


def alignment(_):
    """30 epochs of classifier alignment at 100 classes, CPU ms; P1's from one epoch."""
    p1 = program("P1", "p1_alignment.py", cost=lambda r: r["cpu_ms_alignment"])
    return [Row("alignment, 100 classes", program("ours", "AlignmentBench"), {"P1": [p1]})]


def each_image(result):
    return 1000 / result["images_per_cpu_s"]


def inputs(_):
    """From files to 224 x 224 training pixels, CPU ms an image; ours decodes once in 5 epochs."""
    rows = []
    for kind, side, archive in (("png", 32, "cifar100-png-80x20.zip"), ("jpeg", 227, "pacs-jpg-40x10.zip")):
        pictures = ARCHIVES / archive
        if not pictures.exists():
            pictures = Path("target/bench/pictures") / kind
        loader = program("DataLoader", "dataloader.py", each_image, pictures=pictures)
        for precision in ("bf16", "fp32"):
            ours = program("ours", "InputBench", each_image, kind=kind, pictures=pictures, precision=precision)
            rows.append(Row(f"{side}-pixel {kind} to {precision} pixels", ours, {"DataLoader": [loader]}))
    return rows


def threads(_):
    """Two threads on two cores beside one, wall ms of a step at batch 64."""
    wall = lambda result: result["wall_ms_median"]  # noqa: E731
    rows = []
    for precision in ("bf16", "fp32", "fp32_onednn"):
        one, two = (
            program(f"{n} threads", "StepBench", wall, cores=n, threads=n, precision=precision, task=0, importance=0, batch=64)
            for n in (1, 2)
        )
        rows.append(Row(f"{precision}, task 0, importance off, batch 64", two, {"one thread": [one]}))
    return rows


def gflop_of_steps(batch, width=192):
    """GFLOP of a step by task and form, as flops.py prints them."""
    command = [sys.executable, str(HERE / "flops.py"), "--batch", str(batch), "--width", str(width)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.findall(r"task (\d) class token only.*? (dense|lowrank) .*total ([\d.]+) GFLOP", text)
    return {(int(task), form): float(total) for task, form, total in found}


def peak(o):
    """A step beside the time that its products alone would take at the machine's own rate; the ratio is the share of the peak."""
    gflop = gflop_of_steps(o.batch)
    rows = []
    for precision, kernel in (("bf16", "bf16 mm"), ("fp32", "fp32 mm"), ("fp32_onednn", "fp32 oneDNN")):
        for task, importance in ((0, 0), (0, 1), (9, 0), (9, 1)):
            form = "lowrank" if task == 0 and not importance else "dense"
            bound = program("bound", "gemm_peak.py", lambda r, k=kernel, g=gflop[task, form]: 1000 * g / cube_rate(r, k))
            label = f"{precision}, task {task}, importance {'on' if importance else 'off'}, batch {o.batch}, {gflop[task, form]} GFLOP"
            rows.append(Row(label, our_step(precision, task, importance, o.batch), {"bound": [bound]}))
    return rows


def cube_rate(result, kernel):
    """GFLOP/s of the 2048^3 product as gemm_peak.py prints it."""
    line = next(line for line in result["text"].splitlines() if line.startswith("2048^3"))
    return float(re.search(kernel + r" +(\d+)", line).group(1))


TABLES = {"steps": steps, "evaluation": evaluation, "alignment": alignment, "input": inputs, "threads": threads, "peak": peak}
