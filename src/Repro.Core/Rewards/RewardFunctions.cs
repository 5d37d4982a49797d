using Repro.Core.Batching;
using Repro.Core.Chat;
using Repro.Core.Models;
using static TorchSharp.torch;

namespace Repro.Core.Rewards;

/// <summary>What gives a response its score.</summary>
public interface IRewardFunction
{
    /// <summary>Scores responses.</summary>
    /// <param name="rollouts">Prompts with responses, at least one.</param>
    /// <param name="cancellation">Checked between passes of a model.</param>
    /// <returns>One finite score a response, in their order, before any clipping.</returns>
    /// <exception cref="ReproException">A response cannot be scored.</exception>
    RewardScores Score(IReadOnlyList<Rollout> rollouts, CancellationToken cancellation);
}

/// <summary>What a reward model reads for a rollout, as token ids.</summary>
public static class RewardInput
{
    /// <summary>Prompt and response as they were sampled, ids after ids.</summary>
    public static Func<Rollout, IReadOnlyList<long>> AsSampled { get; } = rollout => [.. rollout.Prompt.Ids, .. rollout.Response];

    /// <summary>
    /// The sequence that reward models are trained on, built by ids: begin token, turns of the prompt, begin token, the assistant's turn
    /// with the response, end token, line break. A response that was cut gets the end token too.
    /// </summary>
    /// <param name="input">How pairs become ids.</param>
    /// <exception cref="ReproException">On use: the rollout has no messages.</exception>
    public static Func<Rollout, IReadOnlyList<long>> AsChat(ScoringInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return rollout => rollout.Prompt.Messages.Count > 0
            ? [.. input.Build(rollout.Prompt.Messages, rollout.Text).Select(id => (long)id)]
            : throw new ReproException("A rollout has no messages; a chat form needs the conversation that the prompt was made of.");
    }
}

/// <summary>Scores of responses.</summary>
/// <param name="Total">What is trained on, one a response.</param>
public sealed record RewardScores(IReadOnlyList<double> Total)
{
    /// <summary>What the total was made of, by name, one a response; for metrics and samples.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double>> Parts { get; init; } = new Dictionary<string, IReadOnlyList<double>>();
}

/// <summary>The score of a reward model: its raw output (logit), or its sigmoid.</summary>
public sealed class ModelReward : IRewardFunction
{
    private readonly IRewardModel _model;
    private readonly Func<Rollout, IReadOnlyList<long>> _text;
    private readonly bool _bounded;
    private readonly int _rows;
    private readonly int _pad;
    private readonly Device _device;

    /// <summary>Puts the parts together.</summary>
    /// <param name="model">The reward model; it stays the caller's.</param>
    /// <param name="text">What it reads, see <see cref="RewardInput"/>.</param>
    /// <param name="bounded">Whether the score is the sigmoid of the output, from 0 to 1.</param>
    /// <param name="rowsPerPass">Responses in one pass.</param>
    /// <param name="pad">The id at padded positions; scores do not depend on it.</param>
    /// <param name="device">Device of the model; null for the CPU.</param>
    /// <exception cref="ArgumentException">The number of rows is below 1.</exception>
    public ModelReward(
        IRewardModel model,
        Func<Rollout, IReadOnlyList<long>> text,
        bool bounded = false,
        int rowsPerPass = 16,
        int pad = 0,
        Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(rowsPerPass, 1);
        (_model, _text, _bounded, _rows, _pad, _device) = (model, text, bounded, rowsPerPass, pad, device ?? CPU);
    }

    /// <inheritdoc/>
    public RewardScores Score(IReadOnlyList<Rollout> rollouts, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(rollouts);
        var scores = new List<double>(rollouts.Count);
        foreach (var part in rollouts.Select(_text).Chunk(_rows))
        {
            cancellation.ThrowIfCancellationRequested();
            scores.AddRange(Pass(part));
        }

        var wrong = scores.FindIndex(score => !double.IsFinite(score));
        return wrong < 0
            ? new RewardScores(scores)
            : throw new ReproException(
                Invariant($"The reward model gave response {wrong} the score {scores[wrong]}; a finite one was expected."));
    }

    private double[] Pass(IReadOnlyList<long>[] texts)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        // Padding in front: all texts end in the last column, the only one that the last block needs.
        var batch = PaddedBatch.Pad(
            [.. texts.Select(text => text.Select(id => (int)id).ToArray())], new PaddingSettings(_pad, PaddingSide.Left));
        var scores = _model.Score(batch.IdTensor(_device), batch.MaskTensor(_device)).to(ScalarType.Float64);
        return (_bounded ? scores.sigmoid() : scores).cpu().data<double>().ToArray();
    }
}

/// <summary>
/// Two rewards as one: weight * preference + (1 - weight) * absolute. A weight of 0 is the absolute reward alone and 1 the preference
/// reward alone: the other one is not even computed.
/// </summary>
public sealed class CombinedReward : IRewardFunction
{
    private readonly IRewardFunction _preference;
    private readonly IRewardFunction _absolute;
    private readonly double _weight;

    /// <summary>Puts two rewards together.</summary>
    /// <param name="preference">The reward of a preference model.</param>
    /// <param name="absolute">The reward of an absolute model.</param>
    /// <param name="weight">Share of the preference reward, from 0 to 1.</param>
    /// <exception cref="ArgumentException">The weight is outside 0 to 1.</exception>
    public CombinedReward(IRewardFunction preference, IRewardFunction absolute, double weight)
    {
        ArgumentNullException.ThrowIfNull(preference);
        ArgumentNullException.ThrowIfNull(absolute);
        TensorChecks.Between(weight, 0, 1, nameof(weight));
        (_preference, _absolute, _weight) = (preference, absolute, weight);
    }

    /// <inheritdoc/>
    public RewardScores Score(IReadOnlyList<Rollout> rollouts, CancellationToken cancellation)
    {
        var preference = _weight > 0 ? _preference.Score(rollouts, cancellation).Total : null;
        var absolute = _weight < 1 ? _absolute.Score(rollouts, cancellation).Total : null;
        var parts = new Dictionary<string, IReadOnlyList<double>>();
        if (preference is not null)
        {
            parts["preference"] = preference;
        }

        if (absolute is not null)
        {
            parts["absolute"] = absolute;
        }

        return new RewardScores(Total(preference, absolute)) { Parts = parts };
    }

    private IReadOnlyList<double> Total(IReadOnlyList<double>? preference, IReadOnlyList<double>? absolute)
    {
        if (preference is null || absolute is null)
        {
            return preference ?? absolute!;
        }

        using var scope = NewDisposeScope();
        return [.. RewardCombination.Raw(tensor(preference.ToArray()), tensor(absolute.ToArray()), _weight).data<double>()];
    }
}

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
