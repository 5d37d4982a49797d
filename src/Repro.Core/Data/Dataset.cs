using Repro.Core.Configuration;

namespace Repro.Core.Data;

/// <summary>Reads data sets as configurations name them.</summary>
public static class Dataset
{
    /// <summary>The records of a data set one by one.</summary>
    /// <param name="settings">Format, place and what is taken.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <typeparam name="T">Kind of record.</typeparam>
    /// <exception cref="ReproException">The format is unknown or holds no such records; while records are read: a file or a row is not
    /// valid.</exception>
    public static IEnumerable<T> Read<T>(DatasetSettings settings, ReadNotes? notes = null, CancellationToken cancellation = default)
        where T : class, IDataRecord
    {
        ArgumentNullException.ThrowIfNull(settings);
        return DataFormats.Detect(settings, cancellation).Format.Read<T>(Request(settings, notes, cancellation));
    }

    /// <summary>The records of a data set in memory, split into those to train on and those to evaluate with.</summary>
    /// <remarks>Conversation trees are split over all trees that are used, so that one seed holds out the same trees whatever they are read
    /// as.</remarks>
    /// <param name="settings">Format, place, what is taken and what is held out.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <typeparam name="T">Kind of record.</typeparam>
    /// <exception cref="ReproException">The format is unknown or holds no such records, a file or a row is not valid, or nothing
    /// remains.</exception>
    public static DataSplit<T> Load<T>(DatasetSettings settings, ReadNotes? notes = null, CancellationToken cancellation = default)
        where T : class, IDataRecord
    {
        ArgumentNullException.ThrowIfNull(settings);
        var (format, detectedBy) = DataFormats.Detect(settings, cancellation);
        var request = Request(settings, null, cancellation);
        var rows = format.Read<T>(request).ToList();
        if (rows.Count == 0)
        {
            throw new ReproException(
                $"{settings.Path}: no {DataView.KindOf(typeof(T))} "
                    + $"remain{string.Concat(request.Notes.Reasons.Select(reason => $"; {reason.Value.Count} left out: {reason.Key}"))}.");
        }

        try
        {
            var groups = format.Groups(request) ?? rows.Select(row => row.Origin.Group);
            var split = GroupSplit.Split(rows, SplitPlan.Create(groups, settings.Split), settings.Split);
            notes?.Add(new ReadSet(
                settings.Path, format.Name, detectedBy, DataView.KindOf(typeof(T)), split.Train.Count, split.HeldOut.Count, split.Unused,
                format.UnusedColumns(request), request.Notes.Reasons, request.Notes.Changes));
            return split;
        }
        catch (ReproException failure) when (!failure.Message.StartsWith(settings.Path, StringComparison.Ordinal))
        {
            throw new ReproException($"{settings.Path}: {failure.Message}", failure);
        }
    }

    /// <summary>Several data sets, one after the other; each is split by its own settings.</summary>
    /// <param name="settings">At least one data set.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <typeparam name="T">Kind of record.</typeparam>
    /// <exception cref="ReproException">There is none, or one of them is not valid.</exception>
    public static DataSplit<T> Load<T>(
        IReadOnlyList<DatasetSettings> settings, ReadNotes? notes = null, CancellationToken cancellation = default)
        where T : class, IDataRecord
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Count == 0)
        {
            throw new ReproException("the list of data sets is empty; at least one was expected.");
        }

        var splits = settings.Select(one => Load<T>(one, notes, cancellation)).ToList();
        return new DataSplit<T>(
            [.. splits.SelectMany(split => split.Train)],
            [.. splits.SelectMany(split => split.HeldOut)])
        { Unused = splits.Sum(split => split.Unused) };
    }

    /// <summary>The format of a data set, without reading more of it than is needed for that.</summary>
    /// <exception cref="ReproException">It is not there, or its format is not known.</exception>
    internal static string FormatOf(DatasetSettings settings) =>
        !File.Exists(settings.Path) && !Directory.Exists(settings.Path)
            ? throw ReproException.Unreadable(settings.Path, new FileNotFoundException())
            : DataFormats.Detect(settings, CancellationToken.None).Format.Name;

    private static ReadRequest Request(DatasetSettings settings, ReadNotes? notes, CancellationToken cancellation) =>
        new(settings.Path, settings, notes ?? new ReadNotes(), cancellation);
}

/// <summary>One kind of record that a format can be read as.</summary>
/// <param name="Record">Type of the records.</param>
/// <param name="Keys">Settings that have a meaning for it.</param>
/// <param name="Read">Reads one file.</param>
internal sealed record DataView(Type Record, IReadOnlyList<string> Keys, Func<ReadRequest, IEnumerable<IDataRecord>> Read)
{
    internal static DataView Create<T>(Func<ReadRequest, IEnumerable<T>> read, params IReadOnlyList<string> keys)
        where T : class, IDataRecord => new(typeof(T), keys, read);

    /// <summary>What the records are called in messages.</summary>
    internal static string KindOf(Type record) =>
        record == typeof(Conversation) ? "conversations"
        : record == typeof(PreferenceGroup) ? "preferences"
        : record == typeof(UnpairedPreference) ? "unpaired preferences"
        : record == typeof(RatedReply) ? "ratings"
        : record == typeof(StepwiseSolution) ? "solutions"
        : record == typeof(PromptOnly) ? "prompts"
        : record == typeof(PlainText) ? "texts"
        : throw new ArgumentException($"{record.Name} is no kind of record that data sets are read as.", nameof(record));
}

/// <summary>A data set of a configuration: format, place, what is taken from it, and what is held out.</summary>
public sealed record DatasetSettings : ReadSettings, ICheckedSettings
{
    /// <summary>Name of the format (docs/data.md); null to find it from the first rows.</summary>
    public string? Format { get; init; }

    /// <summary>A file, or a folder that holds data files.</summary>
    [ConfigPath]
    public required string Path { get; init; }

    /// <summary>What is held out for evaluation.</summary>
    public SplitSettings Split { get; init; } = new();

    string? ICheckedSettings.Problem
    {
        get
        {
            var formats = DataFormats.All.Where(format => Format is null || format.Name == Format).ToList();
            var read = formats.SelectMany(format => format.Columns).Distinct(StringComparer.Ordinal).ToList();
            var wrong = (Columns ?? new Dictionary<string, string>()).FirstOrDefault(column => !read.Contains(column.Value));
            var twice = Columns?.GroupBy(column => column.Value, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
            return formats.Count == 0 ? $"format: {DataFormats.Unknown(Format!)}"
                : wrong.Key is { } column ? $"columns gives '{column}' the name '{wrong.Value}', "
                    + $"which {(Format is null ? "nothing reads" : $"'{Format}' does not read")}"
                    + $"{Suggestion.For(wrong.Value, read)}; read are {string.Join(", ", read)}"
                : twice is not null
                    ? $"columns gives the name '{twice.Key}' to {string.Join(" and ", twice.Select(column => $"'{column.Key}'"))}; "
                    + "once was expected"
                : null;
        }
    }
}
