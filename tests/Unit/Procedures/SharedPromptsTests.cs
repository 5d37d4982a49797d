using Repro.Core;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Crs.Facts;

namespace Repro.Tests.Unit.Procedures;

public sealed class SharedPromptsTests
{
    [Fact]
    public void Counts_the_prompts_that_tell_the_models_apart()
    {
        // a wins p0, p1, p2; b wins p0, p3 of its own file.
        var result = SharedPrompts.Compare(Judgement.Rows(1, 1, 1, 2), "a", Judgement.Rows(2, 1, 1, 2), "b");
        result.Should().Be(new SharedPrompts(2, 1, 4));
        result.PValue.Should().BeApproximately(1, 1e-12);
        result.Describe().Should().Be("2/1 discordant prompts of 4, exact McNemar p 1");
    }

    [Fact]
    public void Only_shared_prompts_count() =>
        SharedPrompts.Compare([Judgement.Row("p", 1), Judgement.Row("q", 1)], "a", [Judgement.Row("q", 1)], "b").Should()
            .Be(new SharedPrompts(1, 0, 1));

    [Fact]
    public void Models_tied_on_every_prompt_have_p_1() =>
        SharedPrompts.Compare(Judgement.Rows(1, 2), "a", Judgement.Rows(1, 2), "a").PValue.Should().Be(1);

    [Fact]
    public void Six_to_none_has_the_worked_p() =>
        new SharedPrompts(6, 0, 10).PValue.Should().BeApproximately(2.0 / 64, 1e-12);

    [Fact]
    public void No_shared_prompt_is_refused()
    {
        var compare = () => SharedPrompts.Compare([], "a", Judgement.Rows(1), "b");
        compare.Should().Throw<ReproException>().WithMessage("*share no prompt*");
    }

    [Fact]
    public void A_prompt_judged_twice_is_named()
    {
        var compare = () => SharedPrompts.Compare([Judgement.Row("p", 1), Judgement.Row("p", 2)], "a", [Judgement.Row("p", 1)], "b");
        compare.Should().Throw<ReproException>().WithMessage("*prompt p is judged twice*");
    }
}
