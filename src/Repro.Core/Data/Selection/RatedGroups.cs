using Repro.Core.Data.Formats;
using Repro.Core.Data.Records;

namespace Repro.Core.Data.Selection;

/// <summary>Makes preferences of ratings.</summary>
public static class RatedGroups
{
    /// <summary>
    /// Groups scored replies to one prompt that follow each other, best first; equal scores are a tie. Groups of one reply, or of ties only, are left
    /// out and noted.
    /// </summary>
    /// <param name="rows">Rows with scores; memory holds one group.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <exception cref="ReproException">While rows are read: a row has no score.</exception>
    public static IEnumerable<PreferenceGroup> Preferences(IEnumerable<RatedReply> rows, ReadNotes? notes = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return Groups(rows).Select(group => Ranked(group, notes)).OfType<PreferenceGroup>();
    }

    private static IEnumerable<List<RatedReply>> Groups(IEnumerable<RatedReply> rows)
    {
        var group = new List<RatedReply>();
        foreach (var row in rows)
        {
            if (group.Count > 0 && !group[0].Prompt.SequenceEqual(row.Prompt))
            {
                yield return group;
                group = [];
            }

            group.Add(row);
        }

        if (group.Count > 0)
        {
            yield return group;
        }
    }

    private static PreferenceGroup? Ranked(List<RatedReply> group, ReadNotes? notes)
    {
        var scores = group.Select(row => row.Target).Distinct().OrderDescending().ToList();
        if (scores.Count < 2)
        {
            notes?.Add(group.Count == 1 ? "the prompt has one reply" : "all replies are rated equal", group[0].Origin.ToString());
            return null;
        }

        return new PreferenceGroup(
            group[0].Origin, group[0].Prompt, [.. group.OrderByDescending(row => row.Target).Select(row => new RankedReply(row.Reply, scores.IndexOf(row.Target)))]);
    }
}
