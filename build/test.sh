#!/usr/bin/env bash
# Runs all tests of the solution; the last line is "N passed, N failed" over all projects. FILTER selects as dotnet test's --filter does.
set -u
. "$(dirname "$0")/env.sh"
results=$root/TestResults
rm -rf "$results"

arguments=(--no-build -c "$configuration" --logger "console;verbosity=minimal")
pids=()

# start PROJECT NAME [FILTER]: as many at once as there are cores. Tests that make tensors run one after the other within a process, so that
# the largest project, in one, would leave the other cores idle for most of the time: its parts are processes of their own.
# A filter seldom fits a test in every project, and each other one says so; that none fits at all is said below.
start() {
  local filter=${3:-}
  [ -z "${FILTER:-}" ] || filter="${filter:+$filter&}($FILTER)"
  while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do
    sleep 1
  done

  # shellcheck disable=SC2086 # several arguments
  dotnet test "tests/$1" "${arguments[@]}" --logger "trx;LogFilePrefix=$2" ${filter:+--filter "$filter"} ${MSBUILDARGS:-} \
    > >(sed '/^No test matches the given testcase filter /d') &
  pids+=($!)
}

# The longest first.
start Unit training "FullyQualifiedName~Repro.Tests.Unit.Training."
start Unit others "FullyQualifiedName!~Repro.Tests.Unit.Training."
start Report report
start Golden golden
start Property property
status=0
for pid in "${pids[@]}"; do
  wait "$pid" || status=$?
done

total() {
  local sum=0 value
  for value in $(cat "$results"/*/*.trx 2>/dev/null | sed -n "s/.*<Counters [^>]*\b$1=\"\([0-9]*\)\".*/\1/p"); do
    sum=$((sum + value))
  done
  echo "$sum"
}

passed=$(total passed)
failed=$(($(total failed) + $(total error) + $(total timeout) + $(total aborted)))
skipped=$(($(total total) - passed - failed))

if [ $((passed + failed)) = 0 ]; then
  say "No test ran${FILTER:+ for FILTER=$FILTER}."
  status=1
elif [ "$failed" = 0 ] && [ $status != 0 ]; then
  say "dotnet test ended with $status although no test failed: see its messages above."
elif [ "$failed" != 0 ]; then
  status=1
fi

[ "$skipped" = 0 ] || echo "$skipped skipped"
echo "$passed passed, $failed failed"
exit "$status"
