#!/usr/bin/env bash
# Brings white space and style into the form of .editorconfig. --check changes nothing and names the places instead; style is checked by every build, so white space is enough there.
set -u
. "$(dirname "$0")/env.sh"
whitespace() { dotnet format whitespace . --folder "$@"; }

case ${1:-} in
  '')
    whitespace || exit
    exec dotnet format style Repro.sln --severity warn
    ;;
  --check)
    if ! found=$(whitespace --verify-no-changes 2>&1); then
      printf '%s\n' "$found" | sed -E "s|^$root/||; s/ \[[^]]*\]$//" >&2
      fail "Some sources are not in form: \`make format\` mends them."
    fi
    ;;
  *) fail "format.sh: unknown argument '$1'; expected --check or nothing." ;;
esac
