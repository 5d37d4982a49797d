using System.Text.Json;
using Repro.Core.Data;
using Repro.Core.Training.Sft;
using Repro.Experiments.Adr.Identities;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Mechanisms;

/// <summary>What the thesis says of its data: a column that is not read, and trees that are held out whole.</summary>
internal sealed class DataRules : ISpecGroup
{
    private const string OpenAssistant = "oasst";

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S5.1.1-dolly-context", DollyContext),
        new("CRS-S5.5-heldout-oasst", HeldOutTrees),
    ];

    /// <summary>The texts of the conversations that a file of JSON lines is read as.</summary>
    internal delegate IReadOnlyList<string> TextsOfRows(IReadOnlyList<string> rows);

    private static Evidence DollyContext(SpecContext context)
    {
        var settings = context.Config<SftConfig>("crs/sft-pre").Data.Single(data => data.Format == "dolly");
        IReadOnlyList<string> AsTrained(IReadOnlyList<string> rows) => Texts(rows, settings);
        var evidence = new ExactCheck<TextsOfRows>(401, AsTrained, DollyContextCase)
        {
            Wrong = [new("context on a line below the instruction", rows => Texts(rows, settings with { Columns = null }))],
            Cases = 50,
        }.Run(context, out var summary);
        var example = AsTrained([DollyRow("Who is it?", "Ada keeps the lamp.", "Ada."), DollyRow("Who is it?", string.Empty, "Ada.")]);
        return evidence
            .Value("example_with_context", example[0])
            .Value("example_without_context", example[1])
            .Explain($"{summary}, read as the settings of the first supervised stage say. Example: the question 'Who is it?' becomes "
                + $"'{example[0]}' with the context 'Ada keeps the lamp.' and '{example[1]}' without one.");
    }

    internal static void DollyContextCase(Deviations found, Draws draws, TextsOfRows texts)
    {
        string Words(int count) => string.Join(' ', Enumerable.Range(0, count).Select(_ => Invariant($"w{draws.Integer(0, 999)}")));
        var (instruction, response) = (Words(draws.Integer(1, 6)), Words(draws.Integer(1, 6)));
        var (first, second) = (Words(draws.Integer(1, 6)), Words(draws.Integer(7, 9)));
        var read = texts([.. new[] { first, second, string.Empty }.Select(context => DollyRow(instruction, context, response))]);
        found.Exactly("rows that differ in their context only become the same text", read.Count == 3 && read.Distinct().Count() == 1);
        found.Exactly("which is instruction and response", read.All(text => text == $"{instruction} | {response}"));
    }

    private static string DollyRow(string instruction, string context, string response) =>
        JsonSerializer.Serialize(new { instruction, context, response, category = "closed_qa" });

    // Data sets are read from files.
    private static List<string> Texts(IReadOnlyList<string> rows, DatasetSettings settings)
    {
        var file = Path.Combine(Path.GetTempPath(), $"{Path.GetRandomFileName()}.jsonl");
        try
        {
            File.WriteAllLines(file, rows);
            var read = Dataset.Read<Conversation>(settings with { Path = file });
            return [.. read.Select(row => string.Join(" | ", row.Messages.Select(message => message.Content)))];
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Splits rows of trees into those to train on and those held out.</summary>
    internal delegate DataSplit<PromptOnly> SplitOfTrees(IReadOnlyList<PromptOnly> rows, SplitSettings settings);

    private static Evidence HeldOutTrees(SpecContext context)
    {
        var settings = context.Config<SftConfig>("crs/sft").Data.Single(data => data.Format == OpenAssistant).Split;
        var evidence = new ExactCheck<SplitOfTrees>(402, GroupSplit.Split, HeldOutTreesCase)
        {
            Wrong = [new("split by message", ByMessage)],
        }.Run(context, out var summary);
        var table = context.Table("external/oasst-sample");
        var rows = table.Rows.SelectMany(tree => Rows(tree, (int)table[tree, "prompts"].AsInput())).ToList();
        var (split, byMessage) = (GroupSplit.Split(rows, settings), ByMessage(rows, settings));
        var held = split.HeldOut.Select(row => row.Origin.Group).Distinct().Count();
        return evidence
            .Sample("trees of the sample", table.Rows.Count)
            .Sample("prompts of the sample", rows.Count)
            .Value("example_trees_held_out", held)
            .Value("example_prompts_held_out", split.HeldOut.Count)
            .Value("example_trees_on_both_sides", Shared(split).Count)
            .Value("example_trees_on_both_sides_by_message", Shared(byMessage).Count)
            .Require("no tree of the real sample is on both sides", Shared(split).Count == 0)
            .Reserve("the prompts of the evaluation", "the release does not say which trees its Open Assistant prompts come from, so that "
                + "only the rule of the split can be checked")
            .Explain(Invariant($"{summary}. Example: of the {table.Rows.Count} trees that the project publishes as a sample, the split of ")
                + Invariant($"training holds out {held} with {split.HeldOut.Count} of {rows.Count} prompts, and no tree is on both sides; ")
                + Invariant($"split by message {Shared(byMessage).Count} trees would be."));
    }

    internal static void HeldOutTreesCase(Deviations found, Draws draws, SplitOfTrees split)
    {
        var names = Enumerable.Range(0, draws.Integer(20, 60)).Select(_ => Invariant($"tree-{draws.Integer(0, 999999)}"));
        var trees = names.Distinct().ToList();
        List<PromptOnly> rows = [.. trees.SelectMany(tree => Rows(tree, draws.Integer(2, 9)))];
        var settings = new SplitSettings { HeldOut = draws.Integer(10, 40) / 100.0, Seed = draws.Integer(0, 9999) };
        var (first, again) = (split(rows, settings), split([.. rows.AsEnumerable().Reverse()], settings));
        found.Exactly("no tree is on both sides", Shared(first).Count == 0);
        found.Exactly("every row is on one side", first.Train.Count + first.HeldOut.Count == rows.Count);
        var held = first.HeldOut.Select(row => row.Origin.Group).Distinct().Order(StringComparer.Ordinal).ToList();
        var wanted = (int)decimal.Floor((decimal)settings.HeldOut * trees.Count);
        found.Exactly("the share of trees is held out, rounded down", held.Count == wanted);
        var heldAgain = again.HeldOut.Select(row => row.Origin.Group).Distinct().Order(StringComparer.Ordinal);
        found.Exactly("the order of the rows does not matter", heldAgain.SequenceEqual(held));
    }

    private static IEnumerable<PromptOnly> Rows(string tree, int prompts) =>
        from number in Enumerable.Range(0, prompts)
        let origin = new Origin(OpenAssistant, tree, Invariant($"{tree}/{number}"))
        select new PromptOnly(origin, [new ChatMessage(ChatRole.User, Invariant($"prompt {number}"))]);

    private static List<string> Shared(DataSplit<PromptOnly> split) =>
        [.. split.Train.Select(row => row.Origin.Group).Intersect(split.HeldOut.Select(row => row.Origin.Group), StringComparer.Ordinal)];

    private static DataSplit<PromptOnly> ByMessage(IReadOnlyList<PromptOnly> rows, SplitSettings settings)
    {
        var trees = rows.ToDictionary(row => row.Origin.Item, row => row.Origin.Group, StringComparer.Ordinal);
        PromptOnly Own(PromptOnly row) => row with { Origin = row.Origin with { Group = row.Origin.Item } };
        PromptOnly Back(PromptOnly row) => row with { Origin = row.Origin with { Group = trees[row.Origin.Item] } };
        var split = GroupSplit.Split([.. rows.Select(Own)], settings);
        return new DataSplit<PromptOnly>([.. split.Train.Select(Back)], [.. split.HeldOut.Select(Back)]);
    }
}
