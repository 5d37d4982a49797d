using Repro.Experiments.Claims;

namespace Repro.Experiments.Reporting;

/// <summary>The scripts of Vega, Vega-Lite and vega-embed, as npm installed them beside the report's assets.</summary>
internal static class ChartLibrary
{
    private static readonly string[] Scripts = ["vega/build/vega.min.js", "vega-lite/build/vega-lite.min.js", "vega-embed/build/vega-embed.min.js"];

    /// <summary>The scripts in loading order.</summary>
    /// <param name="root">Root of the repository.</param>
    /// <exception cref="InputException">They are not installed.</exception>
    internal static IReadOnlyList<string> Load(string root)
    {
        var modules = Path.Combine(root, "src", "Repro.Experiments", "Reporting", "Assets", "node_modules");
        return
        [
            .. Scripts.Select(name =>
            {
                var path = Path.Combine(modules, name);
                return File.Exists(path)
                    ? WithoutSourceMap(File.ReadAllText(path))
                    : throw new InputException($"{path}: the chart library is not installed; `make report` installs it (npm ci)");
            }),
        ];
    }

    // The page must load nothing, not even a source map that a browser's tools would ask for.
    private static string WithoutSourceMap(string script)
    {
        var at = script.LastIndexOf("//# sourceMappingURL=", StringComparison.Ordinal);
        return at < 0 ? script : script[..at];
    }
}
