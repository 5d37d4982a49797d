using Repro.Core.Configuration;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Configuration;

public sealed class ConfigWriterTests
{
    private static readonly SampleSettings Odd = new()
    {
        Name = "yes: \"no\"\n# ${HOME} 1e3 'quoted' \t",
        Rate = 0.1 + 0.2,
        Limit = long.MinValue,
        Dtype = ScalarType.BFloat16,
        Folder = "/a b/c: d",
        Sizes = [],
        Weights = new Dictionary<string, double> { ["kl/mean"] = 1e-300, ["null"] = 2, ["3"] = 4 },
        Reward = new SampleModelReward { Adapter = "null" },
        Rewards = [new SampleLengthReward(), new SampleModelReward { Adapter = "~" }],
        Pair = new SamplePair(-0.0, 5),
    };

    [Fact]
    public void Every_default_is_said()
    {
        var text = ConfigWriter.Write(new SampleSettings { Name = "x" });

        text.Should().Be(
            """
            name: x
            rows: 8
            limit: 10
            rate: 1E-05
            fresh: false
            kind: adamw
            dtype: float32
            folder: null
            files: []
            sizes:
            - 1
            - 2
            weights: {}
            reward: null
            rewards: []
            pair: null

            """);
    }

    [Fact]
    public void What_was_written_is_read_back_as_the_same()
    {
        var text = ConfigWriter.Write(Odd);

        var read = new ConfigReader(variables: new Dictionary<string, string>()).Parse<SampleSettings>(text, "resolved.yaml");

        read.Should().BeEquivalentTo(Odd, options => options.RespectingRuntimeTypes());
        ConfigWriter.Write(read).Should().Be(text);
        ConfigWriter.Flatten(read).Should().Equal(ConfigWriter.Flatten(Odd));
    }

    [Fact]
    public void Settings_are_flat_by_their_keys()
    {
        var flat = ConfigWriter.Flatten(Odd);

        flat["rewards.1.adapter"].Should().Be("~");
        flat["reward.kind"].Should().Be("model");
        flat["weights.kl/mean"].Should().Be("1E-300");
        flat["sizes"].Should().Be("empty");
        flat["pair.high"].Should().Be("5");
    }
}
