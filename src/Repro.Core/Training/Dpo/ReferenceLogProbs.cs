namespace Repro.Core.Training.Dpo;

/// <summary>Log-probabilities of the learnt tokens of a pair under the reference; 0 where a token is not learnt.</summary>
/// <param name="Chosen">One for each token of the preferred text.</param>
/// <param name="Rejected">One for each token of the rejected text.</param>
public sealed record ReferenceLogProbs(double[] Chosen, double[] Rejected);
