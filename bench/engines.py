"""Says what both sides of a comparison compute with: the versions of LibTorch and the libraries of linear algebra, and how many threads they have."""
import os
import pathlib
import subprocess
import sys

PROGRAM = [os.environ.get("DOTNET", "dotnet"), str(pathlib.Path(__file__).resolve().parent / "Repro.Bench/bin/Release/net10.0/Repro.Bench.dll")]
PYTHON = [os.environ.get("PYTHON", "python3"), __file__]


def share(threads=1):
    """Sets the number of threads for all processes that are started from here, and gives lines that say what the sides are."""
    # PyTorch's own setting does not reach every library of linear algebra.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(threads)
    sides = {"C#": PROGRAM + ["--engine"], "Python": PYTHON}
    lines = [f"{side}: {subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()}" for side, command in sides.items()]
    return "\n".join([*lines, f"threads: {threads}"])


def python_engine():
    """Version of torch, and the library that multiplies matrices: the one that is loaded beside it, else what it was built with."""
    import torch

    (torch.ones(8, 8) @ torch.ones(8, 8)).sum().item()
    try:
        loaded = {pathlib.Path(line.split()[-1]).name for line in open("/proc/self/maps", encoding="utf-8") if "/" in line}
    except OSError:
        loaded = set()
    beside = sorted(name for name in loaded if any(part in name for part in ("openblas", "libblas", "libmkl", "Accelerate")))
    built = next((part.split("=")[1].strip() for part in torch.__config__.show().split(",") if "BLAS_INFO" in part), "unknown")
    return f"LibTorch {torch.__version__}, {', '.join(beside) or built}, kernels for {torch.backends.cpu.get_cpu_capability() if hasattr(torch.backends, 'cpu') else 'unknown'}"


if __name__ == "__main__":
    sys.stdout.write(python_engine() + "\n")
