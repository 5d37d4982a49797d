using Repro.Core.Training.Optimization;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Optimization;

/// <summary>The optimizer that trains here moves parameters to the same bits as TorchSharp's, which moves them one by one. In half
/// precision LibTorch rounds the last few numbers of a tensor otherwise than the ones before, so that bits can differ there.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class AdamRuleTests
{
    private const double Rate = 0.01;
    private const double Decay = 0.1;
    private const double Beta1 = 0.8;
    private const double Beta2 = 0.95;
    private const double Epsilon = 1e-6;

    // Together more than one block; sizes that no vector register divides; a scalar.
    private static readonly long[][] Shapes = [[64, 64], [7, 3], [5], [], [1025, 1024], [3, 1, 2], [64]];

    [Theory]
    [InlineData(OptimizerKind.AdamW, ScalarType.Float32, false)]
    [InlineData(OptimizerKind.AdamW, ScalarType.Float32, true)]
    [InlineData(OptimizerKind.AdamW, ScalarType.Float64, false)]
    [InlineData(OptimizerKind.Adam, ScalarType.Float32, false)]
    [InlineData(OptimizerKind.Adam, ScalarType.Float64, true)]
    public void Parameters_and_moments_are_those_of_the_peer(OptimizerKind kind, ScalarType type, bool someLack)
    {
        using var scope = NewDisposeScope();
        var (own, other) = (Parameters(type), Parameters(type));
        using var optimizer = new TrainingOptimizer(Named(own), Settings(kind), step => 1 / (step + 1.0));
        using var peer = Peer(kind, other);
        for (var step = 0; step < 4; step++)
        {
            Gradients(own, step, someLack);
            Gradients(other, step, someLack);
            optimizer.Update(step);
            foreach (var group in peer.ParamGroups)
            {
                group.LearningRate = optimizer.LearningRate(step);
            }

            peer.step();
            own.Zip(other).Should().OnlyContain(pair => pair.First.Equals(pair.Second), Invariant($"after step {step}"));
        }

        var state = optimizer.StateTensors();
        foreach (var (at, moments) in peer.state_dict().State.Index())
        {
            var (mean, square) = moments switch
            {
                AdamW.State found => (found.exp_avg, found.exp_avg_sq),
                Adam.State found => (found.exp_avg, found.exp_avg_sq),
                _ => throw new InvalidOperationException(),
            };
            state[Invariant($"mean.p{at}")].Equals(mean).Should().BeTrue();
            state[Invariant($"square.p{at}")].Equals(square).Should().BeTrue();
        }
    }

    [Fact]
    public void A_parameter_without_a_gradient_keeps_its_moments_and_its_count()
    {
        using var scope = NewDisposeScope();
        var parameters = Parameters(ScalarType.Float32);
        using var optimizer = new TrainingOptimizer(Named(parameters), Settings(OptimizerKind.AdamW));
        Gradients(parameters, 0, someLack: false);
        optimizer.Update(0);
        var before = (Parameter: parameters[1].detach().clone(), Mean: optimizer.StateTensors()["mean.p1"].clone());
        Gradients(parameters, 1, someLack: true);
        optimizer.Update(1);

        parameters[1].Equals(before.Parameter).Should().BeTrue();
        optimizer.StateTensors()["mean.p1"].Equals(before.Mean).Should().BeTrue();
        optimizer.StateValues()["updates"]!["p1"]!.GetValue<long>().Should().Be(1);
        optimizer.StateValues()["updates"]!["p0"]!.GetValue<long>().Should().Be(2);
    }

    [Fact]
    public void Counts_of_updates_are_taken_over()
    {
        using var scope = NewDisposeScope();
        var (first, second) = (Parameters(ScalarType.Float32), Parameters(ScalarType.Float32));
        using var straight = new TrainingOptimizer(Named(first), Settings(OptimizerKind.AdamW));
        Gradients(first, 0, someLack: true);
        straight.Update(0);
        using var resumed = new TrainingOptimizer(Named(second), Settings(OptimizerKind.AdamW));
        using (no_grad())
        {
            foreach (var (name, tensor) in resumed.StateTensors())
            {
                tensor.copy_(straight.StateTensors()[name]);
            }
        }

        resumed.RestoreValues(straight.StateValues());
        foreach (var (parameters, optimizer) in new[] { (first, straight), (second, resumed) })
        {
            Gradients(parameters, 1, someLack: false);
            optimizer.Update(1);
        }

        first.Zip(second).Should().OnlyContain(pair => pair.First.Equals(pair.Second));
    }

    private static OptimizerSettings Settings(OptimizerKind kind) => new()
    {
        Kind = kind,
        LearningRate = Rate,
        Beta1 = Beta1,
        Beta2 = Beta2,
        Epsilon = Epsilon,
        WeightDecay = Decay,
        DecayEverything = true,
    };

    private static OptimizerHelper Peer(OptimizerKind kind, List<Parameter> parameters) => kind == OptimizerKind.AdamW
        ? optim.AdamW(parameters, Rate, Beta1, Beta2, Epsilon, Decay)
        : optim.Adam(parameters, Rate, Beta1, Beta2, Epsilon, Decay);

    private static IEnumerable<(string Name, Parameter Parameter)> Named(List<Parameter> parameters) =>
        parameters.Index().Select(entry => (Invariant($"p{entry.Index}"), entry.Item));

    private static List<Parameter> Parameters(ScalarType type)
    {
        using var generator = new Generator(5);
        return [.. Shapes.Select(shape => nn.Parameter(randn(shape, generator: generator).to(type)))];
    }

    // Every second parameter lacks a gradient at odd steps where some do.
    private static void Gradients(List<Parameter> parameters, int step, bool someLack)
    {
        using var generator = new Generator((ulong)(100 + step));
        foreach (var (at, parameter) in parameters.Index())
        {
            var gradient = randn(parameter.shape, generator: generator).to(parameter.dtype);
            parameter.grad = someLack && step % 2 == 1 && at % 2 == 1 ? null : gradient;
        }
    }
}
