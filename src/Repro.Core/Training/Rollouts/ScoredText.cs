using Repro.Core.Text.Chat;

namespace Repro.Core.Training.Rollouts;

/// <summary>What a reward model reads for a rollout, as token ids.</summary>
public static class ScoredText
{
    /// <summary>Prompt and response as they were sampled, ids after ids.</summary>
    public static Func<Rollout, IReadOnlyList<long>> AsSampled { get; } = rollout => [.. rollout.Prompt.Ids, .. rollout.Response];

    /// <summary>
    /// The sequence that reward models are trained on, built by ids: begin token, turns of the prompt, begin token, the assistant's turn with the
    /// response, end token, line break. A response that was cut gets the end token too.
    /// </summary>
    /// <param name="input">How pairs become ids.</param>
    /// <exception cref="ReproException">On use: the rollout has no messages.</exception>
    public static Func<Rollout, IReadOnlyList<long>> AsChat(ScoringInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return rollout => rollout.Prompt.Messages.Count > 0
            ? [.. input.Build(rollout.Prompt.Messages, rollout.Text).Select(id => (long)id)]
            : throw new ReproException("A rollout has no messages; a chat form needs the conversation behind the prompt.");
    }
}
