using System.Globalization;
using System.Text.Json;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Artifacts;

/// <summary>The single votes of one group of the human study.</summary>
/// <param name="Prompts">The votes on each prompt, in file order.</param>
public sealed record VoteFacts(IReadOnlyList<IReadOnlyList<VoteFacts.Vote>> Prompts) : IFacts<VoteFacts>
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
                : throw new InputException(Invariant($"{file.Path}: entry {i}: expected a list of votes"))),
        ]);
    }

    private static Vote ParseVote(JsonElement vote, string where)
    {
        var order = vote.Member("value_order", where) is { ValueKind: JsonValueKind.Array } list
            ? list.EnumerateArray().Select(name => Position(name, where)).ToList()
            : throw new InputException($"{where}: 'value_order' must be a list");
        if (!order.Order().SequenceEqual(Enumerable.Range(0, order.Count)))
        {
            throw new InputException($"{where}: 'value_order' must name each of {Prefix}1 to {Prefix}{order.Count} once");
        }

        var ranks = Enumerable.Range(0, order.Count).Select(i => Rank(vote.Number(Invariant($"{Prefix}{i + 1}"), where), order.Count, where)).ToList();
        return new Vote(vote.Text("annotator", where), ranks, order);
    }

    private static int Position(JsonElement name, string where) =>
        name.ValueKind == JsonValueKind.String && name.GetString() is { } text && text.StartsWith(Prefix, StringComparison.Ordinal) && int.TryParse(text[Prefix.Length..], CultureInfo.InvariantCulture, out var number)
            ? number - 1
            : throw new InputException($"{where}: 'value_order' must hold names such as {Prefix}1");

    private static int Rank(double rank, int candidates, string where) => rank >= 1 && rank <= candidates && rank == Math.Floor(rank)
        ? (int)rank
        : throw new InputException(Invariant($"{where}: rank {rank} is not a whole number from 1 to {candidates}"));
}
