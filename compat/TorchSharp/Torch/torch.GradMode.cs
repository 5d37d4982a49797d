using TorchSharp.Interop;

namespace TorchSharp;

/// <content>Whether operators are recorded for differentiation. The settings hold for the calling thread until the result is disposed.</content>
public static partial class torch
{
    public static IDisposable no_grad() => new GradModeScope(false);

    public static IDisposable enable_grad(bool enabled = true) => new GradModeScope(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new GradModeScope(mode);

    public static bool is_grad_enabled() => NativeMethods.repro_grad_mode() != 0;

    /// <summary>Like <see cref="no_grad"/>, and tensors made inside can never take part in differentiation.</summary>
    public static IDisposable inference_mode(bool mode = true) => new InferenceModeScope(mode);

    public static bool is_inference_mode_enabled() => NativeMethods.repro_inference_mode() != 0;
}
