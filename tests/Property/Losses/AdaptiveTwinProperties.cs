using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Repro.Core.Adaptive;
using Repro.Core.Losses;
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

/// <summary>One side of two pairs; a response may keep no token, or have none.</summary>
public sealed record Side(double[] Policy, double[] Reference, double[] Response, double[] Kept) : Drawn;

/// <summary>Draws forms and sides.</summary>
public static class AdaptiveForms
{
    public static Arbitrary<AdaptiveForm> Forms() => Draw.Of(
        from reading in Gen.Elements(Enum.GetValues<AdaptiveDpoReading>())
        from kind in Gen.Elements([.. Enum.GetValues<DpoLossKind>().Where(HasReference)])
        select new AdaptiveForm(reading, kind),
        form => HasReference(form.Kind));

    // Without a reference there are no log-ratios to choose tokens by, and the stage refuses such a loss.
    private static bool HasReference(DpoLossKind kind) =>
        new DpoPairLoss(new DpoLossSettings { Kind = kind }) is IPairLoss { NeedsReference: true };

    public static Arbitrary<Side> Sides() => Arb.From(
        from policy in TokenBatches.LogProbs().Generator
        from reference in TokenBatches.LogProbs().Generator
        from response in TokenBatches.KeptTokens().Generator
        from kept in TokenBatches.KeptTokens().Generator
        select new Side(policy.Values, reference.Values, response.Values, kept.Values),
        side => TokenBatches.LogProbs().Shrinker(new LogProbs(side.Policy)).Select(x => side with { Policy = x.Values })
            .Concat(TokenBatches.LogProbs().Shrinker(new LogProbs(side.Reference)).Select(x => side with { Reference = x.Values }))
            .Concat(TokenBatches.KeptTokens().Shrinker(new KeptTokens(side.Response)).Select(x => side with { Response = x.Values }))
            .Concat(TokenBatches.KeptTokens().Shrinker(new KeptTokens(side.Kept)).Select(x => side with { Kept = x.Values })));
}

/// <summary>
/// ADR Eq. 15 as it is trained, <see cref="AdaptivePairLoss"/>: it is <see cref="AdaptiveLoss"/>, which the spec checks, and the loss of
/// sums (or averages) that plain loops take over the tokens kept. By hand, one pair, beta 1: log-ratios 2 and 5 of the preferred response,
/// of which the first is kept, and 1 and 3 of the rejected one, both kept. Token level: margin 2 - 4 = -2, loss log(1 + e^2) = 2.127. Pair
/// level: margin 7 - 4 = 3, 3 of 4 tokens kept, loss 0.75 * log(1 + e^-3) = 0.036.
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
    public void Every_loss_is_that_of_the_tokens_kept(Side chosen, Side rejected, AdaptiveForm form, Positive beta)
    {
        using var scope = NewDisposeScope();
        var inside = form.Reading == AdaptiveDpoReading.Tokens;
        var averaged = form.Kind is DpoLossKind.Ipo or DpoLossKind.SigmoidNorm;
        Tensor Reduced(double[] values, Side side) =>
            Scalars.From([.. Rows(values, side, inside).Select(row => averaged ? row.DefaultIfEmpty().Average() : row.Sum())], 2, 1);
        var one = ones(2, 1, ScalarType.Bool);
        var plain = Deviations.Values(Plain(form, beta.Value).PerPair(new PairTokens(
            Reduced(chosen.Policy, chosen), Reduced(rejected.Policy, rejected), Reduced(chosen.Reference, chosen),
                Reduced(rejected.Reference, rejected), one, one)));
        double Count(int row, bool kept) =>
            Rows(chosen.Policy, chosen, kept)[row].Length + Rows(rejected.Policy, rejected, kept)[row].Length;
        double Share(int row) => Count(row, kept: false) is var all and > 0 ? Count(row, kept: true) / all : 0;
        var trained = Trained(chosen, rejected, form, beta.Value).Losses;
        trained.Zip(plain.Select((loss, row) => inside ? loss : loss * Share(row)))
            .Where(pair => !(Math.Abs(pair.First - pair.Second) <= 1e-9 * (1 + Math.Abs(pair.Second)))).Should().BeEmpty();
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
        var loss = new AdaptivePairLoss(Plain(form, beta), form.Reading, _ => (Mask(chosen.Kept), Mask(rejected.Kept)));
        var (first, second) = (Leaf(chosen.Policy), Leaf(rejected.Policy));
        var losses = loss.PerPair(
            new PairTokens(first, second, Of(chosen.Reference), Of(rejected.Reference), Mask(chosen.Response), Mask(rejected.Response)));
        losses.sum().backward();
        return (Deviations.Values(losses), Deviations.Values(first.grad!), Deviations.Values(second.grad!));
    }

    private static DpoPairLoss Plain(AdaptiveForm form, double beta) => new(new DpoLossSettings { Kind = form.Kind, Beta = beta });

    // The values of the tokens of each response, or of those that are kept.
    private static double[][] Rows(double[] values, Side side, bool kept) => [.. Enumerable.Range(0, values.Length).Chunk(4)
        .Select(row => row.Where(i => side.Response[i] != 0 && (!kept || side.Kept[i] != 0)).Select(i => values[i]).ToArray())];

    private static AdaptiveResponses Responses(Side side) =>
        new(Leaf(side.Policy), Of(side.Reference), Mask(side.Response), Mask(side.Kept));

    // Tokens that are dropped although the gradient moves them.
    private static IEnumerable<int> Moved(double[] gradient, Side side) =>
        Enumerable.Range(0, gradient.Length).Where(i => gradient[i] != 0 && (side.Kept[i] == 0 || side.Response[i] == 0));

    private static Tensor Of(double[] values) => Scalars.From(values, 2, 4);

    private static Tensor Leaf(double[] logProbs) => Of(logProbs).detach().requires_grad_();

    private static Tensor Mask(double[] values) => Of(values).ne(0);

    private static void Near(double[] found, double[] expected) =>
        found.Zip(expected).Where(pair => Math.Abs(pair.First - pair.Second) > 1e-12).Should().BeEmpty();
}
