#!/usr/bin/env bash
# Makes a machine ready: asks the package feed once whether it has the packages that compat/ stands in for; then LibTorch and a compiler where the stand-in for
# TorchSharp is built, the chart library of the report (--report) and a browser for its tests (--browser). Running it again costs nothing.
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

exists() { [ -e "$1" ]; }

# Whether this build has an engine of its own under native/.
builds_native() {
  case " ${MSBUILDARGS:-} " in
    *" -p:Compat=true "* | *" -p:CompatTorchSharp=true "*) return 0 ;;
    *" -p:Compat=false "* | *" -p:CompatTorchSharp=false "* | *" -p:TorchSharpDll="*) return 1 ;;
  esac
  ! grep -q '>false</Compat>' build/Compat.props 2>/dev/null
}

# Prints the Debian packages that are missing, one per line.
missing_packages() {
  if builds_native && [ -z "${LIBTORCH:-}" ]; then
    exists /usr/include/ATen/core/Tensor.h || exists /usr/local/include/ATen/core/Tensor.h || echo libtorch-dev
    # Without the threaded OpenBLAS, matrix products fall back to the unoptimised reference BLAS.
    exists /usr/lib/*/openblas-pthread/libopenblas.so.0 || echo libopenblas0-pthread
  fi
  if builds_native; then
    has cmake || echo cmake
    has c++ || echo g++
  fi
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
  has apt-get || fail "Missing: $packages (names of Debian packages). This machine has no apt-get: install them in its own way; LIBTORCH names a LibTorch elsewhere."
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

if [ -n "${LIBTORCH:-}" ] && ! exists "$LIBTORCH/include/ATen/core/Tensor.h"; then
  fail "LIBTORCH names '$LIBTORCH', which is no LibTorch: include/ATen/core/Tensor.h is missing there. Name an unpacked LibTorch or the torch folder of a Python installation."
fi

check_sdk
"$root/build/probe.sh" || exit 1
packages=$(missing_packages | paste -sd ' ' -)
[ -z "$packages" ] || install_packages "$packages"
packages=$(missing_packages | paste -sd ' ' -)
[ -z "$packages" ] || fail "Still missing after installation: $packages."
if $browser || $report; then
  exec "$root/build/web.sh"
fi
