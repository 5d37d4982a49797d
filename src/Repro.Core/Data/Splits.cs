using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Repro.Core.Configuration;
using Repro.Core.Randomness;

namespace Repro.Core.Data;

/// <summary>How rows are held out for evaluation.</summary>
public sealed record SplitSettings
{
    /// <summary>Share of the groups (trees, prompts) that is held out, rounded down; 0 for none.</summary>
    [Within(0, 0.99)]
    public double HeldOut { get; init; }

    /// <summary>Rows that are kept of those held out; the others are used for nothing. Null for all.</summary>
    [AtLeast(1, Instead = "leave the key out for no limit")]
    public int? MaximumHeldOut { get; init; }

    /// <summary>Seed of the choice. Equal seeds over equal groups hold out the same groups, whatever is read from them.</summary>
    public long Seed { get; init; }
}

/// <summary>
/// Which groups are held out. All rows of a tree or prompt go to one side. The choice depends on the set of groups and the seed, not on
/// their order: groups are sorted by a hash of seed and name, and the first of them are held out.
/// </summary>
public sealed class SplitPlan
{
    private readonly HashSet<string> _heldOut;

    private SplitPlan(HashSet<string> heldOut, int groups)
    {
        (_heldOut, Groups) = (heldOut, groups);
    }

    /// <summary>Number of groups.</summary>
    public int Groups { get; }

    /// <summary>Number of groups that are held out.</summary>
    public int HeldOut => _heldOut.Count;

    /// <summary>Chooses groups. It keeps their names, not their rows.</summary>
    /// <param name="groups">Names; those that come again count once.</param>
    /// <param name="settings">Share and seed.</param>
    /// <exception cref="ReproException">The share is not from 0 to below 1, or holds out nothing although it is above 0.</exception>
    public static SplitPlan Create(IEnumerable<string> groups, SplitSettings settings)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(settings);
        if (!(settings.HeldOut >= 0 && settings.HeldOut < 1))
        {
            throw new ReproException(Invariant($"a share of {settings.HeldOut} cannot be held out; from 0 to below 1 was expected."));
        }

        var names = groups.Distinct(StringComparer.Ordinal).ToList();
        // Decimals, so that 0.05 of 100 is 5.
        var count = (int)decimal.Floor((decimal)settings.HeldOut * names.Count);
        if (count == 0 && settings.HeldOut > 0)
        {
            throw new ReproException(
                Invariant(
                    $"a share of {settings.HeldOut} of {names.Count} groups holds out nothing; use more data, a larger share, or 0."));
        }

        var chosen = names.Select(name => (Name: name, Key: Key(settings.Seed, name))).OrderBy(x => x.Key)
            .ThenBy(x => x.Name, StringComparer.Ordinal).Take(count);
        return new SplitPlan(chosen.Select(x => x.Name).ToHashSet(StringComparer.Ordinal), names.Count);
    }

    /// <summary>Whether a group is held out.</summary>
    /// <param name="group">One of those the plan was made from.</param>
    public bool Holds(string group) => _heldOut.Contains(group);

    private static ulong Key(long seed, string name)
    {
        var text = new byte[sizeof(long) + Encoding.UTF8.GetByteCount(name)];
        BinaryPrimitives.WriteInt64LittleEndian(text, seed);
        Encoding.UTF8.GetBytes(name, text.AsSpan(sizeof(long)));
        return BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(text));
    }
}

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

/// <summary>Splits rows so that no tree and no prompt is on both sides.</summary>
public static class GroupSplit
{
    /// <summary>Splits rows by their groups.</summary>
    /// <param name="rows">The rows, read once.</param>
    /// <param name="settings">Share, most rows held out, seed.</param>
    /// <typeparam name="T">Kind of record.</typeparam>
    /// <exception cref="ReproException">The share does not fit the data.</exception>
    public static DataSplit<T> Split<T>(IReadOnlyCollection<T> rows, SplitSettings settings)
        where T : IDataRecord
    {
        ArgumentNullException.ThrowIfNull(rows);
        return Split(rows, SplitPlan.Create(rows.Select(row => row.Origin.Group), settings), settings);
    }

    /// <summary>Splits rows by a plan that was made before, such as over all trees including those that give no rows.</summary>
    /// <param name="rows">The rows, read once.</param>
    /// <param name="plan">Which groups are held out.</param>
    /// <param name="settings">Most rows held out, and the seed of their choice.</param>
    /// <typeparam name="T">Kind of record.</typeparam>
    public static DataSplit<T> Split<T>(IEnumerable<T> rows, SplitPlan plan, SplitSettings settings)
        where T : IDataRecord
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(settings);
        var train = new List<T>();
        var heldOut = new List<T>();
        foreach (var row in rows)
        {
            (plan.Holds(row.Origin.Group) ? heldOut : train).Add(row);
        }

        var most = settings.MaximumHeldOut ?? heldOut.Count;
        var unused = Math.Max(0, heldOut.Count - most);
        return new DataSplit<T>(train, unused == 0 ? heldOut : Permutation.Sample(heldOut, most, settings.Seed)) { Unused = unused };
    }
}

/// <summary>A random share of rows.</summary>
public static class Subset
{
    /// <summary>Shuffles rows and keeps the first share of them.</summary>
    /// <param name="rows">All rows.</param>
    /// <param name="share">Above 0, at most 1; the number is rounded down.</param>
    /// <param name="seed">Seed of the shuffle.</param>
    /// <typeparam name="T">Kind of row.</typeparam>
    /// <returns>In shuffled order.</returns>
    /// <exception cref="ReproException">The share is outside its range or keeps nothing.</exception>
    public static IReadOnlyList<T> Draw<T>(IReadOnlyList<T> rows, double share, long seed)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (!(share > 0 && share <= 1))
        {
            throw new ReproException(Invariant($"a share of {share} cannot be kept; above 0 and at most 1 was expected."));
        }

        var count = (int)decimal.Floor((decimal)share * rows.Count);
        return count > 0
            ? [.. Permutation.Draw(rows.Count, seed).Take(count).Select(index => rows[index])]
            : throw new ReproException(Invariant($"a share of {share} of {rows.Count} rows keeps nothing."));
    }
}
