using Repro.Core.Configuration;

namespace Repro.Core.Data;

/// <summary>Reads data sets as configurations name them.</summary>
public static class Dataset
{
    /// <summary>The records of a data set one by one.</summary>
    /// <param name="settings">Format, place and what is taken.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Looked at before each row.</param>
    /// <typeparam name="T">Kind of record.</typeparam>
    /// <exception cref="ReproException">The format is unknown or holds no such records; while records are read: a file or a row is not
    /// valid.</exception>
    public static IEnumerable<T> Read<T>(DatasetSettings settings, ReadNotes? notes = null, CancellationToken cancellation = default)
        where T : class, IDataRecord
    {
        ArgumentNullException.ThrowIfNull(settings);
        return DataFormats.Find(settings.Format).Read<T>(Request(settings, notes, cancellation));
    }

    /// <summary>The records of a data set in memory, split into those to train on and those to evaluate with.</summary>
    /// <remarks>Conversation trees are split over all trees that are used, so that one seed holds out the same trees whatever they are read
    /// as.</remarks>
    /// <param name="settings">Format, place, what is taken and what is held out.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Looked at before each row.</param>
    /// <typeparam name="T">Kind of record.</typeparam>
    /// <exception cref="ReproException">The format is unknown or holds no such records, a file or a row is not valid, or nothing
    /// remains.</exception>
    public static DataSplit<T> Load<T>(DatasetSettings settings, ReadNotes? notes = null, CancellationToken cancellation = default)
        where T : class, IDataRecord
    {
        ArgumentNullException.ThrowIfNull(settings);
        var format = DataFormats.Find(settings.Format);
        var request = Request(settings, notes, cancellation);
        var rows = format.Read<T>(request).ToList();
        if (rows.Count == 0)
        {
            throw new ReproException(
                $"{settings.Path}: no {DataView.KindOf(typeof(T))} remain{string.Concat(request.Notes.Reasons.Select(reason => $"; {reason.Value.Count} left out: {reason.Key}"))}.");
        }

        try
        {
            var groups = format.Groups(request) ?? rows.Select(row => row.Origin.Group);
            return GroupSplit.Of(rows, SplitPlan.Of(groups, settings.Split), settings.Split);
        }
        catch (ReproException failure) when (!failure.Message.StartsWith(settings.Path, StringComparison.Ordinal))
        {
            throw new ReproException($"{settings.Path}: {failure.Message}", failure);
        }
    }

    /// <summary>Several data sets, one behind the other; each is split by its own settings.</summary>
    /// <param name="settings">At least one data set.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Looked at before each row.</param>
    /// <typeparam name="T">Kind of record.</typeparam>
    /// <exception cref="ReproException">There is none, or one of them is not valid.</exception>
    public static DataSplit<T> Load<T>(IReadOnlyList<DatasetSettings> settings, ReadNotes? notes = null, CancellationToken cancellation = default)
        where T : class, IDataRecord
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Count == 0)
        {
            throw new ReproException("the list of data sets is empty; at least one was expected.");
        }

        var splits = settings.Select(one => Load<T>(one, notes, cancellation)).ToList();
        return new DataSplit<T>([.. splits.SelectMany(split => split.Train)], [.. splits.SelectMany(split => split.HeldOut)]) { Unused = splits.Sum(split => split.Unused) };
    }

    private static ReadRequest Request(DatasetSettings settings, ReadNotes? notes, CancellationToken cancellation) =>
        new(settings.Path, settings, notes ?? new ReadNotes(), cancellation);
}

/// <summary>One kind of record that a format can be read as.</summary>
/// <param name="Record">Type of the records.</param>
/// <param name="Keys">Settings that have a meaning for it.</param>
/// <param name="Read">Reads one file.</param>
internal sealed record DataView(Type Record, IReadOnlyList<string> Keys, Func<ReadRequest, IEnumerable<IDataRecord>> Read)
{
    internal static DataView Of<T>(Func<ReadRequest, IEnumerable<T>> read, params IReadOnlyList<string> keys)
        where T : class, IDataRecord => new(typeof(T), keys, read);

    /// <summary>What the records are called in messages.</summary>
    internal static string KindOf(Type record) =>
        record == typeof(Conversation) ? "conversations"
        : record == typeof(PreferenceGroup) ? "preferences"
        : record == typeof(UnpairedPreference) ? "unpaired preferences"
        : record == typeof(RatedReply) ? "ratings"
        : record == typeof(StepwiseSolution) ? "solutions"
        : record == typeof(PromptOnly) ? "prompts"
        : throw new ArgumentException($"{record.Name} is no kind of record that data sets are read as.", nameof(record));
}

/// <summary>A data set of a configuration: format, place, what is taken from it, and what is held out.</summary>
public sealed record DatasetSettings : ReadSettings
{
    /// <summary>Name of the format, see <see cref="DataFormats"/>.</summary>
    public required string Format { get; init; }

    /// <summary>A file, or a folder that holds data files.</summary>
    [ConfigPath]
    public required string Path { get; init; }

    /// <summary>What is held out for evaluation.</summary>
    public SplitSettings Split { get; init; } = new();
}

/// <summary>What a look at a data set found.</summary>
/// <param name="Format">Name of the format.</param>
/// <param name="Kind">What it was read as.</param>
/// <param name="Files">The files, with their sizes in bytes and their rows.</param>
/// <param name="Checked">Records that were read whole, from the beginning.</param>
/// <param name="LongestCharacters">UTF-16 units of the longest of them, prompt and answer together.</param>
/// <param name="MeanCharacters">Mean of the same; 0 where none was read.</param>
/// <param name="LeftOut">Rows that were left out on the way, by reason.</param>
public sealed record DatasetReport(
    string Format,
    string Kind,
    IReadOnlyList<(string Path, long Bytes, long Rows)> Files,
    int Checked,
    int LongestCharacters,
    double MeanCharacters,
    IReadOnlyDictionary<string, (long Count, string First)> LeftOut)
{
    /// <summary>Rows of all files. A row may give no record, or several.</summary>
    public long Rows => Files.Sum(file => file.Rows);

    /// <summary>One line for people.</summary>
    public override string ToString() =>
        Invariant($"{Format}: {Rows} rows in {Files.Count} {(Files.Count == 1 ? "file" : "files")}; the first {Checked} {Kind} are valid, {MeanCharacters:0} characters on average and {LongestCharacters} at most")
        + string.Concat(LeftOut.Select(reason => $"; {reason.Value.Count} left out: {reason.Key}"));
}

/// <summary>Looks at a data set before a run: are the files there and whole, are the first records valid, how many rows are
/// there.</summary>
public static class DatasetInspection
{
    /// <summary>Counts all rows without reading them as records, and reads the first records fully.</summary>
    /// <param name="settings">Format, place and what is taken.</param>
    /// <param name="records">Records that are read fully.</param>
    /// <param name="cancellation">Looked at before each row.</param>
    /// <typeparam name="T">Kind of record.</typeparam>
    /// <exception cref="ReproException">Something is missing or not valid.</exception>
    public static DatasetReport Inspect<T>(DatasetSettings settings, int records = 1000, CancellationToken cancellation = default)
        where T : class, IDataRecord
    {
        ArgumentNullException.ThrowIfNull(settings);
        var request = new ReadRequest(settings.Path, settings, new ReadNotes(), cancellation);
        return Report(DataFormats.Find(settings.Format).Read<T>(request), typeof(T), settings.Format, request, records);
    }

    /// <summary>The same for the kind of record that the format is mainly for.</summary>
    /// <param name="settings">Format, place and what is taken.</param>
    /// <param name="records">Records that are read fully.</param>
    /// <param name="cancellation">Looked at before each row.</param>
    /// <exception cref="ReproException">Something is missing or not valid.</exception>
    public static DatasetReport Inspect(DatasetSettings settings, int records = 1000, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var format = DataFormats.Find(settings.Format);
        var request = new ReadRequest(settings.Path, settings, new ReadNotes(), cancellation);
        return Report(format.ReadMain(request), format.MainRecord, settings.Format, request, records);
    }

    private static DatasetReport Report(IEnumerable<IDataRecord> records, Type kind, string format, ReadRequest request, int most)
    {
        var lengths = records.Take(most).Select(Characters).ToList();
        var files = DataFiles.Find(request.Path, request.Settings.Part).Select(file => (file, new FileInfo(file).Length, Rows(file, request.Cancellation))).ToList();
        return new DatasetReport(
            format, DataView.KindOf(kind), files, lengths.Count, lengths.DefaultIfEmpty(0).Max(), lengths.DefaultIfEmpty(0).Average(), request.Notes.Reasons);
    }

    private static long Rows(string file, CancellationToken cancellation)
    {
        if (file.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
        {
            return CsvRows.Read(file, [], cancellation).LongCount();
        }

        using var reader = new RowReader(file);
        var rows = 0L;
        while (reader.Read())
        {
            cancellation.ThrowIfCancellationRequested();
            rows++;
        }

        return rows;
    }

    private static int Characters(IDataRecord record) => record switch
    {
        Conversation conversation => conversation.Messages.Sum(message => message.Content.Length),
        PreferenceGroup group => group.Prompt.Sum(message => message.Content.Length) + group.Replies.Max(reply => reply.Text.Length),
        UnpairedPreference judged => judged.Prompt.Sum(message => message.Content.Length) + judged.Completion.Length,
        RatedReply rated => rated.Prompt.Sum(message => message.Content.Length) + rated.Reply.Length,
        StepwiseSolution solution => solution.Prompt.Sum(message => message.Content.Length) + solution.Steps.Sum(step => step.Text.Length),
        PromptOnly prompt => prompt.Prompt.Sum(message => message.Content.Length),
        _ => 0,
    };
}
