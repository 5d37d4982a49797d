namespace Repro.Core.Evaluation.Rankings;

/// <summary>A result of ranked pairs and how many orders of the candidates lead to it.</summary>
/// <param name="Ranking">Best first.</param>
/// <param name="Orders">Number of tie-breaking orders with this result.</param>
public sealed record PossibleRanking(IReadOnlyList<string> Ranking, int Orders);
