using VerifyTests.Scrubbing;
using VerifyTests.Serialization;

namespace VerifyTests;

/// <summary>Settings of one verification.</summary>
public partial class VerifySettings
{
    private readonly List<KeyValuePair<string, object>> _appended = [];

    public VerifySettings()
        : this(null)
    {
    }

    /// <summary>A copy, so that a shared instance can be extended for one test.</summary>
    public VerifySettings(VerifySettings? settings)
    {
        if (settings is null)
        {
            Scrubbers = new ScrubberChain();
            Rules = new SerializationRules();
            return;
        }

        Scrubbers = settings.Scrubbers.Clone();
        Rules = settings.Rules.Clone();
        _appended.AddRange(settings._appended);
        Directory = settings.Directory;
        FileName = settings.FileName;
        TypeName = settings.TypeName;
        MethodName = settings.MethodName;
        Parameters = settings.Parameters;
        ParametersText = settings.ParametersText;
        IsUniqueForRuntime = settings.IsUniqueForRuntime;
        IsUniqueForRuntimeAndVersion = settings.IsUniqueForRuntimeAndVersion;
        AllowsSharedPrefix = settings.AllowsSharedPrefix;
        AutoVerifyMode = settings.AutoVerifyMode;
        ScrubbersDisabled = settings.ScrubbersDisabled;
        _strictJson = settings._strictJson;
    }

    internal ScrubberChain Scrubbers { get; }

    internal SerializationRules Rules { get; }

    internal IReadOnlyList<KeyValuePair<string, object>> Appended => _appended;

    internal AutoVerifyMode? AutoVerifyMode { get; private set; }

    internal bool ScrubbersDisabled { get; private set; }

    public void AppendValue(string name, object data)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(data);
        _appended.Add(new KeyValuePair<string, object>(name, data));
    }

    public void AppendValues(IEnumerable<KeyValuePair<string, object>> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        foreach (var (name, data) in values)
        {
            AppendValue(name, data);
        }
    }

    public void AppendValues(params KeyValuePair<string, object>[] values) => AppendValues((IEnumerable<KeyValuePair<string, object>>)values);

    /// <summary>Accepts a difference: the received file takes the place of the verified one.</summary>
    public void AutoVerify(bool includeBuildServer = true, bool throwException = false) =>
        AutoVerifyMode = new AutoVerifyMode(includeBuildServer, throwException);

    /// <summary>No diff tool is ever started by this implementation; the call is there for code shared with the package.</summary>
    public void DisableDiff()
    {
    }
}
