# Sourced by the other scripts: the repository root and quiet, predictable tools.
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 1
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
configuration=Release

# The SDK's own tools need ICU or this switch; the project itself is culture-invariant anyway.
if ! ldconfig -p 2>/dev/null | grep -q libicuuc && ! /sbin/ldconfig -p 2>/dev/null | grep -q libicuuc; then
  export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
fi

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "$@"
  exit 1
}
