using System.Text.Json;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Artifacts;

/// <summary>The merged rankings of one group of the human study.</summary>
/// <param name="Rankings">Model names of each prompt, best first, in file order.</param>
public sealed record MergedRankingFacts(IReadOnlyList<IReadOnlyList<string>> Rankings) : IFacts<MergedRankingFacts>
{
    /// <inheritdoc/>
    public static MergedRankingFacts Parse(RawFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var rankings = file.JsonList().Select(IReadOnlyList<string> (entry, i) => entry.ValueKind == JsonValueKind.Array && entry.EnumerateArray().All(n => n.ValueKind == JsonValueKind.String)
            ? [.. entry.EnumerateArray().Select(n => n.GetString()!)]
            : throw new InputException(Invariant($"{file.Path}: entry {i}: expected a list of model names"))).ToList();
        for (var i = 0; i < rankings.Count; i++)
        {
            if (rankings[i].Distinct().Count() != rankings[i].Count || !rankings[i].Order(StringComparer.Ordinal).SequenceEqual(rankings[0].Order(StringComparer.Ordinal)))
            {
                throw new InputException(Invariant($"{file.Path}: entry {i}: expected each of {string.Join(", ", rankings[0].Distinct().Order(StringComparer.Ordinal))} once, found {string.Join(", ", rankings[i])}"));
            }
        }

        return new MergedRankingFacts(rankings);
    }
}
