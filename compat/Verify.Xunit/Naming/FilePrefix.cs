namespace VerifyTests.Naming;

/// <summary>Directory and file name of a snapshot up to <c>.verified.</c> or <c>.received.</c></summary>
internal sealed record FilePrefix(string Directory, string Name)
{
    public static FilePrefix For(RunningTest test, VerifySettings settings, GlobalSettings global)
    {
        var directory = settings.Directory is { } own
            ? Path.GetFullPath(own, Path.IsPathRooted(own) ? Path.GetPathRoot(own)! : test.SourceDirectory)
            : global.DeriveDirectory?.Invoke(test) ?? test.SourceDirectory;
        var name = settings.FileName ?? FromTest(test, settings);
        return new FilePrefix(directory, name + Uniqueness(settings, global));
    }

    public string PathOf(string kind, string targetSuffix, string extension) =>
        Path.Combine(Directory, $"{Name}{targetSuffix}.{kind}.{extension}");

    /// <summary>Existing files of this prefix and no other: <c>prefix.verified.txt</c>, <c>prefix#00.verified.txt</c>, ...</summary>
    public IEnumerable<string> Existing(string kind)
    {
        if (!System.IO.Directory.Exists(Directory))
        {
            return [];
        }

        var marker = $".{kind}.";
        return System.IO.Directory.EnumerateFiles(Directory)
            .Where(path =>
            {
                var file = Path.GetFileName(path);
                var end = file.LastIndexOf(marker, StringComparison.Ordinal);
                return end >= Name.Length
                    && file.StartsWith(Name, StringComparison.Ordinal)
                    && (end == Name.Length || file[Name.Length] == '#');
            })
            .Order(StringComparer.Ordinal);
    }

    private static string FromTest(RunningTest test, VerifySettings settings)
    {
        var names = test.Method.GetParameters().Select(parameter => parameter.Name ?? "?").ToArray();
        var parameters = settings switch
        {
            { ParametersText: { } text } => "_" + ParameterText.Clean(text),
            { Parameters: { } values } => ParameterText.Of(names, values),
            _ when names.Length > 0 && settings.MethodName is null => throw new InvalidOperationException(
                $"{test.TypeName}.{test.Method.Name} has parameters, and xunit does not tell their values: call UseParameters or UseTextForParameters."),
            _ => string.Empty,
        };
        return $"{settings.TypeName ?? test.TypeName}.{settings.MethodName ?? test.Method.Name}{parameters}";
    }

    private static string Uniqueness(VerifySettings settings, GlobalSettings global)
    {
        if (settings.IsUniqueForRuntimeAndVersion || global.IsUniqueForRuntimeAndVersion)
        {
            return $".DotNet{Environment.Version.Major}_{Environment.Version.Minor}";
        }

        return settings.IsUniqueForRuntime || global.IsUniqueForRuntime ? ".DotNet" : string.Empty;
    }
}
