using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Repro.Core.Evaluation.Rankings;
using Repro.Core.Tokenization;
using Repro.Experiments.Adr.Identities;
using Repro.Experiments.Adr.Specs;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Repro.Tests.Properties.Shared;

namespace Repro.Tests.Properties.Identities;

/// <summary>Logits of every prefix of a small vocabulary.</summary>
public sealed record TreeLogits(double[] Values) : Drawn;

/// <summary>A reward for every sequence of the tree.</summary>
public sealed record SequenceRewards(double[] Values) : Drawn;

/// <summary>Votes of some judges, and that of the expert who breaks ties.</summary>
public sealed record Ballot(bool[] Votes, bool Expert) : Drawn;

/// <summary>Draws what only the identities need.</summary>
public static class TreesAndBallots
{
    public static Arbitrary<TreeLogits> Trees() => Draw.Of(
        Gen.ArrayOf(Draw.Real(-8, 8), PrefixTree.Numbers).Select(x => new TreeLogits(x)),
        x => x.Values.Length == PrefixTree.Numbers && x.Values.All(value => Math.Abs(value) <= 8));

    public static Arbitrary<SequenceRewards> Rewards() => Draw.Of(
        Gen.ArrayOf(Draw.Real(-4, 4), PrefixTree.Sequences.Count).Select(x => new SequenceRewards(x)),
        x => x.Values.Length == PrefixTree.Sequences.Count && x.Values.All(value => Math.Abs(value) <= 4));

    public static Arbitrary<Ballot> Ballots() => Draw.Of(
        from count in Gen.Choose(1, 9)
        from votes in Gen.ArrayOf(Gen.Elements(true, false), count)
        from expert in Gen.Elements(true, false)
        select new Ballot(votes, expert),
        x => x.Votes.Length >= 1);
}

/// <summary>Every identity of ADR over drawn inputs: both sides computed, and compared up to rounding.</summary>
[Properties(Arbitrary = new[] { typeof(TokenBatches), typeof(Responses), typeof(TreesAndBallots) })]
public sealed class AdrIdentityProperties
{
    private const double Tolerance = 1e-11;

    private const int Rows = TokenBatches.Rows;

    private const int Tokens = TokenBatches.Tokens;

    [Property]
    [Trait("Claim", "ADR-EQ1")]
    public void The_preference_is_a_sigmoid_that_swaps_to_its_complement_and_ignores_a_shift(
        Reals first, Reals second, Share scale, Number shift) =>
        Holds(found => Equation01Preference.Case(found, Scaled(first, 6 * scale.Value), Scaled(second, 6 * scale.Value), shift.Value));

    [Property]
    [Trait("Claim", "ADR-EQ2")]
    public void Sums_of_token_rewards_take_the_place_of_sequence_rewards(
        Reals chosen, Reals rejected, CountedTokens chosenMask, CountedTokens rejectedMask) =>
        Holds(found => Equation02TokenSums.Case(found, chosen.Values, rejected.Values, chosenMask.Values, rejectedMask.Values, Tokens));

    [Property]
    [Trait("Claim", "ADR-EQ3")]
    public void The_sequence_log_probability_is_the_sum_of_those_of_its_tokens(TreeLogits policy) =>
        Holds(found => Equation03ChainRule.Case(found, new PrefixTree(policy.Values)));

    [Property]
    [Trait("Claim", "ADR-EQ4")]
    public void The_objective_is_reward_less_beta_times_divergence(TreeLogits policy, TreeLogits reference, SequenceRewards rewards) =>
        Holds(found => Equation04Objective.Case(found, new PrefixTree(policy.Values), new PrefixTree(reference.Values), rewards.Values));

    [Property]
    [Trait("Claim", "ADR-EQ5")]
    public void The_two_way_softmax_is_the_sigmoid_of_the_difference(Reals first, Reals second, Share scale) =>
        Holds(found => Equation05TwoWaySoftmax.Case(found, Scaled(first, 20 * scale.Value), Scaled(second, 20 * scale.Value)));

    [Property]
    [Trait("Claim", "ADR-EQ6")]
    public void The_loss_is_ln_2_at_the_reference_and_mirrors_under_a_swap(
        LogProbs chosen, LogProbs rejected, LogProbs referenceChosen, LogProbs referenceRejected) =>
        Holds(found =>
            Equation06PreferenceOptimisation.Case(found, chosen.Values, rejected.Values, referenceChosen.Values, referenceRejected.Values));

    [Property]
    [Trait("Claim", "ADR-EQ7")]
    public void The_loss_is_negative_log_likelihood_plus_beta_times_divergence(
        Logits policy, Logits reference, TokenIds ids, CountedTokens mask) =>
        Holds(found =>
            Equation07RejectionSampling.Case(
                found, policy.Values, reference.Values, ids.Values, mask.Values, Rows, TokenBatches.Vocabulary));

    [Property]
    [Trait("Claim", "ADR-EQ9")]
    public void The_sequence_error_is_smallest_at_the_mean(FineResponse response, Baseline other) =>
        Holds(found => Equation09SequenceError.Case(found, response.Rewards, other.Value));

    [Property]
    [Trait("Claim", "ADR-EQ11")]
    public void After_whitening_the_summed_squares_are_variance_times_length(FineResponse response) =>
        Holds(found => Equation11Whitening.Case(found, response.Rewards));

    [Property]
    [Trait("Claim", "ADR-EQ12")]
    public void The_total_error_is_error_within_runs_plus_noise_of_each_run(SegmentedResponse response, Penalty noise) =>
        Holds(found => Equation12TotalError.Case(found, response.Rewards, response.Starts, noise.Value));

    [Property]
    [Trait("Claim", "ADR-EQ13")]
    public void Exactly_one_of_both_masks_keeps_a_token(CoarseRewards rewards, KeptTokens response, Baseline threshold) =>
        Holds(found => Equation13Masks.Case(found, rewards.Values, response.Values, threshold.Value, Rows));

    [Property]
    [Trait("Claim", "ADR-EQ14")]
    public void The_clipped_surrogate_times_the_mask_moves_kept_tokens_only(
        LogProbs now, LogProbs old, Reals advantages, CountedTokens response, KeptTokens kept) =>
        Holds(found => Equation14AdaptivePpo.Case(found, now.Values, old.Values, advantages.Values, response.Values, kept.Values, Rows));

    [Property]
    [Trait("Claim", "ADR-EQ15")]
    public void Both_readings_are_dpo_with_all_ones_and_only_the_token_level_one_stops_gradients(
        LogProbs chosen, LogProbs chosenReference, CountedTokens chosenMask, KeptTokens chosenKept,
        LogProbs rejected, LogProbs rejectedReference, CountedTokens rejectedMask, KeptTokens rejectedKept, Positive beta) =>
        Holds(found => Equation15AdaptiveDpo.Case(
            found,
            new(chosen.Values, chosenReference.Values, chosenMask.Values, chosenKept.Values, Tokens),
            new(rejected.Values, rejectedReference.Values, rejectedMask.Values, rejectedKept.Values, Tokens),
            beta.Value));

    [Property]
    [Trait("Claim", "ADR-EQ16")]
    public void The_loss_is_that_of_Eq_7_with_beta_1_and_the_mask_picks_its_tokens(
        LogProbs logProbs, Reals divergences, CountedTokens response, KeptTokens kept) =>
        Holds(found => Equation16AdaptiveRejectionSampling.Case(
            found, logProbs.Values, [.. divergences.Values.Select(Math.Abs)], response.Values, kept.Values, Rows));

    [Property]
    [Trait("Claim", "ADR-EQ17")]
    public void Good_bad_and_neutral_tokens_partition_the_response(Response response, Baseline baseline, Offset delta) =>
        Holds(found => Equation17TernaryMask.SetsCase(found, response.Rewards, baseline.Value, delta.Value));

    [Property]
    [Trait("Claim", "ADR-EQ17-EQ13")]
    public void Without_offset_both_definitions_agree_but_at_the_threshold(Response response, Baseline baseline) =>
        Holds(found => Equation17TernaryMask.BoundaryCase(found, response.Rewards, baseline.Value));

    [Property]
    [Trait("Claim", "ADR-SCHMITT-MEM")]
    public void Memory_holds_the_state_in_the_neutral_zone_and_the_printed_mask_has_none(
        Response response, Baseline baseline, Offset delta) =>
        Holds(found => Section41SchmittMemory.Case(found, response.Rewards, baseline.Value, delta.Value));

    [Property]
    [Trait("Claim", "ADR-VOTE")]
    public void Majority_is_anonymous_and_neutral_and_asks_the_expert_on_ties_only(Ballot ballot) =>
        Holds(found => Section42Votes.Case(found, ballot.Votes, ballot.Expert));

    [Property]
    [Trait("Claim", "ADR-APPD")]
    public void Masked_positions_contribute_nothing_to_loss_or_gradient(Logits logits, TokenIds targets, CountedTokens mask) =>
        Holds(found => AppendixDLossMask.Case(found, logits.Values, targets.Values, mask.Values, Rows, TokenBatches.Vocabulary));

    // From near 0 to where a sigmoid is 0 or 1.
    private static double[] Scaled(Reals reals, double factor) => [.. reals.Values.Select(x => x * factor)];

    private static void Holds(Action<Deviations> check)
    {
        var found = new Deviations();
        check(found);
        Assert.True(found.Worst <= Tolerance, found.Failures(Tolerance));
    }
}
