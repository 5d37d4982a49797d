using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using static Repro.Experiments.Crs.Facts.ReleasedValues;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS Table 4, Algorithm 1 and section 5.3.1: the paraphrased low-quality replies and their adjusted scores.</summary>
internal sealed class Table04Augmentation : ISpecGroup
{
    private const string Table = "crs/table-04";

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-T4-example1", c => Example(c, "example_1")),
        new("CRS-T4-example2", c => Example(c, "example_2")),
        new("CRS-T4-lower", Lower),
        new("CRS-A1-constants", Constants),
        new("CRS-S5.3.1-aug-count", Count),
        new("CRS-S5.3.1-paraphraser", Paraphraser),
    ];

    private static AugmentationFacts Facts(SpecContext context) => context.Artifact<AugmentationFacts>(Augmentation);

    // adjusted = original - (1 - (s + 1) / 2) * factor, solved for the cosine s.
    private static double ImpliedCosine(double original, double adjusted, double factor) => 1 - (2 * (original - adjusted) / factor);

    private static Evidence Example(SpecContext context, string row)
    {
        var table = context.Table(Table);
        var adjusted = Facts(context).ScoreOf(table.CellText(row, "paraphrase"));
        var original = table[row, "original"].AsInput();
        var factor = Setting(context, "augment_code", "adjustment_factor").Number();

        // Labels are multiples of 1/12, printed to three decimals.
        var cosine = ImpliedCosine(Math.Round(original * 12) / 12, adjusted, factor);
        return context.Evidence()
            .Compare("adjusted", table[row, "adjusted"], adjusted)
            .Value("implied_cosine", cosine)
            .Require("the implied cosine is one", cosine is >= -1 and <= 1, Invariant($"{cosine:F4}"))
            .Explain(
                Invariant($"The released score of this paraphrase is {adjusted:F5}, printed as {table[row, "adjusted"].Text}; ")
                    + Invariant($"with the released factor {factor} it implies a cosine of {cosine:F4}."));
    }

    private static Evidence Lower(SpecContext context)
    {
        double[] scores = [.. Facts(context).Scores];
        var bound = context.Printed("bound").AsInput();
        var originals = Stored(context, "all_low_mean");
        return context.Evidence()
            .Value("largest", scores.Max())
            .Value("smallest", scores.Min())
            .Value("mean", Descriptive.Mean(scores))
            .Value("mean_of_all_low_originals", originals)
            .Sample("rows", scores.Length)
            .Require("all scores are in the low range", scores.Max() <= bound, Invariant($"largest {scores.Max():F5}"))
            .Require("on average the scores are lower than the original low ones", Descriptive.Mean(scores) < originals)
            .Explain(
                Invariant($"The {scores.Length} adjusted scores lie between {scores.Min():G3} and {scores.Max():F5} with mean ")
                    + Invariant($"{Descriptive.Mean(scores):F4}; the mean of the original low scores is {originals:F4}."));
    }

    private static Evidence Constants(SpecContext context)
    {
        var factor = Setting(context, "augment_code", "adjustment_factor").Number();
        var mismatch = Setting(context, "augment_code", "language_mismatch_similarity").Number();
        var clip = Setting(context, "augment_code", "clip").Current;
        var scores = Facts(context).Scores;
        var bound = Setting(context, "augment_code", "augment_threshold").Number();
        var loss = (1 - ((mismatch + 1) / 2)) * factor;

        // Originals are multiples of 1/12 up to the threshold in most rows; a paraphrase in another language loses a fixed amount.
        double[] shifted = [.. Enumerable.Range(0, 1 + (int)Math.Floor(12 * bound)).Select(k => (k / 12.0) - loss).Where(v => v > 0)];
        var fixedLoss = scores.Count(s => shifted.Any(v => Math.Abs(s - v) < 1e-9));
        return context.Evidence()
            .Value("factor", factor)
            .Value("mismatch_similarity", mismatch)
            .Value("mismatch_loss", loss)
            .Value("rows_with_the_fixed_loss", fixedLoss)
            .Value("rows_clipped_at_zero", scores.Count(s => s == 0))
            .Sample("rows", scores.Count)
            .Require("the released clip is the range of the label", clip == "[0,1]" && scores.All(s => s is >= 0 and <= 1), clip)
            .Require("scores with the fixed loss occur", fixedLoss > 0, Invariant($"{fixedLoss}"))
            .Require("no score exceeds the threshold of the originals", scores.All(s => s <= bound))
            .Explain(
                Invariant($"The text leaves the factor open; the released code uses {factor}, ")
                    + Invariant($"a similarity of {mismatch} where the languages differ (a fixed loss of {loss:F2}) and the clip ")
                    + Invariant($"{clip}. In the released scores {fixedLoss} rows have exactly this loss from a multiple of 1/12 and ")
                    + Invariant($"{scores.Count(s => s == 0)} are clipped at 0."));
    }

    private static Evidence Count(SpecContext context)
    {
        var facts = Facts(context);
        return context.Evidence()
            .CompareExactly("rows", context.Printed("value"), facts.Replies.Count)
            .Value("different_replies", facts.Replies.Distinct(StringComparer.Ordinal).Count())
            .Value("different_conversations", facts.Prompts)
            .Explain(
                Invariant($"The released file has {facts.Replies.Count} paraphrases, ")
                    + Invariant(
                        $"{facts.Replies.Distinct(StringComparer.Ordinal).Count()} of them different, to {facts.Prompts} conversations."));
    }

    private static Evidence Paraphraser(SpecContext context)
    {
        var (paraphraser, sft) = (CodeText(context, "paraphraser"), CodeText(context, "sft baseline"));
        return context.Evidence()
            .Value("paraphraser", paraphraser)
            .Value("sft_model", sft)
            .Require(
                "the paraphraser is the SFT model",
                string.Equals(paraphraser, sft, StringComparison.OrdinalIgnoreCase),
                $"{paraphraser} and {sft}")
            .Explain($"The text names the SFT model, which is {sft}; the released augmentation code loads {paraphraser}.");
    }
}
