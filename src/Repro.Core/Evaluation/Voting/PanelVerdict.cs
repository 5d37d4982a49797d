namespace Repro.Core.Evaluation.Voting;

/// <summary>What a panel decided.</summary>
/// <param name="Choice">The option that won.</param>
/// <param name="Votes">Votes for it; the expert's is not counted.</param>
/// <param name="ByExpert">Whether the expert decided.</param>
/// <typeparam name="T">Type of the options.</typeparam>
public sealed record PanelVerdict<T>(T Choice, int Votes, bool ByExpert);
