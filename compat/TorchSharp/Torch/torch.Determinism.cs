using TorchSharp.Interop;

namespace TorchSharp;

/// <content>Whether operators without a deterministic implementation are refused. A setting holds until its result is disposed.</content>
public static partial class torch
{
    [Obsolete("The setting holds for the whole process.", false)]
    public static IDisposable use_deterministic_algorithms(bool mode = true, bool warn_only = false) => new DeterminismScope(mode, warn_only);

    [Obsolete("The setting holds for the whole process.", false)]
    public static bool are_deterministic_algorithms_enabled() => NativeMethods.repro_deterministic() != 0;

    [Obsolete("The setting holds for the whole process.", false)]
    public static bool is_deterministic_algorithms_warn_only_enabled() => NativeMethods.repro_deterministic_warn_only() != 0;
}
