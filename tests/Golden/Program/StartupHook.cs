// The runtime finds it by this name alone, outside of any namespace.
#pragma warning disable CA1050, IDE0130

/// <summary>Runs in a program that the tests start (DOTNET_STARTUP_HOOKS) and reports there when TorchSharp is loaded.</summary>
internal static class StartupHook
{
    /// <summary>What is written to standard error.</summary>
    internal const string Loaded = "TorchSharp is loaded";

    /// <summary>Called by the runtime before the program.</summary>
    public static void Initialize() => AppDomain.CurrentDomain.AssemblyLoad += (_, loaded) =>
    {
        if (loaded.LoadedAssembly.GetName().Name == nameof(TorchSharp))
        {
            Console.Error.WriteLine(Loaded);
        }
    };
}
