using System.Globalization;
using static TorchSharp.torch;

namespace Repro.Core.Training.Shared;

/// <summary>Devices by the names that settings use.</summary>
public static class DeviceNames
{
    /// <summary>The device of a name.</summary>
    /// <param name="name"><c>cpu</c>, <c>cuda</c> or <c>cuda:</c> with a number.</param>
    /// <exception cref="ReproException">The name is not one of these, or the device is not there.</exception>
    public static Device Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name == "cpu")
        {
            return CPU;
        }

        var index = 0;
        if (name != "cuda" && !(name.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out index)))
        {
            throw new ReproException($"Device '{name}' is not known; cpu, cuda or cuda:0 was expected.");
        }

        if (!cuda.is_available() || index >= cuda.device_count())
        {
            throw new ReproException($"Device '{name}' is not there; {(cuda.is_available() ? Invariant($"{cuda.device_count()} CUDA devices are") : "no CUDA device is")} available.");
        }

        return device("cuda", index);
    }
}
