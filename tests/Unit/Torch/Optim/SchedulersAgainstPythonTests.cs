using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch.NN;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;
using static TorchSharp.torch.optim.lr_scheduler;

namespace Repro.Tests.Unit.Torch.Optim;

/// <summary>The rates of two parameter groups over 24 epochs, as in Python.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class SchedulersAgainstPythonTests
{
    public static TheoryData<string> Cases => new(TorchFixture.CaseNames("schedulers"));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Agrees(string name)
    {
        using var scope = NewDisposeScope();
        var fixture = TorchFixture.Read("schedulers");
        var expected = fixture.GetProperty("cases").GetProperty(name).EnumerateArray().Select(TorchFixture.Numbers).ToArray();
        var plateau = TorchFixture.Numbers(fixture.GetProperty("plateau"));
        SGD.ParamGroup Group(double rate) => new([nn.Parameter(zeros(1))], rate, momentum: 0.9);
        using var optimiser = optim.SGD([Group(0.1), Group(0.02)], 1.0, momentum: 0.9);
        var scheduler = Make(name, optimiser);
        for (var step = 0; step < expected.Length; step++)
        {
            var rates = optimiser.ParamGroups.Select(group => group.LearningRate).ToArray();
            for (var group = 0; group < rates.Length; group++)
            {
                rates[group].Should().BeApproximately(expected[step][group], 1e-12, $"{name} group {group} at step {step}");
            }

            scheduler.get_last_lr().Should().Equal(rates);
            if (name.StartsWith("ReduceLROnPlateau", StringComparison.Ordinal))
            {
                scheduler.step(plateau[step]);
            }
            else
            {
                scheduler.step();
            }
        }
    }

    private static LRScheduler Make(string name, Optimizer o) => name switch
    {
        "LambdaLR" => LambdaLR(o, epoch => 1.0 / (1 + epoch)),
        "MultiplicativeLR" => MultiplicativeLR(o, epoch => 0.9 + (0.01 * (epoch % 3))),
        "StepLR" => StepLR(o, 5, 0.5),
        "MultiStepLR" => MultiStepLR(o, [3, 9, 9, 15], 0.5),
        "ConstantLR" => ConstantLR(o, 0.25, 4),
        "LinearLR" => LinearLR(o, 0.2, 0.9, 7),
        "ExponentialLR" => ExponentialLR(o, 0.9),
        "PolynomialLR" => PolynomialLR(o, 10, 2),
        "CosineAnnealingLR" => CosineAnnealingLR(o, 8, 0.001),
        "OneCycleLR" => OneCycleLR(o, [0.3, 0.2], total_steps: 25),
        "OneCycleLR_linear_three" => OneCycleLR(
            o, 0.3, total_steps: 25, pct_start: 0.25, anneal_strategy: impl.OneCycleLR.AnnealStrategy.Linear, three_phase: true),
        "SequentialLR" => SequentialLR(o, [LinearLR(o, 0.1, 1, 6), CosineAnnealingLR(o, 12), ConstantLR(o, 0.5, 2)], [6, 18]),
        "ChainedLR" => ChainedLR([ConstantLR(o, 0.1, 2), ExponentialLR(o, 0.9)]),
        "ReduceLROnPlateau" => ReduceLROnPlateau(o, factor: 0.5, patience: 2, cooldown: 1, min_lr: [0.02, 0.001]),
        "ReduceLROnPlateau_max" => ReduceLROnPlateau(o, "max", 0.3, 1, 0.05, "abs"),
        _ => throw new ArgumentException($"The fixture has a scheduler '{name}' that this test does not know."),
    };
}
