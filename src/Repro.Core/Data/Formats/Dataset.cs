using Repro.Core.Data.Records;
using Repro.Core.Data.Selection;

namespace Repro.Core.Data.Formats;

/// <summary>Reads data sets as configurations name them.</summary>
public static class Dataset
{
    /// <summary>The records of a data set one by one.</summary>
    /// <param name="settings">Format, place and what is taken.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Looked at before each row.</param>
    /// <typeparam name="T">Kind of record.</typeparam>
    /// <exception cref="ReproException">The format is unknown or holds no such records; while records are read: a file or a row is not valid.</exception>
    public static IEnumerable<T> Read<T>(DatasetSettings settings, ReadNotes? notes = null, CancellationToken cancellation = default)
        where T : class, IDataRecord
    {
        ArgumentNullException.ThrowIfNull(settings);
        return DataFormats.Find(settings.Format).Read<T>(Request(settings, notes, cancellation));
    }

    /// <summary>The records of a data set in memory, split into those to train on and those to evaluate with.</summary>
    /// <remarks>Conversation trees are split over all trees that are used, so that one seed holds out the same trees whatever they are read as.</remarks>
    /// <param name="settings">Format, place, what is taken and what is held out.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Looked at before each row.</param>
    /// <typeparam name="T">Kind of record.</typeparam>
    /// <exception cref="ReproException">The format is unknown or holds no such records, a file or a row is not valid, or nothing remains.</exception>
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
