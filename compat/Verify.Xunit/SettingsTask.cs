using System.Runtime.CompilerServices;

namespace VerifyTests;

/// <summary>A verification that starts when it is awaited; until then its settings can be extended.</summary>
public partial class SettingsTask
{
    private readonly Func<VerifySettings, Task<VerifyResult>> _buildTask;
    private readonly VerifySettings? _given;
    private VerifySettings? _settings;
    private Task<VerifyResult>? _task;

    public SettingsTask(VerifySettings? settings, Func<VerifySettings, Task<VerifyResult>> buildTask)
    {
        ArgumentNullException.ThrowIfNull(buildTask);
        _given = settings;
        _buildTask = buildTask;
    }

    /// <summary>A copy of the settings that were handed in, so that those stay as they are.</summary>
    public VerifySettings CurrentSettings => _settings ??= new VerifySettings(_given);

    public static implicit operator Task<VerifyResult>(SettingsTask settingsTask)
    {
        ArgumentNullException.ThrowIfNull(settingsTask);
        return settingsTask.ToTask();
    }

    public Task<VerifyResult> ToTask() => _task ??= _buildTask(CurrentSettings);

    public ConfiguredTaskAwaitable<VerifyResult> ConfigureAwait(bool continueOnCapturedContext) =>
        ToTask().ConfigureAwait(continueOnCapturedContext);

    public TaskAwaiter<VerifyResult> GetAwaiter() => ToTask().GetAwaiter();

    public SettingsTask AppendValue(string name, object data) => With(settings => settings.AppendValue(name, data));

    public SettingsTask AppendValues(IEnumerable<KeyValuePair<string, object>> values) => With(settings => settings.AppendValues(values));

    public SettingsTask AppendValues(params KeyValuePair<string, object>[] values) => With(settings => settings.AppendValues(values));

    public SettingsTask AutoVerify(bool includeBuildServer = true, bool throwException = false) =>
        With(settings => settings.AutoVerify(includeBuildServer, throwException));

    public SettingsTask DisableDiff() => With(settings => settings.DisableDiff());

    public SettingsTask DisableScrubbers() => With(settings => settings.DisableScrubbers());

    public SettingsTask UseStrictJson() => With(settings => settings.UseStrictJson());

    private SettingsTask With(Action<VerifySettings> change)
    {
        if (_task is not null)
        {
            throw new InvalidOperationException("The verification has started; its settings can no longer change.");
        }

        change(CurrentSettings);
        return this;
    }
}
