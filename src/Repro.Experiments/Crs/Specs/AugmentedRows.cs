using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Repro.Experiments.Procedures;
using static Repro.Experiments.Crs.Facts.ReleasedValues;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS Algorithm 1 and section 5.3.1: what the released paraphrases show of the language penalty and of the prompt format (not
/// reported in the thesis).</summary>
internal sealed class AugmentedRows : ISpecGroup
{
    private const int LargestDenominator = 60;

    // A correction that concerns more than one row in twenty is not called rare.
    private const double RareBelow = 0.05;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-X-aug-mismatch", LanguagePenalty),
        new("CRS-X-aug-format", PromptFormat),
        new("CRS-S6.2-four-rlhf", FourModels),
    ];

    private static Evidence LanguagePenalty(SpecContext context)
    {
        var scores = context.Artifact<AugmentationFacts>(Augmentation).Scores;
        var similarity = Setting(context, "augment_code", "language_mismatch_similarity").Number();
        var factor = Setting(context, "augment_code", "adjustment_factor").Number();
        var threshold = Setting(context, "augment_code", "augment_threshold").Number();

        // With the fixed similarity of a language mismatch every score falls by the same amount, so the averages of ratings stay
        // recognisable.
        var penalty = (1 - ((similarity + 1) / 2)) * factor;
        var clipped = scores.Count(s => s == 0);
        var penalised = scores.Count(s =>
            s > 0 && s + penalty <= threshold + 1e-9 && SmallFractions.Matches(s + penalty, LargestDenominator));
        var interval = BinomialInterval.ClopperPearson(penalised, scores.Count);
        var chance = SmallFractions.ChanceShare(penalty, threshold, LargestDenominator);
        return context.Evidence()
            .Value("penalty", penalty)
            .Value("penalised_rows", penalised)
            .Value("penalised_share", (double)penalised / scores.Count)
            .Value("clipped_rows", clipped)
            .Value("expected_matches_by_chance", chance * scores.Count)
            .Sample("rows", scores.Count)
            .Interval("penalised share", interval.Lower, interval.Upper, ShareEvidence.Method)
            .Require(
                Invariant($"not rare: more than {100 * RareBelow}% of the rows"), interval.Lower > RareBelow,
                Invariant($"{penalised} of {scores.Count}"))
            .Explain(
                Invariant($"{penalised} of {scores.Count} scores ({100.0 * penalised / scores.Count:F1}%) are exactly {penalty:G3} below ")
                    + Invariant($"a fraction with a denominator up to {LargestDenominator}, which is what the language penalty leaves of ")
                    + Invariant($"an average rating; chance would give {chance * scores.Count:G1}. Another {clipped} scores are clipped ")
                    + "to 0 and cannot be told.");
    }

    private static Evidence PromptFormat(SpecContext context)
    {
        var facts = context.Artifact<AugmentationFacts>(Augmentation);
        double[] asText = [.. facts.MessageCharacters.Select(c => (double)c)];
        double[] parsed = [.. facts.Turns.Select(t => (double)t)];
        var same = facts.Turns.Zip(facts.MessageCharacters, (t, c) => t == c ? 1 : 0).Sum();
        var training = Stored(context, "abs_train_after_undersampling") + facts.Scores.Count;
        var low = Stored(context, "abs_train_low") + facts.Scores.Count;
        return context.Evidence()
            .Value("mean_turns_as_text", Descriptive.Mean(asText))
            .Value("median_turns_as_text", Descriptive.Median(asText))
            .Value("mean_turns_parsed", Descriptive.Mean(parsed))
            .Value("largest_turns_parsed", (long)parsed.Max())
            .Value("share_of_training_rows", facts.Scores.Count / training)
            .Value("share_of_low_rows", facts.Scores.Count / low)
            .Sample("rows", facts.Scores.Count)
            .Require(
                "in no row the unparsed text gives the turns of the parsed list", same == 0,
                Invariant($"{same} of {facts.Turns.Count} rows"))
            .Explain(
                Invariant($"The message column holds each conversation as text. Parsed it has {Descriptive.Mean(parsed):F2} turns on ")
                    + Invariant($"average, at most {parsed.Max()}; taken unparsed, every character becomes a turn: ")
                    + Invariant($"{Descriptive.Mean(asText):F1} on average, median {Descriptive.Median(asText):F0}. This concerns ")
                    + Invariant($"{facts.Scores.Count} of {training} training rows ({100 * facts.Scores.Count / training:F1}%) and ")
                    + Invariant($"{100 * facts.Scores.Count / low:F0}% of the low-quality rows."));
    }

    private static Evidence FourModels(SpecContext context)
    {
        var numbers = context.Artifact<TableFacts>(Notebook);
        var models = numbers.Row("key", "mean_abs_score_400")[numbers.IndexOf("models")].Split("; ");
        var tuned = models.Where(m => m != "SFT").ToList();
        var prompts = context.DatasetOfPrompt().Count;
        var evidence = context.Evidence()
            .Value("models_behind_the_stored_means", string.Join("; ", models))
            .Value("rlhf_models", tuned.Count)
            .Compare("responses", context.Printed("responses"), models.Length * prompts)
            .Compare("models", context.Printed("models"), models.Length);
        if (tuned.Count < models.Length)
        {
            evidence.Reserve(
                "SFT", "one of the four is the SFT baseline, which section 4.1.5 counts among all rlhf models that are evaluated");
        }

        return evidence.Explain(Invariant($"The stored means rest on {models.Length * prompts} responses of {string.Join(", ", models)}: ")
            + Invariant($"{tuned.Count} RLHF models{(tuned.Count == models.Length ? string.Empty : " and the SFT baseline")}."));
    }
}
