using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Repro.Core.Adaptive;
using Repro.Core.Training.Dpo;
using Repro.Experiments.Adr.Identities;
using Repro.Experiments.Adr.Specs;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Repro.Tests.Properties.Shared;
using static TorchSharp.torch;

namespace Repro.Tests.Properties.Losses;

/// <summary>Where the mask of ADR Eq. 15 stands, and the loss of pairs that it is put into.</summary>
public sealed record AdaptiveForm(AdaptiveDpoReading Reading, DpoLossKind Kind) : Drawn;

/// <summary>One side of two pairs; a response may keep no token.</summary>
public sealed record Side(double[] Policy, double[] Reference, double[] Response, double[] Kept) : Drawn;

/// <summary>Draws forms and sides.</summary>
public static class AdaptiveForms
{
    // IPO averages over the tokens that are kept: it refuses a response that keeps none, where the other losses see a log-ratio of 0.
    public static Arbitrary<AdaptiveForm> Forms() => Draw.Of(
        from reading in Gen.Elements(Enum.GetValues<AdaptiveDpoReading>())
        from kind in Gen.Elements([.. Enum.GetValues<DpoLossKind>().Except([DpoLossKind.Ipo])])
        select new AdaptiveForm(reading, kind),
        form => form.Kind != DpoLossKind.Ipo);

    public static Arbitrary<Side> Sides() => Arb.From(
        from policy in TokenBatches.LogProbs().Generator
        from reference in TokenBatches.LogProbs().Generator
        from response in TokenBatches.CountedTokens().Generator
        from kept in TokenBatches.KeptTokens().Generator
        select new Side(policy.Values, reference.Values, response.Values, kept.Values),
        side => TokenBatches.LogProbs().Shrinker(new LogProbs(side.Policy)).Select(x => side with { Policy = x.Values })
            .Concat(TokenBatches.LogProbs().Shrinker(new LogProbs(side.Reference)).Select(x => side with { Reference = x.Values }))
            .Concat(TokenBatches.CountedTokens().Shrinker(new CountedTokens(side.Response)).Select(x => side with { Response = x.Values }))
            .Concat(TokenBatches.KeptTokens().Shrinker(new KeptTokens(side.Kept)).Select(x => side with { Kept = x.Values })));
}

/// <summary>
/// ADR Eq. 15 stands twice: in <see cref="AdaptiveLoss"/>, which the spec checks, and in <see cref="AdaptivePairLoss"/>, which is trained.
/// </summary>
[Collection(TensorCollection.Name)]
[Properties(Arbitrary = new[] { typeof(TokenBatches), typeof(AdaptiveForms) })]
public sealed class AdaptiveTwinProperties : TensorProperties
{
    [Property(MaxTest = 1000)]
    public void What_is_trained_is_what_the_spec_checks(Side chosen, Side rejected, AdaptiveForm form, Positive beta)
    {
        using var scope = NewDisposeScope();
        var trained = Trained(chosen, rejected, form with { Kind = DpoLossKind.Sigmoid }, beta.Value);
        var (first, second) = (Responses(chosen), Responses(rejected));
        var losses = form.Reading == AdaptiveDpoReading.Tokens
            ? AdaptiveLoss.DpoTokenLevel(first, second, beta.Value)
            : AdaptiveLoss.DpoPairLevel(first, second, beta.Value);
        losses.sum().backward();
        Near(trained.Losses, Deviations.Values(losses));
        Near(trained.Chosen, Deviations.Values(first.PolicyLogProbs.grad!));
        Near(trained.Rejected, Deviations.Values(second.PolicyLogProbs.grad!));
    }

    [Property(MaxTest = 1000)]
    public void A_response_that_keeps_no_token_has_a_loss_and_dropped_tokens_move_nothing(
        Side chosen, Side rejected, AdaptiveForm form, Positive beta)
    {
        using var scope = NewDisposeScope();
        var trained = Trained(chosen, rejected, form, beta.Value);
        trained.Losses.Where(loss => !double.IsFinite(loss)).Should().BeEmpty();
        if (form.Reading == AdaptiveDpoReading.Tokens)
        {
            Moved(trained.Chosen, chosen).Should().BeEmpty();
            Moved(trained.Rejected, rejected).Should().BeEmpty();
        }
    }

    private static (double[] Losses, double[] Chosen, double[] Rejected) Trained(Side chosen, Side rejected, AdaptiveForm form, double beta)
    {
        var plain = new DpoPairLoss(new DpoLossSettings { Kind = form.Kind, Beta = beta });
        var loss = new AdaptivePairLoss(plain, form.Reading, _ => (Mask(chosen.Kept), Mask(rejected.Kept)));
        var (first, second) = (Leaf(chosen.Policy), Leaf(rejected.Policy));
        var losses = loss.PerPair(new PairTokens(first, second, Of(chosen.Reference), Of(rejected.Reference), Mask(chosen.Response), Mask(rejected.Response)));
        losses.sum().backward();
        return (Deviations.Values(losses), Deviations.Values(first.grad!), Deviations.Values(second.grad!));
    }

    private static AdaptiveResponses Responses(Side side) =>
        new(Leaf(side.Policy), Of(side.Reference), Mask(side.Response), Mask(side.Kept));

    // Tokens that are dropped although the gradient moves them.
    private static IEnumerable<int> Moved(double[] gradient, Side side) =>
        Enumerable.Range(0, gradient.Length).Where(i => gradient[i] != 0 && (side.Kept[i] == 0 || side.Response[i] == 0));

    private static Tensor Of(double[] values) => Scalars.Of(values, 2, 4);

    private static Tensor Leaf(double[] logProbs) => Of(logProbs).detach().requires_grad_();

    private static Tensor Mask(double[] values) => Of(values).ne(0);

    private static void Near(double[] found, double[] expected) =>
        found.Zip(expected).Where(pair => Math.Abs(pair.First - pair.Second) > 1e-12).Should().BeEmpty();
}
