using System.Reflection;
using Repro.Core.Losses;
using Repro.Core.Rewards;
using Repro.Experiments.Claims;
using Repro.Tests.Unit.House;

namespace Repro.Tests.Unit.Losses;

/// <summary>Every function of the losses and rewards is held to the numbers of a peer or to a property; a gradient check alone shows only
/// that it is smooth.</summary>
public sealed class LossHouseTests
{
    [Fact]
    public void Each_loss_has_a_vector_or_property_test()
    {
        var functions = Functions();
        functions.Should().HaveCountGreaterThan(60);
        var called = Evidence().SelectMany(CalledMethods.Of).Select(method => $"{method.DeclaringType!.Name}.{method.Name}").ToHashSet(StringComparer.Ordinal);
        functions.Except(called).Should().BeEmpty("each of them is called by a test with vectors, by a property or by a spec");
    }

    [Fact]
    public void A_comment_or_a_text_is_no_call()
    {
        // DpoLoss.Sigmoid and "DpoLoss.Sigmoid" are only named here.
        const string Name = "DpoLoss.Sigmoid";
        Functions().Should().Contain(Name);
        CalledMethods.Of(typeof(LossHouseTests)).Select(method => method.Name).Should().Contain(nameof(Functions)).And.NotContain("Sigmoid");
    }

    /// <summary>The names of all of them, such as <c>DpoLoss.Sigmoid</c>.</summary>
    internal static IReadOnlySet<string> Functions() => typeof(DpoLoss).Assembly.GetExportedTypes()
        .Where(type => type.Namespace is "Repro.Core.Losses" or "Repro.Core.Adaptive" or "Repro.Core.Rewards" && type is { IsAbstract: true, IsSealed: true })
        // It chooses the tokens that a reward model reads and computes nothing.
        .Where(type => type != typeof(RewardInput))
        .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly).Select(method => $"{type.Name}.{method.Name}"))
        .ToHashSet(StringComparer.Ordinal);

    private static IEnumerable<Type> Evidence()
    {
        Type[][] sources =
        [
            [.. typeof(LossHouseTests).Assembly.GetTypes().Where(type => type.Namespace == "Repro.Tests.Unit.Losses.Vectors")],
            [.. Assembly.Load("Repro.Tests.Property").GetTypes()],
            [.. typeof(SpecRegistry).Assembly.GetTypes().Where(type => type.Namespace?.StartsWith("Repro.Experiments.Adr.", StringComparison.Ordinal) == true)],
        ];
        sources.Should().OnlyContain(types => types.Length > 0);
        return sources.SelectMany(types => types);
    }
}
