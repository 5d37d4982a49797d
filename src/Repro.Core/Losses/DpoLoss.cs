using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Repro.Core.Losses;

/// <summary>
/// Direct preference optimisation (ADR Eq. 6) and its close relatives. Every loss is one number a pair, shape [pairs]; take the mean for a
/// batch. With h = (log policy - log reference) of the preferred response less the same of the rejected one.
/// </summary>
public static class DpoLoss
{
    /// <summary>
    /// DPO: -(1 - s) * log sigmoid(beta * h) - s * log sigmoid(-beta * h) with label smoothing s (conservative DPO). ln 2 where policy =
    /// reference.
    /// </summary>
    /// <param name="pairs">Summed log-probabilities.</param>
    /// <param name="beta">Strength of the tie to the reference, above 0.</param>
    /// <param name="labelSmoothing">The assumed share of wrong labels, from 0 to 0.5.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">Beta or the smoothing is impossible.</exception>
    public static Tensor Sigmoid(PairLogProbs pairs, double beta, double labelSmoothing = 0)
    {
        Check(pairs, beta);
        using var scope = NewDisposeScope();
        return OfMargin(pairs.Margin * beta, labelSmoothing).MoveToOuterDisposeScope();
    }

    /// <summary>DPO without a reference: h is the difference of the policy's log-probabilities alone. The implicit rewards still refer to
    /// the reference.</summary>
    /// <param name="pairs">Summed log-probabilities; the reference's are not used.</param>
    /// <param name="beta">Above 0.</param>
    /// <param name="labelSmoothing">From 0 to 0.5.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">Beta or the smoothing is impossible.</exception>
    public static Tensor ReferenceFree(PairLogProbs pairs, double beta, double labelSmoothing = 0)
    {
        Check(pairs, beta);
        using var scope = NewDisposeScope();
        return OfMargin((pairs.PolicyChosen - pairs.PolicyRejected) * beta, labelSmoothing).MoveToOuterDisposeScope();
    }

    /// <summary>Robust DPO: ((1 - s) * -log sigmoid(beta * h) - s * -log sigmoid(-beta * h)) / (1 - 2s), unbiased under a share s of
    /// flipped labels.</summary>
    /// <param name="pairs">Summed log-probabilities.</param>
    /// <param name="beta">Above 0.</param>
    /// <param name="labelSmoothing">From 0 to below 0.5.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">Beta or the smoothing is impossible.</exception>
    public static Tensor Robust(PairLogProbs pairs, double beta, double labelSmoothing)
    {
        Check(pairs, beta);
        TensorChecks.Between(labelSmoothing, 0, Math.BitDecrement(0.5), nameof(labelSmoothing));
        using var scope = NewDisposeScope();
        var logit = pairs.Margin * beta;
        var loss = (logsigmoid(-logit) * labelSmoothing) - (logsigmoid(logit) * (1 - labelSmoothing));
        return (loss / (1 - (2 * labelSmoothing))).MoveToOuterDisposeScope();
    }

    /// <summary>The hinge loss max(0, 1 - beta * h).</summary>
    /// <param name="pairs">Summed log-probabilities.</param>
    /// <param name="beta">Above 0.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">Beta is not above 0.</exception>
    public static Tensor Hinge(PairLogProbs pairs, double beta)
    {
        Check(pairs, beta);
        using var scope = NewDisposeScope();
        return (1 - (pairs.Margin * beta)).relu().MoveToOuterDisposeScope();
    }

    /// <summary>IPO: (h - 1 / (2 beta))^2. Implementations differ in h: of sums, or of averages over the response tokens; pass what is
    /// meant.</summary>
    /// <param name="pairs">Summed or averaged log-probabilities.</param>
    /// <param name="beta">Above 0.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">Beta is not above 0.</exception>
    public static Tensor Ipo(PairLogProbs pairs, double beta)
    {
        Check(pairs, beta);
        using var scope = NewDisposeScope();
        return (pairs.Margin - (1 / (2 * beta))).square().MoveToOuterDisposeScope();
    }

    /// <summary>IPO without a reference.</summary>
    /// <param name="pairs">Summed or averaged log-probabilities; the reference's are not used.</param>
    /// <param name="beta">Above 0.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">Beta is not above 0.</exception>
    public static Tensor IpoReferenceFree(PairLogProbs pairs, double beta)
    {
        Check(pairs, beta);
        using var scope = NewDisposeScope();
        return (pairs.PolicyChosen - pairs.PolicyRejected - (1 / (2 * beta))).square().MoveToOuterDisposeScope();
    }

    /// <summary>DPO on the margin of any divergence: -(1 - s) * log sigmoid(beta * g) - s * log sigmoid(-beta * g), g from
    /// <see cref="DivergenceMargin"/>.</summary>
    /// <param name="pairs">Summed log-probabilities.</param>
    /// <param name="beta">Above 0.</param>
    /// <param name="divergence">What ties the policy to the reference.</param>
    /// <param name="labelSmoothing">From 0 to 0.5.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">A number is impossible.</exception>
    public static Tensor WithDivergence(PairLogProbs pairs, double beta, DivergenceMargin divergence, double labelSmoothing = 0)
    {
        ArgumentNullException.ThrowIfNull(divergence);
        Check(pairs, beta);
        using var scope = NewDisposeScope();
        return OfMargin(divergence.Margin(pairs.ChosenRatio, pairs.RejectedRatio) * beta, labelSmoothing).MoveToOuterDisposeScope();
    }

    /// <summary>The implicit rewards beta * (log policy - log reference) of both sides, without gradient.</summary>
    /// <param name="pairs">Summed log-probabilities.</param>
    /// <param name="beta">Above 0.</param>
    /// <returns>Two tensors of shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">Beta is not above 0.</exception>
    public static (Tensor Chosen, Tensor Rejected) Rewards(PairLogProbs pairs, double beta)
    {
        Check(pairs, beta);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return ((pairs.ChosenRatio * beta).MoveToOuterDisposeScope(), (pairs.RejectedRatio * beta).MoveToOuterDisposeScope());
    }

    internal static Tensor OfMargin(Tensor logit, double labelSmoothing)
    {
        TensorChecks.Between(labelSmoothing, 0, 0.5, nameof(labelSmoothing));
        var loss = -logsigmoid(logit);
        return labelSmoothing == 0 ? loss : (loss * (1 - labelSmoothing)) - (logsigmoid(-logit) * labelSmoothing);
    }

    internal static void Check(PairLogProbs pairs, double beta)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        TensorChecks.Positive(beta, nameof(beta));
        pairs.Check();
    }
}

/// <summary>Log-probabilities of preferred and rejected responses under policy and reference, each floating point of shape [pairs]. Sums
/// unless the loss asks for averages.</summary>
/// <param name="PolicyChosen">Of the preferred responses under the policy; carries the gradient.</param>
/// <param name="PolicyRejected">Of the rejected responses under the policy; carries the gradient.</param>
/// <param name="ReferenceChosen">Of the preferred responses under the reference.</param>
/// <param name="ReferenceRejected">Of the rejected responses under the reference.</param>
public sealed record PairLogProbs(Tensor PolicyChosen, Tensor PolicyRejected, Tensor ReferenceChosen, Tensor ReferenceRejected)
{
    internal void Check()
    {
        TensorChecks.Vector(PolicyChosen, nameof(PolicyChosen));
        var others = new[]
        {
            (PolicyRejected, nameof(PolicyRejected)),
            (ReferenceChosen, nameof(ReferenceChosen)),
            (ReferenceRejected, nameof(ReferenceRejected)),
        };
        foreach (var (tensor, name) in others)
        {
            TensorChecks.Same(tensor, name, PolicyChosen, nameof(PolicyChosen));
            TensorChecks.Finite(tensor, name);
        }
    }

    /// <summary>Log-ratio of policy and reference on the preferred responses.</summary>
    internal Tensor ChosenRatio => PolicyChosen - ReferenceChosen;

    /// <summary>Log-ratio of policy and reference on the rejected responses.</summary>
    internal Tensor RejectedRatio => PolicyRejected - ReferenceRejected;

    /// <summary>How much the policy prefers the preferred response more than the reference does.</summary>
    internal Tensor Margin => PolicyChosen - PolicyRejected - (ReferenceChosen - ReferenceRejected);
}

/// <summary>
/// Token log-probabilities of preference pairs. Every tensor is [pairs, time]; index t belongs to some predicted token, the same one in all
/// tensors of a side. Where both responses share their prompt in one row the two sides are one tensor with different masks.
/// </summary>
/// <param name="PolicyChosen">Of the preferred texts under the policy; carries the gradient.</param>
/// <param name="PolicyRejected">Of the rejected texts under the policy; carries the gradient.</param>
/// <param name="ReferenceChosen">Of the preferred texts under the reference.</param>
/// <param name="ReferenceRejected">Of the rejected texts under the reference.</param>
/// <param name="ChosenMask">bool, true on tokens of the preferred responses.</param>
/// <param name="RejectedMask">bool, true on tokens of the rejected responses.</param>
public sealed record PairTokens(
    Tensor PolicyChosen, Tensor PolicyRejected, Tensor ReferenceChosen, Tensor ReferenceRejected, Tensor ChosenMask, Tensor RejectedMask)
{
    /// <summary>Rewards of the tokens of the preferred texts, where something gives them.</summary>
    public Tensor? ChosenRewards { get; init; }

    /// <summary>Rewards of the tokens of the rejected texts, likewise.</summary>
    public Tensor? RejectedRewards { get; init; }

    /// <summary>Log-probabilities of whole responses, [pairs].</summary>
    public PairLogProbs Sums() => Reduced(Masked.SumPerRow);

    /// <summary>
    /// Average log-probabilities of the tokens of responses, [pairs]; 0 for a response of which no token counts, as its sum is.
    /// </summary>
    public PairLogProbs Averages() => Reduced(Average);

    private PairLogProbs Reduced(Func<Tensor, Tensor, Tensor> reduce) => new(
        reduce(PolicyChosen, ChosenMask), reduce(PolicyRejected, RejectedMask), reduce(ReferenceChosen, ChosenMask),
            reduce(ReferenceRejected, RejectedMask));

    // The sum over at least one token: TRL's IPO divides so too.
    private static Tensor Average(Tensor logProbs, Tensor mask)
    {
        using var scope = NewDisposeScope();
        return (Masked.SumPerRow(logProbs, mask) / mask.sum([1], type: logProbs.dtype).clamp(min: 1)).MoveToOuterDisposeScope();
    }
}

/// <summary>The margin of a pair under an f-divergence between policy and reference. u and v are the probability ratios of the preferred
/// and the rejected response.</summary>
public abstract record DivergenceMargin
{
    private DivergenceMargin()
    {
    }

    /// <summary>The margin from the two log-ratios; belongs to the current dispose scope.</summary>
    internal abstract Tensor Margin(Tensor chosen, Tensor rejected);

    /// <summary>KL(policy || reference), plain DPO: log u - log v.</summary>
    public sealed record ReverseKl : DivergenceMargin
    {
        internal override Tensor Margin(Tensor chosen, Tensor rejected) => chosen - rejected;
    }

    /// <summary>KL(reference || policy): 1/v - 1/u.</summary>
    public sealed record ForwardKl : DivergenceMargin
    {
        internal override Tensor Margin(Tensor chosen, Tensor rejected) => (-rejected).exp() - (-chosen).exp();
    }

    /// <summary>Jensen-Shannon: log(2u / (1 + u)) - log(2v / (1 + v)).</summary>
    public sealed record JensenShannon : DivergenceMargin
    {
        internal override Tensor Margin(Tensor chosen, Tensor rejected) => logsigmoid(chosen) - logsigmoid(rejected);
    }

    /// <summary>Alpha divergence: (v^-alpha - u^-alpha) / alpha.</summary>
    /// <param name="Coefficient">Alpha, not 0.</param>
    public sealed record Alpha(double Coefficient) : DivergenceMargin
    {
        internal override Tensor Margin(Tensor chosen, Tensor rejected)
        {
            TensorChecks.NotZero(Coefficient, nameof(Coefficient));
            return ((rejected * -Coefficient).exp() - (chosen * -Coefficient).exp()) / Coefficient;
        }
    }
}
