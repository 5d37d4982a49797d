namespace Repro.Core.Training.RewardModels;

/// <summary>One row of a batch: the common beginning of some texts, then the rest of each.</summary>
/// <param name="Ids">Token ids [time].</param>
/// <param name="Positions">Position of each token in its own text [time].</param>
/// <param name="Owners">The text that a token belongs to, from 1; 0 for all of them [time].</param>
/// <param name="Places">Where each text is scored, as positions of the row.</param>
internal sealed record ScoredRow(int[] Ids, long[] Positions, long[] Owners, IReadOnlyList<int[]> Places)
{
    internal static ScoredRow Of(IReadOnlyList<ScoredText> texts)
    {
        var shared = texts.Count == 1 ? texts[0].Ids.Length : texts.Skip(1).Min(text => text.Ids.AsSpan().CommonPrefixLength(texts[0].Ids));
        var (ids, positions, owners, places) = (new List<int>(texts[0].Ids[..shared]), new List<long>(), new List<long>(), new List<int[]>());
        positions.AddRange(Enumerable.Range(0, shared).Select(place => (long)place));
        owners.AddRange(Enumerable.Repeat(0L, shared));
        for (var text = 0; text < texts.Count; text++)
        {
            var (own, start) = (texts[text].Ids, ids.Count);
            ids.AddRange(own[shared..]);
            positions.AddRange(Enumerable.Range(shared, own.Length - shared).Select(place => (long)place));
            owners.AddRange(Enumerable.Repeat(text + 1L, own.Length - shared));
            places.Add([.. texts[text].Places.Select(place => place < shared ? place : start + place - shared)]);
        }

        return new ScoredRow([.. ids], [.. positions], [.. owners], places);
    }
}
