using Repro.Core;

namespace Repro.Tests.Unit.House;

/// <summary>
/// The rooms of Repro.Core stand in an order (ARCHITECTURE.md): each knows those before it and none behind it. Inside Training the parts
/// know one another without a circle. What a type knows is read from its compiled members, so that a comment or an unused using counts for
/// nothing.
/// </summary>
public sealed class ArchitectureTests
{
    private const string Root = "Repro.Core";

    private static readonly string[] Order =
    [
        "", "Hardware", "Configuration", "Randomness", "Data", "Tokenization", "Chat", "Models", "Losses", "Adaptive", "Batching",
        "Rewards", "Training",
    ];

    [Fact]
    public void Every_namespace_is_a_room_of_the_list() =>
        Types().Select(type => Room(type)).Distinct().Except(Order).Should().Equal("Evaluation");

    [Fact]
    public void No_room_knows_one_that_stands_behind_it()
    {
        var wrong = from type in Types()
                    from used in CalledMethods.TypesIn(type)
                    where IsOurs(used) && !Allowed(Room(type), Room(used))
                    select $"{type.FullName} knows {used.FullName}";
        wrong.Distinct().Should().BeEmpty();
    }

    [Fact]
    public void Evaluation_knows_no_training_and_nothing_but_the_command_line_knows_evaluation()
    {
        Types().Where(type => Room(type) == "Evaluation").SelectMany(CalledMethods.TypesIn).Where(IsOurs).Select(Room)
            .Should().NotContain("Training");
        Allowed("Training", "Evaluation").Should().BeTrue("a trainer may measure");
        Allowed("Models", "Evaluation").Should().BeFalse();
    }

    [Fact]
    public void The_parts_of_training_know_one_another_without_a_circle() => Circle(Uses("Repro.Core.Training")).Should().BeNull();

    [Fact]
    public void A_circle_is_found()
    {
        Dictionary<string, HashSet<string>> uses = new() { ["a"] = ["b"], ["b"] = ["c"], ["c"] = ["a"], ["d"] = ["a"] };
        Circle(uses).Should().Be("a -> b -> c -> a");
    }

    private static IEnumerable<Type> Types() => typeof(ReproException).Assembly.GetTypes().Where(IsOurs);

    private static bool IsOurs(Type type) =>
        type.Namespace == Root || type.Namespace?.StartsWith(Root + ".", StringComparison.Ordinal) == true;

    private static string Room(Type type) => type.Namespace == Root ? "" : type.Namespace![(Root.Length + 1)..].Split('.')[0];

    private static bool Allowed(string from, string to) =>
        from == to || to == ""
            || (to == "Evaluation" ? from == "Training" : Array.IndexOf(Order, to) <= Array.IndexOf(Order, LastKnown(from)));

    // Evaluation stands after Training in the order, but knows only what Rewards may know.
    private static string LastKnown(string from) => from == "Evaluation" ? "Rewards" : from;

    private static Dictionary<string, HashSet<string>> Uses(string above) =>
        Types().Where(type => type.Namespace!.StartsWith(above, StringComparison.Ordinal)).GroupBy(type => type.Namespace!).ToDictionary(
            part => part.Key,
            part => part.SelectMany(CalledMethods.TypesIn).Where(IsOurs).Select(used => used.Namespace!)
                .Where(used => used != part.Key && used.StartsWith(above, StringComparison.Ordinal)).ToHashSet());

    // Null, or one circle from its first name back to it.
    private static string? Circle(Dictionary<string, HashSet<string>> uses)
    {
        foreach (var start in uses.Keys)
        {
            if (PathTo(start, start, uses, []) is { } path)
            {
                return string.Join(" -> ", path.Prepend(start));
            }
        }

        return null;
    }

    private static List<string>? PathTo(string goal, string from, Dictionary<string, HashSet<string>> uses, HashSet<string> seen)
    {
        foreach (var next in uses.GetValueOrDefault(from, []))
        {
            if (next == goal)
            {
                return [next];
            }

            if (seen.Add(next) && PathTo(goal, next, uses, seen) is { } rest)
            {
                return [next, .. rest];
            }
        }

        return null;
    }
}
