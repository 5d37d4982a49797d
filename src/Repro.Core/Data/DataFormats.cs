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
        new("gsm8k", ["question", "answer"],
            DataView.Create(r => GradeSchoolMath.Conversations(r.Source, r.Settings.CalculatorAnnotations, r.Cancellation),
                nameof(ReadSettings.CalculatorAnnotations)),
            DataView.Create(r => GradeSchoolMath.Prompts(r.Source, r.Cancellation))),
        Answered("math-instructions", ["INSTRUCTION", "RESPONSE"], r => Instructions.GradeSchool(r.Source, r.Notes, r.Cancellation)),
        Answered("alpaca", ["instruction", "input", "output"], r => Instructions.Alpaca(r.Source, r.Notes, r.Cancellation)),
        Answered("dolly", ["instruction", "context", "response", "INSTRUCTION", "RESPONSE"], r =>
            Instructions.Dolly(r.Source, r.Notes, r.Cancellation)),
        new("hh", ["chosen", "rejected"],
            DataView.Create(Pairs),
            DataView.Create(r => HumanPreferences.Conversations(r.Source, r.Notes, r.Cancellation)),
            DataView.Create(r => Pairs(r).Select(pair => new PromptOnly(pair.Origin, pair.Prompt))),
            DataView.Create(r => Pairs(r).SelectMany(UnpairedPreferences.From))),
        new("unpaired-preference", ["prompt", "completion", "label"],
            DataView.Create(r => UnpairedPreferences.Read(r.Source, r.Cancellation)),
            DataView.Create(r => UnpairedPreferences.Read(r.Source, r.Cancellation).Select(row => new PromptOnly(row.Origin, row.Prompt)))),
        new("oasst", ["message_tree_id", "tree_state", "prompt"],
            DataView.Create(
                r => Trees(r).SelectMany(tree => TreeThreads.BestRanked(tree, OpenAssistant, r.Settings.BestRanks)),
                [.. TreeKeys, nameof(ReadSettings.BestRanks)]),
            DataView.Create(
                r => Trees(r).SelectMany(tree => TreeThreads.Ranked(tree, OpenAssistant, r.Settings.MaximumReplies)),
                [.. TreeKeys, nameof(ReadSettings.MaximumReplies)]),
            DataView.Create(RatedThreads, [.. TreeKeys, nameof(ReadSettings.LabelWeights), nameof(ReadSettings.RequiredLabels)]),
            DataView.Create(r => Trees(r).SelectMany(tree => TreeThreads.Prompts(tree, OpenAssistant)), TreeKeys))
        {
            GroupsOf = r => Trees(r with { Notes = new ReadNotes() }).Select(tree => tree.Id),
        },
        new("helpsteer", ["prompt", "response", .. HelpSteer.Properties],
            DataView.Create(Rated, nameof(ReadSettings.LabelWeights)),
            DataView.Create(r => RatedGroups.Preferences(Rated(r), r.Notes), nameof(ReadSettings.LabelWeights)),
            DataView.Create(r => Once(HelpSteer.Ratings(r.Source, r.Notes, r.Cancellation), r.Notes))),
        new("prm800k", ["question", "label", "is_quality_control_question", "is_initial_screening_question"],
            DataView.Create(r => ProcessSupervision.Solutions(r.Source, r.Settings.Alternatives, r.Notes, r.Cancellation),
                nameof(ReadSettings.Alternatives)),
            DataView.Create(r => ProcessSupervision.Prompts(r.Source, r.Cancellation))),
        new("vicuna", ["question_id", "category", "turns", "text"], DataView.Create(r => QuestionSets.Vicuna(r.Source, r.Cancellation))),
        new("koala", ["id", "prompt"], DataView.Create(r => QuestionSets.Koala(r.Source, r.Cancellation))),
        new("augmented-ratings", ["message", "reply", "score"],
            DataView.Create(
                r => AugmentedRatings.Ratings(r.Source, r.Settings.PromptReading, r.Cancellation), nameof(ReadSettings.PromptReading))),
        new(ChatConversations.OpenAi, ["messages"],
            DataView.Create(r => ChatConversations.Read(r.Source, false, r.Notes, r.Cancellation)),
            DataView.Create(r => ChatConversations.Prompts(r.Source, false, r.Notes, r.Cancellation))),
        new(ChatConversations.ShareGpt, ["conversations", "system"],
            DataView.Create(r => ChatConversations.Read(r.Source, true, r.Notes, r.Cancellation)),
            DataView.Create(r => ChatConversations.Prompts(r.Source, true, r.Notes, r.Cancellation))),
        new(TrlDatasets.LanguageModeling, ["text"], DataView.Create(r => TrlDatasets.Texts(r.Source, r.Notes, r.Cancellation))),
        new(TrlDatasets.PromptOnlyType, ["prompt", "reference"],
            DataView.Create(r => TrlDatasets.Prompts(r.Source, r.Notes, r.Cancellation))),
        Answered(TrlDatasets.PromptCompletionType, ["prompt", "completion"], r =>
            TrlDatasets.Completions(r.Source, r.Notes, r.Cancellation)),
        new(TrlDatasets.PreferenceType, ["prompt", "chosen", "rejected"],
            DataView.Create(r => TrlDatasets.Preferences(r.Source, r.Notes, r.Cancellation)),
            DataView.Create(r => TrlDatasets.Chosen(r.Source, r.Notes, r.Cancellation)),
            DataView.Create(r =>
                TrlDatasets.Preferences(r.Source, r.Notes, r.Cancellation).Select(pair => new PromptOnly(pair.Origin, pair.Prompt))),
            DataView.Create(r => TrlDatasets.Preferences(r.Source, r.Notes, r.Cancellation).SelectMany(UnpairedPreferences.From))),
        new(TrlDatasets.StepwiseType, ["prompt", "completions", "labels"],
            DataView.Create(r => TrlDatasets.Steps(r.Source, r.Notes, r.Cancellation)),
            DataView.Create(r => TrlDatasets.Steps(r.Source, r.Notes, r.Cancellation)
                .Select(row => new PromptOnly(row.Origin, row.Prompt)))),
        new("ultrafeedback", ["instruction", "completions"],
            DataView.Create(Judged, nameof(ReadSettings.LabelWeights)),
            DataView.Create(r => RatedGroups.Preferences(Judged(r), r.Notes), nameof(ReadSettings.LabelWeights)),
            DataView.Create(r => Once(UltraFeedback.Ratings(r.Source, r.Notes, r.Cancellation), r.Notes))),
        new("helpsteer3",
            ["context", "response1", "response2", "overall_preference", "prompt", "response_1", "response_2", "preference_strength"],
            DataView.Create(r => HelpSteer.Preferences(r.Source, r.Notes, r.Cancellation)),
            DataView.Create(r =>
                HelpSteer.Preferences(r.Source, r.Notes, r.Cancellation).Select(pair => new PromptOnly(pair.Origin, pair.Prompt)))),
    ];

    private const string OpenAssistant = "oasst";

    /// <summary>The format of a name.</summary>
    /// <param name="name">As configurations say it.</param>
    /// <exception cref="ReproException">There is none.</exception>
    public static DataFormat Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return All.FirstOrDefault(format => format.Name == name) ?? throw new ReproException(Unknown(name) + ".");
    }

    /// <summary>The complaint about a name, without its full stop.</summary>
    internal static string Unknown(string name)
    {
        var names = All.Select(format => format.Name).ToList();
        return $"unknown data format '{name}'{Suggestion.For(name, names)}; known are {string.Join(", ", names)}";
    }

    /// <summary>The format of a data set: the one that is named, or the one that the first rows of its first file show.</summary>
    /// <param name="settings">The data set.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <returns>The format, and the columns by which it was found; null where it is named.</returns>
    /// <exception cref="ReproException">There is no such format, or none fits.</exception>
    public static (DataFormat Format, string? DetectedBy) Detect(DatasetSettings settings, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Format is { } name)
        {
            return (Find(name), null);
        }

        var file = DataFiles.Find(settings.Path, settings.Part)[0];
        var (found, by) = FormatDetection.Find(new RowSource(file) { Columns = settings.Columns }, cancellation);
        return (Find(found), by);
    }

    private static DataFormat Answered(string name, IReadOnlyList<string> columns, Func<ReadRequest, IEnumerable<Conversation>> read) =>
        new(name, columns, DataView.Create(read),
            DataView.Create(r => read(r).Select(row => new PromptOnly(row.Origin, [.. row.Messages.SkipLast(1)]))));

    private static IEnumerable<PreferenceGroup> Pairs(ReadRequest request) =>
        HumanPreferences.Preferences(request.Source, request.Notes, request.Cancellation);

    private static IEnumerable<MessageTree> Trees(ReadRequest request)
    {
        var selection = new TreeSelection
        {
            Languages = request.Settings.Languages,
            FinishedOnly = request.Settings.FinishedOnly,
            ReviewedOnly = request.Settings.ReviewedOnly,
        };
        foreach (var tree in OpenAssistantTrees.Read(request.Source, request.Cancellation))
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
        var rated = Trees(request).SelectMany(tree => TreeThreads.Rated(tree, OpenAssistant, required, request.Notes));
        return LabelScores.Aggregate(rated, Aggregation(request, weights), request.Notes);
    }

    private static IEnumerable<RatedReply> Rated(ReadRequest request) =>
        LabelScores.Aggregate(HelpSteer.Ratings(request.Source, request.Notes, request.Cancellation),
            Aggregation(request, Weights(request, HelpSteer.Properties[0])), request.Notes);

    // The mean of all four ratings where the settings name none.
    private static IEnumerable<RatedReply> Judged(ReadRequest request) => LabelScores.Aggregate(
        UltraFeedback.Ratings(request.Source, request.Notes, request.Cancellation),
        Aggregation(request, request.Settings.LabelWeights
            ?? UltraFeedback.Properties.ToDictionary(name => name, _ => 1.0 / UltraFeedback.Properties.Count, StringComparer.Ordinal)),
        request.Notes);

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
    private static IEnumerable<PromptOnly> Once(IEnumerable<RatedReply> replies, ReadNotes notes)
    {
        RatedReply? last = null;
        foreach (var reply in replies)
        {
            if (last is not null && last.Prompt.SequenceEqual(reply.Prompt))
            {
                notes.Add("the prompt is that of the row before", reply.Origin.Place);
                continue;
            }

            last = reply;
            yield return new PromptOnly(reply.Origin, reply.Prompt);
        }
    }
}

/// <summary>A published form of data sets, and the kinds of records that it can be read as.</summary>
public sealed class DataFormat
{
    private readonly DataView[] _views;

    internal DataFormat(string name, IReadOnlyList<string> columns, params DataView[] views)
    {
        (Name, Columns, _views) = (name, columns, views);
    }

    /// <summary>What a configuration calls it.</summary>
    public string Name { get; }

    /// <summary>Columns (keys of a row) that are read.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>What it can be read as: conversations, preferences, ratings, solutions, prompts. The first is what the set was made
    /// for.</summary>
    public IReadOnlyList<string> Kinds => [.. _views.Select(view => DataView.KindOf(view.Record))];

    /// <summary>Columns of the first row of the data that are not read.</summary>
    internal IReadOnlyList<string> UnusedColumns(ReadRequest request)
    {
        var source = request.Source with { Path = Files(request)[0] };
        return [.. DataRows.Read(source, request.Cancellation).Select(row => row.Keys().ToList()).First()
            .Except(Columns, StringComparer.Ordinal)];
    }

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
                request.Notes.Add("a refusal phrase", record.Origin.Place);
            }
        }
    }

    private DataView Check(Type record, ReadRequest request)
    {
        var view = Array.Find(_views, view => view.Record == record)
            ?? throw new ReproException(
                $"{request.Path}: the format '{Name}' holds no {DataView.KindOf(record)}; it can be read as {string.Join(", ", Kinds)}.");
        string[] filter = record == typeof(Conversation) ? [nameof(ReadSettings.DropRefusals), nameof(ReadSettings.RefusalPhrases)] : [];
        var known = view.Keys.Append(nameof(ReadSettings.Part)).Concat(filter).Select(ConfigShape.NameOf).ToList();
        var given = request.Settings.Given().Where(key => key != ConfigShape.NameOf(nameof(ReadSettings.Columns)));
        if (given.FirstOrDefault(key => !known.Contains(key)) is { } useless)
        {
            throw new ReproException(
                $"{request.Path}: the setting '{useless}' has no use for {DataView.KindOf(record)} of the format '{Name}'; "
                    + $"known are {string.Join(", ", known)}.");
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
/// <param name="Cancellation">Checked before each row.</param>
public sealed record ReadRequest(string Path, ReadSettings Settings, ReadNotes Notes, CancellationToken Cancellation = default)
{
    /// <summary>The file with the names of its columns.</summary>
    internal RowSource Source => new(Path) { Columns = Settings.Columns };
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
