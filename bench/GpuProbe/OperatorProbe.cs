using static TorchSharp.torch;

namespace Repro.GpuProbe;

/// <summary>What one small operator costs, allocation, launch and release included: the price of everything that does not fill the
/// device.</summary>
internal static class OperatorProbe
{
    private const int Calls = 20_000;

    internal static double Microseconds(Device device)
    {
        using var noGrad = no_grad();
        using var a = ones([64, 64], device: device);
        using var b = ones([64, 64], device: device);
        var clock = new Clock(device);
        void Run()
        {
            for (var i = 0; i < Calls; i++)
            {
                using var sum = a.add(b);
            }
        }

        clock.Seconds(Run);
        return clock.Seconds(Run) / Calls * 1e6;
    }
}
