namespace VerifyTests;

/// <content>File names.</content>
public partial class SettingsTask
{
    public SettingsTask DisableRequireUniquePrefix() => With(settings => settings.DisableRequireUniquePrefix());

    public SettingsTask UniqueForRuntime() => With(settings => settings.UniqueForRuntime());

    public SettingsTask UniqueForRuntimeAndVersion() => With(settings => settings.UniqueForRuntimeAndVersion());

    public SettingsTask UseDirectory(string directory) => With(settings => settings.UseDirectory(directory));

    public SettingsTask UseFileName(string fileName) => With(settings => settings.UseFileName(fileName));

    public SettingsTask UseMethodName(string name) => With(settings => settings.UseMethodName(name));

    public SettingsTask UseParameters(params object?[] parameters) => With(settings => settings.UseParameters(parameters));

    public SettingsTask UseParameters<T>(T parameter) => With(settings => settings.UseParameters(parameter));

    public SettingsTask UseParameters<T>(T[] parameters) => With(settings => settings.UseParameters(parameters));

    public SettingsTask UseTextForParameters(string parametersText) => With(settings => settings.UseTextForParameters(parametersText));

    public SettingsTask UseTypeName(string name) => With(settings => settings.UseTypeName(name));
}
