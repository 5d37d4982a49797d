using Repro.Core.Data.Files;
using Repro.Core.Data.Records;

namespace Repro.Core.Data.Formats;

/// <summary>Looks at a data set before a run: are the files there and whole, are the first records valid, how many rows are there.</summary>
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
        RatedReply rated => rated.Prompt.Sum(message => message.Content.Length) + rated.Reply.Length,
        StepwiseSolution solution => solution.Prompt.Sum(message => message.Content.Length) + solution.Steps.Sum(step => step.Text.Length),
        PromptOnly prompt => prompt.Prompt.Sum(message => message.Content.Length),
        _ => 0,
    };
}
