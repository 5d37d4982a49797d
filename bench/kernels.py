"""Both sides of a comparison multiply matrices with the same kernels of OpenBLAS, those that the C# side chooses, and with as many threads.

On a processor that OpenBLAS does not know, Python alone would take kernels for old ones, and its thread count never reaches OpenBLAS: the ratio would say
nothing about the two programs.
"""
import os
import pathlib
import subprocess

PROGRAM = [os.environ.get("DOTNET", "dotnet"), str(pathlib.Path(__file__).resolve().parent / "Repro.Bench/bin/Release/net10.0/Repro.Bench.dll")]


def share(threads=1):
    """Sets kernels and threads for all processes that are started from here, and gives a line that says so."""
    os.environ["OPENBLAS_NUM_THREADS"] = str(threads)
    run = subprocess.run(PROGRAM + ["--kernels"], stdout=subprocess.PIPE, text=True, check=True)
    name = run.stdout.strip()
    if name:
        os.environ["OPENBLAS_CORETYPE"] = name
    return f"kernels of OpenBLAS on both sides: {name or 'none, another library'}; threads: {threads}"
