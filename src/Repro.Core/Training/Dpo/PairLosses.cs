using Repro.Core.Configuration;
using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Core.Training.Dpo;

/// <summary>A loss of preference pairs, from token log-probabilities.</summary>
public interface IPairLoss
{
    /// <summary>Factor of the log-ratio in the implicit rewards that are reported.</summary>
    double Beta { get; }

    /// <summary>Whether the loss of a pair depends on the other pairs of its batch; then a batch cannot go through the model in parts.</summary>
    bool NeedsWholeBatch { get; }

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

    /// <summary>Takes the settings.</summary>
    /// <param name="settings">Which loss.</param>
    /// <exception cref="ReproException">A number makes no sense for this loss.</exception>
    public DpoPairLoss(DpoLossSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings;
        if (!(settings.Beta > 0 && double.IsFinite(settings.Beta)))
        {
            throw new ReproException(Invariant($"loss.beta must be above 0, was {settings.Beta}."));
        }

        var (smoothed, most) = settings.Kind switch
        {
            DpoLossKind.Sigmoid or DpoLossKind.ReferenceFree or DpoLossKind.AotPair or DpoLossKind.Aot => (true, 0.5),
            DpoLossKind.Robust => (true, Math.BitDecrement(0.5)),
            DpoLossKind.ExoPair => (true, Math.BitDecrement(1.0)),
            _ => (false, 0.0),
        };
        if (!(settings.LabelSmoothing >= 0 && settings.LabelSmoothing <= most))
        {
            throw new ReproException(smoothed
                ? Invariant($"loss.label_smoothing must be from 0 to {most:G3} for {settings.Kind}, was {settings.LabelSmoothing}.")
                : Invariant($"loss.label_smoothing has no part in {settings.Kind}; 0 was expected, found {settings.LabelSmoothing}."));
        }
    }

    /// <inheritdoc/>
    public double Beta => _settings.Beta;

    /// <inheritdoc/>
    public bool NeedsWholeBatch => _settings.Kind is DpoLossKind.Aot or DpoLossKind.AotPair;

    /// <inheritdoc/>
    public Tensor PerPair(PairTokens tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        using var scope = NewDisposeScope();
        var pairs = _settings.Kind == DpoLossKind.Ipo ? tokens.Averages() : tokens.Sums();
        var (beta, smoothing) = (_settings.Beta, _settings.LabelSmoothing);
        var losses = _settings.Kind switch
        {
            DpoLossKind.Sigmoid => DpoLoss.Sigmoid(pairs, beta, smoothing),
            DpoLossKind.ReferenceFree => DpoLoss.ReferenceFree(pairs, beta, smoothing),
            DpoLossKind.Robust => DpoLoss.Robust(pairs, beta, smoothing),
            DpoLossKind.Hinge => DpoLoss.Hinge(pairs, beta),
            DpoLossKind.Ipo or DpoLossKind.IpoOfSums => DpoLoss.Ipo(pairs, beta),
            DpoLossKind.ExoPair => PairedPreferenceLoss.Exo(pairs, beta, smoothing == 0 ? LeastExoSmoothing : smoothing),
            DpoLossKind.SppoHard => PairedPreferenceLoss.SppoHard(pairs, beta),
            DpoLossKind.NcaPair => PairedPreferenceLoss.Nca(pairs, beta),
            DpoLossKind.AotPair => PairedPreferenceLoss.AotPaired(pairs, beta, smoothing),
            DpoLossKind.Aot => PairedPreferenceLoss.AotUnpaired(pairs, beta, smoothing),
            DpoLossKind.ApoZero => PairedPreferenceLoss.ApoZero(pairs, beta),
            DpoLossKind.ApoDown => PairedPreferenceLoss.ApoDown(pairs, beta),
            DpoLossKind.Discopop => PairedPreferenceLoss.DiscoPop(pairs, beta, _settings.DiscopopTemperature),
            _ => throw new InvalidOperationException($"The loss {_settings.Kind} is not known."),
        };
        return losses.MoveToOuterDisposeScope();
    }
}

/// <summary>Which loss of preference pairs, and its numbers.</summary>
public sealed record DpoLossSettings
{
    /// <summary>Which one.</summary>
    public DpoLossKind Kind { get; init; } = DpoLossKind.Sigmoid;

    /// <summary>Strength of the tie to the reference, above 0.</summary>
    [Above(0)]
    public double Beta { get; init; } = 0.1;

    /// <summary>The assumed share of wrong labels.</summary>
    [Within(0, 1, BelowMaximum = true)]
    public double LabelSmoothing { get; init; }

    /// <summary>Temperature of DiscoPOP's modulation.</summary>
    [Above(0)]
    public double DiscopopTemperature { get; init; } = 0.05;
}

/// <summary>The losses of preference pairs that DPO trainers know; the names are those of TRL in other letters.</summary>
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

    /// <summary>AOT on paired samples; sorts over the batch.</summary>
    AotPair,

    /// <summary>AOT on unpaired samples; sorts over the batch.</summary>
    Aot,

    /// <summary>APO-zero.</summary>
    ApoZero,

    /// <summary>APO-down.</summary>
    ApoDown,

    /// <summary>DiscoPOP.</summary>
    Discopop,
}
