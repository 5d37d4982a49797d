using System.Text.Json;
using Microsoft.ML.Tokenizers;

namespace Repro.Tests.Unit.Text;

/// <summary>Collects what differs from the vectors, with the id of the case.</summary>
internal sealed class VectorChecks
{
    public List<string> Wrong { get; } = [];

    public void Compare(JsonElement item, string what, IEnumerable<int> expected, IEnumerable<int> actual)
    {
        if (!expected.SequenceEqual(actual))
        {
            Wrong.Add($"{TextVectors.Id(item)} {what}: {TextVectors.Show(expected)} became {TextVectors.Show(actual)}");
        }
    }

    public void Compare(JsonElement item, string what, string? expected, string? actual)
    {
        if (expected != actual)
        {
            Wrong.Add($"{TextVectors.Id(item)} {what}: {TextVectors.Show(expected)} became {TextVectors.Show(actual)}");
        }
    }

    /// <summary>The package's limits: how many ids and characters fit into a number of tokens, from both ends.</summary>
    public void CompareLimits(JsonElement item, JsonElement own, Tokenizer tokenizer, string text, int[] ids)
    {
        if (!own.TryGetProperty("limits", out JsonElement limits))
        {
            return;
        }

        foreach (JsonElement limit in limits.EnumerateArray())
        {
            int most = limit.GetProperty("max_token_count").GetInt32();
            IReadOnlyList<int> some = tokenizer.EncodeToIds(text, most, out _, out int consumed);
            int index = tokenizer.GetIndexByTokenCount(text, most, out _, out int count);
            int fromEnd = tokenizer.GetIndexByTokenCountFromEnd(text, most, out _, out int countFromEnd);
            Compare(item, Invariant($"ids up to {most}"), ids.Take(some.Count), some);
            string[] names = ["chars_consumed", "index", "index_token_count", "index_from_end", "index_from_end_token_count", "ids_count"];
            Compare(
                item,
                Invariant($"limit {most}"),
                names.Select(name => limit.GetProperty(name).GetInt32()),
                [consumed, index, count, fromEnd, countFromEnd, some.Count]);
        }
    }
}
