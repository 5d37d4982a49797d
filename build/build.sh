#!/usr/bin/env bash
# build.sh PROJECT_OR_SOLUTION: restores and builds unless nothing changed since the last time.
# MSBUILDARGS adds arguments, such as -p:Cuda=true.
set -u
. "$(dirname "$0")/env.sh"
target=${1:?"build.sh: expected a project or solution"}
name=$(basename "$target")
stamp=out/.build/$name

# Every file that can matter to a build, not what builds write.
sources() {
  find . \( -path ./.git -o -path ./out -o -path ./runs -o -path ./TestResults -o -name bin -o -name obj -o -name node_modules \) -prune -o -type f "$@" -print
}

# The list of names is part of the key: a file that was deleted or renamed is no newer than anything.
key="CI=${CI:-} MSBUILDARGS=${MSBUILDARGS:-} FILES=$(sources | LC_ALL=C sort | cksum)"

changed() {
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$key" ] || return 0
  [ -f "src/Repro.Experiments/bin/$configuration/net10.0/repro.dll" ] || return 0
  [ -n "$(sources -newer "$stamp" | head -n 1)" ]
}

if ! changed; then
  exit 0
fi

mkdir -p out/.build
rm -f "$stamp"
before=$(mktemp)
trap 'rm -f "$before"' EXIT
first=
[ -d "src/Repro.Core/bin/$configuration" ] || first=", which takes some minutes the first time"
say "Building $name ($configuration)$first ..."
log=out/.build/$name.log
# shellcheck disable=SC2086 # several arguments
if ! dotnet build "$target" -c "$configuration" -v quiet ${MSBUILDARGS:-} >"$log" 2>&1; then
  # Each error once, without the name of the project behind it.
  grep -E ' error |^error|MSBUILD : error' "$log" | sed 's/ \[[^]]*\]$//' | sort -u >&2
  fail "The build failed; $log has everything."
fi
# A source that was edited during the build counts as changed.
printf '%s\n' "$key" >"$stamp"
touch -r "$before" "$stamp"
