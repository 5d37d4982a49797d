using System.Text.Json.Nodes;
using Repro.Core.Adaptive.Segmentation;
using static TorchSharp.torch;

namespace Repro.Core.Adaptive;

/// <summary>Chooses the tokens to train on from token rewards. It holds the running baseline, where there is one.</summary>
public sealed class AdaptiveTokens : IStateful
{
    private AdaptiveThreshold _threshold;

    /// <summary>Takes the settings.</summary>
    /// <param name="settings">How to choose.</param>
    /// <exception cref="ArgumentException">A number is impossible.</exception>
    public AdaptiveTokens(AdaptiveSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Check();
        Settings = settings;
        _threshold = settings.Baseline(null);
    }

    /// <summary>How tokens are chosen.</summary>
    public AdaptiveSettings Settings { get; }

    /// <summary>Whether the mask of a row depends on the other rows of its batch: a baseline that is fixed does not.</summary>
    public bool NeedsWholeBatch => Settings.Threshold != ThresholdKind.Fixed;

    /// <summary>The mask of a batch.</summary>
    /// <param name="rewards">Token rewards, floating point, [batch, time]; finite where counted.</param>
    /// <param name="mask">[batch, time], 1 on response tokens.</param>
    /// <param name="preferred">bool, [batch, time]: tokens of preferred samples keep rewards above the baseline, the others those of at
    /// most it.</param>
    /// <param name="baseline">A baseline in place of that of the settings, broadcastable to [batch, time]; null for none.</param>
    /// <returns>bool, [batch, time]; false where the mask is 0.</returns>
    /// <exception cref="ReproException">Shapes do not fit, or a counted reward is not finite.</exception>
    public Tensor Mask(Tensor rewards, Tensor mask, Tensor preferred, Tensor? baseline = null)
    {
        ArgumentNullException.ThrowIfNull(rewards);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var b = baseline ?? _threshold.For(rewards, mask);
        if (Settings.Delta == 0)
        {
            return where(preferred, AdaptiveMask.Chosen(rewards, b, mask), AdaptiveMask.Rejected(rewards, b, mask))
                .MoveToOuterDisposeScope();
        }

        var states = Settings.Memory ? WithMemory(rewards, b, mask) : AdaptiveMask.Ternary(rewards, b, Settings.Delta, mask);
        return where(preferred, states.gt(0), states.lt(0)).MoveToOuterDisposeScope();
    }

    /// <summary>The running baseline, for a checkpoint.</summary>
    public JsonObject StateValues() => new() { ["baseline"] = (_threshold as RunningMeanThreshold)?.Value };

    /// <summary>Takes over what <see cref="StateValues"/> gave.</summary>
    /// <param name="values">The values of a checkpoint.</param>
    /// <exception cref="ReproException">There is no baseline.</exception>
    public void RestoreValues(JsonObject? values)
    {
        if (values is null || !values.ContainsKey("baseline"))
        {
            throw new ReproException("The state has no adaptive 'baseline'.");
        }

        _threshold = Settings.Baseline(values["baseline"]?.GetValue<double>());
    }

    // Row by row over the counted tokens alone: what is ignored between them does not interrupt a segment.
    private Tensor WithMemory(Tensor rewards, Tensor baseline, Tensor mask)
    {
        var (batch, time) = ((int)rewards.shape[0], (int)rewards.shape[1]);
        var above = (rewards - baseline).to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
        var counted = mask.to(ScalarType.Bool).cpu().contiguous().data<bool>().ToArray();
        var states = new long[above.Length];
        for (var row = 0; row < batch; row++)
        {
            var positions = Enumerable.Range(row * time, time).Where(position => counted[position]).ToArray();
            if (positions.Length > 0)
            {
                foreach (var (position, state)
                    in positions.Zip(SchmittTrigger.WithMemory(positions.Select(position => above[position]).ToArray(), 0, Settings.Delta)))
                {
                    states[position] = state;
                }
            }
        }

        return tensor(states, [batch, time], device: rewards.device);
    }
}
