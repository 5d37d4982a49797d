using Repro.Core.Hardware;
using Repro.Tests.Shared;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch;

/// <summary>Twenty steps of a small decoder with clipped gradients: losses, norms and parameters as in Python, to 1e-10 in double precision
/// on any LibTorch.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class TrainingAgainstPythonTests
{
    public static TheoryData<string> Cases =>
        new(
            TorchFixture.Read("training").GetProperty("cases").EnumerateArray()
                .Select(entry => entry.GetProperty("optimiser").GetString()!));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Agrees_in_double_precision(string name) => Agrees(name, ScalarType.Float64, 1e-10);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Agrees_in_single_precision(string name) =>
        Agrees(name, ScalarType.Float32, TorchFixture.Tolerance(TorchFixture.Read("training"), name));

    private static void Agrees(string name, ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        var fixture = TorchFixture.Read("training");
        var expected = fixture.GetProperty("cases").EnumerateArray().Single(entry => entry.GetProperty("optimiser").GetString() == name)
            .GetProperty(dtype == ScalarType.Float64 ? "float64" : "float32");
        var shape = fixture.GetProperty("shape");
        long Size(string key) => shape.GetProperty(key).GetInt64();
        var vocabulary = Size("vocabulary");
        using var model = new TinyDecoder(vocabulary, Size("width"), Size("heads"), (int)Size("layers"), Size("length"));
        TorchFixture.Fill(model);
        model.to(dtype);
        using var optimiser = Make(name, model.parameters());
        var count = Size("batch") * Size("length");
        var ids = Ids(count, i => i * 7 % vocabulary).view(Size("batch"), Size("length"));
        var targets = Ids(count, i => ((i * 5) + 3) % vocabulary);
        var (losses, norms) = (new List<double>(), new List<double>());
        for (var step = 0; step < fixture.GetProperty("steps").GetInt32(); step++)
        {
            using var stepScope = NewDisposeScope();
            model.zero_grad();
            var loss = nn.functional.cross_entropy(model.call(ids).view(-1, vocabulary), targets);
            loss.backward();
            norms.Add(nn.utils.clip_grad_norm_(model.parameters(), 1));
            optimiser.step();
            losses.Add(loss.to(ScalarType.Float64).item<double>());
        }

        TorchFixture.ShouldAgree([.. losses], TorchFixture.Numbers(expected.GetProperty("losses")), "loss of step", tolerance);
        TorchFixture.ShouldAgree(
            [.. norms], TorchFixture.Numbers(expected.GetProperty("gradient_norms")), "gradient norm of step", tolerance);
        var state = model.state_dict();
        state.Keys.Should().Equal(expected.GetProperty("parameters").EnumerateObject().Select(entry => entry.Name));
        foreach (var entry in expected.GetProperty("parameters").EnumerateObject())
        {
            TorchFixture.ShouldAgree(
                TorchFixture.Numbers(state[entry.Name])[..Math.Min(16, (int)state[entry.Name].numel())], TorchFixture.Numbers(entry.Value),
                entry.Name, tolerance);
        }
    }

    private static Tensor Ids(long count, Func<long, long> formula)
    {
        var ids = new long[count];
        for (var i = 0L; i < count; i++)
        {
            ids[i] = formula(i);
        }

        return tensor(ids);
    }

    internal static OptimizerHelper Make(string name, IEnumerable<Parameter> parameters) => name switch
    {
        "adam" => optim.Adam(parameters),
        "adam_decay_amsgrad" => optim.Adam(parameters, 1e-3, 0.8, 0.95, 1e-6, 0.1, amsgrad: true),
        "adamw" => optim.AdamW(parameters, weight_decay: 0.05),
        "adamw_amsgrad_maximize" => optim.AdamW(parameters, amsgrad: true, maximize: true),
        "sgd" => optim.SGD(parameters, 0.05),
        "sgd_momentum" => optim.SGD(parameters, 0.02, 0.9, 0.1, 0.01),
        "sgd_nesterov" => optim.SGD(parameters, 0.02, 0.9, nesterov: true),
        "rmsprop" => optim.RMSProp(parameters, 1e-3),
        "rmsprop_centered_momentum" => optim.RMSProp(parameters, 1e-3, 0.95, 1e-6, 0.01, 0.5, centered: true),
        _ => throw new ArgumentException($"The fixture has an optimiser '{name}' that this test does not know."),
    };
}
