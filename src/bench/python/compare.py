"""Measures the service's classes beside the peers, in turns, and prints a table for docs/performance.md.

From a fresh clone (Python needs the pip packages torch and numpy; `input` also pillow and torchvision):

    mvn -q -Pbench compile dependency:build-classpath -Dmdep.includeScope=runtime -Dmdep.outputFile=target/bench/classpath.txt
    python src/bench/python/compare.py steps --batch 16

Tables: steps, evaluation, alignment, input, threads, peak. Every program of a table runs once a turn, as a process of its
own on one core and one thread (`threads`: on two), in the order A, B, C, A, B, C; each warms up by itself. A number is the median
over the turns, of CPU time except in `threads`; a ratio above 1 says how many times as long the other one takes. Load on the
machine shows as a gap between CPU and wall time in the log, target/bench/<table>.jsonl, to which every line is added.
"""

import argparse
import json
import os
import platform
import re
import shlex
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

from tables import TABLES

ROOT = Path(__file__).resolve().parents[3]
CLASS_PATH = ROOT / "target/bench/classpath.txt"
ENVIRONMENT = {"OMP_WAIT_POLICY": "PASSIVE", "OMP_DYNAMIC": "false", "DJL_OFFLINE": "true"}
GIB = str(1 << 30)
JVM_ENVIRONMENT = {  # as in the image; what is set outside counts for both, and before these
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": GIB,
    "MALLOC_TRIM_THRESHOLD_": GIB,
}


def java_command():
    if not CLASS_PATH.exists():
        sys.exit(f"{CLASS_PATH} does not exist: run the mvn command at the top of {__file__}, or give --java")
    home = subprocess.run([ROOT / ".ci/jdk"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    classes = f"{ROOT / 'target/bench/classes'}:{CLASS_PATH.read_text().strip()}"
    return [f"{home}/bin/java", "--enable-native-access=ALL-UNNAMED", "-Xmx512m", "-classpath", classes]


def run(program, o, java):
    """One process: its line of JSON, or its text."""
    cores = str(o.core) if program.cores == 1 else f"0-{program.cores - 1}"
    defaults = ENVIRONMENT if program.script.endswith(".py") else ENVIRONMENT | JVM_ENVIRONMENT
    taskset = ["taskset", "-c", cores] if shutil.which("taskset") else []
    done = subprocess.run(
        [*taskset, *program.command(java)], capture_output=True, text=True, cwd=ROOT, env={**defaults, **os.environ}
    )
    if done.returncode:
        sys.exit(f"{shlex.join(program.command(['java']))} ends with {done.returncode}\n{done.stderr[-4000:]}{done.stdout[-1000:]}")
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    return json.loads(lines[-1]) if lines else {"text": done.stdout}


def measure(rows, o, java):
    """Results by command, one a turn."""
    commands = {}
    for row in rows:
        for program in (row.ours, *(p for peers in row.beside.values() for p in peers)):
            commands.setdefault(program.command(java), program)
    results = {command: [] for command in commands}
    log = ROOT / f"target/bench/{o.table}.jsonl"
    log.parent.mkdir(parents=True, exist_ok=True)
    for turn in range(o.turns):
        for i, (command, program) in enumerate(commands.items()):
            print(f"turn {turn + 1} of {o.turns}, program {i + 1} of {len(commands)}: {program.script} {shlex.join(program.options)}", file=sys.stderr)
            result = run(program, o, java)
            results[command].append(result)
            with log.open("a") as out:
                out.write(json.dumps({"turn": turn + 1, "script": program.script, **result}) + "\n")
    return results


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def ratio(value):
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def print_table(rows, results, java):
    def median(program, of):
        return statistics.median(of(result) for result in results[program.command(java)])

    columns = list(dict.fromkeys(name for row in rows for name in row.beside))
    heads = ["", "ours ms", *(part for name in columns for part in (f"{name} ms", f"{name} / ours")), "faults", "MiB", "of P1's"]
    print("| " + " | ".join(heads) + " |")
    print("|" + "---|" * len(heads))
    for row in rows:
        own = median(row.ours, row.ours.cost)
        cells = [row.label, number(own)]
        for name in columns:
            costs = {program: median(program, program.cost) for program in row.beside.get(name, [])}
            if not costs:
                cells += ["-", "-"]
                continue
            best = min(costs, key=costs.get)
            which = f" ({best.name})" if len(costs) > 1 else ""
            cells += [number(costs[best]) + which, ratio(costs[best] / own)]
        memory = median(row.ours, lambda result: result["rss_mib"])
        cells += [number(median(row.ours, lambda result: result["faults_median"])), number(memory)]
        p1 = row.beside.get("P1")
        cells.append(ratio(memory / median(p1[0], lambda result: result["rss_mib"])) if p1 else "-")
        print("| " + " | ".join(cells) + " |")


def machine():
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return f"{model.group(1) if model else platform.processor()}, {os.cpu_count()} cores, Linux {platform.release()}"


def commit():
    git = lambda *arguments: subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True).stdout.strip()  # noqa: E731
    changed = " with changes" if git("status", "--porcelain", "--untracked-files=no") else ""
    return git("rev-parse", "--short", "HEAD") + changed


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("table", choices=TABLES)
    p.add_argument("--turns", type=int, default=3)
    p.add_argument("--batch", type=int, default=16, help="steps, peak: images of a step")
    p.add_argument("--images", type=int, default=200, help="evaluation: test images of a task where all evaluations are run")
    p.add_argument("--only", default="", help="rows whose name has this in it, a regular expression")
    p.add_argument("--core", type=int, default=1)
    p.add_argument("--java", help="command that starts Java with the class path, in place of the one at the top")
    o = p.parse_args()
    java = shlex.split(o.java) if o.java else java_command()
    rows = [row for row in TABLES[o.table](o) if re.search(o.only, row.label)]
    if not rows:
        sys.exit(f"no row of {o.table} has '{o.only}' in its name")
    results = measure(rows, o, java)
    print(f"{TABLES[o.table].__doc__} {machine()}; commit {commit()}; medians of {o.turns} turns:\n")
    print(f"```\npython src/bench/python/compare.py {shlex.join(sys.argv[1:])}\n```\n")
    print_table(rows, results, java)


if __name__ == "__main__":
    main()
