"""Adds up a trace of libtorch by operator: its own time, without the operators it calls, as a share of all.

    mvn -Pbench compile exec:exec -Dbench=StepBench -Dbench.arguments="--precision fp32 --profile target/bench/step.json"
    python src/bench/python/operators.py target/bench/step.json --steps 7
"""

import argparse
import json
from collections import Counter
from pathlib import Path


def own_times(events):
    """Microseconds and calls by name; an event lies inside another of its thread where its interval does."""
    times, calls, open_events = Counter(), Counter(), {}
    for event in sorted(events, key=lambda e: (float(e["ts"]), -float(e["dur"]))):
        start, length = float(event["ts"]), float(event["dur"])
        stack = open_events.setdefault(event["tid"], [])
        while stack and stack[-1][1] <= start:
            stack.pop()
        if stack:
            times[stack[-1][0]] -= length
        stack.append((event["name"], start + length))
        times[event["name"]] += length
        calls[event["name"]] += 1
    return times, calls


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("trace", type=Path)
    p.add_argument("--steps", type=int, required=True, help="steps in the trace")
    p.add_argument("--rows", type=int, default=15)
    o = p.parse_args()
    trace = json.loads(o.trace.read_text())
    events = trace["traceEvents"] if isinstance(trace, dict) else trace
    times, calls = own_times([e for e in events if e.get("ph") == "X"])
    total = sum(times.values())
    print("| operator | ms a step | share | calls a step |\n|---|---|---|---|")
    for name, time in times.most_common(o.rows):
        print(f"| {name} | {time / 1000 / o.steps:.1f} | {100 * time / total:.1f} % | {calls[name] / o.steps:.0f} |")
    print(f"| all | {total / 1000 / o.steps:.1f} | 100 % | {sum(calls.values()) / o.steps:.0f} |")


if __name__ == "__main__":
    main()
