#!/bin/sh
# run.sh [--rounds N] [NAME...]: builds the C# side and prints both sides and their ratio; see compare.py.
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
dotnet build "$bench/Repro.Bench" -c Release -v q -clp:NoSummary >&2

# The Python that has torch: the one named, else the first that imports it.
if [ -z "${PYTHON:-}" ]; then
  for candidate in python3 /usr/bin/python3; do
    if "$candidate" -c 'import torch' 2>/dev/null; then
      PYTHON=$candidate
      break
    fi
  done
fi
if [ -z "${PYTHON:-}" ]; then
  echo "No Python with torch was found: install python3-torch, or let PYTHON name one. Only the C# side is run." >&2
  exec dotnet "$bench/Repro.Bench/bin/Release/net10.0/Repro.Bench.dll"
fi
export PYTHON
exec "$PYTHON" "$bench/compare.py" "$@"
