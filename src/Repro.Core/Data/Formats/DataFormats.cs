using Repro.Core.Data.Records;
using Repro.Core.Data.Selection;
using Repro.Core.Data.Trees;
using Repro.Core.Rewards;

namespace Repro.Core.Data.Formats;

/// <summary>All formats by the names that configurations use.</summary>
public static class DataFormats
{
    private static readonly string[] TreeKeys = [ReadKeys.Languages, ReadKeys.FinishedOnly, ReadKeys.ReviewedOnly];

    /// <summary>The formats.</summary>
    public static IReadOnlyList<DataFormat> All { get; } =
    [
        new("gsm8k",
            DataView.Of(r => GradeSchoolMath.Conversations(r.Path, r.Settings.CalculatorAnnotations, r.Cancellation), ReadKeys.CalculatorAnnotations),
            DataView.Of(r => GradeSchoolMath.Prompts(r.Path, r.Cancellation))),
        Answered("math-instructions", r => Instructions.GradeSchool(r.Path, r.Notes, r.Cancellation)),
        Answered("alpaca", r => Instructions.Alpaca(r.Path, r.Notes, r.Cancellation)),
        Answered("dolly", r => Instructions.Dolly(r.Path, r.Notes, r.Cancellation)),
        new("hh",
            DataView.Of(Pairs),
            DataView.Of(r => HumanPreferences.Conversations(r.Path, r.Notes, r.Cancellation)),
            DataView.Of(r => Pairs(r).Select(pair => new PromptOnly(pair.Origin, pair.Prompt)))),
        new("oasst",
            DataView.Of(r => Trees(r).SelectMany(tree => TreeThreads.BestRanked(tree, OpenAssistant, r.Settings.BestRanks)), [.. TreeKeys, ReadKeys.BestRanks]),
            DataView.Of(r => Trees(r).SelectMany(tree => TreeThreads.Ranked(tree, OpenAssistant, r.Settings.MaximumReplies)), [.. TreeKeys, ReadKeys.MaximumReplies]),
            DataView.Of(RatedThreads, [.. TreeKeys, ReadKeys.LabelWeights, ReadKeys.RequiredLabels]),
            DataView.Of(r => Trees(r).SelectMany(tree => TreeThreads.Prompts(tree, OpenAssistant)), TreeKeys))
        {
            GroupsOf = r => Trees(r with { Notes = new ReadNotes() }).Select(tree => tree.Id),
        },
        new("helpsteer",
            DataView.Of(Rated, ReadKeys.LabelWeights),
            DataView.Of(r => RatedGroups.Preferences(Rated(r), r.Notes), ReadKeys.LabelWeights),
            DataView.Of(r => Once(HelpSteer.Ratings(r.Path, r.Cancellation).Select(row => new PromptOnly(row.Origin, row.Prompt))))),
        new("prm800k",
            DataView.Of(r => ProcessSupervision.Solutions(r.Path, r.Settings.Alternatives, r.Notes, r.Cancellation), ReadKeys.Alternatives),
            DataView.Of(r => ProcessSupervision.Prompts(r.Path, r.Cancellation))),
        new("vicuna", DataView.Of(r => QuestionSets.Vicuna(r.Path, r.Cancellation))),
        new("koala", DataView.Of(r => QuestionSets.Koala(r.Path, r.Cancellation))),
        new("augmented-ratings", DataView.Of(r => AugmentedRatings.Ratings(r.Path, r.Settings.PromptReading, r.Cancellation), ReadKeys.PromptReading)),
    ];

    private const string OpenAssistant = "oasst";

    /// <summary>The format of a name.</summary>
    /// <param name="name">As configurations say it.</param>
    /// <exception cref="ReproException">There is none.</exception>
    public static DataFormat Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var names = All.Select(format => format.Name).ToList();
        return All.FirstOrDefault(format => format.Name == name)
            ?? throw new ReproException($"unknown data format '{name}'{Suggestion.For(name, names)}; known are {string.Join(", ", names)}.");
    }

    private static DataFormat Answered(string name, Func<ReadRequest, IEnumerable<Conversation>> read) =>
        new(name, DataView.Of(read), DataView.Of(r => read(r).Select(row => new PromptOnly(row.Origin, [.. row.Messages.SkipLast(1)]))));

    private static IEnumerable<PreferenceGroup> Pairs(ReadRequest request) => HumanPreferences.Preferences(request.Path, request.Notes, request.Cancellation);

    private static IEnumerable<MessageTree> Trees(ReadRequest request)
    {
        var selection = new TreeSelection
        {
            Languages = request.Settings.Languages,
            FinishedOnly = request.Settings.FinishedOnly,
            ReviewedOnly = request.Settings.ReviewedOnly,
        };
        foreach (var tree in OpenAssistantTrees.Read(request.Path, request.Cancellation))
        {
            if (selection.ReasonAgainst(tree) is { } reason)
            {
                request.Notes.Add(reason, $"tree {tree.Id}");
            }
            else
            {
                yield return tree;
            }
        }
    }

    private static IEnumerable<RatedReply> RatedThreads(ReadRequest request)
    {
        var weights = Weights(request, "quality");
        var required = (request.Settings.RequiredLabels ?? []).Union(weights.Keys, StringComparer.Ordinal).ToList();
        return LabelScores.Of(Trees(request).SelectMany(tree => TreeThreads.Rated(tree, OpenAssistant, required)), Aggregation(request, weights), request.Notes);
    }

    private static IEnumerable<RatedReply> Rated(ReadRequest request) =>
        LabelScores.Of(HelpSteer.Ratings(request.Path, request.Cancellation), Aggregation(request, Weights(request, HelpSteer.Properties[0])), request.Notes);

    private static IReadOnlyDictionary<string, double> Weights(ReadRequest request, string only) =>
        request.Settings.LabelWeights ?? new Dictionary<string, double>(StringComparer.Ordinal) { [only] = 1 };

    private static LabelAggregation Aggregation(ReadRequest request, IReadOnlyDictionary<string, double> weights)
    {
        try
        {
            return new LabelAggregation(weights);
        }
        catch (ArgumentException failure)
        {
            throw new ReproException($"{request.Path}: '{ReadKeys.LabelWeights}': {failure.Message}", failure);
        }
    }

    // Prompts that follow each other once.
    private static IEnumerable<PromptOnly> Once(IEnumerable<PromptOnly> prompts)
    {
        PromptOnly? last = null;
        foreach (var prompt in prompts)
        {
            if (last is null || !last.Prompt.SequenceEqual(prompt.Prompt))
            {
                yield return last = prompt;
            }
        }
    }
}
