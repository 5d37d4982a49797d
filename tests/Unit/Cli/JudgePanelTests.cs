using System.Text.Json.Nodes;
using Repro.Experiments.Cli;
using Repro.Experiments.Worlds;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Cli;

/// <summary><c>repro judge</c> without a service: panels, the gold judge, reports and imports.</summary>
public sealed class JudgePanelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_first_file_of_a_panel_has_the_pairs()
    {
        Judged("model.json", 2, 2, 2, 1, 1, 0);
        _folder.Write("crowd.jsonl", string.Join('\n', Votes("ann", "b", "b", "a", "a", "a")));
        var (code, _, error) = await Run(["judge", "panel", "--votes", At("crowd.jsonl"), At("model.json")]);
        code.Should().Be(CommandLine.Failure);
        error.Trim().Should().Be($"error: --votes {At("crowd.jsonl")}: the first file has the pairs, as judge run writes it: rows with "
            + "'instruction', 'output_1' and 'output_2' were expected; these have prompt, rater, winner");
    }

    [Fact]
    public async Task A_panel_is_counted_in_both_readings_and_written_in_one()
    {
        Judged("model.json", 2, 2, 2, 1, 1, 0);
        Judged("b.json", 2, 2, 1, 1, 1, 0);
        _folder.Write("crowd.jsonl", string.Join('\n',
            [.. Votes("ann", "b", "b", "a", "a", "a"), .. Votes("bob", "b", "a", "b", "b", "tie")]));
        _folder.Write("expert.jsonl", """{"prompt": "question 2", "winner": "b"}""" + "\n" + """{"prompt": "question 1", "winner": "a"}""");
        string[] panel = ["judge", "panel", "--votes", At("model.json"), At("b.json"), At("crowd.jsonl"), "--expert", At("expert.jsonl")];
        var (code, output, error) = await Run([.. panel, "--out", At("panel.json")]);
        code.Should().Be(CommandLine.Success, error);

        // Votes of pairs 0 to 4: 2222, 2221, 2112 (expert 2), 1112, 111; nobody votes on 5. Ties: 0 is b, 1 b, 2 expert b, 3 a, 4 a.
        // Unanimous: 0 b, 1 expert a, 2 expert b, 3 expert missing, 4 a.
        output.Should().Contain("6 pairs, 4 voters: model.json, b.json, crowd.jsonl (ann), crowd.jsonl (bob); expert ")
            .And.Contain("5 votes are ties or missing")
            .And.Contain("the expert decides ties: output_2 wins 60.00% of 5 pairs")
            .And.Contain("2 of 6 were left to the expert; 1 without a preference")
            .And.Contain("all that is not unanimous: output_2 wins 50.00% of 4 pairs")
            .And.Contain("4 of 6 were left to the expert; 2 without a preference");
        File.ReadAllText(At("panel.json")).Should().Contain("panel of model.json, b.json, ").And.NotContain(_folder.Path);
        (code, output, error) = await Run(["judge", "report", At("panel.json")]);
        code.Should().Be(CommandLine.Success, error);
        output.Should().Contain("win rate of output_2: 60.00%").And.Contain("of 5 pairs");
        await Run([.. panel, "--out", At("panel.json"), "--unanimous"]);
        (await Run(["judge", "report", At("panel.json")])).Output.Should().Contain("win rate of output_2: 50.00%");
        (await Run([.. panel[..^2], At("b.json")])).Error.Should().Contain("b.json: is named twice");
        _folder.Write("other.jsonl", """{"prompt": "question 9", "winner": "b"}""");
        (await Run([.. panel[..^2], At("other.jsonl")])).Error.Should().Contain("other.jsonl:1: votes on an instruction that is not among");
    }

    /// <summary>Both orders of two pairs of one question: of the first the second answer wins twice, of the second the first one.</summary>
    [Fact]
    public async Task Pairs_of_one_instruction_are_told_apart_by_their_outputs()
    {
        _folder.Write("model.json", new JsonArray(Of(0, 2), Of(0, 2, switched: true), Of(1, 1), Of(1, 1, switched: true)).ToJsonString());
        _folder.Write("b.json", new JsonArray(Of(1, 1), Of(0, 2)).ToJsonString());
        string[] panel = ["judge", "panel", "--votes", At("model.json"), At("b.json")];
        var (code, output, error) = await Run([.. panel, "--out", At("panel.json")]);
        code.Should().Be(CommandLine.Success, error);
        output.Should().StartWith("2 pairs, 2 voters: ").And.NotContain("missing and do not count")
            .And.Contain("the expert decides ties: output_2 wins 50.00% of 2 pairs")
            .And.Contain("0 of 2 stay open without an expert").And.NotContain("left to the expert");
        JsonNode.Parse(File.ReadAllText(At("panel.json")))!.AsArray()
            .Select(row => ((string)row!["output_2"]!, (double)row["preference"]!)).Should().Equal(("two 0", 2), ("two 1", 1));
        _folder.Write("crowd.jsonl", """{"prompt": "question", "winner": "b"}""");
        (await Run([.. panel, At("crowd.jsonl")])).Error.Trim().Should().Be(
            $"error: {At("crowd.jsonl")}:1: votes on an instruction of which {At("model.json")} has 2 pairs; "
            + "'output_1' and 'output_2' were expected, which tell them apart");
        _folder.Write("turned.jsonl", """{"prompt": "question", "output_1": "two 1", "output_2": "one", "winner": "b"}""");
        (await Run([.. panel, At("turned.jsonl")])).Error.Should().Contain("turned.jsonl:1: votes on other outputs than those that ")
            .And.Contain("or on them the other way round");

        static JsonNode Of(int pair, int vote, bool switched = false) => new JsonObject
        {
            ["index"] = pair,
            ["instruction"] = "question",
            ["output_1"] = "one",
            ["output_2"] = Invariant($"two {pair}"),
            ["preference"] = vote,
            ["is_switched_outputs"] = switched,
        };
    }

    /// <summary>Two of three differences of length are equal, so that a third of all resamples has equal ones alone.</summary>
    [Fact]
    public async Task Few_pairs_have_a_length_controlled_rate_with_its_interval()
    {
        _folder.Write("alpaca/df_gamed.csv", "std_delta_len,instruction_difficulty,preference\n1,0.5,0.6\n-1,0.5,0.4\n");
        _folder.Write("alpaca/instruction_difficulty.csv", "instruction_difficulty\n0.5\n-0.3\n0.1\n");
        string[] outputs = ["two", "a longer one", "two"];
        var rows = outputs.Select((output, i) => new JsonObject
        {
            ["instruction"] = Invariant($"{i}"),
            ["output_1"] = "one",
            ["output_2"] = output,
            ["preference"] = 1 + (i % 2),
        });
        var file = _folder.Write("few.jsonl", string.Join('\n', rows.Select(row => row.ToJsonString())));
        var (code, written, error) = await Run(["judge", "report", file, "--length-control", At("alpaca")]);
        code.Should().Be(CommandLine.Success, error);
        written.Should().MatchRegex("length-controlled win rate: [0-9.]+%, .*; 95% interval over instructions [0-9.]+ to [0-9.]+; ");
    }

    /// <summary>Pairs of a world of which the second answer is truly better by construction; the gold judge says so of each, and a judge of
    /// length, which is the same in both, of none.</summary>
    [Fact]
    public async Task The_gold_judge_knows_the_better_answer_of_its_world_alone()
    {
        var pairs = WorldPairs.Draw(new World(7), 40, 0.2, "pairs");
        _folder.Write("pairs.jsonl", string.Join('\n', pairs.Select(pair => new JsonObject
        {
            ["instruction"] = World.Text(World.Ids(pair.Prompt)),
            ["output_1"] = World.Text(pair.Worse),
            ["output_2"] = World.Text(pair.Better),
        }.ToJsonString())));
        string[] judge = ["judge", "run", "--data", At("pairs.jsonl"), "--judge", "gold"];
        var (code, output, error) = await Run([.. judge, "7", "--out", At("gold.json")]);
        code.Should().Be(CommandLine.Success, error);
        output.Should().Contain("win rate of output_2: 100.00%").And.Contain("judged by gold 7: 40");
        (code, output, error) = await Run([.. judge, "8"]);
        code.Should().Be(CommandLine.Success, error);
        output.Should().NotContain("win rate of output_2: 100.00%", "in another world other things are right")
            .And.Contain("judged by gold 8: 40");
        (await Run([.. judge, "7", "--dry"])).Output.Should().Contain("40 pairs would be judged in the world of seed 7");
    }

    [Fact]
    public async Task One_pair_has_no_standard_error()
    {
        Judged("one.json", 2);
        var (code, output, error) = await Run(["judge", "report", At("one.json")]);
        code.Should().Be(CommandLine.Success, error);
        output.Should().Contain("win rate of output_2: 100.00%, standard error unknown, of 1 pairs");
    }

    [Fact]
    public async Task Annotations_are_imported_with_the_order_of_AlpacaEval()
    {
        var file = _folder.Write("annotations.json", """
            [{"instruction": "a", "output_1": "x", "output_2": "y", "preference": 2},
             {"instruction": "b", "output_1": "x", "output_2": "y", "preference": null}]
            """);
        var (code, output, error) = await Run(["judge", "import", file, "--out", At("imported.json")]);
        code.Should().Be(CommandLine.Success, error);
        output.Should().Contain("1 pairs have no preference").And.Contain("between 50.00% (all lost) and 100.00% (all won)");
        File.Exists(At("imported.json")).Should().BeTrue();
    }

    /// <summary>Preferences 2, 2, 1.5 and 1.25: two wins, a draw, a loss. Wins and half of the draws are 2.5 of 4, the mean of z - 1 is
    /// 2.75 of 4; of the decided ones alone 2 of 3 are won.</summary>
    [Fact]
    public async Task The_discrete_rate_is_called_what_it_is()
    {
        var rows = new[] { 2, 2, 1.5, 1.25 }.Select((z, i) => new JsonObject
        {
            ["instruction"] = Invariant($"{i}"),
            ["output_1"] = "x",
            ["output_2"] = "y",
            ["preference"] = z,
        });
        var (code, output, error) = await Run(["judge", "report",
            _folder.Write("rates.jsonl", string.Join('\n', rows.Select(row => row.ToJsonString())))]);
        code.Should().Be(CommandLine.Success, error);
        output.Should().Contain("win rate of output_2: 68.75%")
            .And.Contain("2 won, 1 lost, 1 draws; wins and half of the draws are 62.50%");
    }

    private void Judged(string name, params int[] preferences) => _folder.Write(name, new JsonArray([.. preferences.Select((vote, i) =>
        new JsonObject
        {
            ["index"] = i,
            ["instruction"] = Invariant($"question {i}"),
            ["output_1"] = "one",
            ["output_2"] = Invariant($"two {i}"),
            ["preference"] = vote == 0 ? null : vote,
            ["is_switched_outputs"] = false,
        })]).ToJsonString());

    private static IEnumerable<string> Votes(string rater, params string[] winners) => winners.Select((winner, i) =>
        new JsonObject { ["prompt"] = Invariant($"question {i}"), ["rater"] = rater, ["winner"] = winner }.ToJsonString());

    private string At(string name) => Path.Combine(_folder.Path, name);

    private static async Task<(int Code, string Output, string Error)> Run(string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
