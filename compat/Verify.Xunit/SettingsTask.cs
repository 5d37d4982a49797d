using System.Runtime.CompilerServices;

namespace VerifyTests;

/// <summary>Settings of all tests; to be set in a module initializer.</summary>
public static class VerifierSettings
{
    internal static bool WritesByteOrderMark { get; private set; } = true;

    /// <summary>Files are written without a byte order mark.</summary>
    public static void UseUtf8NoBom() => WritesByteOrderMark = false;
}

/// <summary>Settings of one verification.</summary>
public class VerifySettings
{
    internal string? Directory { get; set; }

    internal string? FileName { get; set; }

    internal IReadOnlyList<object?>? Parameters { get; set; }
}

/// <summary>What a verification that passed leaves.</summary>
public class VerifyResult
{
    internal VerifyResult()
    {
    }
}

/// <summary>A verification that starts when it is awaited; until then its settings can be changed.</summary>
public class SettingsTask
{
    private readonly Func<VerifySettings, Task<VerifyResult>> _verify;
    private readonly VerifySettings _settings;
    private Task<VerifyResult>? _task;

    internal SettingsTask(VerifySettings? settings, Func<VerifySettings, Task<VerifyResult>> verify)
    {
        _verify = verify;
        _settings = new VerifySettings
        {
            Directory = settings?.Directory,
            FileName = settings?.FileName,
            Parameters = settings?.Parameters,
        };
    }

    /// <summary>Starts it.</summary>
    /// <param name="settingsTask">The verification.</param>
    public static implicit operator Task<VerifyResult>(SettingsTask settingsTask) => settingsTask.ToTask();

    /// <summary>Starts it.</summary>
    public Task<VerifyResult> ToTask() => _task ??= _verify(_settings);

    /// <summary>Starts it.</summary>
    public TaskAwaiter<VerifyResult> GetAwaiter() => ToTask().GetAwaiter();

    /// <summary>Starts no diff tool on a mismatch; this stand-in never does.</summary>
    public SettingsTask DisableDiff() => this;

    /// <summary>The folder of the files.</summary>
    /// <param name="directory">Absolute, or relative to the folder of the test's source.</param>
    public SettingsTask UseDirectory(string directory)
    {
        _settings.Directory = directory;
        return this;
    }

    /// <summary>A name in the place of <c>Class.Method_parameters</c>.</summary>
    /// <param name="fileName">The name, without <c>.verified</c> and extension.</param>
    public SettingsTask UseFileName(string fileName)
    {
        _settings.FileName = fileName;
        return this;
    }

    /// <summary>The values of the test's parameters, which xunit 2 does not tell.</summary>
    /// <param name="parameters">The values in the order of the parameters.</param>
    public SettingsTask UseParameters(params object?[] parameters)
    {
        _settings.Parameters = parameters;
        return this;
    }
}
