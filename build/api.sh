#!/usr/bin/env bash
# Writes compat/api/*.txt: from the full signature lists (../shared/compat, or REPRO_COMPAT) the lines of every type that a stand-in has.
set -u
. "$(dirname "$0")/env.sh"
mkdir -p compat/api
REPRO_WRITE_API=1 exec dotnet test tests/Unit -c "$configuration" --filter FullyQualifiedName~ApiSurfaceTests
