#!/bin/sh
# build.sh BUILD_DIRECTORY [LIBTORCH]: configures and builds libreprotorch.so; one run at a time per build directory.
set -eu
build=$1
libtorch=${2:-}
source=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$build"

exec 9>"$build/.lock"
flock 9

# Another LibTorch than last time: what CMake found then no longer holds.
if [ "$build/libtorch.txt" -nt "$build/CMakeCache.txt" ]; then
  rm -rf "$build/CMakeCache.txt" "$build/CMakeFiles"
fi
cmake -S "$source" -B "$build" -DLIBTORCH="$libtorch"
cmake --build "$build" --parallel 2
touch "$build/libreprotorch.so"
