using System.Reflection;
using Repro.Core.Losses;
using Repro.Core.Rewards;
using Repro.Core.Training.Dpo;
using Repro.Experiments.Claims;
using Repro.Tests.Unit.House;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Losses;

/// <summary>Every function of the losses and rewards is held to the numbers of a peer, to an example by hand or to a property; a gradient
/// check alone shows only that it is smooth.</summary>
public sealed class LossHouseTests
{
    private const string Examples = "Repro.Tests.Unit.Losses.Examples";

    [Fact]
    public void Each_loss_has_a_vector_an_example_or_a_property()
    {
        var functions = Functions();
        functions.Should().HaveCountGreaterThan(60);
        var called = Evidence().SelectMany(CalledMethods.Of).Select(method => $"{method.DeclaringType!.Name}.{method.Name}")
            .ToHashSet(StringComparer.Ordinal);
        functions.Except(called).Should()
            .BeEmpty("each of them is called by a test with vectors, by a worked example, by a property or by a spec");
    }

    /// <summary>A class of losses has an example that is worked out by hand; those of pairs through the kinds of DPO.</summary>
    [Fact]
    public void Each_class_of_losses_has_a_worked_example()
    {
        Type[] byKind = [typeof(DpoLoss), typeof(PairedPreferenceLoss), typeof(OrpoLoss), typeof(CpoLoss)];
        var classes = typeof(DpoLoss).Assembly.GetExportedTypes()
            .Where(type => type is { IsAbstract: true, IsSealed: true } && type.Name.EndsWith("Loss", StringComparison.Ordinal));
        var called = typeof(LossHouseTests).Assembly.GetTypes().Where(type => type.Namespace == Examples)
            .SelectMany(CalledMethods.Of).Select(method => method.DeclaringType!.Name);
        classes.Except(byKind).Select(type => type.Name).Except(called).Should()
            .BeEmpty("tests/Unit/Losses/Examples shows each with numbers");
    }

    [Fact]
    public void A_comment_or_a_text_is_no_call()
    {
        // DpoLoss.Sigmoid and "DpoLoss.Sigmoid" are only named here.
        const string Name = "DpoLoss.Sigmoid";
        Functions().Should().Contain(Name);
        CalledMethods.Of(typeof(LossHouseTests)).Select(method => method.Name)
            .Should().Contain(nameof(Functions)).And.NotContain("Sigmoid");
    }

    /// <summary>The names of all of them, such as <c>DpoLoss.Sigmoid</c>.</summary>
    internal static IReadOnlySet<string> Functions() => typeof(DpoLoss).Assembly.GetExportedTypes()
        .Where(type =>
            type.Namespace is "Repro.Core.Losses" or "Repro.Core.Adaptive" or "Repro.Core.Rewards"
                && type is { IsAbstract: true, IsSealed: true })
        // It chooses the tokens that a reward model reads and computes nothing.
        .Where(type => type != typeof(RewardInput))
        .SelectMany(type =>
            type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
                .Select(method => $"{type.Name}.{method.Name}"))
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>The losses of pairs whose only number is beta, by name.</summary>
    internal static IEnumerable<(string Name, Func<PairLogProbs, double, Tensor> Run)> OfPairs() => typeof(DpoLoss).Assembly
        .GetExportedTypes().Where(type => type.Namespace == "Repro.Core.Losses")
        .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
        .Where(method => method.ReturnType == typeof(Tensor)
            && method.GetParameters().Select(parameter => parameter.ParameterType).SequenceEqual([typeof(PairLogProbs), typeof(double)]))
        .Select(method => ($"{method.DeclaringType!.Name}.{method.Name}", method.CreateDelegate<Func<PairLogProbs, double, Tensor>>()));

    private static IEnumerable<Type> Evidence()
    {
        Type[][] sources =
        [
            [.. typeof(LossHouseTests).Assembly.GetTypes()
                .Where(type => type.Namespace is "Repro.Tests.Unit.Losses.Vectors" or Examples)],
            // PreferenceExamples has a number of every kind.
            [typeof(DpoPairLoss)],
            [.. Assembly.Load("Repro.Tests.Property").GetTypes()],
            [
                .. typeof(SpecRegistry).Assembly.GetTypes()
                    .Where(type => type.Namespace?.StartsWith("Repro.Experiments.Adr.", StringComparison.Ordinal) == true),
            ],
        ];
        sources.Should().OnlyContain(types => types.Length > 0);
        return sources.SelectMany(types => types);
    }
}
