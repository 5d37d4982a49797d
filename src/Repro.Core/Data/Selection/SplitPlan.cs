using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Repro.Core.Data.Selection;

/// <summary>
/// Which groups are held out. All rows of a tree or prompt go to one side. The choice depends on the set of groups and the seed, not on their order:
/// groups are sorted by a hash of seed and name, and the first of them are held out.
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
    public static SplitPlan Of(IEnumerable<string> groups, SplitSettings settings)
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
            throw new ReproException(Invariant($"a share of {settings.HeldOut} of {names.Count} groups holds out nothing; use more data, a larger share, or 0."));
        }

        var chosen = names.Select(name => (Name: name, Key: Key(settings.Seed, name))).OrderBy(x => x.Key).ThenBy(x => x.Name, StringComparer.Ordinal).Take(count);
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
