using Repro.Core;
using Repro.Core.Losses;
using Repro.Experiments.Adr.Identities;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Experiments.Mechanisms;

/// <summary>
/// CRS Eq. 2.12, the loss of K ranked replies to a prompt: its pairs, what a shift of all scores does, and the L2 term that the released
/// code adds. All checks run <see cref="RankingLoss.Groups"/>, which the preference reward model trains on.
/// </summary>
internal sealed class RankingLosses : ISpecGroup
{
    // One prompt of each size that the thesis trains on, so that a mean over all pairs differs from the mean over prompts.
    private static readonly int[] Sizes = [2, 3, 4];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-E2.12", Loss),
        new("CRS-M-pair-count", Pairs),
        new("CRS-M-pair-shift", Shift),
        new("CRS-M-pair-loss-text", ReleasedTerm),
    ];

    /// <summary>The loss of groups of ranked replies.</summary>
    /// <param name="scores">[replies], the best reply of each group first.</param>
    /// <param name="sizes">Replies of each group.</param>
    /// <param name="decay">Weight of the L2 term.</param>
    internal delegate Tensor LossOfGroups(Tensor scores, IReadOnlyList<int> sizes, double decay);

    private static Evidence Loss(SpecContext context)
    {
        var evidence = new ExactCheck<LossOfGroups>(212, Library, LossCase)
        {
            Wrong = [new("mean over all pairs of the batch", PerPair), new("sum over the pairs of a prompt", SumOverPairs)],
        }.Run(context, out var summary);
        double[] three = [1.5, 0.5, -0.5];
        double[] two = [0, 1];
        var (first, second) = (Value(Library, three, [3], 0), Value(Library, two, [2], 0));
        var both = Value(Library, [.. three, .. two], [3, 2], 0);
        return evidence
            .Value("example_three_replies", first)
            .Value("example_two_replies", second)
            .Value("example_both_prompts", both)
            .Explain($"{summary}, each with prompts of 2, 3 and 4 ranked replies. As the text below the equation says, the pairs of a "
                + "prompt are averaged, and then the prompts. Example: replies with the scores 1.5, 0.5 and -0.5 have pairs that are 1, 2 "
                + Invariant($"and 1 apart and the mean loss (2 * {Scalars.SoftPlus(-1):F4} + {Scalars.SoftPlus(-2):F4}) / 3 = {first:F4}; ")
                + Invariant($"two replies in the wrong order, 1 apart, lose {second:F4}; both prompts together {both:F4}."));
    }

    internal static void LossCase(Deviations found, Draws draws, LossOfGroups loss)
    {
        var (sizes, scores) = (Shuffled(draws), draws.Reals(Sizes.Sum(), 5));
        found.Note("the mean over prompts of the mean over their K(K-1)/2 pairs", Value(loss, scores, sizes, 0), Mean(scores, sizes, Pair));
        var start = 0;
        foreach (var size in sizes)
        {
            var own = scores[start..(start += size)];
            var mean = PairsOf(own).Sum(Pair) * 2 / (size * (size - 1));
            found.Note("of one prompt, the sum over pairs by K(K-1)/2", Value(loss, own, [size], 0), mean);
        }
    }

    private static Evidence Pairs(SpecContext context)
    {
        var evidence = new ExactCheck<LossOfGroups>(213, Library, PairsCase)
        {
            Wrong = [new("pairs of neighbouring ranks only", Neighbours), new("mean over all pairs of the batch", PerPair)],
        }.Run(context, out var summary);
        var counts = Sizes.Select(size => Math.Round(CountedPairs(Library, size, 60))).ToList();
        foreach (var (size, count) in Sizes.Zip(counts))
        {
            evidence.Value(Invariant($"pairs_of_{size}_replies"), count);
        }

        return evidence.Explain($"{summary}. The loss itself counts its pairs: K replies with equal scores lose ln 2 in each pair; "
            + "with the best reply far ahead its K - 1 pairs lose nothing, and the share that is gone is K - 1 by the number of pairs. "
            + $"{InvariantText.Join(", ", Sizes)} replies give {InvariantText.Join(", ", counts)} pairs.");
    }

    internal static void PairsCase(Deviations found, Draws draws, LossOfGroups loss)
    {
        var (sizes, scores) = (Shuffled(draws), draws.Reals(Sizes.Sum(), 5));
        foreach (var size in Sizes)
        {
            found.Note("K replies give K(K-1)/2 pairs", CountedPairs(loss, size, 60 + draws.Real(10)), size * (size - 1) / 2.0);
        }

        var (start, prompts) = (0, new List<double>());
        foreach (var size in sizes)
        {
            prompts.Add(Value(loss, scores[start..(start += size)], [size], 0));
        }

        found.Note("the loss of several prompts is the mean of theirs", Value(loss, scores, sizes, 0), prompts.Average());
    }

    private static double CountedPairs(LossOfGroups loss, int size, double ahead)
    {
        var scores = new double[size];
        scores[0] = ahead;
        return (size - 1) / (1 - (Value(loss, scores, [size], 0) / Math.Log(2)));
    }

    private static Evidence Shift(SpecContext context)
    {
        var decay = ReleasedDecay(context);
        var evidence = new ExactCheck<LossOfGroups>(214, Library, (found, draws, loss) => ShiftCase(found, draws, loss, decay))
        {
            Wrong = [new("L2 term of the difference of scores", DecayOfDifference), new("each reply by itself", EachByItself)],
        }.Run(context, out var summary);
        double[] scores = [1, -1];
        double[] shifted = [11, 9];
        double Change(double weight) => Value(Library, shifted, [2], weight) - Value(Library, scores, [2], weight);
        return evidence
            .Value("decay", decay)
            .Value("example_change_without_decay", Change(0))
            .Value("example_change_with_decay", Change(decay))
            .Explain(Invariant($"{summary}. Example: scores 1 and -1, moved by 10 to 11 and 9, change their loss by ")
                + Invariant($"{Math.Round(Change(0), 6) + 0.0} without the L2 term, and by {decay / 2} * (121 + 81 - 2) = ")
                + Invariant($"{Change(decay):0.######} with the released weight {decay}."));
    }

    internal static void ShiftCase(Deviations found, Draws draws, LossOfGroups loss, double decay)
    {
        var (sizes, scores) = (Shuffled(draws), draws.Reals(Sizes.Sum(), 5));
        var shift = (draws.Integer(0, 1) == 0 ? 1 : -1) * (50 + draws.Real(40));
        double[] moved = [.. scores.Select(s => s + shift)];
        found.Note("without the L2 term a shift of scores changes nothing", Value(loss, moved, sizes, 0), Value(loss, scores, sizes, 0));
        var change = Value(loss, moved, sizes, decay) - Value(loss, scores, sizes, decay);
        var squares = Mean(moved, sizes, Squares) - Mean(scores, sizes, Squares);
        found.Note("with it the loss changes by the change of the squares", change, decay * squares);
        found.Exactly("which is a change", Math.Abs(change) > 1e-3);
    }

    private static Evidence ReleasedTerm(SpecContext context)
    {
        var decay = ReleasedDecay(context);
        var evidence = new ExactCheck<LossOfGroups>(215, Library, (found, draws, loss) => ReleasedTermCase(found, draws, loss, decay))
        {
            Wrong =
            [
                new("whole squares, not their halves", (scores, sizes, weight) => Library(scores, sizes, 2 * weight)),
                new("L2 term of the difference of scores", DecayOfDifference),
            ],
        }.Run(context, out var summary);
        double[] example = [2, -1];
        var (printed, released) = (Value(Library, example, [2], 0), Value(Library, example, [2], decay));
        return evidence
            .Value("decay", decay)
            .Value("example_printed", printed)
            .Value("example_released", released)
            .Reserve("L2 term", Invariant($"the released code adds {decay} times the mean of half the squared scores of a pair"))
            .Explain(Invariant($"{summary}. Example: scores 2 and -1 lose {printed:F6} by equation 2.12 and ")
                + Invariant($"{decay / 2} * (4 + 1) = {released - printed:0.######} more in the released code, which keeps scores near ")
                + "0.");
    }

    internal static void ReleasedTermCase(Deviations found, Draws draws, LossOfGroups loss, double decay)
    {
        var (sizes, scores) = (Shuffled(draws), draws.Reals(Sizes.Sum(), 5));
        found.Note("without the term it is the printed loss", Value(loss, scores, sizes, 0), Mean(scores, sizes, Pair));
        var difference = Value(loss, scores, sizes, decay) - Value(loss, scores, sizes, 0);
        var term = decay * Mean(scores, sizes, Squares);
        found.Note("released less printed loss is the weight times the mean of half the squared scores", difference, term);
    }

    private static double ReleasedDecay(SpecContext context) => ReleasedValues.Setting(context, "rm_code", "l2_beta").Number();

    private static int[] Shuffled(Draws draws)
    {
        var first = draws.Integer(0, Sizes.Length - 1);
        return [.. Sizes.Skip(first), .. Sizes.Take(first)];
    }

    private static Tensor Library(Tensor scores, IReadOnlyList<int> sizes, double decay) => RankingLoss.Groups(scores, sizes, decay);

    private static Tensor PerPair(Tensor scores, IReadOnlyList<int> sizes, double decay) =>
        sizes.Count > 1 ? RankingLoss.Groups(scores, sizes, decay, GroupWeighting.PerPair) : Library(scores, sizes, decay);

    private static Tensor SumOverPairs(Tensor scores, IReadOnlyList<int> sizes, double decay) =>
        (RankingLoss.PerGroup(scores, sizes, decay) * tensor(sizes.Select(size => size * (size - 1) / 2.0).ToArray())).mean();

    private static Tensor Neighbours(Tensor scores, IReadOnlyList<int> sizes, double decay) =>
        stack(scores.split([.. sizes.Select(size => (long)size)]).Select(own =>
            RankingLoss.Pairs(own.narrow(0, 0, own.shape[0] - 1), own.narrow(0, 1, own.shape[0] - 1)))).mean();

    private static Tensor DecayOfDifference(Tensor scores, IReadOnlyList<int> sizes, double decay) =>
        Library(scores, sizes, 0) + (decay / 2 * Mean(Deviations.Values(scores), sizes, pair => Math.Pow(pair.Better - pair.Worse, 2)));

    private static Tensor EachByItself(Tensor scores, IReadOnlyList<int> sizes, double decay)
    {
        var mean = Mean(Deviations.Values(scores), sizes, pair => Scalars.SoftPlus(-pair.Better) + Scalars.SoftPlus(pair.Worse));
        return (Library(scores, sizes, decay) - Library(scores, sizes, 0)) + mean;
    }

    private static double Value(LossOfGroups loss, double[] scores, IReadOnlyList<int> sizes, double decay)
    {
        using var scope = NewDisposeScope();
        return loss(Scalars.From(scores, scores.Length), sizes, decay).ToDouble();
    }

    // In plain numbers: the mean over groups of the mean of a term over the pairs of a group.
    private static double Mean(double[] scores, IReadOnlyList<int> sizes, Func<(double Better, double Worse), double> term)
    {
        var (start, sum) = (0, 0.0);
        foreach (var size in sizes)
        {
            sum += PairsOf(scores[start..(start += size)]).Average(term);
        }

        return sum / sizes.Count;
    }

    private static IEnumerable<(double Better, double Worse)> PairsOf(double[] scores) =>
        scores.SelectMany((better, i) => scores.Skip(i + 1).Select(worse => (better, worse)));

    private static double Pair((double Better, double Worse) pair) => Scalars.SoftPlus(pair.Worse - pair.Better);

    private static double Squares((double Better, double Worse) pair) => ((pair.Better * pair.Better) + (pair.Worse * pair.Worse)) / 2;
}
