#!/usr/bin/env bash
# Installs the chart library that the report carries inside, exactly as locked. Running it again costs nothing.
set -u
. "$(dirname "$0")/env.sh"
assets=$root/src/Repro.Experiments/Reporting/Assets

if [ "$assets/node_modules/.package-lock.json" -nt "$assets/package-lock.json" ]; then
  exit 0
fi

command -v npm >/dev/null 2>&1 || fail "npm is missing: the report needs it once, to install its chart library. Install Debian's nodejs and npm, then try again."
log=$(mktemp)
if ! (cd "$assets" && npm ci --no-audit --no-fund) >"$log" 2>&1; then
  tail -n 15 "$log" >&2
  rm -f "$log"
  fail "npm ci failed in $assets."
fi
rm -f "$log"
touch "$assets/node_modules/.package-lock.json"
say "Chart library installed."
