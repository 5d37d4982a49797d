"""The Python side of the benchmarks: the same work on the same LibTorch, under the same names as in bench/Repro.Bench.

benchmarks.py NAME...: times the benchmarks named, or all, on one thread, and prints `name microseconds` for each.
benchmarks.py --list: prints the names.
"""
import os
import sys
import time

import torch

import choices
import llama
import ppo
from decoder import training_step

RUNS = 20
CLOCK = time.process_time if os.environ.get("BENCH_CLOCK") == "cpu" else time.perf_counter


def add(size, requires_grad=False):
    left = torch.randn(size, size, requires_grad=requires_grad)
    right = torch.randn(size, size)
    return lambda: torch.add(left, right)


def add_scaled():
    left = torch.randn(64, 64)
    right = torch.randn(64, 64)
    return lambda: torch.add(left, right, alpha=1)


def add_scalar():
    left = torch.randn(64, 64)
    return lambda: torch.add(left, 1.5)


def softmax():
    left = torch.randn(64, 64)
    return lambda: torch.softmax(left, -1)


def matmul():
    left = torch.randn(64, 64)
    right = torch.randn(64, 64)
    return lambda: torch.matmul(left, right)


# name: (calls per timed run, whether operators are recorded for differentiation, preparation)
BENCHMARKS = {
    "add_64x64": (20_000, False, lambda: add(64)),
    "add_1x1": (20_000, False, lambda: add(1)),
    "add_alpha_64x64": (10_000, False, add_scaled),
    "add_scalar_64x64": (10_000, False, add_scalar),
    "softmax_64x64": (4_000, False, softmax),
    "add_64x64_grad": (10_000, True, lambda: add(64, requires_grad=True)),
    "matmul_64x64": (4_000, False, matmul),
    "training_step": (10, True, training_step),
    "gradients_small": (5, True, lambda: llama.gradients("small", batch=8, length=64)),
    "gradients_medium": (1, True, lambda: llama.gradients("medium", batch=4, length=128)),
    "generate_small": (1, False, lambda: llama.generation("small", batch=4, prompt=16, new=64)),
    "generate_medium": (1, False, lambda: llama.generation("medium", batch=4, prompt=16, new=64)),
    "choices_0shot": (1, False, lambda: choices.scoring(shots=0, once=False)),
    "choices_0shot_once": (1, False, lambda: choices.scoring(shots=0, once=True)),
    "choices_0shot_apart": (1, False, lambda: choices.scoring(shots=0, once=False)),
    "choices_5shot": (1, False, lambda: choices.scoring(shots=5, once=False)),
    "choices_5shot_once": (1, False, lambda: choices.scoring(shots=5, once=True)),
    "choices_5shot_apart": (1, False, lambda: choices.scoring(shots=5, once=False)),
    "ppo_small": (1, True, lambda: ppo.make("small")),
    "ppo_large": (1, True, lambda: ppo.make("large")),
}

# Work that takes too long for RUNS of it.
FEWER_RUNS = {
    "ppo_small": 3, "ppo_large": 1,
    "choices_0shot": 3, "choices_0shot_once": 3, "choices_0shot_apart": 3, "choices_5shot": 1, "choices_5shot_once": 1, "choices_5shot_apart": 1,
}


def run(work, repeats):
    start = CLOCK()
    for _ in range(repeats):
        work()
    return (CLOCK() - start) * 1e6


def microseconds(name):
    repeats, gradients, prepare = BENCHMARKS[name]
    work = prepare()
    with torch.set_grad_enabled(gradients):
        run(work, repeats)
        return min(run(work, repeats) for _ in range(FEWER_RUNS.get(name, RUNS))) / repeats


def main(names):
    if names == ["--list"]:
        print("\n".join(BENCHMARKS))
        return
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        sys.exit(f"There is no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}.")
    torch.set_num_threads(1)
    for name in names or BENCHMARKS:
        print(f"{name} {microseconds(name):.4f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
