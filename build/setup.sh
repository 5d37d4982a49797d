#!/usr/bin/env bash
# Makes a machine ready: ICU, which .NET needs for Unicode; the chart library of the report (--report); a browser for its tests (--browser). TorchSharp with LibTorch
# and all other packages come with the build. Running it again costs nothing.
set -u
. "$(dirname "$0")/env.sh"

browser=false
report=false
for argument in "$@"; do
  case $argument in
    --browser) browser=true ;;
    --report) report=true ;;
    *) fail "setup.sh: unknown argument '$argument'; expected --browser, --report or nothing." ;;
  esac
done

has() { command -v "$1" >/dev/null 2>&1; }

has_icu() { [ "$(uname)" != Linux ] || ldconfig -p 2>/dev/null | grep -q libicuuc || /sbin/ldconfig -p 2>/dev/null | grep -q libicuuc; }

# libicu72 on Debian 12, libicu76 on Debian 13: the newest that the machine's lists name.
icu_package() {
  local name
  name=$(apt-cache --names-only search '^libicu[0-9]+$' 2>/dev/null | sed 's/ .*//' | sort -V | tail -n 1)
  echo "${name:-libicu-dev}"
}

# Prints the Debian packages that are missing, one per line.
missing_packages() {
  # The runtime's Unicode: normal forms and categories. Debian names the package by its version.
  has_icu || echo "$(icu_package)"
  if $browser && [ -z "${REPRO_BROWSER:-}" ]; then
    has chromium || has chromium-browser || has google-chrome || echo chromium
  fi
  if $browser || $report; then
    has npm || echo "nodejs npm"
  fi
}

install_packages() {
  local packages=$1 command log prefix=
  command="apt-get update && apt-get install -y --no-install-recommends $packages"
  has apt-get || fail "Missing: $packages (names of Debian packages). This machine has no apt-get: install them in its own way."
  if [ "$(id -u)" != 0 ]; then
    if ! sudo -n true 2>/dev/null; then
      fail "Missing: $packages. Run this one command, then try again:

  sudo sh -c '$command'
"
    fi
    prefix="sudo -n"
  fi
  say "Installing $packages ..."
  log=$(mktemp)
  if ! $prefix env DEBIAN_FRONTEND=noninteractive sh -c "$command" >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    rm -f "$log"
    fail "Installing failed. The command was: $command"
  fi
  rm -f "$log"
}

check_sdk() {
  has dotnet || fail "The .NET SDK is missing: install version $(required_sdk) or a later feature band of it (https://dotnet.microsoft.com/download), then try again."
  dotnet --version >/dev/null 2>&1 || fail "No installed .NET SDK fits global.json, which asks for $(required_sdk). Installed:
$(dotnet --list-sdks 2>&1)"
}

required_sdk() { sed -n 's/.*"version": *"\([^"]*\)".*/\1/p' global.json; }

check_sdk
packages=$(missing_packages | paste -sd ' ' -)
[ -z "$packages" ] || install_packages "$packages"
packages=$(missing_packages | paste -sd ' ' -)
[ -z "$packages" ] || fail "Still missing after installation: $packages."
if $browser || $report; then
  exec "$root/build/web.sh"
fi
