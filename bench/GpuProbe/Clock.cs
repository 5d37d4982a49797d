using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.GpuProbe;

/// <summary>Times work on a device: what was asked of it before is waited for first, and the work itself at the end.</summary>
internal sealed class Clock(Device device)
{
    internal double Seconds(Action work)
    {
        Wait();
        var watch = Stopwatch.StartNew();
        work();
        Wait();
        return watch.Elapsed.TotalSeconds;
    }

    internal void Wait()
    {
        if (device.type == DeviceType.CUDA)
        {
            cuda.synchronize(device);
        }
    }
}
