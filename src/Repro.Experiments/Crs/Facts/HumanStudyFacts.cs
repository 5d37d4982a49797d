using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Repro.Core;
using Repro.Experiments.Artifacts;

namespace Repro.Experiments.Crs.Facts;

/// <summary>The single votes of one group of the human study.</summary>
/// <param name="Prompts">The votes on each prompt, in file order.</param>
internal sealed record VoteFacts(IReadOnlyList<IReadOnlyList<VoteFacts.Vote>> Prompts) : IFacts<VoteFacts>
{
    private const string Prefix = "response-";

    /// <summary>One vote.</summary>
    /// <param name="Annotator">The voter: group and number.</param>
    /// <param name="Ranks">Rank given to each response by its position, 1 is best; ranks may repeat.</param>
    /// <param name="Order">Positions, from 0, in the stored order of the responses, which decides between equal ranks.</param>
    public sealed record Vote(string Annotator, IReadOnlyList<int> Ranks, IReadOnlyList<int> Order)
    {
        /// <summary>Whether two responses share a rank.</summary>
        public bool HasTie() => Ranks.Distinct().Count() < Ranks.Count;
    }

    /// <inheritdoc/>
    public static VoteFacts Parse(RawFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new VoteFacts(
        [
            .. file.JsonList().Select(IReadOnlyList<Vote> (prompt, i) => prompt.ValueKind == JsonValueKind.Array
                ? [.. prompt.EnumerateArray().Select((vote, j) => ParseVote(vote, Invariant($"{file.Path}: entry {i}, vote {j}")))]
                : throw new ReproException(Invariant($"{file.Path}: entry {i}: expected a list of votes"))),
        ]);
    }

    private static Vote ParseVote(JsonElement vote, string where)
    {
        var order = vote.Member("value_order", where) is { ValueKind: JsonValueKind.Array } list
            ? list.EnumerateArray().Select(name => Position(name, where)).ToList()
            : throw new ReproException($"{where}: 'value_order' must be a list");
        if (!order.Order().SequenceEqual(Enumerable.Range(0, order.Count)))
        {
            throw new ReproException($"{where}: 'value_order' must name each of {Prefix}1 to {Prefix}{order.Count} once");
        }

        var ranks = Enumerable.Range(0, order.Count)
            .Select(i => Rank(vote.Number(Invariant($"{Prefix}{i + 1}"), where), order.Count, where)).ToList();
        return new Vote(vote.Text("annotator", where), ranks, order);
    }

    private static int Position(JsonElement name, string where) =>
        name.ValueKind == JsonValueKind.String && name.GetString() is { } text && text.StartsWith(Prefix, StringComparison.Ordinal)
            && int.TryParse(text[Prefix.Length..], CultureInfo.InvariantCulture, out var number)
            ? number - 1
            : throw new ReproException($"{where}: 'value_order' must hold names such as {Prefix}1");

    private static int Rank(double rank, int candidates, string where) => rank >= 1 && rank <= candidates && rank == Math.Floor(rank)
        ? (int)rank
        : throw new ReproException(Invariant($"{where}: rank {rank} is not a whole number from 1 to {candidates}"));
}

/// <summary>Which model wrote which of the shuffled responses of the human study.</summary>
/// <param name="Groups">Groups in file order.</param>
internal sealed record ModelKeyFacts(IReadOnlyList<ModelKeyFacts.Group> Groups) : IFacts<ModelKeyFacts>
{
    /// <summary>One group.</summary>
    /// <param name="Name">Name in the file.</param>
    /// <param name="Prompts">Prompts in file order.</param>
    public sealed record Group(string Name, IReadOnlyList<Prompt> Prompts);

    /// <summary>The models of one prompt.</summary>
    /// <param name="Key">Key of the prompt.</param>
    /// <param name="Models">Model of each response by its position.</param>
    public sealed record Prompt(string Key, IReadOnlyList<string> Models);

    /// <inheritdoc/>
    public static ModelKeyFacts Parse(RawFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new ModelKeyFacts(
        [
            .. Members(file.Json(), $"{file.Path}:1").Select(group => new Group(
                group.Name,
                [
                    .. Members(group.Value, $"{file.Path}: {group.Name}")
                        .Select((prompt, i) => ParsePrompt(prompt, Invariant($"{file.Path}: {group.Name}: entry {i}"))),
                ])),
        ]);
    }

    private static Prompt ParsePrompt(JsonProperty prompt, string where)
    {
        var positions = Members(prompt.Value, where).ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal);
        return new Prompt(
            PromptKey.Compute(prompt.Name),
            [
                .. Enumerable.Range(0, positions.Count)
                    .Select(i => positions.TryGetValue(Invariant($"{i}"), out var model) && model.ValueKind == JsonValueKind.String
                ? model.GetString()!
                : throw new ReproException(Invariant($"{where}: expected a model name at position {i}")))]);
    }

    private static List<JsonProperty> Members(JsonElement element, string where) => element.ValueKind == JsonValueKind.Object
        ? [.. element.EnumerateObject()]
        : throw new ReproException($"{where}: expected an object");
}

/// <summary>The responses that one group of the human study saw.</summary>
/// <param name="Rows">Prompts in file order.</param>
internal sealed record StudyResponseFacts(IReadOnlyList<StudyResponseFacts.Row> Rows) : IFacts<StudyResponseFacts>
{
    private const string Prefix = "response-";

    /// <summary>One prompt.</summary>
    /// <param name="Prompt">Key of the prompt.</param>
    /// <param name="Responses">Its responses by position.</param>
    public sealed record Row(string Prompt, IReadOnlyList<Response> Responses);

    /// <summary>One response.</summary>
    /// <param name="Key">First 16 hexadecimal digits of the SHA-256 of the text.</param>
    /// <param name="Words">White-space separated words.</param>
    /// <param name="Characters">Code points.</param>
    public sealed record Response(string Key, int Words, int Characters);

    /// <inheritdoc/>
    public static StudyResponseFacts Parse(RawFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new StudyResponseFacts([.. file.JsonList().Select((entry, i) => ParseRow(entry, Invariant($"{file.Path}: entry {i}")))]);
    }

    private static Row ParseRow(JsonElement entry, string where)
    {
        var prompt = PromptKey.Compute(entry.Text("instruction", where));
        var count = entry.EnumerateObject().Count(p => p.Name.StartsWith(Prefix, StringComparison.Ordinal));
        return count > 0
            ? new Row(prompt, [.. Enumerable.Range(1, count).Select(i => ParseResponse(entry.Text(Invariant($"{Prefix}{i}"), where)))])
            : throw new ReproException($"{where}: '{Prefix}1' is missing");
    }

    private static Response ParseResponse(string text) =>
        new(
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))[..8]),
            TextLength.Words(text),
            TextLength.Characters(text));
}

/// <summary>The merged rankings of one group of the human study.</summary>
/// <param name="Rankings">Model names of each prompt, best first, in file order.</param>
internal sealed record MergedRankingFacts(IReadOnlyList<IReadOnlyList<string>> Rankings) : IFacts<MergedRankingFacts>
{
    /// <inheritdoc/>
    public static MergedRankingFacts Parse(RawFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var rankings = file.JsonList().Select(
            IReadOnlyList<string> (entry, i) =>
                entry.ValueKind == JsonValueKind.Array && entry.EnumerateArray().All(n => n.ValueKind == JsonValueKind.String)
            ? [.. entry.EnumerateArray().Select(n => n.GetString()!)]
            : throw new ReproException(Invariant($"{file.Path}: entry {i}: expected a list of model names"))).ToList();
        for (var i = 0; i < rankings.Count; i++)
        {
            if (rankings[i].Distinct().Count() != rankings[i].Count
                || !rankings[i].Order(StringComparer.Ordinal).SequenceEqual(rankings[0].Order(StringComparer.Ordinal)))
            {
                throw new ReproException(
                    Invariant($"{file.Path}: entry {i}: expected each of ")
                        + Invariant($"{string.Join(", ", rankings[0].Distinct().Order(StringComparer.Ordinal))} once, ")
                        + Invariant($"found {string.Join(", ", rankings[i])}"));
            }
        }

        return new MergedRankingFacts(rankings);
    }
}
