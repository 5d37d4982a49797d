using VerifyTests.Naming;

namespace VerifyTests;

/// <content>File names.</content>
public partial class VerifySettings
{
    public string? Directory { get; private set; }

    public bool HasParameters => Parameters is not null;

    internal string? FileName { get; private set; }

    internal string? TypeName { get; private set; }

    internal string? MethodName { get; private set; }

    internal object?[]? Parameters { get; private set; }

    internal string? ParametersText { get; private set; }

    internal bool IsUniqueForRuntime { get; private set; }

    internal bool IsUniqueForRuntimeAndVersion { get; private set; }

    internal bool AllowsSharedPrefix { get; private set; }

    public void DisableRequireUniquePrefix() => AllowsSharedPrefix = true;

    public void UniqueForRuntime() => IsUniqueForRuntime = true;

    public void UniqueForRuntimeAndVersion() => IsUniqueForRuntimeAndVersion = true;

    public void UseDirectory(string directory)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        Directory = directory;
    }

    /// <summary>Replaces the whole prefix of the files.</summary>
    public void UseFileName(string fileName)
    {
        FileName = CheckName(fileName);
        CheckCombination();
    }

    public void UseMethodName(string name)
    {
        MethodName = CheckName(name);
        CheckCombination();
    }

    public void UseTypeName(string name)
    {
        TypeName = CheckName(name);
        CheckCombination();
    }

    /// <summary>The values of the test method's parameters, or of the first of them.</summary>
    public void UseParameters(params object?[] parameters) => SetParameterValues(parameters ?? [null]);

    public void UseParameters<T>(T parameter) => SetParameterValues([parameter]);

    /// <summary>One parameter whose value is an array.</summary>
    public void UseParameters<T>(T[] parameters) => SetParameterValues([parameters]);

    public void UseTextForParameters(string parametersText)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(parametersText);
        ParametersText = parametersText;
        CheckCombination();
    }

    private static string CheckName(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return ParameterText.Clean(name) == name
            ? name
            : throw new ArgumentException($"'{name}' cannot be part of a file name.", nameof(name));
    }

    private void SetParameterValues(object?[] values)
    {
        if (values.Length == 0)
        {
            throw new ArgumentException("Expected at least one parameter value.", nameof(values));
        }

        Parameters = values;
        CheckCombination();
    }

    private void CheckCombination()
    {
        if (FileName is not null && (MethodName ?? TypeName ?? ParametersText) is not null)
        {
            throw new InvalidOperationException("UseFileName cannot be combined with UseMethodName, UseTypeName or UseTextForParameters.");
        }

        if (FileName is not null && Parameters is not null)
        {
            throw new InvalidOperationException("UseFileName cannot be combined with UseParameters.");
        }

        if (ParametersText is not null && Parameters is not null)
        {
            throw new InvalidOperationException("UseTextForParameters cannot be combined with UseParameters.");
        }
    }
}
