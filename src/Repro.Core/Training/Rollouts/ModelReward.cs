using Repro.Core.Data.Collation;
using Repro.Core.Models;
using static TorchSharp.torch;

namespace Repro.Core.Training.Rollouts;

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
    /// <param name="text">What it reads, see <see cref="ScoredText"/>.</param>
    /// <param name="bounded">Whether the score is the sigmoid of the output, from 0 to 1.</param>
    /// <param name="rowsPerPass">Responses in one pass.</param>
    /// <param name="pad">The id at padded positions; scores do not depend on it.</param>
    /// <param name="device">Device of the model; null for the CPU.</param>
    /// <exception cref="ArgumentException">The number of rows is below 1.</exception>
    public ModelReward(IRewardModel model, Func<Rollout, IReadOnlyList<long>> text, bool bounded = false, int rowsPerPass = 16, int pad = 0, Device? device = null)
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
        return wrong < 0 ? new RewardScores(scores) : throw new ReproException(Invariant($"The reward model gave response {wrong} the score {scores[wrong]}; a finite one was expected."));
    }

    private double[] Pass(IReadOnlyList<long>[] texts)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        // Padding in front: all texts end in the last column, the only one that the last block needs.
        var batch = PaddedBatch.Of([.. texts.Select(text => text.Select(id => (int)id).ToArray())], new PaddingSettings(_pad, PaddingSide.Left));
        var scores = _model.Score(batch.IdTensor(_device), batch.MaskTensor(_device)).to(ScalarType.Float64);
        return (_bounded ? scores.sigmoid() : scores).cpu().data<double>().ToArray();
    }
}
