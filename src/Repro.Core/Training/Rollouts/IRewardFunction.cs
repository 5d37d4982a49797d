namespace Repro.Core.Training.Rollouts;

/// <summary>What gives a response its score.</summary>
public interface IRewardFunction
{
    /// <summary>Scores responses.</summary>
    /// <param name="rollouts">Prompts with responses, at least one.</param>
    /// <param name="cancellation">Looked at between passes of a model.</param>
    /// <returns>One finite score a response, in their order, before any clipping.</returns>
    /// <exception cref="ReproException">A response cannot be scored.</exception>
    RewardScores Score(IReadOnlyList<Rollout> rollouts, CancellationToken cancellation);
}
