#!/usr/bin/env bash
# Uses the packages of out/packages as a stranger would: installs the tool and verifies a claim outside of any checkout; builds a program with the library and computes.
set -euo pipefail
. "$(dirname "$0")/env.sh"
try=$(mktemp -d)
trap 'rm -rf "$try"' EXIT
packages=$root/out/packages
version=$(basename "$packages"/Repro.Core.*.nupkg .nupkg)
version=${version#Repro.Core.}
torch=$(find "${NUGET_PACKAGES:-$HOME/.nuget/packages}/libtorch-cpu-linux-x64" -type d -name native | sort -V | tail -n 1)
cd "$try"

dotnet tool install Repro.Tool --version "$version" --tool-path tool --add-source "$packages" >/dev/null
tool/repro list --paper adr | tail -n 1
tool/repro verify --tier static --artifacts fixtures --strict --quiet --libtorch "$torch" | tail -n 2

mkdir program
cat >program/program.csproj <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <RestoreAdditionalProjectSources>$packages</RestoreAdditionalProjectSources>
    <RestoreFallbackFolders>${NUGET_PACKAGES:-$HOME/.nuget/packages}</RestoreFallbackFolders>
    <RestorePackagesPath>$try/packages</RestorePackagesPath>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Repro.Core" Version="$version" />
    <PackageReference Include="libtorch-cpu-linux-x64" Version="2.10.0" />
  </ItemGroup>
</Project>
XML
# The program of the package's readme.
sed -n '/^```csharp$/,/^```$/p' "$root/build/packages/Repro.Core.md" | sed '/^```/d' >program/Program.cs
dotnet build program -c Release -v quiet -nologo
dotnet program/bin/Release/net10.0/program.dll
