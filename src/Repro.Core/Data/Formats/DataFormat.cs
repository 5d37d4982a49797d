using Repro.Core.Data.Files;
using Repro.Core.Data.Records;
using Repro.Core.Data.Selection;

namespace Repro.Core.Data.Formats;

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

    /// <summary>What it can be read as: conversations, preferences, ratings, solutions, prompts. The first is what the set was made for.</summary>
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
        var known = new List<string>(view.Keys) { ReadKeys.Part };
        if (record == typeof(Conversation))
        {
            known.AddRange([ReadKeys.DropRefusals, ReadKeys.RefusalPhrases]);
        }

        if (request.Settings.Said().FirstOrDefault(key => !known.Contains(key)) is { } useless)
        {
            throw new ReproException(
                $"{request.Path}: the setting '{useless}' has no use for {DataView.KindOf(record)} of the format '{Name}'; known are {string.Join(", ", known)}.");
        }

        return request.Settings is { DropRefusals: false, RefusalPhrases: not null }
            ? throw new ReproException($"{request.Path}: '{ReadKeys.RefusalPhrases}' has no use while '{ReadKeys.DropRefusals}' is false.")
            : view;
    }
}
