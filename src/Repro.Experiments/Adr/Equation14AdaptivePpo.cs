using Repro.Core.Adaptive;
using Repro.Core.Losses;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Adr;

/// <summary>ADR Eq. 14: the clipped surrogate of PPO times the adaptive mask.</summary>
public sealed class Equation14AdaptivePpo : ISpecGroup
{
    private const ulong Seed = 14;
    private const int Rows = 3;
    private const int Tokens = 6;
    private const double Epsilon = 0.2;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-EQ14", Check)];

    /// <summary>Checks one batch; all lists are [rows, tokens].</summary>
    internal static void Case(Deviations found, double[] now, double[] old, double[] advantages, double[] response, double[] adaptive, int rows)
    {
        using var scope = NewDisposeScope();
        var columns = now.Length / rows;
        Tensor Shaped(double[] values) => Scalars.Of(values, rows, columns);
        var clip = ClipRange.Symmetric(Epsilon);
        var policy = Shaped(now).detach().requires_grad_();
        var loss = AdaptiveLoss.Ppo(policy, Shaped(old), Shaped(advantages), Shaped(response), Shaped(adaptive), clip);
        var counted = response.Sum();
        var (expected, gradient) = (0.0, new double[now.Length]);
        for (var i = 0; i < now.Length; i++)
        {
            var ratio = Math.Exp(now[i] - old[i]);
            var (free, clipped) = (ratio * advantages[i], Math.Clamp(ratio, 1 - Epsilon, 1 + Epsilon) * advantages[i]);
            var kept = response[i] * adaptive[i];
            expected -= kept * Math.Min(free, clipped) / counted;
            gradient[i] = free <= clipped ? -kept * free / counted : 0;
        }

        found.Note("the clipped surrogate times the mask, averaged over response tokens", loss, [expected]);
        loss.backward();
        var slope = Deviations.Values(policy.grad ?? policy.zeros_like());
        found.Note("the gradient is that of the kept, unclipped tokens", slope, gradient);
        found.Exactly("masked tokens get zero gradient", Enumerable.Range(0, now.Length).All(i => response[i] * adaptive[i] == 1 || slope[i] == 0));
        var plain = PolicyLoss.Clipped(Shaped(now), Shaped(old), Shaped(advantages), Shaped(response), clip);
        var ones = AdaptiveLoss.Ppo(Shaped(now), Shaped(old), Shaped(advantages), Shaped(response), Shaped(response).ones_like(), clip);
        found.Note("with an all-ones mask it is PPO", ones, Deviations.Values(plain));
    }

    private static Evidence Check(SpecContext context) =>
        IdentityCases.Run(
            context,
            Seed,
            (found, draws) => Case(
                found,
                draws.LogProbs(Rows * Tokens, 2),
                draws.LogProbs(Rows * Tokens, 2),
                draws.Reals(Rows * Tokens, 2),
                draws.Mask(Rows, Tokens),
                draws.Bits(Rows * Tokens),
                Rows),
            out var found)
            .Explain($"{found.Summary(IdentityCases.Tolerance)}, {Rows} responses of up to {Tokens} tokens each.");
}
