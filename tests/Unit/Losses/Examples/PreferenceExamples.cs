using Repro.Core.Losses;
using Repro.Core.Training.Dpo;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Losses.Examples;

/// <summary>
/// Losses of preferences, worked out by hand with four decimals. Most examples use one pair of responses of two tokens each:
/// <code>
///                    chosen           rejected
/// policy             -0.5, -1.5       -2, -3         sums -2 and -5, averages -1 and -2.5
/// reference          -1,   -2         -2, -2         sums -3 and -4, averages -1.5 and -2
/// log-ratio of sums  a = -2 + 3 = 1   b = -5 + 4 = -1
/// margin             h = a - b = 2, of averages 0.5 + 0.5 = 1
/// </code>
/// with beta = 0.2, so that beta * h = 0.4, and 1 / (2 beta) = 2.5. s is the sigmoid; -log s(x) = log(1 + e^-x).
/// </summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class PreferenceExamples
{
    private const double Beta = 0.2;

    // Half a unit of the fourth decimal, and a little for the rounding of the steps.
    private const double Rounding = 1.01e-4;

    public static TheoryData<DpoLossKind, double> Kinds => new()
    {
        { DpoLossKind.Sigmoid, 0.5130 },
        { DpoLossKind.ReferenceFree, 0.4375 },
        { DpoLossKind.Robust, 0.5130 },
        { DpoLossKind.Hinge, 0.6 },
        { DpoLossKind.Ipo, 2.25 },
        { DpoLossKind.IpoOfSums, 0.25 },
        { DpoLossKind.ExoPair, 2.0992 },
        { DpoLossKind.SppoHard, 4.5 },
        { DpoLossKind.NcaPair, 1.2963 },
        { DpoLossKind.AotPair, 0.5130 },
        { DpoLossKind.Aot, 0.5130 },
        { DpoLossKind.ApoZero, 0.9003 },
        { DpoLossKind.ApoDown, 0.9511 },
        { DpoLossKind.Discopop, 0.6216 },
        { DpoLossKind.SigmoidNorm, 0.5981 },
        { DpoLossKind.BcoPair, 1.1963 },
        { DpoLossKind.KtoPair, 0.4257 },
        { DpoLossKind.Orpo, 1.0286 },
        { DpoLossKind.Cpo, 1.4375 },
        { DpoLossKind.CpoHinge, 1.4 },
        { DpoLossKind.CpoIpo, 2 },
        { DpoLossKind.Simpo, 0.7981 },
    };

    /// <summary>
    /// Every <c>loss.kind</c> of DPO on the pair above.
    /// <code>
    /// sigmoid          log(1 + e^-0.4)                                        = log 1.6703            = 0.5130
    /// reference_free   beta * (-2 + 5) = 0.6, log(1 + e^-0.6)                 = log 1.5488            = 0.4375
    /// robust           without smoothing that of sigmoid
    /// hinge            1 - 0.4                                                                        = 0.6
    /// ipo              averages, (1 - 2.5)^2                                                          = 2.25
    /// ipo_of_sums      (2 - 2.5)^2                                                                    = 0.25
    /// exo_pair         label 0.999 to 0.001, s(0.4) = 0.5987:
    ///                  0.5987 (log 0.5987 - log 0.999) + 0.4013 (log 0.4013 - log 0.001)
    ///                  = 0.5987 * (-0.5120) + 0.4013 * 5.9947                 = -0.3065 + 2.4058     = 2.0992
    /// sppo_hard        (1 - 2.5)^2 + (-1 + 2.5)^2                             = 2.25 + 2.25           = 4.5
    /// nca_pair         -log s(0.2) - log s(-0.2) / 2 - log s(0.2) / 2         = 0.5981 + 0.3991 + 0.2991 = 1.2963
    /// aot, aot_pair    of one pair that of sigmoid; PairLossVectorTests has two pairs
    /// apo_zero         1 - s(0.2) + s(-0.2)                                   = 0.4502 + 0.4502       = 0.9003
    /// apo_down         s(0.2) + 1 - s(0.4)                                    = 0.5498 + 0.4013       = 0.9511
    /// discopop         temperature 0.5, m = s(0.8) = 0.6900:
    ///                  0.6900 * e^-0.4 + 0.3100 * 0.5130                      = 0.4625 + 0.1591       = 0.6216
    /// sigmoid_norm     averages, log(1 + e^-0.2)                                                      = 0.5981
    /// bco_pair         -log s(0.2) - log s(0.2)                                                       = 1.1963
    /// kto_pair         points max(0, b) = 0 of the chosen and max(0, a) = 1 of the rejected response:
    ///                  (1 - s(0.2 * (1 - 0)) + 1 - s(0.2 * (1 + 1))) / 2      = (0.4502 + 0.4013) / 2 = 0.4257
    /// orpo             log odds -1 - log(1 - e^-1) = -0.5413 and -2.5 - log(1 - e^-2.5) = -2.4143, difference 1.8730:
    ///                  likelihood 1 + 0.2 * log(1 + e^-1.8730)                = 1 + 0.2 * 0.1429      = 1.0286
    /// cpo              likelihood 1 + log(1 + e^-(0.2 * 3))                   = 1 + 0.4375            = 1.4375
    /// cpo_hinge        likelihood 1 + (1 - 0.2 * 3)                                                   = 1.4
    /// cpo_ipo          likelihood 1 + (1.5 - 2.5)^2, of averages                                      = 2
    /// simpo            0.2 * 1.5 - 0.5 = -0.2, log(1 + e^0.2)                                         = 0.7981
    /// </code>
    /// </summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Each_kind_of_DPO_on_one_pair(DpoLossKind kind, double expected)
    {
        using var scope = NewDisposeScope();
        var loss = new DpoPairLoss(DiscopopLoss.Softer(new DpoLossSettings { Kind = kind, Beta = Beta }));

        One(loss.PerPair(Pair())).Should().BeApproximately(expected, Rounding);
    }

    [Fact]
    public void Every_kind_has_its_example() =>
        Kinds.Select(row => (DpoLossKind)row[0]).Should().BeEquivalentTo(Enum.GetValues<DpoLossKind>());

    /// <summary>
    /// A share of 0.1 of the labels is taken to be wrong; the loss of the other label is -log s(-0.4) = 0.9130.
    /// <code>
    /// sigmoid   0.9 * 0.5130 + 0.1 * 0.9130                = 0.5530
    /// robust    (0.9 * 0.5130 - 0.1 * 0.9130) / (1 - 0.2)  = 0.4630
    /// exo_pair  0.5987 (log 0.5987 - log 0.9) + 0.4013 (log 0.4013 - log 0.1) = -0.2441 + 0.5576 = 0.3136
    /// </code>
    /// </summary>
    [Theory]
    [InlineData(DpoLossKind.Sigmoid, 0.5530)]
    [InlineData(DpoLossKind.Robust, 0.4630)]
    [InlineData(DpoLossKind.ExoPair, 0.3136)]
    public void Label_smoothing(DpoLossKind kind, double expected)
    {
        using var scope = NewDisposeScope();
        var loss = new DpoPairLoss(new DpoLossSettings { Kind = kind, Beta = Beta, LabelSmoothing = 0.1 });

        One(loss.PerPair(Pair())).Should().BeApproximately(expected, Rounding);
    }

    /// <summary>
    /// Other divergences put another margin g in the place of h = 2, with u = e^1 and v = e^-1.
    /// <code>
    /// forward_kl        1/v - 1/u = e - e^-1 = 2.3504             log(1 + e^-0.4701) = 0.4855
    /// js_divergence     log s(1) - log s(-1) = -0.3133 + 1.3133   log(1 + e^-0.2)    = 0.5981
    /// alpha 0.5         (e^0.5 - e^-0.5) / 0.5 = 2.0844           log(1 + e^-0.4169) = 0.5063
    /// </code>
    /// </summary>
    [Theory]
    [InlineData(DivergenceType.ReverseKl, 0.5130)]
    [InlineData(DivergenceType.ForwardKl, 0.4855)]
    [InlineData(DivergenceType.JsDivergence, 0.5981)]
    [InlineData(DivergenceType.AlphaDivergence, 0.5063)]
    public void Divergences(DivergenceType divergence, double expected)
    {
        using var scope = NewDisposeScope();
        var settings = new DpoLossSettings { Beta = Beta, FDivergenceType = divergence };
        var loss = new DpoPairLoss(divergence == DivergenceType.AlphaDivergence ? settings with { FAlphaDivergenceCoef = 0.5 } : settings);

        One(loss.PerPair(Pair())).Should().BeApproximately(expected, Rounding);
    }

    /// <summary>IPO without a reference: (-2 + 5 - 2.5)^2 = 0.25.</summary>
    [Fact]
    public void Ipo_without_a_reference()
    {
        using var scope = NewDisposeScope();

        One(DpoLoss.IpoReferenceFree(Pair().Sums(), Beta)).Should().BeApproximately(0.25, Rounding);
    }

    /// <summary>
    /// A desirable completion with the log-ratio 1, an undesirable one with -1, beta 0.5, weights 1 and 1.5. The mismatched completions
    /// have the log-ratios 0.6 and 0.2, so that the reference point is 0.4; with -1 and 0.2 it would be below 0 and is 0.
    /// <code>
    /// desirable     1 * (1 - s(0.5 * (1 - 0.4)))   = 1 - s(0.3)         = 0.4256
    /// undesirable   1.5 * (1 - s(0.5 * (0.4 + 1))) = 1.5 * (1 - s(0.7)) = 1.5 * 0.3318 = 0.4977
    /// </code>
    /// With the point 0 of apo_zero_unpaired both are 1 - s(0.5) = 0.3775 times their weight: 0.3775 and 0.5663.
    /// </summary>
    [Fact]
    public void Kto_of_single_completions()
    {
        using var scope = NewDisposeScope();
        var (policy, reference, desirable) = (Numbers(-2, -5), Numbers(-3, -4), tensor(new[] { true, false }));
        var point = KtoLoss.ReferencePoint(Numbers(-2.4, -3.8), Numbers(-3, -4));
        One(point).Should().BeApproximately(0.4, 1e-12);
        One(KtoLoss.ReferencePoint(Numbers(-4, -3.8), Numbers(-3, -4))).Should().Be(0);

        Are(KtoLoss.Unpaired(policy, reference, desirable, point, 0.5, 1, 1.5), 0.4256, 0.4977);
        Are(KtoLoss.Desirable(policy[..1], reference[..1], point, 0.5), 0.4256);
        Are(KtoLoss.Undesirable(policy[1..], reference[1..], point, 0.5, 1.5), 0.4977);
        Are(KtoLoss.Unpaired(policy, reference, desirable, point.zeros_like(), 0.5, 1, 1.5), 0.3775, 0.5663);
    }

    private static PairTokens Pair()
    {
        var mask = ones(1, 2, ScalarType.Bool);
        return new PairTokens(Row(-0.5, -1.5), Row(-2, -3), Row(-1, -2), Row(-2, -2), mask, mask);
    }

    private static Tensor Numbers(params double[] values) => tensor(values, ScalarType.Float64);

    private static Tensor Row(params double[] values) => Numbers(values).reshape(1, values.Length);

    private static double One(Tensor loss) => VectorComparison.Doubles(loss).Single();

    private static void Are(Tensor losses, params double[] expected) => VectorComparison.Doubles(losses)
        .Zip(expected, (a, b) => Math.Abs(a - b)).Should().HaveCount(expected.Length).And.OnlyContain(error => error < Rounding);
}

/// <summary>DiscoPOP at a temperature at which its two parts can be told apart.</summary>
internal static class DiscopopLoss
{
    internal static DpoLossSettings Softer(DpoLossSettings settings) =>
        settings.Kind == DpoLossKind.Discopop ? settings with { DiscopopTemperature = 0.5 } : settings;
}
