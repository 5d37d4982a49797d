#!/usr/bin/env bash
# Packs the library and the command line into out/packages.
set -eu
. "$(dirname "$0")/env.sh"
rm -rf out/packages out/pack/publish
for project in Repro.Core Repro.Experiments; do
  dotnet pack "src/$project" -c "$configuration" -v quiet ${VERSION:+-p:Version="$VERSION"}
done
ls out/packages/*.nupkg
