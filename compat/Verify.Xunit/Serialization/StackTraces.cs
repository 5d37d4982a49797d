namespace VerifyTests.Serialization;

/// <summary>Stack traces without what changes from build to build.</summary>
internal static class StackTraces
{
    /// <summary>Drops file names and line numbers, the verifier's own frames and the runtime's markers.</summary>
    public static string Scrub(string trace)
    {
        var lines = trace.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith("---", StringComparison.Ordinal) && !line.StartsWith("at VerifyXunit.", StringComparison.Ordinal))
            .Select(line => line.LastIndexOf(" in ", StringComparison.Ordinal) is > 0 and var position ? line[..position] : line);
        return string.Join('\n', lines);
    }
}
