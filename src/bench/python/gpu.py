"""A training step on a GPU: the service's programs beside p2_careful_pytorch.py, ViT-B/16 at 224, in turns; a table for docs/performance.md.

    mvn -q -Pbench compile exec:exec -Dbench=SaveArchive -Dbench.arguments=target/bench/palimpsest.pt
    python src/bench/python/gpu.py target/bench/palimpsest.pt

Every program is built, warmed up, measured and dropped, A, B, A, B; a number is the median over the turns of the median. Ten steps are
measured together, until the loss of the last one is on the host: the service looks as often. Peak memory is what the allocator gave out at most; kernels, the times that the host
waits for the device, and busy time (in which at least one kernel runs) come from a trace of the last turn. The share of the peak is FLOP by formula (flops.py)
over the time and the rate of an 8192^3 product in bf16, measured between the turns.
"""

import argparse
import json
import re
import statistics
import time
from collections import Counter

import torch
from torch.profiler import ProfilerActivity, profile

import archive_step
import p2_careful_pytorch as p2
from tables import gflop_of_steps

AT_ONCE = archive_step.MOST_STEPS  # between two looks at the loss


def product_rate(n=8192, times=20):
    """TFLOP/s of a bf16 product."""
    a, b = (torch.randn(n, n, dtype=torch.bfloat16, device="cuda") for _ in range(2))
    marks = [torch.cuda.Event(enable_timing=True) for _ in range(times + 1)]
    for _ in range(5):
        a @ b
    for mark in marks[:-1]:
        mark.record()
        a @ b
    marks[-1].record()
    torch.cuda.synchronize()
    return 2 * n**3 / statistics.median(x.elapsed_time(y) for x, y in zip(marks, marks[1:])) / 1e9


def programs(o):
    """Label, task, form, and what builds a function that runs some steps and returns numbers on the device."""
    sizes = {"width": p2.WIDTH, "heads": p2.HEADS, "batch": o.batch, "precision": o.precision}
    result = []
    for task in (0, 9):
        for importance, form in ((0, "lowrank"), (0, "dense"), (1, "dense")):
            what = f"task {task}, importance {'on' if importance else 'off'}, {form}"
            k = sizes | {"task": task, "importance": importance, "dense": int(form == "dense")}
            result.append((f"ours, {what}", task, form, lambda k=k: archive_step.trainer(o.archive, **k)))
            for compiled in range(1 + o.compile):
                k = {"task": task, "importance": bool(importance), "form": form, "compiled": bool(compiled)}
                result.append((f"P2{' compiled' * compiled}, {what}", task, form, lambda k=k: peer(o, **k)))
        k = sizes | {"task": task, "dense": 1, "side": 32}
        result.append((f"ours, task {task}, 32-pixel crops, dense", task, "dense", lambda k=k: archive_step.trainer(o.archive, **k)))
    return [one for one in result if re.search(o.only, one[0])]


def peer(o, **options):
    step = p2.trainer(batch=o.batch, precision=o.precision, attention="sdpa", device="cuda", **options)
    return lambda count: [step() for _ in range(count)][-1].detach()


def trace(run, o):
    """What the device does in a step."""
    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as found:
        run(AT_ONCE).cpu()
    device = [e for e in found.events() if e.device_type == torch.autograd.DeviceType.CUDA]
    kernels = [e for e in device if not e.name.startswith(("Memcpy", "Memset"))]
    busy, end = 0.0, 0.0
    for e in sorted(device, key=lambda e: e.time_range.start):
        busy += max(0.0, e.time_range.end - max(end, e.time_range.start))
        end = max(end, e.time_range.end)
    times = Counter()
    for e in kernels:
        times[e.name[:90]] += e.time_range.end - e.time_range.start
    waits = Counter(e.name for e in found.events() if re.fullmatch(r"cuda(Stream|Device|Event)Synchronize", e.name))
    return {
        "kernels": round(len(kernels) / AT_ONCE),
        "waits": sum(waits.values()),
        "busy_ms": round(busy / AT_ONCE / 1000, 2),
        "top": {name: round(t / AT_ONCE / 1000, 3) for name, t in times.most_common(o.top)},
    }


def measure(build, o, traced):
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    torch.set_grad_enabled(True)  # our programs switch it off
    run = build()
    times = []
    for _ in range(1 + o.measured):
        start = time.perf_counter()
        run(AT_ONCE).cpu()
        times.append(1000 * (time.perf_counter() - start) / AT_ONCE)
    times = times[1:]
    result = {"ms": statistics.median(times), "ms_min": min(times), "mib": torch.cuda.max_memory_allocated() >> 20}
    return result | (trace(run, o) if traced else {})


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("archive", help="what SaveArchive wrote")
    p.add_argument("--model", choices=p2.MODELS, default="base")
    p.add_argument("--batch", type=int, default=128)
    p.add_argument("--precision", choices=("bf16", "fp32"), default="bf16")
    p.add_argument("--turns", type=int, default=3)
    p.add_argument("--measured", type=int, default=4, help="tens of steps, after one to warm up")
    p.add_argument("--top", type=int, default=0, help="how many kernels the lines of JSON name")
    p.add_argument("--compile", type=int, choices=(0, 1), default=0, help="P2 with torch.compile as well; takes minutes")
    p.add_argument("--only", default="", help="programs whose label has this in it, a regular expression")
    o = p.parse_args()
    p2.choose(o.model)
    gflop, chosen, rates = gflop_of_steps(o.batch, p2.WIDTH), programs(o), []
    results = {label: [] for label, *_ in chosen}
    for turn in range(o.turns):
        rates.append(product_rate())
        for label, _, _, build in chosen:
            results[label].append(measure(build, o, turn == o.turns - 1))
            print(json.dumps({"turn": turn + 1, "program": label, **results[label][-1]}), flush=True)
    rate = statistics.median(rates)
    print(f"\n{torch.cuda.get_device_name()}, PyTorch {torch.__version__}, 8192^3 in bf16 {rate:.0f} TFLOP/s, ", end="")
    print(f"{o.model}, batch {o.batch}, {o.precision}; medians of {o.turns} turns\n")
    print("| program | ms a step | images/s | TFLOP | of the peak | MiB | kernels | waits in ten steps | busy ms |\n|---|---|---|---|---|---|---|---|---|")
    for label, task, form, _ in chosen:
        ms = statistics.median(r["ms"] for r in results[label])
        mib = statistics.median(r["mib"] for r in results[label])
        last = results[label][-1]
        share = gflop[task, form] / ms / rate
        cells = [label, f"{ms:.2f}", f"{1000 * o.batch / ms:,.0f}", f"{gflop[task, form] / 1000:.2f}", f"{100 * share:.0f} %"]
        cells += [f"{mib:,.0f}", str(last["kernels"]), str(last["waits"]), str(last["busy_ms"])]
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
