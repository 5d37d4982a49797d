using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Chat;
using Repro.Core.Models;
using Repro.Experiments.Claims;
using Repro.Experiments.Cli;
using Repro.Experiments.Runs;
using Repro.Tests.Unit.Evaluation.Judges;
using Repro.Tests.Unit.Torch;
using Repro.Tests.Unit.Training.Stages;

namespace Repro.Tests.Unit.Cli;

/// <summary>The commands of docs/judges.md, run one after the other on small files, and the record of who answered along the way.</summary>
[Collection(TensorCollection.Name)]
public sealed class JudgeDocumentTests(TrainedWorld world) : IClassFixture<TrainedWorld>
{
    private const string Key = "REPRO_TEST_JUDGE_KEY";

    [Fact]
    public async Task Every_command_of_the_document_runs()
    {
        Environment.SetEnvironmentVariable(Key, "key");
        Prepare();
        await using var server = await JudgeServer.StartAsync((body, _) => (Fault.None, JudgeServer.Text(
            body["messages"]!.ToJsonString().Contains("FastChat", StringComparison.Ordinal) ? "[[B]]" : """{"judge": "[B]"}""")));
        string[] service = ["--endpoint", server.Endpoint.ToString(), "--key-variable", Key, "--record", world.File("record")];
        var outputs = new List<string>();
        foreach (var command in Commands())
        {
            string[] words = [.. command.Split(' ').Skip(1).Select(word => IsPath(word) ? world.File(word) : word)];
            outputs.Add(world.Run([.. words, .. words is ["judge", "run", ..] && words.Contains("--convention") ? service : []]));
        }

        outputs.Should().HaveCount(10);
        outputs[0].Should().Contain("8 requests to gpt-4-0613 about 4 pairs");
        outputs[2].Should().Contain("8 answers from the record, 0 requests sent");
        outputs[3].Should().Contain("win_rate 0.00%, win_rate_adjusted 50.00%");
        outputs[4].Should().Contain($"judged by {world.File("runs/rm-preference")} (");
        outputs[5].Should().Contain("win rate of output_2: 100.00%").And.Contain("of 2 pairs");

        // The service always takes the second that it is shown: its orders differ and it has no vote. The other three agree on all pairs
        // but one.
        outputs[6].Should().Contain("the expert decides ties: output_2 wins 75.00% of 4 pairs")
            .And.Contain("0 of 4 were left to the expert").And.Contain("output_2 wins 50.00% of 4 pairs")
            .And.Contain("1 of 4 were left to the expert");
        outputs[7].Should().Contain("win rate of output_2: 75.00%");
        outputs[8].Should().Contain("win_rate 0.00%, win_rate_adjusted 50.00%");
    }

    [Fact]
    public void What_a_model_makes_records_its_weights_from_the_answer_to_the_judgement()
    {
        var prompts = world.Write("who.jsonl", """{"prompt": "Say 1"}""", """{"prompt": "Say 2"}""");
        var (answers, judged) = (world.File("who-answers.jsonl"), world.File("who-judged.json"));
        world.Run("generate", "--model", world.File("base"), "--prompts", prompts, "--max-new-tokens", "3", "--out", answers);
        var made = Rows(answers).Select(row => ModelIdentity.Read(row["generated_by"], answers)).Distinct()
            .Should().ContainSingle().Subject!;
        var files = new FileHashes();
        made.Should().Be(new ModelIdentity(world.File("base"), WeightHash.Compute(world.Model, files)!, null,
            files.Of(Path.Combine(world.Model, "tokenizer.json")), ChatForms.HashOf(world.Model)));

        // A reward model is an adapter; tokenizer and template are those that its run wrote.
        var scores = world.File("who-scores.jsonl");
        world.Run("score", "--model", world.File("preference"), "--data", answers, "--out", scores);
        var scored = Rows(scores).Select(row => ModelIdentity.Read(row["scored_by"], scores)).Distinct()
            .Should().ContainSingle().Subject!;
        scored.Should().Be(new ModelIdentity(world.File("preference"), made.Weights, WeightHash.Compute(world.Reward, files),
            ModelIdentity.TokenizerHash(world.Reward, files), ChatForms.HashOf(world.Reward)));
        Rows(scores).Should().OnlyContain(row => row["generated_by"] != null, "who answered stays");
        var run = UserRun.Read("preference", world.File("preference"));
        (run.StartWeights, WeightHash.Compute(run.Result, files)).Should()
            .Be((made.Weights, scored.Adapter), "the run itself says the same");

        var baseline = world.Write(
            "who-baseline.jsonl", """{"prompt": "Say 1", "response": "x"}""", """{"prompt": "Say 2", "response": "y"}""");
        world.Run("judge", "run", "--outputs", answers, "--baseline", baseline, "--judge", "reward-model", world.File("preference"),
            "--out", judged);
        foreach (var row in JsonNode.Parse(File.ReadAllText(judged))!.AsArray())
        {
            ModelIdentity.Read(row!["generated_by_2"], judged).Should().Be(made);
            row["generated_by_1"].Should().BeNull();
            ((string?)row["model"], (string?)row["system_fingerprint"]).Should().Be((world.File("preference"), scored.Own[..12]));
        }
    }

    private static IEnumerable<string> Commands() =>
        Document().Where(line => line.StartsWith("repro judge ", StringComparison.Ordinal));

    private static string[] Document() => File.ReadAllLines(Path.Combine(RepositoryRoot.Find(), "docs", "judges.md"));

    private static bool IsPath(string word) => word.EndsWith(".json", StringComparison.Ordinal)
        || word.EndsWith(".jsonl", StringComparison.Ordinal) || word.EndsWith(".txt", StringComparison.Ordinal)
        || word.StartsWith("runs/", StringComparison.Ordinal);

    private static IEnumerable<JsonNode> Rows(string file) => File.ReadLines(file).Select(line => JsonNode.Parse(line)!);

    private void Prepare()
    {
        world.Write("pairs.jsonl", [.. Enumerable.Range(0, 4).Select(i => Invariant(
            $$"""{"instruction": "Say {{i}}", "output_1": "no {{i}}", "output_2": "Here it is: {{i}}", "reference": "{{i}}"}"""))]);
        world.Write("sft.jsonl", [.. Enumerable.Range(0, 3).Select(i => Invariant($$"""{"prompt": "Say {{i}}", "response": "no"}"""))]);
        world.Write("ppo.jsonl", [.. Enumerable.Range(0, 3).Select(i => Invariant($$"""{"prompt": "Say {{i}}", "response": "yes"}"""))]);
        world.Write("pair-v2.txt", "As FastChat asks.", "{question}", "{answer_a}", "{answer_b}");
        world.Write("crowd-1.jsonl", Votes("b", "b", "b", "a"));
        world.Write("crowd-2.jsonl", Votes("b", "b", "b", "a"));
        world.Write("crowd-3.jsonl", Votes("b", "b", "a", "a"));
        world.Write("expert.jsonl", """{"prompt": "Say 2", "winner": "a"}""");
        world.Write("annotations.json", """[{"instruction": "a", "output_1": "x", "output_2": "y", "preference": 2}]""");
        world.Write("world-pairs.jsonl", [.. Document().Where(line => line.StartsWith("{\"instruction\"", StringComparison.Ordinal))]);
        Copy(world.File("preference"), world.File("runs/rm-preference"));
    }

    private static string[] Votes(params string[] winners) =>
        [.. winners.Select((winner, i) => Invariant($$"""{"prompt": "Say {{i}}", "winner": "{{winner}}"}"""))];

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }
    }
}
