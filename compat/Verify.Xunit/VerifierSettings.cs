namespace VerifyTests;

/// <summary>Settings of every verification of the run: to be set before the first one, in a method with [ModuleInitializer].</summary>
public static partial class VerifierSettings
{
    public static bool StrictJson => GlobalSettings.Current.IsStrictJson;

    public static void AutoVerify(bool includeBuildServer = true, bool throwException = false) =>
        GlobalSettings.Current.Open().AutoVerify = new AutoVerifyMode(includeBuildServer, throwException);

    public static void DisableRequireUniquePrefix() => GlobalSettings.Current.Open().AllowsSharedPrefix = true;

    public static void DontScrubProjectDirectory() => GlobalSettings.Current.Open().ScrubsProjectDirectory = false;

    public static void DontScrubSolutionDirectory() => GlobalSettings.Current.Open().ScrubsSolutionDirectory = false;

    public static void OmitContentFromException() => GlobalSettings.Current.Open().OmitsContent = true;

    public static void UniqueForRuntime() => GlobalSettings.Current.Open().IsUniqueForRuntime = true;

    public static void UniqueForRuntimeAndVersion() => GlobalSettings.Current.Open().IsUniqueForRuntimeAndVersion = true;

    public static void UseStrictJson() => GlobalSettings.Current.Open().IsStrictJson = true;

    public static void UseUtf8NoBom() => GlobalSettings.Current.Open().WritesByteOrderMark = false;
}
