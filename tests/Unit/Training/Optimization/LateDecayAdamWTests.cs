using Repro.Core.Training.Optimization;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Optimization;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class LateDecayAdamWTests
{
    private static LateDecayAdamWOptions Decaying() => new() { WeightDecay = 0.1 };

    [Fact]
    public void Decay_is_taken_from_the_updated_parameter()
    {
        using var scope = NewDisposeScope();
        var parameter = nn.Parameter(tensor(new[] { 2.0 }));
        using var optimizer = new LateDecayAdamW([parameter], 0.1, new LateDecayAdamWOptions { WeightDecay = 0.5, Epsilon = 0 });
        Step(optimizer, parameter, 3.0);

        // With bias correction the first update is the sign of the gradient times the rate.
        parameter.detach().ToDouble().Should().BeApproximately((2 - 0.1) * (1 - (0.1 * 0.5)), 1e-15);
    }

    [Fact]
    public void Epsilon_comes_before_the_bias_correction()
    {
        using var scope = NewDisposeScope();
        var parameter = nn.Parameter(tensor(new[] { 0.0 }));
        using var optimizer = new LateDecayAdamW([parameter], 1, new LateDecayAdamWOptions { Beta1 = 0.5, Beta2 = 0.75, Epsilon = 1 });
        Step(optimizer, parameter, 4.0);

        // mean 2, square 4: correction sqrt(1/4) / (1/2) = 1, hence 2 / (2 + 1). The usual order would give 4 / (4 + 1).
        parameter.detach().ToDouble().Should().BeApproximately(-2.0 / 3, 1e-15);
    }

    [Fact]
    public void Without_bias_correction_the_first_steps_are_short()
    {
        using var scope = NewDisposeScope();
        var parameter = nn.Parameter(tensor(new[] { 0.0 }));
        using var optimizer = new LateDecayAdamW(
            [parameter], 1, new LateDecayAdamWOptions { Beta1 = 0.5, Beta2 = 0.75, Epsilon = 0, CorrectBias = false });
        Step(optimizer, parameter, 4.0);
        parameter.detach().ToDouble().Should().BeApproximately(-1, 1e-15);
    }

    [Fact]
    public void A_saved_state_continues_bit_for_bit()
    {
        using var scope = NewDisposeScope();
        var (straight, resumed) = (nn.Parameter(tensor(new[] { 1.0, -2.0 })), nn.Parameter(tensor(new[] { 1.0, -2.0 })));
        using var first = new LateDecayAdamW([straight], 0.1, Decaying());
        using var file = new MemoryStream();
        Step(first, straight, 0.5);
        Step(first, straight, -1.5);
        first.save_state_dict(new BinaryWriter(file));
        using (no_grad())
        {
            resumed.copy_(straight);
        }

        using var second = new LateDecayAdamW([resumed], 0.7);
        file.Position = 0;
        second.load_state_dict(new BinaryReader(file));
        Step(first, straight, 0.25);
        Step(second, resumed, 0.25);
        resumed.detach().data<double>().ToArray().Should().Equal(straight.detach().data<double>().ToArray());
    }

    [Fact]
    public void A_parameter_without_gradient_stays()
    {
        using var scope = NewDisposeScope();
        var parameter = nn.Parameter(tensor(new[] { 1.0 }));
        using var optimizer = new LateDecayAdamW([parameter], 0.1, Decaying());
        optimizer.step();
        parameter.detach().ToDouble().Should().Be(1);
    }

    [Fact]
    public void Impossible_hyperparameters_and_repeated_parameters_are_refused()
    {
        using var scope = NewDisposeScope();
        var parameter = nn.Parameter(zeros(1));
        static void Make(params Parameter[] parameters) => new LateDecayAdamW(parameters, 0.1).Dispose();
        FluentActions.Invoking(() => Make(parameter, parameter)).Should().Throw<ArgumentException>().WithMessage("*twice*");
        FluentActions.Invoking(() => new LateDecayAdamW([parameter], -1)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new LateDecayAdamW([parameter], 1, new LateDecayAdamWOptions { Beta1 = 1 }))
            .Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new LateDecayAdamW([parameter], 1, new LateDecayAdamWOptions { WeightDecay = double.NaN }))
            .Should().Throw<ArgumentException>();
    }

    private static void Step(LateDecayAdamW optimizer, Parameter parameter, double gradient)
    {
        parameter.grad = full_like(parameter, gradient);
        optimizer.step();
    }
}
