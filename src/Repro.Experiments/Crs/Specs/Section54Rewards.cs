using Repro.Core;
using Repro.Experiments.Claims;
using Repro.Experiments.Procedures;
using static Repro.Experiments.Crs.Facts.ReleasedValues;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS section 5.4: logits as rewards, and the weights of the combined reward.</summary>
internal sealed class Section54Rewards : ISpecGroup
{
    private static readonly string[] Weights = ["w1", "w2", "w3", "w4", "w5"];
    private static readonly string[] LogitClaims = ["CRS-S5.4-logit1", "CRS-S5.4-logit2", "CRS-S5.4-logit3", "CRS-S5.4-logit4"];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        .. LogitClaims.Select((id, i) => new Spec(id, c => OneLogit(c, i))),
        new("CRS-S5.4-logit-spread", Spread),
        new("CRS-S5.4-weights-normalised", Normalised),
        new("CRS-S5.4-effective-share", EffectiveShare),
    ];

    private static Evidence OneLogit(SpecContext context, int row)
    {
        var table = context.Table("crs/table-27");
        var cell = table[table.Rows.ElementAt(row), table.Columns[^1]];
        var p = cell.AsInput();
        return context.Evidence()
            .CompareExactly("probability", context.Printed("probability"), p)
            .Compare("logit", context.Printed("logit"), Logit.Compute(p), cell.HalfUnit * Logit.Slope(p))
            .Explain(
                Invariant($"ln(p / (1 - p)) of {cell.Text} is {Logit.Compute(p):F5}; ")
                    + Invariant($"rounding of the probability alone can move it by {cell.HalfUnit * Logit.Slope(p):F5}."));
    }

    // By the mean value theorem the logit stretches every difference at least fourfold.
    private static Evidence Spread(SpecContext context)
    {
        var p = LogitClaims.Select(c => context.Printed(c, "probability").AsInput()).ToList();
        var ratios = p.Zip(p.Skip(1), (a, b) => (Logit.Compute(a) - Logit.Compute(b)) / (a - b)).ToList();
        var evidence = context.Evidence();
        for (var i = 0; i < ratios.Count; i++)
        {
            evidence.Value(Invariant($"ratio_{i + 1}_{i + 2}"), ratios[i]);
        }

        return evidence
            .Require("every difference is larger in logits", ratios.All(r => r > 1))
            .Require("by the factor of at least four that the slope demands", ratios.All(r => r >= 4))
            .Explain(
                $"Differences between neighbouring responses are {string.Join(", ", ratios.Select(r => Invariant($"{r:F2}")))} times as "
                    + "large in logits as in probabilities. The factor is at least 4 everywhere and varies little here, "
                    + "so most of it is a common scale.");
    }

    private static Evidence Normalised(SpecContext context)
    {
        var weights = Weights.Select(w => context.Printed(w).AsInput()).ToList();
        var final = Setting(context, "rl", "crs_weight").Number();
        return context.Evidence()
            .Value("released_weight", final)
            .Sample("weights", weights.Count)
            .Require(
                "each weight and its complement lie between 0 and 1 and add up to 1",
                weights.All(w => w is >= 0 and <= 1 && w + (1 - w) == 1))
            .Require("the released weight is one of them", weights.Contains(final), Invariant($"{final}"))
            .Explain(
                Invariant($"The weights {InvariantText.Join(", ", weights)} lie between 0 and 1 and their complements are ")
                    + Invariant($"{InvariantText.Join(", ", weights.Select(w => 1 - w))}; the released configuration uses {final}."));
    }

    // Scores are mixed as they are, so each model weighs in with the spread of its scores.
    private static Evidence EffectiveShare(SpecContext context)
    {
        var preference = Stored(context, "pref_rm_best_minus_worst");
        var absolute = Stored(context, "abs_rm_best_minus_worst");
        var evidence = context.Evidence().Value("spread_ratio", preference / absolute);
        var parts = new List<string>();
        foreach (var name in Weights)
        {
            var printed = context.Printed("CRS-S5.4-weights-normalised", name);
            var w = printed.AsInput();
            var share = w * preference / ((w * preference) + ((1 - w) * absolute));
            evidence.Value($"share_at_{printed.Text}", share)
                .Require($"the share at {printed.Text} is above the nominal one", share > w + printed.HalfUnit, Invariant($"{share:F3}"));
            parts.Add(Invariant($"{share:F2} at {printed.Text}"));
        }

        return evidence.Reserve("whose spread", "the spread is that of human-ranked replies; that of the policy's responses during "
            + "training was not released")
            .Explain(Invariant($"Best and worst replies differ by {preference:F4} in the preference score and {absolute:F4} in the ")
                + "absolute one, and the scores are not normalised before mixing: the preference model has a share of "
                + Invariant($"{string.Join(", ", parts)} of the mixed difference."));
    }
}
