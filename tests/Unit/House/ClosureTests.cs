using System.Reflection;
using Repro.Core;

namespace Repro.Tests.Unit.House;

/// <summary>
/// A trainer reads from top to bottom: no lambda or local function of it makes another lambda. Read from compiled code: the body of a
/// closure that makes a closure loads its address. The numbers may only fall.
/// </summary>
public sealed class ClosureTests
{
    [Theory]
    [InlineData("Repro.Core.Training", 0)]
    [InlineData("Repro.Core.Training.Dpo", 0)]
    [InlineData("Repro.Core.Training.Kto", 0)]
    [InlineData("Repro.Core.Training.Optimization", 0)]
    [InlineData("Repro.Core.Training.Planning", 0)]
    [InlineData("Repro.Core.Training.Policies", 0)]
    [InlineData("Repro.Core.Training.Ppo", 0)]
    [InlineData("Repro.Core.Training.Registry", 0)]
    [InlineData("Repro.Core.Training.RejectionSampling", 0)]
    [InlineData("Repro.Core.Training.RewardModels", 0)]
    [InlineData("Repro.Core.Training.Rollouts", 0)]
    [InlineData("Repro.Core.Training.Runs", 0)]
    [InlineData("Repro.Core.Training.Sft", 0)]
    [InlineData("Repro.Core.Training.Stages", 0)]
    public void Closures_inside_closures_become_fewer_only(string part, int most) =>
        Nested(typeof(ReproException).Assembly).Where(nested => nested.Part == part).Select(nested => nested.Place)
            .Should().HaveCountLessThanOrEqualTo(most);

    [Fact]
    public void Every_part_of_training_has_a_number()
    {
        var test = typeof(ClosureTests).GetMethod(nameof(Closures_inside_closures_become_fewer_only))!;
        var parts = test.GetCustomAttributes<InlineDataAttribute>().Select(data => (string)data.GetData(test).Single()[0]);
        typeof(ReproException).Assembly.GetTypes().Select(type => type.Namespace ?? string.Empty).Distinct()
            .Where(name => name == "Repro.Core.Training" || name.StartsWith("Repro.Core.Training.", StringComparison.Ordinal))
            .Should().BeEquivalentTo(parts);
    }

    [Fact]
    public void A_closure_inside_a_closure_is_found()
    {
        var found = Nested(typeof(ClosureTests).Assembly)
            .Where(nested => nested.Place.StartsWith(nameof(ClosureTests), StringComparison.Ordinal));
        found.Select(nested => nested.Place).Should().BeEquivalentTo("ClosureTests.Inside", "ClosureTests.InsideALocalFunction");
    }

    private static int[] Plain(int[] values) => [.. values.Where(value => value > 0).Select(value => value + values.Length)];

    private static int[] Inside(int[] values) => [.. Plain(values).Where(value => values.Any(other => other == value))];

    private static int[] InsideALocalFunction(int[] values)
    {
        int[] Larger(int least) => [.. values.Where(value => value > least)];
        return Larger(Inside(values).Length);
    }

    // The compiler names a lambda <Method>b__ and a local function <Method>g__.
    private static IEnumerable<(string Part, string Place)> Nested(Assembly assembly) => CalledMethods.Of(assembly)
        .Where(call => IsClosure(call.Caller) && call.Called.Name.Contains(">b__", StringComparison.Ordinal))
        .Select(call => (call.Caller.DeclaringType!.Namespace!, Place(call.Caller))).Distinct();

    private static bool IsClosure(MethodBase method) =>
        method.Name.Contains(">b__", StringComparison.Ordinal) || method.Name.Contains(">g__", StringComparison.Ordinal);

    private static string Place(MethodBase method)
    {
        var type = method.DeclaringType!;
        while (type.DeclaringType is { } outer)
        {
            type = outer;
        }

        return $"{type.Name}.{method.Name[1..method.Name.IndexOf('>', StringComparison.Ordinal)]}";
    }
}
