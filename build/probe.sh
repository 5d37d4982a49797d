#!/usr/bin/env bash
# Asks the package feed once whether the real packages restore, and writes the answer to build/Compat.props.
# Delete that file to ask again. REPRO_PROBE_SECONDS limits the time (default 300).
set -u
. "$(dirname "$0")/env.sh"
answer=build/Compat.props
limit=${REPRO_PROBE_SECONDS:-300}

if [ -f "$answer" ]; then
  say "$(sed -n 's/.*<!-- \(Compat=.*\) -->.*/\1/p' "$answer") (build/Compat.props)"
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for config in nuget.config NuGet.Config NuGet.config; do
  [ ! -f "$config" ] || cp "$config" "$work/"
done

version_of() { sed -n "s/.*Include=\"$1\" Version=\"\([^\"]*\)\".*/\1/p" Directory.Packages.props; }

# try PACKAGE...: 0 when all of them restore. The reason for anything else is left in $reason.
try() {
  {
    echo '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup><ItemGroup>'
    for package in "$@"; do
      echo "<PackageReference Include=\"$package\" Version=\"$(version_of "$package")\" />"
    done
    echo '</ItemGroup></Project>'
  } >"$work/probe.csproj"
  timeout "$limit" dotnet restore "$work/probe.csproj" >"$work/log" 2>&1
  local status=$?
  local lacking
  lacking=$(sed -n "s/.*error NU110[0-9]: Unable to find package \([A-Za-z0-9_.-]*[A-Za-z0-9]\).*/\1/p" "$work/log" | sort -u | paste -sd ',' - | sed 's/,/, /g')
  if [ $status = 0 ]; then
    reason=
  elif [ $status = 124 ]; then
    reason="the feed did not answer within $limit s"
    certain=false
  elif [ -n "$lacking" ]; then
    reason="the feed lacks $lacking"
  else
    reason=$(sed -n 's/.*\(error [A-Z]*[0-9]*: .*\)/\1/p' "$work/log" | head -n 1 | sed 's/ \[[^]]*\]$//; s#https\{0,1\}://[^ ]*#(feed)#g; s/--/-/g')
    reason="the packages did not restore (${reason:-unknown error})"
    certain=false
  fi
  return $status
}

certain=true
# All in one restore: nothing is downloaded unless all of them are there.
if try TorchSharp-cpu Microsoft.ML.Tokenizers Verify.Xunit; then
  compat=false
  line="Compat=false: TorchSharp, Microsoft.ML.Tokenizers and Verify.Xunit come from the feed"
else
  compat=true
  line="Compat=true: $reason; the stand-ins under compat/ are built"
fi

say "$line"
if ! $certain; then
  say "The answer is not kept; the next setup asks again."
  exit 0
fi

cat >"$answer.new" <<END
<Project>
  <!-- $line -->
  <PropertyGroup>
    <Compat Condition="'\$(Compat)' == ''">$compat</Compat>
  </PropertyGroup>
</Project>
END
mv "$answer.new" "$answer"
