using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Mechanisms;

namespace Repro.Tests.Unit.Mechanisms;

/// <summary>Which trained worlds are judged at all, on cases that the rules before got wrong.</summary>
public sealed class JudgedWorldTests
{
    private static readonly double[] Start = new double[8];

    // The mean of both domains, 0.75, would pass: half of it is chance, which says nothing of overfitting.
    [Theory]
    [InlineData(0.52, 0.98, "with clean labels the preference model * at 0.52 in the domain of an unseen attribute, 0.65 was expected")]
    [InlineData(0.98, 0.52, "* at 0.52 in the domain of an unseen word order, *")]
    [InlineData(0.5, 0.5, "*0.5 in the domain of an unseen attribute and 0.5 in the domain of an unseen word order, *")]
    [InlineData(0.65, 0.66, null)]
    public void Each_unseen_domain_must_be_learned_by_itself(double attribute, double wordOrder, string? message)
    {
        var reason = RewardTraining.AtChance("preference", attribute, wordOrder);
        if (message is null)
        {
            reason.Should().BeNull();
        }
        else
        {
            reason.Should().Match(message);
        }
    }

    // Every seed loses, but so unevenly that the t interval reaches 0: the rule asks for the mean alone.
    [Theory]
    [InlineData(true, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 3.1)]
    [InlineData(false, 0.006, 0.007, 0.008, 0.007, 0.006, 0.007, 0.008, 0.007)]
    [InlineData(false, -0.03, -0.1, -0.2, -0.3, -0.5, -0.7, -0.9, -3.1)]
    public void A_plain_form_that_loses_the_margin_in_the_mean_is_judged(bool judged, params double[] losses)
    {
        var tax = new SeedComparison("copy loss before and after", Start, losses, 0.01, PairedOutcome.SecondLarger);
        if (judged)
        {
            tax.Decide().Outcome.Should().Be(PairedOutcome.Undecided, "the rule before left it out");
        }

        AdaptiveTraining.HasTax(tax).Should().Be(judged);
    }
}
