using Repro.Core.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Core.Training.Ppo;

/// <summary>All that a PPO loss looks at, for the response tokens of some rows side by side: tensors [1, tokens] without padding.</summary>
/// <param name="LogProbs">Log-probabilities now.</param>
/// <param name="Values">Values now.</param>
/// <param name="OldLogProbs">Log-probabilities at sampling time.</param>
/// <param name="OldValues">Values at sampling time.</param>
/// <param name="Advantages">Advantages.</param>
/// <param name="Returns">Targets of the values.</param>
/// <param name="AdaptiveMask">Which tokens the surrogate is taken over; null for all.</param>
internal sealed record PpoRead(
    Tensor LogProbs, Tensor Values, Tensor OldLogProbs, Tensor OldValues, Tensor Advantages, Tensor Returns, Tensor? AdaptiveMask)
{
    internal static PpoRead Joined(IReadOnlyList<PpoRead> parts)
    {
        if (parts.Count == 1)
        {
            return parts[0];
        }

        Tensor Join(Func<PpoRead, Tensor> of) => cat([.. parts.Select(of)], 1);
        return new PpoRead(
            Join(part => part.LogProbs),
            Join(part => part.Values),
            Join(part => part.OldLogProbs),
            Join(part => part.OldValues),
            Join(part => part.Advantages),
            Join(part => part.Returns),
            parts[0].AdaptiveMask is null ? null : Join(part => part.AdaptiveMask!));
    }

    /// <summary>Policy loss plus value loss times its coefficient; 0 with gradient 0 where the mean ratio exceeds the threshold.</summary>
    internal Tensor Loss(PpoSettings settings)
    {
        using var scope = NewDisposeScope();
        var (policy, value) = Losses(settings);
        return (policy + value).MoveToOuterDisposeScope();
    }

    /// <summary>The numbers of an update, by name.</summary>
    internal Dictionary<string, double> Statistics(PpoSettings settings)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var mask = ones_like(LogProbs, dtype: ScalarType.Bool);
        double Mean(Tensor values) => Number(values.mean());
        double Variance(Tensor values) => values.numel() < 2 ? 0 : Number(Masked.Variance(values, mask, VarianceEstimate.Unbiased));
        double Number(Tensor scalar) => scalar.to_type(ScalarType.Float64).item<double>();
        var (policy, value) = Losses(settings);
        var clip = ClipRange.Symmetric(settings.PolicyClip);
        var statistics = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["loss"] = Number(policy + value),
            ["loss/policy"] = Number(policy),
            ["loss/value"] = Number(ValueLoss.Clipped(Values, OldValues, Returns, mask, settings.ValueClip)),
            ["policy/approximate_kl"] = Number(PpoStatistics.ApproximateKl(LogProbs, OldLogProbs, mask)),
            ["policy/step_kl"] = Number(PpoStatistics.PolicyKl(LogProbs, OldLogProbs, mask)),
            ["policy/clip_fraction"] = Number(PolicyLoss.ClippedFraction(LogProbs, OldLogProbs, Advantages, mask, clip)),
            ["policy/ratio"] = Number(PpoObjective.MeanRatio(Batch(mask))),
            ["advantages/mean"] = Mean(Advantages),
            ["returns/mean"] = Mean(Returns),
            ["returns/variance"] = Variance(Returns),
            ["value/now"] = Mean(Values),
            ["value/error"] = Mean((Values - Returns).square()),
            ["value/clip_fraction"] = Number(ValueLoss.ClippedFraction(Values, OldValues, Returns, mask, settings.ValueClip)),
            ["value/mean"] = Mean(OldValues),
            ["value/variance"] = Variance(OldValues),
        };
        if (AdaptiveMask is not null)
        {
            statistics["mask/kept"] = Mean(AdaptiveMask.to_type(ScalarType.Float32));
        }

        return statistics;
    }

    /// <summary>The same values without graph, in another scope.</summary>
    internal PpoRead DetachedTo(DisposeScope scope) => Each(tensor => tensor.detach().MoveToOtherDisposeScope(scope));

    /// <summary>The same values, moved out of the current scope.</summary>
    internal PpoRead MovedToOuterScope() => Each(tensor => tensor.MoveToOuterDisposeScope());

    private PpoRead Each(Func<Tensor, Tensor> change) => new(
        change(LogProbs), change(Values), change(OldLogProbs), change(OldValues), change(Advantages), change(Returns), AdaptiveMask is null ? null : change(AdaptiveMask));

    private PpoBatch Batch(Tensor mask) => new(LogProbs, OldLogProbs, Values, OldValues, Advantages, Returns, mask);

    private (Tensor Policy, Tensor Value) Losses(PpoSettings settings)
    {
        var mask = ones_like(LogProbs, dtype: ScalarType.Bool);
        var batch = Batch(mask);
        if (AdaptiveMask is null)
        {
            return PpoObjective.Losses(batch, settings);
        }

        var policy = AdaptiveLoss.Ppo(LogProbs, OldLogProbs, Advantages, mask, AdaptiveMask, ClipRange.Symmetric(settings.PolicyClip));
        var value = ValueLoss.Clipped(Values, OldValues, Returns, mask, settings.ValueClip) * settings.ValueCoefficient;
        return PpoObjective.MeanRatio(batch).item<double>() > settings.RatioThreshold ? (policy * 0, value * 0) : (policy, value);
    }
}
