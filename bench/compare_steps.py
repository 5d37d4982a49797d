"""Times training steps in C# and in plain PyTorch on the same LibTorch and prints both with their ratios, time and peak memory. Reports, and judges nothing.

compare_steps.py [--rounds N] [--steps N] [--threads N] [NAME...]

Each round runs both sides one after the other, in turn the first; of the times the best of the rounds counts, of the memory the least. Processor time says
more than the time that passed where others use the machine too. Build bench/StepBench in Release first. DOTNET and PYTHON name other
programs than `dotnet` and `python3`.
"""
import argparse
import os
import pathlib
import subprocess
import sys

import engines

BENCH = pathlib.Path(__file__).resolve().parent
CSHARP = [os.environ.get("DOTNET", "dotnet"), str(BENCH / "StepBench/bin/Release/net10.0/StepBench.dll")]
PYTHON = [os.environ.get("PYTHON", "python3"), str(BENCH / "steps.py")]
NAMES = ["sft_small", "dpo_small", "rm_small", "sft_large", "dpo_large", "rm_large"]


def measure(command, name, steps, threads):
    run = subprocess.run(command + [name, str(steps), str(threads)], stdout=subprocess.PIPE, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"{' '.join(command)} failed with exit code {run.returncode}")
    return [float(value) for value in run.stdout.split()[1:]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    print(engines.share(options.threads), flush=True)
    sides = [("C#", CSHARP), ("Python", PYTHON)]
    print(f"{'step':<12}{'':<8}{'C#':>10}{'Python':>10}{'C#/Python':>12}")
    for name in options.names or NAMES:
        best = {}
        for turn in range(options.rounds):
            for side, command in sides if turn % 2 == 0 else sides[::-1]:
                found = measure(command, name, options.steps, options.threads)
                best[side] = [min(pair) for pair in zip(found, best.get(side, found))]
        for line, (csharp, python) in zip(("ms", "cpu ms", "MiB"), zip(best["C#"], best["Python"])):
            print(f"{name:<12}{line:<8}{csharp:>10.1f}{python:>10.1f}{csharp / python:>12.2f}", flush=True)


if __name__ == "__main__":
    main()
