using Repro.Core.Data.Records;

namespace Repro.Core.Data.Selection;

/// <summary>Rows to train on and rows to evaluate with.</summary>
/// <param name="Train">In the order of the data.</param>
/// <param name="HeldOut">In the order of the data; no group of them is in <paramref name="Train"/>.</param>
/// <typeparam name="T">Kind of record.</typeparam>
public sealed record DataSplit<T>(IReadOnlyList<T> Train, IReadOnlyList<T> HeldOut)
    where T : IDataRecord
{
    /// <summary>Rows that were held out beyond the most that is kept.</summary>
    public int Unused { get; init; }
}
