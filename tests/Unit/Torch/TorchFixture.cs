using System.Text.Json;
using Repro.Core.Hardware;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch;

/// <summary>Reads fixtures/torch, which Python wrote with the same LibTorch, and makes the inputs its formulas make.</summary>
internal static class TorchFixture
{
    public static JsonElement Read(string name)
    {
        var path = Path.Combine(RepositoryRoot.Find(), "fixtures", "torch", name + ".json");
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.Clone();
    }

    /// <summary>sin(frequency (i + 1)) scale over the flat index i, float32.</summary>
    public static Tensor Waves(long[] shape, double frequency, double scale = 1)
    {
        var count = shape.Aggregate(1L, (product, size) => product * size);
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = (float)(Math.Sin(frequency * (i + 1)) * scale);
        }

        return tensor(values, shape);
    }

    /// <summary>Gives the parameters the values that Python gives them, in their order.</summary>
    public static void Fill(nn.Module module, double scale = 0.5)
    {
        using var noGradient = no_grad();
        var i = 0;
        foreach (var parameter in module.parameters())
        {
            using var values = Waves(parameter.shape, 0.37 + (0.11 * i++), scale);
            parameter.copy_(values);
        }
    }

    public static double[] Numbers(JsonElement list) => list.EnumerateArray().Select(entry => entry.GetDouble()).ToArray();

    public static double[] Numbers(Tensor tensor)
    {
        using var attached = tensor.cpu();
        using var flat = attached.detach();
        using var dense = flat.contiguous();
        using var wide = dense.to(ScalarType.Float64, copy: true);
        return wide.data<double>().ToArray();
    }

    /// <summary>
    /// In single precision: 1e-6 for the LibTorch that wrote the fixture. Another one, and another device, adds up in another order: 2e-5.
    /// RMSProp, whose first steps divide by roots of squares that are still small, makes 4e-5 of a last digit within 20 steps: 1e-4;
    /// centred, with a difference of nearly equal numbers under the root, 1.2e-4: 1e-3. Another processor is enough for that.
    /// </summary>
    public static double Tolerance(JsonElement fixture, string optimiser) =>
        Release(fixture.GetProperty("torch").GetString()!) == Release(__version__)
            && !optimiser.StartsWith("rmsprop", StringComparison.Ordinal)
            ? 1e-6
            : ToleranceElsewhere(optimiser);

    /// <summary>The same for another device than the CPU.</summary>
    public static double ToleranceElsewhere(string optimiser) => optimiser switch
    {
        "rmsprop" => 1e-4,
        "rmsprop_centered_momentum" => 1e-3,
        _ => 2e-5,
    };

    /// <summary>Equal to 1e-6 or what is given, absolute for numbers below one, relative above.</summary>
    public static void ShouldAgree(double[] actual, double[] expected, string what, double tolerance = 1e-6)
    {
        actual.Should().HaveCount(expected.Length, what);
        for (var i = 0; i < expected.Length; i++)
        {
            actual[i].Should().BeApproximately(expected[i], tolerance * Math.Max(1, Math.Abs(expected[i])), Invariant($"{what}[{i}]"));
        }
    }

    // Major and minor number.
    private static string Release(string version) => string.Join('.', version.Split('.')[..2]);
}
