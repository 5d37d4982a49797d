"""The recorded benchmarks: bench/history.jsonl has one line of JSON for each `compare.py --record`. Times are microseconds, the best of the rounds.

Only records of the same processor and clock say how the programs changed; the ratio of both sides says more than either.
"""
import datetime
import json
import os
import pathlib
import platform
import subprocess

FILE = pathlib.Path(__file__).resolve().parent / "history.jsonl"
VERSIONS = "import json, platform, torch; print(json.dumps({'python': platform.python_version(), 'torch': torch.__version__}))"


def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def commit():
    try:
        return output("git", "-C", str(FILE.parent), "describe", "--always", "--dirty", "--abbrev=10")
    except (OSError, subprocess.CalledProcessError):
        return None


def append(csharp_command, python, rounds, csharp, other):
    record = {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": commit(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "clock": os.environ.get("BENCH_CLOCK", "wall"),
        "rounds": rounds,
        "csharp": json.loads(output(*csharp_command, "--versions")),
        "python": json.loads(output(python, "-c", VERSIONS)),
        "microseconds": {name: {"csharp": round(value, 3), "python": round(other[name], 3) if name in other else None} for name, value in csharp.items()},
    }
    with open(FILE, "a", encoding="utf-8", newline="\n") as lines:
        lines.write(json.dumps(record) + "\n")
    print(f"recorded in {FILE}")


def read():
    with open(FILE, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]
