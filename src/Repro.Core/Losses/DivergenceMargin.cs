using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Repro.Core.Losses;

/// <summary>The margin of a pair under an f-divergence between policy and reference. u and v are the probability ratios of the preferred and the rejected response.</summary>
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
            Guard.NotZero(Coefficient, nameof(Coefficient));
            return ((rejected * -Coefficient).exp() - (chosen * -Coefficient).exp()) / Coefficient;
        }
    }
}
