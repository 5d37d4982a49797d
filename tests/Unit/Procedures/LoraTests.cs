using Repro.Experiments.Procedures;

namespace Repro.Tests.Unit.Procedures;

public sealed class LoraTests
{
    private static readonly LoraSize Small = new(Layers: 2, Width: 4, MlpWidth: 10);

    [Fact]
    public void Parameters_are_rank_times_inputs_and_outputs_of_each_target()
    {
        Small.Parameters(1, ["q_proj"]).Should().Be(2 * 8);
        Small.Parameters(3, ["q_proj", "down_proj"]).Should().Be(2 * 3 * (8 + 14));
        Small.Parameters(3, []).Should().Be(0);
        Small.Parameters(3, ["q_proj", "q_proj"]).Should().Be(Small.Parameters(3, ["q_proj"]), "a layer carries one adapter");
    }

    [Fact]
    public void An_unknown_layer_is_named()
    {
        var count = () => Small.Parameters(1, ["lm_head"]);
        count.Should().Throw<ArgumentException>().WithMessage("unknown linear layer 'lm_head'*");
    }

    [Theory]
    [InlineData("all linear layers", 7, 0)]
    [InlineData("all linear layers except lm_head and score", 7, 2)]
    [InlineData("all linear layers except q_proj", 6, 0)]
    [InlineData("q_proj and v_proj", 2, 0)]
    [InlineData("q_proj, v_proj", 2, 0)]
    [InlineData("", 0, 0)]
    public void Targets_are_read_from_the_released_wording(string text, int layers, int exceptions)
    {
        var targets = LoraTargets.Parse(text);
        targets.Layers.Should().HaveCount(layers);
        targets.Exceptions.Should().HaveCount(exceptions);
        targets.CoversAll.Should().Be(layers == 7);
    }
}
