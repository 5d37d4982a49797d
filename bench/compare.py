"""Times the same work in C# and in Python on the same LibTorch and prints both with their ratio. Reports, and judges nothing.

compare.py [--rounds N] [NAME...]

Each round runs both sides one after the other, in turn the first; the best of the rounds counts. Build bench/Repro.Bench in
Release first. DOTNET and PYTHON name other programs than `dotnet` and `python3`.
"""
import argparse
import os
import pathlib
import subprocess
import sys

BENCH = pathlib.Path(__file__).resolve().parent
CSHARP = [os.environ.get("DOTNET", "dotnet"), str(BENCH / "Repro.Bench/bin/Release/net10.0/Repro.Bench.dll")]
PYTHON = [os.environ.get("PYTHON", "python3"), str(BENCH / "benchmarks.py")]


def measure(command, names):
    """One process, one line `name microseconds` per benchmark."""
    run = subprocess.run(command + names, stdout=subprocess.PIPE, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"{' '.join(command)} failed with exit code {run.returncode}")
    return {name: float(value) for name, value in (line.split() for line in run.stdout.splitlines())}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()

    best = {"C#": {}, "Python": {}}
    sides = [("C#", CSHARP), ("Python", PYTHON)]
    for turn in range(options.rounds):
        for side, command in sides if turn % 2 == 0 else sides[::-1]:
            for name, value in measure(command, options.names).items():
                best[side][name] = min(value, best[side].get(name, value))

    print(f"{'benchmark':<24}{'C# us':>12}{'Python us':>12}{'C#/Python':>12}")
    for name, csharp in best["C#"].items():
        python = best["Python"].get(name)
        other = f"{python:>12.3f}{csharp / python:>12.2f}" if python else f"{'-':>12}{'-':>12}"
        print(f"{name:<24}{csharp:>12.3f}{other}")


if __name__ == "__main__":
    main()
