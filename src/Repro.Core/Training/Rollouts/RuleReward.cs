namespace Repro.Core.Training.Rollouts;

/// <summary>A reward that a rule gives: a table, a check of the answer, a property of the text.</summary>
/// <param name="rule">Finite for every response.</param>
public sealed class RuleReward(Func<Rollout, double> rule) : IRewardFunction
{
    /// <inheritdoc/>
    public RewardScores Score(IReadOnlyList<Rollout> rollouts, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(rollouts);
        var scores = new double[rollouts.Count];
        for (var row = 0; row < scores.Length; row++)
        {
            cancellation.ThrowIfCancellationRequested();
            scores[row] = rule(rollouts[row]);
            if (!double.IsFinite(scores[row]))
            {
                throw new ReproException(Invariant($"The rule gave response {row} the score {scores[row]}; a finite one was expected."));
            }
        }

        return new RewardScores(scores);
    }
}
