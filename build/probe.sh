#!/usr/bin/env bash
# Asks the package feed once whether the real packages restore, and this machine whether TorchSharp loads; writes the answer to build/Compat.props.
# Delete that file to ask again. REPRO_PROBE_SECONDS limits the time of each question (default 300).
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

# project FILE BODY PACKAGE...: a project that references the packages.
project() {
  local file=$1 body=$2 package
  shift 2
  {
    echo "<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup><TargetFramework>net10.0</TargetFramework>$body</PropertyGroup><ItemGroup>"
    for package in "$@"; do
      echo "<PackageReference Include=\"$package\" Version=\"$(version_of "$package")\" />"
    done
    echo '</ItemGroup></Project>'
  } >"$file"
}

# restores PACKAGE: whether the feed has it. Otherwise $reason says why not, and $certain whether asking again is useless.
restores() {
  project "$work/probe.csproj" '' "$1"
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
    reason="$1 did not restore (${reason:-unknown error})"
    certain=false
  fi
  return $status
}

# Whether TorchSharp's native library loads: a package that restores may still ask for a newer C++ library than the machine has.
loads() {
  mkdir "$work/load"
  project "$work/load/load.csproj" '<OutputType>Exe</OutputType><ImplicitUsings>enable</ImplicitUsings>' TorchSharp-cpu
  echo 'Console.WriteLine(TorchSharp.torch.ones(2).sum().item<float>());' >"$work/load/Program.cs"
  if timeout "$limit" dotnet run --project "$work/load/load.csproj" -c Release --use-current-runtime >"$work/log" 2>&1 && grep -q '^2$' "$work/log"; then
    return 0
  fi

  local library lacking
  library=$(find "$work/load/bin" -name libLibTorchSharp.so | head -n 1)
  lacking=$(ldd "${library:-/nowhere}" 2>&1 | sed -n "s/.*\(version .* not found\).*/\1/p" | head -n 1 | tr -d '\140\047')
  reason="TorchSharp does not load on this machine${lacking:+ ($lacking)}"
  return 1
}

certain=true
# The small ones first: nothing big is downloaded for an answer that is no already.
if restores Verify.Xunit && restores Microsoft.ML.Tokenizers && restores TorchSharp-cpu && loads; then
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
