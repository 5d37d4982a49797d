using Repro.Core;
using Repro.Experiments.Claims;
using static Repro.Experiments.Crs.RewardModelErrors;

namespace Repro.Experiments.Crs;

/// <summary>CRS section 5.3.2: effects of the loss weight and of under-sampling, from the printed errors.</summary>
public sealed class Section532Effects : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S5.3.2-weight-effect", LossWeight),
        new("CRS-S5.3.2-undersampling-effect", UnderSampling),
    ];

    private static Evidence LossWeight(SpecContext context)
    {
        var six = PrintedErrors.All(context, Table6);
        var seven = PrintedErrors.All(context, Table7);
        (string Name, PrintedErrors[] Rows)[] series =
        [
            ("over_s", [seven[7], seven[5], seven[6]]),
            ("over_s + under_s_8k", [seven[4], seven[2], seven[3]]),
            ("augment + under_s_8k", [six[4], seven[0], seven[1]]),
        ];
        var evidence = context.Evidence().Sample("series", series.Length);
        var (ends, monotone, parts) = (0, 0, new List<string>());
        foreach (var (name, rows) in series)
        {
            var low = rows.Select(r => r.BelowMse).ToList();
            var high = rows.Select(r => r.AboveMse).ToList();
            ends += low[^1] < low[0] && high[^1] > high[0] ? 1 : 0;
            monotone += Falls(low) && Falls([.. high.Select(h => -h)]) ? 1 : 0;
            parts.Add($"{name}: low {InvariantText.Join(", ", low)}, high {InvariantText.Join(", ", high)}");
        }

        evidence.Value("series_with_the_effect_from_0_to_0.75", ends).Value("series_with_the_effect_at_each_step", monotone)
            .Require("weight 0.75 against none has the stated effect in every series", ends == series.Length, Invariant($"{ends} of {series.Length}"));
        if (monotone < series.Length)
        {
            evidence.Reserve("single steps", Invariant($"the effect holds at each step in {monotone} of {series.Length} series"));
        }

        return evidence.Explain(
            Invariant($"Squared errors at weights 0, 0.5 and 0.75: {string.Join("; ", parts)}. From 0 to 0.75 the stated effect shows in {ends} of {series.Length} series, at every step in {monotone}."));
    }

    private static Evidence UnderSampling(SpecContext context)
    {
        var rows = PrintedErrors.All(context, Table7);
        (string Weight, PrintedErrors Without, PrintedErrors With)[] pairs = [("0", rows[7], rows[4]), ("0.5", rows[5], rows[2]), ("0.75", rows[6], rows[3])];
        var evidence = context.Evidence().Sample("pairs", pairs.Length);
        foreach (var (weight, without, with) in pairs)
        {
            evidence.Value($"increase at weight {weight}", with.BetweenMse - without.BetweenMse)
                .Require($"at weight {weight} under-sampling raises the middle error", with.BetweenMse > without.BetweenMse, Invariant($"{without.BetweenMse} to {with.BetweenMse}"));
        }

        return evidence.Explain($"Without and with under-sampling the squared error in the middle is {string.Join(", ", pairs.Select(p => Invariant($"{p.Without.BetweenMse} and {p.With.BetweenMse} (weight {p.Weight})")))}.");
    }

    private static bool Falls(List<double> values) => values.Zip(values.Skip(1), (a, b) => b < a).All(x => x);
}
