using Repro.Core.Losses;
using Repro.Core.Randomness;
using Repro.Core.Rewards;
using Repro.Experiments.Worlds;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Experiments.Mechanisms;

/// <summary>
/// One seed of the exact world: 640 prompts with 32 responses each, a reference policy, and two rewards of every response. The optimum of
/// reward less b times KL is known: softmax(log reference + reward / b). All tensors are float64, shape [prompts, responses].
/// </summary>
/// <param name="LogReference">Log-probabilities of the reference, a softmax of N(0, 1).</param>
/// <param name="First">N(0, 1), the absolute reward in units of its spread.</param>
/// <param name="Second">N(0, 1), independent of the first.</param>
internal sealed record TabularWorld(Tensor LogReference, Tensor First, Tensor Second)
{
    /// <summary>How far the absolute rewards of four responses lie apart, best from worst, in the mean that the thesis measures.</summary>
    public const double AbsoluteDistance = 0.4807;

    /// <summary>The same of the preference rewards.</summary>
    public const double PreferenceDistance = 1.7199;

    /// <summary>Standard deviation of the absolute reward at which four draws lie so far apart.</summary>
    public const double AbsoluteSpread = AbsoluteDistance / RangeOfFour;

    /// <summary>The same of the preference reward.</summary>
    public const double PreferenceSpread = PreferenceDistance / RangeOfFour;

    // The expected range of four normal draws, in standard deviations.
    private const double RangeOfFour = 2.0588;

    private const int Responses = 32;

    /// <summary>The worlds of some seeds.</summary>
    /// <param name="seeds">How many.</param>
    /// <param name="prompts">Prompts of each.</param>
    /// <param name="first">The first seed.</param>
    public static IReadOnlyList<TabularWorld> Draw(int seeds, int prompts = 640, int first = 1) =>
        [.. Enumerable.Range(first, seeds).Select(seed => OfSeed(seed, prompts))];

    /// <summary>The optimal policy of a reward.</summary>
    /// <param name="reward">[prompts, responses].</param>
    /// <param name="b">KL coefficient, above 0.</param>
    /// <returns>Log-probabilities.</returns>
    public Tensor Optimum(Tensor reward, double b) => (LogReference + (reward / b)).log_softmax(-1);

    /// <summary>The preference reward in units of its spread.</summary>
    /// <param name="correlation">With the absolute reward, -1 to 1.</param>
    public Tensor Preference(double correlation) => (First * correlation) + (Second * Math.Sqrt(1 - (correlation * correlation)));

    /// <summary>The weighted reward that CRS trains on.</summary>
    /// <param name="weight">Weight of the preference reward, 0 to 1.</param>
    /// <param name="correlation">Of the two rewards.</param>
    /// <param name="absolute">Spread of the absolute reward.</param>
    /// <param name="preference">Spread of the preference reward.</param>
    public Tensor Mixture(
        double weight, double correlation = 0, double absolute = AbsoluteSpread, double preference = PreferenceSpread) =>
        RewardCombination.Raw((Preference(correlation) * preference).flatten(), (First * absolute).flatten(), weight).view_as(First);

    /// <summary>Mean KL of a policy from the reference, in nats.</summary>
    /// <param name="logPolicy">Log-probabilities.</param>
    public double Kl(Tensor logPolicy)
    {
        using var scope = NewDisposeScope();
        return KlDivergence.Full(logPolicy, LogReference).mean().ToDouble();
    }

    /// <summary>Logarithm of the mean KL of the optimum of a reward, so that differences are relative.</summary>
    /// <param name="reward">[prompts, responses].</param>
    /// <param name="b">KL coefficient.</param>
    public double LogKl(Tensor reward, double b)
    {
        using var scope = NewDisposeScope();
        return Math.Log(Kl(Optimum(reward, b)));
    }

    /// <summary>Expected value under a policy, [prompts].</summary>
    /// <param name="logPolicy">Log-probabilities.</param>
    /// <param name="values">[prompts, responses].</param>
    public static Tensor Expected(Tensor logPolicy, Tensor values) => (logPolicy.exp() * values).sum(-1);

    /// <summary>Variance of a value under a policy, [prompts].</summary>
    /// <param name="logPolicy">Log-probabilities.</param>
    /// <param name="values">[prompts, responses].</param>
    public static Tensor Variance(Tensor logPolicy, Tensor values) =>
        Expected(logPolicy, (values - Expected(logPolicy, values).unsqueeze(-1)).square());

    /// <summary>Mean distance of the best from the worst of four responses.</summary>
    /// <param name="reward">[prompts, responses].</param>
    public static double BestMinusWorstOfFour(Tensor reward)
    {
        using var scope = NewDisposeScope();
        var fours = reward.view(-1, 4);
        return (fours.amax([1]) - fours.amin([1])).mean().ToDouble();
    }

    private static TabularWorld OfSeed(int seed, int prompts)
    {
        var random = new Xoshiro256((ulong)seed);
        Tensor Normal() => tensor(random.NextNormals(prompts * Responses), ScalarType.Float64).view(prompts, Responses);
        return new TabularWorld(Normal().log_softmax(-1), Normal(), Normal());
    }
}
