"""Times the same work in C# and in Python on the same LibTorch and prints both with their ratio. Reports, and judges nothing.

compare.py [--rounds N] [--record] [NAME...]

--record appends the result to bench/history.jsonl, with the versions of both sides, the processor and the date; bench/chart.py draws that file.

BENCH_TOKENIZER (a folder) and BENCH_TEXTS (JSONL) say what the tokenizer benchmark reads.

Each round runs both sides one after the other, in turn the first; the best of the rounds counts. Build bench/Repro.Bench in
Release first. DOTNET and PYTHON name other programs than `dotnet` and `python3`. BENCH_CLOCK=cpu counts processor time on both sides instead
of the time that passed, for a machine that others use as well.
"""
import argparse
import os
import pathlib
import subprocess
import sys

import engines
import history

BENCH = pathlib.Path(__file__).resolve().parent
CSHARP = [os.environ.get("DOTNET", "dotnet"), str(BENCH / "Repro.Bench/bin/Release/net10.0/Repro.Bench.dll")]
PYTHON = [os.environ.get("PYTHON", "python3"), str(BENCH / "benchmarks.py")]


# What the tokenizer benchmark reads, where it is not named: shared data beside the checkout.
SHARED = BENCH.parent.parent / "shared"
INPUTS = {"BENCH_TOKENIZER": SHARED / "vectors/tokenizers/qwen2-2000", "BENCH_TEXTS": SHARED / "data/gsm8k/test.jsonl"}

# Bytes that one call of a benchmark works through, for those whose rate is shown.
SIZES = {}


def measure(command, names):
    """One process, one line `name microseconds [bytes]` per benchmark."""
    run = subprocess.run(command + names, stdout=subprocess.PIPE, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"{' '.join(command)} failed with exit code {run.returncode}")
    lines = [line.split() for line in run.stdout.splitlines()]
    SIZES.update({name: int(size[0]) for name, _, *size in lines if size})
    return {name: float(value) for name, value, *_ in lines}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()

    if all(path.exists() for path in INPUTS.values()):
        for name, path in INPUTS.items():
            os.environ.setdefault(name, str(path))

    print(engines.share(), flush=True)
    best = {"C#": {}, "Python": {}}
    known = set(subprocess.run(PYTHON + ["--list"], stdout=subprocess.PIPE, text=True, check=True).stdout.split())
    names = {"C#": options.names, "Python": [name for name in options.names if name in known]}
    sides = [("C#", CSHARP), ("Python", PYTHON)]
    for turn in range(options.rounds):
        for side, command in sides if turn % 2 == 0 else sides[::-1]:
            if options.names and not names[side]:
                continue
            for name, value in measure(command, names[side]).items():
                best[side][name] = min(value, best[side].get(name, value))

    print(f"{'benchmark':<24}{'C# us':>12}{'Python us':>12}{'C#/Python':>12}")
    for name, csharp in best["C#"].items():
        python = best["Python"].get(name)
        other = f"{python:>12.3f}{csharp / python:>12.2f}" if python else f"{'-':>12}{'-':>12}"
        rate = f"{SIZES[name] / csharp:>10.1f} MB/s" if name in SIZES else ""
        print(f"{name:<24}{csharp:>12.3f}{other}{rate}")
    if options.record:
        history.append(CSHARP, PYTHON[0], options.rounds, best["C#"], best["Python"])


if __name__ == "__main__":
    main()
