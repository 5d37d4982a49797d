using Repro.Core.Configuration;

namespace Repro.Core.Data;

/// <summary>All formats by the names that configurations use.</summary>
public static class DataFormats
{
    private static readonly string[] TreeKeys =
        [nameof(ReadSettings.Languages), nameof(ReadSettings.FinishedOnly), nameof(ReadSettings.ReviewedOnly)];

    /// <summary>The formats.</summary>
    public static IReadOnlyList<DataFormat> All { get; } =
    [
        new("gsm8k",
            DataView.Of(
                r => GradeSchoolMath.Conversations(r.Path, r.Settings.CalculatorAnnotations, r.Cancellation),
                nameof(ReadSettings.CalculatorAnnotations)),
            DataView.Of(r => GradeSchoolMath.Prompts(r.Path, r.Cancellation))),
        Answered("math-instructions", r => Instructions.GradeSchool(r.Path, r.Notes, r.Cancellation)),
        Answered("alpaca", r => Instructions.Alpaca(r.Path, r.Notes, r.Cancellation)),
        Answered("dolly", r => Instructions.Dolly(r.Path, r.Notes, r.Cancellation)),
        new("hh",
            DataView.Of(Pairs),
            DataView.Of(r => HumanPreferences.Conversations(r.Path, r.Notes, r.Cancellation)),
            DataView.Of(r => Pairs(r).Select(pair => new PromptOnly(pair.Origin, pair.Prompt))),
            DataView.Of(r => Pairs(r).SelectMany(UnpairedPreferences.Of))),
        new("unpaired-preference",
            DataView.Of(r => UnpairedPreferences.Read(r.Path, r.Cancellation)),
            DataView.Of(r => UnpairedPreferences.Read(r.Path, r.Cancellation).Select(row => new PromptOnly(row.Origin, row.Prompt)))),
        new("oasst",
            DataView.Of(
                r => Trees(r).SelectMany(tree => TreeThreads.BestRanked(tree, OpenAssistant, r.Settings.BestRanks)),
                [.. TreeKeys, nameof(ReadSettings.BestRanks)]),
            DataView.Of(
                r => Trees(r).SelectMany(tree => TreeThreads.Ranked(tree, OpenAssistant, r.Settings.MaximumReplies)),
                [.. TreeKeys, nameof(ReadSettings.MaximumReplies)]),
            DataView.Of(RatedThreads, [.. TreeKeys, nameof(ReadSettings.LabelWeights), nameof(ReadSettings.RequiredLabels)]),
            DataView.Of(r => Trees(r).SelectMany(tree => TreeThreads.Prompts(tree, OpenAssistant)), TreeKeys))
        {
            GroupsOf = r => Trees(r with { Notes = new ReadNotes() }).Select(tree => tree.Id),
        },
        new("helpsteer",
            DataView.Of(Rated, nameof(ReadSettings.LabelWeights)),
            DataView.Of(r => RatedGroups.Preferences(Rated(r), r.Notes), nameof(ReadSettings.LabelWeights)),
            DataView.Of(r => Once(HelpSteer.Ratings(r.Path, r.Cancellation).Select(row => new PromptOnly(row.Origin, row.Prompt))))),
        new("prm800k",
            DataView.Of(
                r => ProcessSupervision.Solutions(r.Path, r.Settings.Alternatives, r.Notes, r.Cancellation), nameof(ReadSettings.Alternatives)),
            DataView.Of(r => ProcessSupervision.Prompts(r.Path, r.Cancellation))),
        new("vicuna", DataView.Of(r => QuestionSets.Vicuna(r.Path, r.Cancellation))),
        new("koala", DataView.Of(r => QuestionSets.Koala(r.Path, r.Cancellation))),
        new("augmented-ratings", DataView.Of(
            r => AugmentedRatings.Ratings(r.Path, r.Settings.PromptReading, r.Cancellation), nameof(ReadSettings.PromptReading))),
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
            throw new ReproException($"{request.Path}: 'label_weights': {failure.Message}", failure);
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

/// <summary>A published form of data sets, and the kinds of records that it can be read as.</summary>
public sealed class DataFormat
{
    private readonly DataView[] _views;

    internal DataFormat(string name, params DataView[] views)
    {
        (Name, _views) = (name, views);
    }

    /// <summary>What a configuration calls it.</summary>
    public string Name { get; }

    /// <summary>What it can be read as: conversations, preferences, ratings, solutions, prompts. The first is what the set was made
    /// for.</summary>
    public IReadOnlyList<string> Kinds => [.. _views.Select(view => DataView.KindOf(view.Record))];

    /// <summary>Reads the groups of one file, where there are more than those of the records: trees that give no record.</summary>
    internal Func<ReadRequest, IEnumerable<string>>? GroupsOf { get; init; }

    internal Type MainRecord => _views[0].Record;

    /// <summary>Whether it can be read as a kind of record.</summary>
    /// <typeparam name="T">The kind.</typeparam>
    public bool Offers<T>()
        where T : class, IDataRecord => Array.Exists(_views, view => view.Record == typeof(T));

    /// <summary>Reads records one by one; memory does not grow with the data.</summary>
    /// <param name="request">Where, what, and who takes the notes.</param>
    /// <typeparam name="T">Kind of record.</typeparam>
    /// <exception cref="ReproException">
    /// The format cannot be read so, a setting has no use, there are no files; while records are read: a file or a row is not valid.
    /// </exception>
    public IEnumerable<T> Read<T>(ReadRequest request)
        where T : class, IDataRecord
    {
        ArgumentNullException.ThrowIfNull(request);
        var view = Check(typeof(T), request);
        return Records(view, request).Cast<T>();
    }

    internal IEnumerable<IDataRecord> ReadMain(ReadRequest request) => Records(Check(MainRecord, request), request);

    /// <summary>Names of all groups by which splits go; null where they are those of the records.</summary>
    internal IEnumerable<string>? Groups(ReadRequest request) =>
        GroupsOf is null ? null : Files(request).SelectMany(file => GroupsOf(request with { Path = file }));

    private static IReadOnlyList<string> Files(ReadRequest request) => DataFiles.Find(request.Path, request.Settings.Part);

    private static IEnumerable<IDataRecord> Records(DataView view, ReadRequest request)
    {
        var records = Files(request).SelectMany(file => view.Read(request with { Path = file }));
        return request.Settings.DropRefusals ? WithoutRefusals(records, request) : records;
    }

    private static IEnumerable<IDataRecord> WithoutRefusals(IEnumerable<IDataRecord> records, ReadRequest request)
    {
        var filter = new RefusalFilter(request.Settings.RefusalPhrases ?? RefusalFilter.GeneralPhrases);
        foreach (var record in records)
        {
            if (filter.Keeps((Conversation)record))
            {
                yield return record;
            }
            else
            {
                request.Notes.Add("a refusal phrase", record.Origin.ToString());
            }
        }
    }

    private DataView Check(Type record, ReadRequest request)
    {
        var view = Array.Find(_views, view => view.Record == record)
            ?? throw new ReproException($"{request.Path}: the format '{Name}' holds no {DataView.KindOf(record)}; it can be read as {string.Join(", ", Kinds)}.");
        string[] filter = record == typeof(Conversation) ? [nameof(ReadSettings.DropRefusals), nameof(ReadSettings.RefusalPhrases)] : [];
        var known = view.Keys.Append(nameof(ReadSettings.Part)).Concat(filter).Select(ConfigShape.NameOf).ToList();
        if (request.Settings.Given().FirstOrDefault(key => !known.Contains(key)) is { } useless)
        {
            throw new ReproException(
                $"{request.Path}: the setting '{useless}' has no use for {DataView.KindOf(record)} of the format '{Name}'; known are {string.Join(", ", known)}.");
        }

        return request.Settings is { DropRefusals: false, RefusalPhrases: not null }
            ? throw new ReproException($"{request.Path}: 'refusal_phrases' has no use while 'drop_refusals' is false.")
            : view;
    }
}

/// <summary>What to read, and how.</summary>
/// <param name="Path">A file, or a folder that holds data files.</param>
/// <param name="Settings">What is taken from it.</param>
/// <param name="Notes">Takes what was left out.</param>
/// <param name="Cancellation">Looked at before each row.</param>
public sealed record ReadRequest(string Path, ReadSettings Settings, ReadNotes Notes, CancellationToken Cancellation = default);

/// <summary>Counts the rows that a reader left out, by reason, so that nothing disappears silently. Not safe for several threads at
/// once.</summary>
public sealed class ReadNotes
{
    private readonly SortedDictionary<string, (long Count, string First)> _reasons = new(StringComparer.Ordinal);

    /// <summary>Number of rows left out, and where the first of them stands, by reason.</summary>
    public IReadOnlyDictionary<string, (long Count, string First)> Reasons => _reasons;

    /// <summary>Rows left out for any reason.</summary>
    public long LeftOut => _reasons.Values.Sum(reason => reason.Count);

    internal void Add(string reason, string where) =>
        _reasons[reason] = _reasons.TryGetValue(reason, out var known) ? (known.Count + 1, known.First) : (1, where);
}

/// <summary>How the prompt column of augmented ratings is read.</summary>
public enum PromptReading
{
    /// <summary>The column is a list of turns in text form: user and assistant in turn.</summary>
    Turns,

    /// <summary>Every character of the column's text is a turn, brackets and quotes included: a slip by which a published model was
    /// trained.</summary>
    Shredded,
}
