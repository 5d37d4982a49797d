#!/usr/bin/env bash
# Times this project and the same work in Python on the same LibTorch. Arguments go to bench/compare.py; without any, training steps are compared too.
set -u
. "$(dirname "$0")/env.sh"

# PYTHON, or the first interpreter that has torch.
find_python() {
  local candidate
  for candidate in ${PYTHON:-python3 /usr/bin/python3}; do
    if "$candidate" -c 'import torch' >/dev/null 2>&1; then
      command -v "$candidate"
      return
    fi
  done
}

python=$(find_python)
[ -n "$python" ] || fail "${PYTHON:-python3} has no torch. The comparison needs one on the same LibTorch (Debian: python3-torch, or name an interpreter with PYTHON)."
export PYTHON=$python
"$python" bench/compare.py "$@" || exit
[ $# -gt 0 ] || exec "$python" bench/compare_steps.py
