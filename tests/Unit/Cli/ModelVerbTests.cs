using System.Globalization;
using System.Text.Json.Nodes;
using Repro.Experiments.Cli;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using Repro.Tests.Unit.Training.Stages;

namespace Repro.Tests.Unit.Cli;

/// <summary>A world with a trained model and a trained reward model, made once for the tests of verbs that run them.</summary>
public sealed class TrainedWorld : IDisposable
{
    private readonly SmallWorld _world = new();

    /// <summary>Trains both.</summary>
    public TrainedWorld()
    {
        _world.MakeBase();
        _world.Run("train", _world.File("rm-preference.yaml"), "--out", File("preference"), "--set", "run.maximum_steps=2");
    }

    internal string Model => File("base/final");

    internal string Reward => File("preference/final");

    internal string File(string name) => _world.File(name);

    internal string Write(string name, params string[] lines)
    {
        System.IO.File.WriteAllLines(File(name), lines);
        return File(name);
    }

    internal string Run(params string[] arguments) => _world.Run(arguments);

    /// <inheritdoc/>
    public void Dispose() => _world.Dispose();
}

/// <summary>The verbs that run a model: score on pairs, compare, chat, and every number that one can give them.</summary>
[Collection(TensorCollection.Name)]
public sealed class ModelVerbTests(TrainedWorld world) : IClassFixture<TrainedWorld>
{
    [Theory]
    [InlineData("""{"prompt": "Say 1", "chosen": "Here it is: 1", "rejected": "no 1"}""")]
    [InlineData(
        """{"prompt": [{"role": "user", "content": "Say 1"}], "chosen": [{"role": "assistant", "content": "Here it is: 1"}], "rejected": """
            + """[{"role": "assistant", "content": "no 1"}]}""")]
    [InlineData("""{"chosen": "\n\nHuman: Say 1\n\nAssistant: Here it is: 1", "rejected": "\n\nHuman: Say 1\n\nAssistant: no 1"}""")]
    public void Pairs_of_any_form_get_both_scores_and_an_accuracy(string row)
    {
        var pairs = world.Write("pairs.jsonl", row);
        var (code, output, error) = SmallWorld.Try("score", "--model", world.Model, "--adapter", world.Reward, "--data", pairs);
        code.Should().Be(0, error);
        var scored = JsonNode.Parse(output)!;
        // The same numbers as of the responses by themselves.
        var rows = world.Write("rows.jsonl", """{"prompt": "Say 1", "response": "Here it is: 1"}""",
            """{"prompt": "Say 1", "response": "no 1"}""");
        var single = Lines(world.Run("score", "--model", world.Model, "--adapter", world.Reward, "--data", rows));
        ((double)scored["chosen_score"]!).Should().BeApproximately((double)single[0]["score"]!, 1e-6);
        ((double)scored["rejected_score"]!).Should().BeApproximately((double)single[1]["score"]!, 1e-6);
        var isRight = (double)scored["chosen_score"]! > (double)scored["rejected_score"]!;
        error.Should().Contain(isRight ? "accuracy 100.0%: 1 of 1 pairs, 95% interval 2.5 to 100.0"
            : "accuracy 0.0%: 0 of 1 pairs, 95% interval 0.0 to 97.5");
    }

    [Fact]
    public void A_tokenizer_with_more_ids_than_the_model_is_refused_by_name()
    {
        var other = world.File("extended");
        world.Run("extend", world.Model, "--token", "<|one|>", "--out", other);

        var (code, _, error) = SmallWorld.Try("generate", "--model", world.Model, "--tokenizer", other, "--prompt", "Say 3");

        code.Should().Be(1);
        error.Should().StartWith($"error: {other}: the tokenizer has ids up to ");
    }

    /// <summary>The model's own ids go beyond those of the tokenizer; after <c>extend</c> they do.</summary>
    [Fact]
    public void A_tokenizer_with_fewer_ids_than_the_model_is_said()
    {
        var wide = world.File("wide");
        world.Run("extend", world.Model, "--token", "<|one|>", "--token", "<|two|>", "--out", wide);
        string[] generate = ["generate", "--max-new-tokens", "2", "--prompt", "Say 3", "--model", wide, "--tokenizer"];

        SmallWorld.Try([.. generate, world.Model]).Error.Should()
            .MatchRegex($"note: the tokenizer of {world.Model} has [0-9]+ ids, the model [0-9]+: ids beyond the tokenizer");
        SmallWorld.Try([.. generate, wide]).Error.Should().NotContain("ids beyond the tokenizer");
    }

    [Theory]
    [InlineData("generate", "--model")]
    [InlineData("tokenize")]
    public void Messages_that_end_with_an_answer_are_no_prompt(string verb, params string[] model)
    {
        var rows = world.Write("answered.jsonl", """{"prompt": "Say 3"}""",
            """{"messages": [{"role": "user", "content": "Say 3"}, {"role": "assistant", "content": "3"}]}""");
        SmallWorld.Try([verb, .. model, world.Model, "--prompts", rows]).Should().Be((1, string.Empty,
            $"error: {rows}:2: the messages end with the assistant's; a prompt ends with the user's, and answers are not continued: "
                + $"leave the last message out{Environment.NewLine}"));
    }

    [Fact]
    public void A_long_prompt_shortens_its_own_response_alone()
    {
        const int Asked = 30;
        string Prompt(int words) => $$"""{"prompt": "{{string.Concat(Enumerable.Repeat(" 3", words))}}"}""";
        int Length(int words) => Lines(world.Run("tokenize", world.Model, "--prompts", world.Write("words.jsonl", Prompt(words))))
            .Single()["ids"]!.AsArray().Count;
        var (few, more) = (Length(100), Length(200));
        // Of 1024 positions less than 30 are left, and one at least.
        var words = 100 + ((1010 - few) * 100 / (more - few));
        Length(words).Should().BeInRange(1024 - Asked + 1, 1023);
        string[] Generated(params string[] prompts) =>
        [
            .. Lines(world.Run(
                "generate", "--model", world.Model, "--max-new-tokens", $"{Asked}", "--stop", "<|pad|>",
                "--prompts", world.Write("lengths.jsonl", prompts))).Select(row => row["response"] + Invariant($" {row["tokens"]}")),
        ];

        var alone = Generated(Prompt(1));
        alone[0].Should().EndWith($" {Asked}");
        var together = Generated(Prompt(1), Prompt(words), Prompt(1));
        together[0].Should().Be(alone[0]);
        int.Parse(together[1].Split(' ')[^1], CultureInfo.InvariantCulture).Should().BeInRange(1, Asked - 1);
        together[2].Should().EndWith($" {Asked}");
        var beyond = world.Write("beyond.jsonl", Prompt(1), Prompt(2 * words));
        var (code, output, error) = SmallWorld.Try("generate", "--model", world.Model, "--prompts", beyond);
        (code, output).Should().Be((1, string.Empty));
        error.Should().MatchRegex("error: .*beyond.jsonl:2: the prompt has .* tokens, the model 1,024 positions");
    }

    [Fact]
    public void Texts_become_ids_and_ids_texts()
    {
        var of = Lines(world.Run("tokenize", world.Model, "--text", "Say 3<|im_end|>")).Single();
        var (ids, tokens) = (Numbers(of["ids"]), of["tokens"]!.AsArray());
        ids.Should().HaveSameCount(tokens);
        ((string?)tokens[^1]).Should().Be("<|im_end|>");
        var back = Lines(world.Run(["tokenize", world.Model, "--ids", .. ids])).Single();
        ((string?)back["text"]).Should().EndWith("Say 3<|im_end|>");
        Lines(world.Run("tokenize", world.Model, "--ids", string.Join(',', ids))).Single().ToJsonString().Should().Be(back.ToJsonString());
        SmallWorld.Try("tokenize", world.Model, "--ids", "1", "x").Error.Should().Contain("--ids: 'x' is no id");
        var prompts = world.Write("asked.jsonl", """{"prompt": "Say 3"}""");
        var (_, prompt, error) = SmallWorld.Try("tokenize", world.Model, "--prompts", prompts, "--template", "chatml");
        error.Should().StartWith("template: chatml");
        string.Concat(JsonNode.Parse(prompt)!["tokens"]!.AsArray().Select(token => (string?)token)).Should()
            .EndWith("<|im_start|>userĊSayĠ3<|im_end|>Ċ<|im_start|>assistantĊ");

        foreach (var gap in new[] { "1,2,,3", "1,2,", ",1" })
        {
            SmallWorld.Try("tokenize", world.Model, "--ids", gap).Should().Be((1, string.Empty,
                $"error: --ids: an id is missing beside a comma in '{gap}'; whole numbers were expected, such as 1,2,3"
                    + Environment.NewLine));
        }

        world.Run("tokenize", world.Model, "--ids", "1,", "2").Should().Be(world.Run("tokenize", world.Model, "--ids", "1", "2"));
        Numbers(Lines(world.Run("tokenize", world.Model, "--text", string.Empty)).Single()["ids"])
            .Should().Equal([ids.First()], "nothing but what the tokenizer adds");
        SmallWorld.Try("tokenize", world.Model, "--prompts", "nosuch.jsonl").Error.Should().StartWith("error: nosuch.jsonl: ");
        SmallWorld.Try("tokenize", world.Model).Should().Be(
            (1, string.Empty, $"error: give one of --text TEXT, --prompts FILE.jsonl and --ids 1 2 3{Environment.NewLine}"));
        SmallWorld.Try("tokenize", world.Model, "--text", "x", "--template", "chatml").Error.Should().Contain("--template needs --prompts");
        SmallWorld.Try("tokenize", world.Model, "--ids", "100000").Error.Should().Contain("Token id 100000 is unknown");

        static string[] Numbers(JsonNode? ids) => [.. ids!.AsArray().Select(id => id!.ToJsonString())];
    }

    [Fact]
    public void More_responses_at_once_than_memory_holds_are_refused()
    {
        const int Prompts = 20_000;
        var prompts = world.Write("many.jsonl", [.. Enumerable.Repeat("""{"prompt": "Say 1"}""", Prompts)]);
        var (code, output, error) = SmallWorld.Try("generate", "--model", world.Model, "--prompts", prompts, "--max-new-tokens", "30",
            "--batch", "20000", "--sequences", "10000");
        code.Should().Be(1);
        output.Should().BeEmpty();
        error.Should().MatchRegex("--batch and --sequences: 200,000,000 responses of up to .* tokens at once need about .* MiB, this")
            .And.EndWith("lower one of the two" + Environment.NewLine);
    }

    [Fact]
    public void Pairs_that_are_left_out_are_counted()
    {
        var pairs = world.Write("pairs.jsonl", """{"prompt": "Say 1", "chosen": "a", "rejected": "b"}""",
            """{"prompt": "Say 2", "chosen": "a", "rejected": "a"}""");
        var (code, output, error) = SmallWorld.Try("score", "--model", world.Model, "--adapter", world.Reward, "--data", pairs);
        code.Should().Be(0, error);
        Lines(output).Should().ContainSingle();
        error.Should().Contain("both replies are equal");
    }

    [Fact]
    public void A_reference_goes_from_the_prompts_to_the_answers()
    {
        var prompts = world.Write("asked.jsonl", """{"prompt": "Say 1", "reference": "1"}""", """{"prompt": "Say 2"}""");
        var made = Lines(world.Run("generate", "--model", world.Model, "--prompts", prompts, "--max-new-tokens", "3"));
        made.Select(row => (string?)row["reference"]).Should().Equal("1", null);
        var wrong = world.Write("wrong.jsonl", """{"prompt": "Say 1", "reference": 1}""");
        SmallWorld.Try("generate", "--model", world.Model, "--prompts", wrong).Error.Should()
            .Contain("wrong.jsonl:1").And.Contain("'reference'");
    }

    [Fact]
    public void The_file_of_the_prompts_is_not_written_over()
    {
        var rows = world.Write("own.jsonl", """{"prompt": "Say 3", "keep": "me"}""");
        SmallWorld.Try("generate", "--model", world.Model, "--prompts", rows, "--out", rows).Should().Be((1, string.Empty,
            $"error: --out {rows} is the file of --prompts, which would be lost: name another{Environment.NewLine}"));
        SmallWorld.Try("compare", world.File("other.jsonl"), rows, "--out", rows).Error.Should()
            .Be($"error: --out {rows} is the file of the second responses, which would be lost: name another{Environment.NewLine}");
        File.ReadAllText(rows).Should().Contain("keep");
    }

    [Fact]
    public void Two_files_are_compared_by_a_reward_model()
    {
        var prompts = world.Write("prompts.jsonl", Enumerable.Range(0, 6).Select(i => Invariant($$"""{"prompt": "Say {{i}}"}"""))
            .ToArray());
        string[] generate = ["generate", "--model", world.Model, "--prompts", prompts, "--max-new-tokens", "6"];
        world.Run([.. generate, "--seed", "1", "--out", world.File("a.jsonl")]);
        world.Run([.. generate, "--seed", "2", "--out", world.File("b.jsonl")]);
        var output = world.Run("compare", world.File("a.jsonl"), world.File("b.jsonl"), "--reward", world.Model, "--adapter", world.Reward,
            "--out", world.File("pairs.jsonl"));
        var pairs = Lines(File.ReadAllText(world.File("pairs.jsonl")));
        pairs.Should().HaveCount(6);
        foreach (var pair in pairs)
        {
            var (a, b) = ((double)pair["a_score"]!, (double)pair["b_score"]!);
            ((string)pair["winner"]!).Should().Be(a > b ? "a" : a < b ? "b" : "tie");
        }

        var wins = pairs.Count(pair => (string)pair["winner"]! == "a");
        output.Should().Contain(Invariant($"of 6 pairs: {wins} won"));
        // A reward model that is an adapter finds its base by itself; a file against itself ties throughout.
        world.Run("compare", world.File("a.jsonl"), world.File("a.jsonl"), "--reward", world.Reward)
            .Should().Contain(
                "A wins 50.0% of 6 pairs: 0 won, 0 lost, 6 ties, counted half; no pair was decided, so there is no interval");
    }

    [Theory]
    [InlineData("""{"prompt": "a", "response": null}""", "'response' must be a text, found null")]
    [InlineData("""{"prompt": "a"}""", "'response' must be a text, but it is not there")]
    public void A_response_that_is_no_text_is_said_with_what_is_there(string row, string message)
    {
        using var world = new SmallWorld();
        var file = world.File("rows.jsonl");
        File.WriteAllText(file, row);
        SmallWorld.Try("compare", file, file).Error.Should().Contain("rows.jsonl:1: " + message);
    }

    [Fact]
    public void A_judgement_file_decides_and_what_has_no_partner_is_counted()
    {
        var a = world.Write("a.jsonl", Response("p", "a1"), Response("p", "a2"), Response("q", "a3"), Response("only a", "a4"),
            Response("r", "a5"));
        var b = world.Write("b.jsonl", Response("q", "b3"), Response("p", "b1"), Response("p", "b2"), Response("r", "b5"),
            Response("only b", "b4"),
            Response("only b", "b6"));
        var judged = world.Write("judged.jsonl", """{"prompt": "p", "preference": 1}""", """{"prompt": "p", "preference": 1.5}""",
            """{"prompt": "q", "winner": "model_b"}""", """{"prompt": "nobody", "winner": "a"}""");
        var output = world.Run("compare", a, b, "--judgements", judged, "--out", world.File("pairs.jsonl"));
        output.Should().Contain("1 row of A and 2 of B have no partner").And.Contain("1 pair has no judgement, 1 judgement no pair")
            .And.Contain("A wins 50.0% of 3 pairs: 1 won, 1 lost, 1 tie, counted half").And.Contain("not independent");
        Lines(File.ReadAllText(world.File("pairs.jsonl"))).Select(pair => $"{pair["a"]}{pair["b"]}{pair["winner"]}").Should()
            .Equal("a1b1a", "a2b2tie", "a3b3b");
    }

    [Fact]
    public void Scores_of_the_rows_decide_where_nothing_else_does()
    {
        var a = world.Write("a.jsonl", """{"prompt": "p", "response": "x", "score": 2}""",
            """{"prompt": "q", "response": "x", "score": 0.5}""");
        var b = world.Write("b.jsonl", """{"prompt": "p", "response": "y", "score": 1}""", """{"prompt": "q", "response": "y"}""");
        var (code, _, error) = SmallWorld.Try("compare", a, b);
        code.Should().Be(1);
        error.Should().Contain($"{b}:2: a number 'score' was expected");
        world.Write("b.jsonl", """{"prompt": "p", "response": "y", "score": 1}""", """{"prompt": "q", "response": "y", "score": -1}""");
        world.Run("compare", a, b).Should().Be(
            "A wins 100.0% of 2 pairs: 2 won, 0 lost, 0 ties, counted half; 95% interval 15.8 to 100.0 (Clopper-Pearson), "
                + "exact p against equal 0.5"
                + Environment.NewLine);
    }

    [Theory]
    [InlineData("--template", "chatml")]
    [InlineData("--batch", "4")]
    [InlineData("--max-length", "64")]
    public void Options_of_a_model_are_refused_where_none_compares(string option, string value)
    {
        var a = world.Write("a.jsonl", """{"prompt": "p", "response": "x", "score": 2}""");
        var (code, _, error) = SmallWorld.Try("compare", a, a, option, value);
        (code, error).Should().Be((1, $"error: {option} needs --reward, the reward model that compares{Environment.NewLine}"));
    }

    [Theory]
    [InlineData("""{"prompt": "p", "preference": 3}""", ":1: 'preference' 1, 2 or 1.5, or 'winner' a, b or tie was expected, found 3")]
    [InlineData("""{"prompt": "p"}""", "found none")]
    [InlineData("""{"prompt": "other", "winner": "a"}""", "there is no pair to compare")]
    public void A_judgement_that_says_nothing_is_named(string row, string message)
    {
        var a = world.Write("a.jsonl", Response("p", "x"));
        var (code, _, error) = SmallWorld.Try("compare", a, a, "--judgements", world.Write("judged.jsonl", row));
        code.Should().Be(1);
        error.Should().Contain(message);
    }

    [Fact]
    public async Task A_conversation_goes_on_streams_and_begins_anew()
    {
        string[] chat = ["chat", "--model", world.Model, "--temperature", "0", "--max-new-tokens", "8"];
        var (code, output, error) = await Chat("Say 3\n\nAnd now?\n/reset\nSay 3\n/what\n/exit\nnever read\n", chat);
        code.Should().Be(0, error);
        var answers = output.Text.ReplaceLineEndings("\n");
        var alone = (string)JsonNode.Parse(world.Run("generate", "--model", world.Model, "--temperature", "0", "--max-new-tokens", "8",
            "--prompt", "Say 3"))!["response"]!;
        alone.Should().NotBeEmpty();
        answers.Should().StartWith(alone + "\n").And.EndWith(alone + "\n");
        var second = answers[(alone.Length + 1)..^(alone.Length + 1)].TrimEnd('\n');
        var messages = new JsonObject
        {
            ["messages"] = new JsonArray(Message("user", "Say 3"), Message("assistant", alone), Message("user", "And now?")),
        };
        var prompts = world.Write("talk.jsonl", messages.ToJsonString());
        var expected = JsonNode.Parse(world.Run("generate", "--model", world.Model, "--temperature", "0", "--max-new-tokens", "8",
            "--prompts", prompts))!;
        second.Should().Be((string)expected["response"]!, "the second turn sees the first");
        expected["messages"]!.AsArray().Should().HaveCount(3, "a conversation is written whole");
        error.Should().Contain("begun anew").And.Contain("/what is no command");
        output.Pieces.Should().BeGreaterThan(6, "text comes out as it is made");
    }

    [Fact]
    public async Task A_turn_that_is_too_long_is_taken_back()
    {
        var (code, output, error) = await Chat(string.Join(' ', Enumerable.Repeat("word", 3000)) + "\nSay 3\n",
            ["chat", "--model", world.Model, "--max-new-tokens", "4"]);
        code.Should().Be(1);
        error.Should().Contain("positions of the model").And.Contain("taken back");
        output.Text.Trim().Should().NotBeEmpty("the next turn has an answer");
    }

    [Fact]
    public void More_tokens_than_positions_are_cut_and_said()
    {
        var (code, output, error) = SmallWorld.Try("generate", "--model", world.Model, "--prompt", "Say 3", "--max-new-tokens",
            "2000000000", "--stop", "<|im_end|>");
        code.Should().Be(0, error);
        error.Should().MatchRegex("note: --max-new-tokens 2000000000 is cut to [0-9]+: the model has 1024 positions");
        ((int)JsonNode.Parse(output)!["tokens"]!).Should().BeInRange(1, 1023);
    }

    private static JsonObject Message(string role, string content) => new() { ["role"] = role, ["content"] = content };

    private static string Response(string prompt, string response) =>
        new JsonObject { ["prompt"] = prompt, ["response"] = response }.ToJsonString();

    private static List<JsonNode> Lines(string text) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(line => JsonNode.Parse(line)!)];

    private static async Task<(int Code, CountingWriter Output, string Error)> Chat(string lines, string[] arguments)
    {
        using var input = new StringReader(lines);
        using var error = new StringWriter();
        var output = new CountingWriter();
        var code = await CommandLine.RunAsync(arguments, input, output, error);
        return (code, output, error.ToString());
    }

    private sealed class CountingWriter : StringWriter
    {
        internal int Pieces { get; private set; }

        internal string Text => ToString();

        public override void Write(string? value)
        {
            Pieces += string.IsNullOrEmpty(value) ? 0 : 1;
            base.Write(value);
        }
    }
}
