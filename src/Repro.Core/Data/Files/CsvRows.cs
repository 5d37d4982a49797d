using CsvHelper;

namespace Repro.Core.Data.Files;

/// <summary>The rows of a comma-separated table with a header line, one at a time.</summary>
internal static class CsvRows
{
    /// <summary>Reads a file once, from front to back; memory does not grow with it.</summary>
    /// <param name="path">A .csv file in UTF-8.</param>
    /// <param name="columns">Columns that are wanted; the table must have them all.</param>
    /// <param name="cancellation">Looked at before each row.</param>
    /// <returns>Line of each row, and the texts of the columns in the order asked for.</returns>
    /// <exception cref="ReproException">While rows are read: the file is missing, damaged or without a row, or a column is missing.</exception>
    internal static IEnumerable<(long Line, string[] Values)> Read(string path, IReadOnlyList<string> columns, CancellationToken cancellation = default)
    {
        using var stream = Open(path);
        using var csv = CsvReader.Create(stream, CsvReaderOptions.Default with
        {
            Separator = ',',
            TrackLineNumbers = true,
            MaxRecordSize = RowReader.LongestRow,
            MalformedData = CsvMalformedDataHandling.Throw,
            FieldCountMismatch = CsvFieldCountHandling.Throw,
        });
        int[]? places = null;
        while (Next(csv, path))
        {
            cancellation.ThrowIfCancellationRequested();
            places ??= [.. columns.Select(column => Place(csv, column, path))];
            yield return (csv.LineNumber, [.. places.Select(csv.GetString)]);
        }

        if (places is null)
        {
            throw new ReproException($"{path}: the table holds no rows; at least one below a header line was expected.");
        }
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ReproException($"{path}: cannot be read: {failure.Message}", failure);
        }
    }

    private static bool Next(CsvReader csv, string path)
    {
        try
        {
            return csv.Read();
        }
        catch (Exception failure) when (failure is CsvFormatException or IOException)
        {
            throw new ReproException(Invariant($"{path}:{csv.LineNumber}: the table is damaged or cut off: {failure.Message}"), failure);
        }
    }

    private static int Place(CsvReader csv, string column, string path)
    {
        var place = csv.Headers.ToList().IndexOf(column);
        return place >= 0 ? place : throw new ReproException($"{path}:1: the column '{column}' is missing; the table has {string.Join(", ", csv.Headers.ToList())}.");
    }
}
