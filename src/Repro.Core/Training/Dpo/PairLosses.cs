using Repro.Core.Adaptive;
using Repro.Core.Configuration;
using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Core.Training.Dpo;

/// <summary>A loss of preference pairs, from token log-probabilities.</summary>
public interface IPairLoss
{
    /// <summary>Factor of the log-ratio in the implicit rewards that are reported.</summary>
    double Beta { get; }

    /// <summary>Whether the loss of a pair depends on the other pairs of its batch; then a batch cannot go through the model in
    /// parts.</summary>
    bool NeedsWholeBatch { get; }

    /// <summary>Whether it reads log-probabilities under the reference; without it they are 0.</summary>
    bool NeedsReference => true;

    /// <summary>The log-probabilities of responses that are reported, [pairs]: sums, or averages where the loss rewards averages.</summary>
    /// <param name="tokens">Token log-probabilities of both sides.</param>
    PairLogProbs Reported(PairTokens tokens) => tokens.Sums();

    /// <summary>The loss of each pair.</summary>
    /// <param name="tokens">Token log-probabilities of both sides.</param>
    /// <returns>[pairs].</returns>
    Tensor PerPair(PairTokens tokens);
}

/// <summary>The losses of <see cref="DpoLossKind"/> on sums or averages over the tokens of responses.</summary>
public sealed class DpoPairLoss : IPairLoss
{
    // EXO's divergence is infinite without smoothing.
    private const double LeastExoSmoothing = 1e-3;

    private readonly DpoLossSettings _settings;

    /// <summary>The loss of a file of settings: a plain one, or ADPO where the file has <c>adaptive:</c>.</summary>
    /// <exception cref="ReproException">A number makes no sense for this loss, or it cannot be adaptive.</exception>
    internal static IPairLoss Create(DpoLossSettings loss, AdaptiveDpoSettings? adaptive)
    {
        var plain = new DpoPairLoss(loss);
        return adaptive is null ? plain : new AdaptivePairLoss(plain, adaptive.Reading, new AdaptiveTokens(adaptive.Tokens));
    }

    /// <summary>Takes the settings.</summary>
    /// <param name="settings">Which loss.</param>
    /// <exception cref="ReproException">A number makes no sense for this loss.</exception>
    public DpoPairLoss(DpoLossSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings;
        settings.RequireFitting();
    }

    /// <inheritdoc/>
    public double Beta => _settings.Beta;

    /// <inheritdoc/>
    public bool NeedsWholeBatch => _settings.Kind is DpoLossKind.Aot or DpoLossKind.AotPair or DpoLossKind.KtoPair;

    /// <inheritdoc/>
    public bool NeedsReference => HasReference(_settings.Kind);

    /// <summary>Whether a loss reads log-probabilities under the reference.</summary>
    internal static bool HasReference(DpoLossKind kind) =>
        kind is not (DpoLossKind.Orpo or DpoLossKind.Cpo or DpoLossKind.CpoHinge or DpoLossKind.CpoIpo or DpoLossKind.Simpo);

    /// <inheritdoc/>
    public PairLogProbs Reported(PairTokens tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        return _settings.Kind is DpoLossKind.Orpo or DpoLossKind.CpoIpo or DpoLossKind.Simpo ? tokens.Averages() : tokens.Sums();
    }

    /// <inheritdoc/>
    public Tensor PerPair(PairTokens tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        using var scope = NewDisposeScope();
        var averaged = _settings.Kind is DpoLossKind.Ipo or DpoLossKind.SigmoidNorm or DpoLossKind.Orpo or DpoLossKind.CpoIpo
            or DpoLossKind.Simpo;
        var pairs = averaged ? tokens.Averages() : tokens.Sums();
        var (chosen, rejected) = (pairs.PolicyChosen, pairs.PolicyRejected);
        var (beta, smoothing) = (_settings.Beta, _settings.LabelSmoothing);
        var losses = _settings.Kind switch
        {
            DpoLossKind.Sigmoid when Divergence() is { } divergence => DpoLoss.WithDivergence(pairs, beta, divergence, smoothing),
            DpoLossKind.Sigmoid or DpoLossKind.SigmoidNorm => DpoLoss.Sigmoid(pairs, beta, smoothing),
            DpoLossKind.ReferenceFree => DpoLoss.ReferenceFree(pairs, beta, smoothing),
            DpoLossKind.Robust => DpoLoss.Robust(pairs, beta, smoothing),
            DpoLossKind.Hinge => DpoLoss.Hinge(pairs, beta),
            DpoLossKind.Ipo or DpoLossKind.IpoOfSums => DpoLoss.Ipo(pairs, beta),
            DpoLossKind.ExoPair => PairedPreferenceLoss.Exo(pairs, beta, smoothing == 0 ? LeastExoSmoothing : smoothing),
            DpoLossKind.SppoHard => PairedPreferenceLoss.SppoHard(pairs, beta),
            DpoLossKind.NcaPair => PairedPreferenceLoss.Nca(pairs, beta),
            DpoLossKind.BcoPair => PairedPreferenceLoss.Bco(pairs, beta),
            DpoLossKind.Aot => PairedPreferenceLoss.AotPaired(pairs, beta, smoothing),
            DpoLossKind.AotPair => PairedPreferenceLoss.AotUnpaired(pairs, beta, smoothing),
            DpoLossKind.ApoZero => PairedPreferenceLoss.ApoZero(pairs, beta),
            DpoLossKind.ApoDown => PairedPreferenceLoss.ApoDown(pairs, beta),
            DpoLossKind.Discopop => PairedPreferenceLoss.DiscoPop(pairs, beta, _settings.DiscopopTemperature),
            DpoLossKind.KtoPair => KtoLoss.Paired(pairs, beta, _settings.DesirableWeight, _settings.UndesirableWeight),
            DpoLossKind.Orpo => OrpoLoss.OddsRatio(chosen, rejected, beta),
            DpoLossKind.Cpo => CpoLoss.Sigmoid(chosen, rejected, beta, smoothing),
            DpoLossKind.CpoHinge => CpoLoss.Hinge(chosen, rejected, beta),
            DpoLossKind.CpoIpo => CpoLoss.Ipo(chosen, rejected, beta),
            DpoLossKind.Simpo => CpoLoss.SimPo(chosen, rejected, beta, _settings.SimpoGamma, smoothing),
            _ => throw new InvalidOperationException($"The loss {_settings.Kind} is not known."),
        };
        // ORPO and CPO learn the preferred response itself too, by its negative log-likelihood a token.
        var weight = NegativeLogLikelihoodWeight();
        return (weight == 0 ? losses : losses - (tokens.Averages().PolicyChosen * weight)).MoveToOuterDisposeScope();
    }

    private DivergenceMargin? Divergence() => _settings.FDivergenceType switch
    {
        DivergenceType.ReverseKl => null,
        DivergenceType.ForwardKl => new DivergenceMargin.ForwardKl(),
        DivergenceType.JsDivergence => new DivergenceMargin.JensenShannon(),
        DivergenceType.AlphaDivergence => new DivergenceMargin.Alpha(_settings.FAlphaDivergenceCoef),
        _ => throw new InvalidOperationException($"The divergence {_settings.FDivergenceType} is not known."),
    };

    private double NegativeLogLikelihoodWeight() => _settings.Kind switch
    {
        DpoLossKind.Orpo => 1,
        DpoLossKind.Cpo or DpoLossKind.CpoHinge or DpoLossKind.CpoIpo => _settings.CpoAlpha ?? 1,
        _ => _settings.CpoAlpha ?? 0,
    };
}

/// <summary>Which loss of preference pairs, and its numbers.</summary>
public sealed record DpoLossSettings : ICheckedSettings
{
    /// <summary>Which one.</summary>
    public DpoLossKind Kind { get; init; } = DpoLossKind.Sigmoid;

    /// <summary>How strongly the policy is held near the reference, above 0.</summary>
    [Above(0)]
    public double Beta { get; init; } = 0.1;

    /// <summary>The assumed share of wrong labels.</summary>
    [Within(0, 1, BelowMaximum = true)]
    public double LabelSmoothing { get; init; }

    /// <summary>Sigmoid: the divergence that ties the policy to the reference.</summary>
    public DivergenceType FDivergenceType { get; init; } = DivergenceType.ReverseKl;

    /// <summary>Alpha of the alpha divergence, above 0.</summary>
    [Above(0)]
    public double FAlphaDivergenceCoef { get; init; } = 1;

    /// <summary>Temperature of DiscoPOP's modulation.</summary>
    [Above(0)]
    public double DiscopopTemperature { get; init; } = 0.05;

    /// <summary>
    /// CPO and SimPO: weight of the negative log-likelihood of the preferred response a token; null for 1 in CPO and 0 in SimPO.
    /// </summary>
    [AtLeast(0)]
    public double? CpoAlpha { get; init; }

    /// <summary>SimPO: the margin demanded of beta * difference, not negative.</summary>
    [AtLeast(0)]
    public double SimpoGamma { get; init; } = 0.5;

    /// <summary>KTO: weight of the preferred responses.</summary>
    [AtLeast(0)]
    public double DesirableWeight { get; init; } = 1;

    /// <summary>KTO: weight of the rejected responses.</summary>
    [AtLeast(0)]
    public double UndesirableWeight { get; init; } = 1;

    string? ICheckedSettings.Problem => Problems().FirstOrDefault();

    private bool IsCpo => Kind is DpoLossKind.Cpo or DpoLossKind.CpoHinge or DpoLossKind.CpoIpo or DpoLossKind.Simpo;

    // Numbers out of range, and those that this loss does not read.
    private IEnumerable<string> Problems()
    {
        var (kind, plain) = (ConfigScalars.Print(Kind), new DpoLossSettings());
        if (!(Beta > 0 && double.IsFinite(Beta)))
        {
            yield return Invariant($"loss.beta must be above 0, was {Beta}");
        }

        var (smoothed, most) = Kind switch
        {
            DpoLossKind.Sigmoid or DpoLossKind.ReferenceFree or DpoLossKind.AotPair or DpoLossKind.Aot or DpoLossKind.Cpo
                or DpoLossKind.Simpo => (true, 0.5),
            DpoLossKind.Robust => (true, Math.BitDecrement(0.5)),
            DpoLossKind.ExoPair => (true, Math.BitDecrement(1.0)),
            _ => (false, 0.0),
        };
        if (!(LabelSmoothing >= 0 && LabelSmoothing <= most))
        {
            yield return smoothed
                ? Invariant($"loss.label_smoothing must be from 0 to {most:G3} for {kind}, was {LabelSmoothing}")
                : Invariant($"loss.label_smoothing has no part in {kind}; 0 was expected, found {LabelSmoothing}");
        }

        if (Kind != DpoLossKind.Sigmoid && FDivergenceType != DivergenceType.ReverseKl)
        {
            yield return $"loss.f_divergence_type has no part in {kind}; leave it out";
        }

        if (FDivergenceType != DivergenceType.AlphaDivergence && FAlphaDivergenceCoef != plain.FAlphaDivergenceCoef)
        {
            yield return "loss.f_alpha_divergence_coef belongs to f_divergence_type: alpha_divergence; leave it out";
        }

        if (!(FAlphaDivergenceCoef > 0 && double.IsFinite(FAlphaDivergenceCoef)))
        {
            yield return Invariant($"loss.f_alpha_divergence_coef must be above 0, was {FAlphaDivergenceCoef}");
        }

        (string Key, double Value, bool IsRead)[] others =
        [
            ("cpo_alpha", CpoAlpha ?? 0, CpoAlpha is null || IsCpo),
            ("discopop_temperature", DiscopopTemperature,
                DiscopopTemperature == plain.DiscopopTemperature || Kind == DpoLossKind.Discopop),
            ("simpo_gamma", SimpoGamma, SimpoGamma == plain.SimpoGamma || Kind == DpoLossKind.Simpo),
            ("desirable_weight", DesirableWeight, DesirableWeight == plain.DesirableWeight || Kind == DpoLossKind.KtoPair),
            ("undesirable_weight", UndesirableWeight, UndesirableWeight == plain.UndesirableWeight || Kind == DpoLossKind.KtoPair),
        ];
        foreach (var (key, value, isRead) in others)
        {
            if (!isRead)
            {
                yield return $"loss.{key} has no part in {kind}; leave it out";
            }

            if (!(value >= 0 && double.IsFinite(value)))
            {
                yield return Invariant($"loss.{key} must be at least 0, was {value}");
            }
        }
    }
}

/// <summary>Divergences of policy and reference in DPO (arXiv 2309.16240), by TRL's names.</summary>
public enum DivergenceType
{
    /// <summary>KL(policy || reference): plain DPO.</summary>
    ReverseKl,

    /// <summary>KL(reference || policy).</summary>
    ForwardKl,

    /// <summary>Jensen-Shannon.</summary>
    JsDivergence,

    /// <summary>Alpha divergence, with the coefficient of <see cref="DpoLossSettings.FAlphaDivergenceCoef"/>.</summary>
    AlphaDivergence,
}

/// <summary>The losses of preference pairs that DPO trainers know; the names are those of TRL with other spelling.</summary>
public enum DpoLossKind
{
    /// <summary>DPO (ADR Eq. 6), with label smoothing conservative DPO.</summary>
    Sigmoid,

    /// <summary>DPO without the reference in the loss.</summary>
    ReferenceFree,

    /// <summary>DPO that is unbiased under a known share of flipped labels.</summary>
    Robust,

    /// <summary>Hinge on the margin.</summary>
    Hinge,

    /// <summary>IPO of log-probabilities averaged over the response.</summary>
    Ipo,

    /// <summary>IPO of summed log-probabilities.</summary>
    IpoOfSums,

    /// <summary>EXO.</summary>
    ExoPair,

    /// <summary>SPPO with hard labels.</summary>
    SppoHard,

    /// <summary>NCA.</summary>
    NcaPair,

    /// <summary>AOT on UNPAIRED samples, in spite of its name (newer TRL: aot_unpaired); sorts over the batch.</summary>
    AotPair,

    /// <summary>AOT on paired samples; sorts over the batch.</summary>
    Aot,

    /// <summary>APO-zero.</summary>
    ApoZero,

    /// <summary>APO-down.</summary>
    ApoDown,

    /// <summary>DiscoPOP.</summary>
    Discopop,

    /// <summary>DPO of log-probabilities averaged over the response.</summary>
    SigmoidNorm,

    /// <summary>BCO without a running mean of the rewards.</summary>
    BcoPair,

    /// <summary>KTO on pairs: the reference point of each side is the mean log-ratio of the other side of the batch.</summary>
    KtoPair,

    /// <summary>ORPO: beta weighs the odds ratio beside the negative log-likelihood of the preferred response. No reference.</summary>
    Orpo,

    /// <summary>CPO. No reference.</summary>
    Cpo,

    /// <summary>CPO with a hinge in the place of the sigmoid. No reference.</summary>
    CpoHinge,

    /// <summary>CPO with IPO's square of averaged log-probabilities. No reference.</summary>
    CpoIpo,

    /// <summary>SimPO, on averaged log-probabilities; its authors use a beta of 2 and more. No reference.</summary>
    Simpo,
}
