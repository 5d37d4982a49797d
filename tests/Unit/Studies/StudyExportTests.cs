using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Data;
using Repro.Core.Evaluation.Rankings;
using Repro.Experiments;
using Repro.Experiments.Cli;
using Repro.Experiments.Studies;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Data;

namespace Repro.Tests.Unit.Studies;

/// <summary>Rankings go out as JSON lines, and files of Argilla in and out.</summary>
public sealed class StudyExportTests : IDisposable
{
    private const string Keys = """
        {"run_num0": {"first?": {"0": "crs", "1": "abs", "2": "rank"},
                      "second?": {"0": "abs", "1": "rank", "2": "crs"}},
         "run_num1": {"third?": {"0": "abs", "1": "crs"}}}
        """;

    private const string Votes = """
        [[{"response-1": 2, "response-2": 1, "response-3": 2, "annotator": "g1a2",
           "value_order": ["response-2", "response-1", "response-3"]},
          {"response-1": 1, "response-2": 2, "response-3": 3, "annotator": "g1a1",
           "value_order": ["response-1", "response-2", "response-3"]}],
         [{"response-1": 3, "response-2": 3, "response-3": 3, "annotator": "g1a1",
           "value_order": ["response-3", "response-2", "response-1"]}]]
        """;

    private readonly TemporaryFolder _folder = new();

    private string Database => Path.Combine(_folder.Path, "study.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Rankings_are_lines_with_models_that_merge_and_compare()
    {
        using (var store = StudyStore.Create(Database, 0, Studies.Items(3, 2)))
        {
            var (ada, ben) = (store.AddRater("Ada"), store.AddRater("Ben"));
            store.Save(ada, 0, [2, 1, 2], [2, 1, 0], 4, DateTimeOffset.UnixEpoch);
            store.Save(ben, 1, [1, 2], [0, 1], null, null);
            store.Save(ben, 1, [2, 1], [0, 1], null, null);
        }

        var rows = await Export("rankings");
        rows[0].ToJsonString().Should().Be(JsonNode.Parse($$"""
            {"prompt": "question 0", "item": "{{(string)rows[0]["item"]!}}", "rater": "Ada", "revision": 0,
             "models": ["m0", "m1", "m2"], "ranks": [2, 1, 2],
             "ballot": ["m1", "m2", "m0"], "shown": ["m2", "m1", "m0"], "seconds": 4, "at": "1970-01-01T00:00:00Z"}
            """)!.ToJsonString());
        rows.Should().HaveCount(2);
        ((string)rows[1]["winner"]!, (int)rows[1]["revision"]!).Should().Be(("b", 1));
        RankedPairs.ByName([[.. rows[0]["ballot"]!.AsArray().Select(model => (string)model!)]]).Should().Equal("m1", "m2", "m0");
        (await Export("rankings", "--history")).Select(row => (string?)row["winner"]).Should().Equal(null, "a", "b");

        // The verb that reads judgements finds who won.
        var (a, b) = (_folder.Write("a.jsonl", """{"prompt": "question 1", "response": "answer 0"}"""),
            _folder.Write("b.jsonl", """{"prompt": "question 1", "response": "answer 1"}"""));
        var only = _folder.Write("only.jsonl", rows[1].ToJsonString());
        (await Run("compare", a, b, "--judgements", only)).Should().Contain("A wins 0.0% of 1 pair:");
    }

    [Fact]
    public async Task Preferences_are_pairs_that_training_reads()
    {
        using (var store = StudyStore.Create(Database, 0, Studies.Items(3)))
        {
            store.Save(store.AddRater("Ada"), 0, [2, 1, 2], [2, 1, 0], null, null);
        }

        (await Export("preferences")).Should().HaveCount(2);
        var read = TrlDatasets.Preferences(new RowSource(Path.Combine(_folder.Path, "preferences"))).ToList();
        read.Select(pair => $"{pair.Prompt[0].Content}: {pair.Replies[0].Text} > {pair.Replies[1].Text}")
            .Should().Equal("question 0: answer 1 > answer 0", "question 0: answer 1 > answer 2");
    }

    [Fact]
    public async Task Files_of_Argilla_come_out_as_they_went_in()
    {
        var source = Argilla();
        (await Run("study", "import", source, "--out", Database)).Should().Contain("3 items, 4 rankings, 0 replaced")
            .And.Contain("g1a1: 2 of 3");
        var target = Path.Combine(_folder.Path, "out");
        await Run("study", "export", Database, "--form", "argilla", "--out", target);
        foreach (var file in Directory.GetFiles(source))
        {
            Equal(file, Path.Combine(target, Path.GetFileName(file)));
        }

        // By hand: abs and crs beat rank and one another once, which their names decide; the one vote on the second prompt ties all, and
        // keeps the order in which it saw them.
        JsonNode.Parse(File.ReadAllText(Path.Combine(target, "final_user-study-ws-run-1.json")))!.ToJsonString()
            .Should().Be("""[["abs","crs","rank"],["crs","rank","abs"]]""");
    }

    /// <summary>The study of the thesis, with the merged rankings that its author released.</summary>
    [ReleaseFact]
    public void The_released_study_comes_out_as_it_went_in()
    {
        var source = DataFolder.Artifact("evaluations", "argilla_data");
        using var store = ArgillaFiles.Import(source, Database, note => throw new InvalidOperationException(note));
        store.Items.Should().HaveCount(60);
        store.Current().Should().HaveCount(240);
        var target = Path.Combine(_folder.Path, "out");
        var written = ArgillaFiles.Export(store, target).Select(Path.GetFileName).ToList();
        written.Should().HaveCount(10);
        foreach (var name in written)
        {
            var released = name!.Replace("humaneval_run", "humaneval_p_09_t_08_run", StringComparison.Ordinal);
            File.ReadAllBytes(Path.Combine(target, name)).Should().Equal(File.ReadAllBytes(Path.Combine(source, released)), name);
        }
    }

    [Theory]
    [InlineData("all_keys.json", "\"first?\"", "\"other?\"", "*humaneval_run_0.json: entry 0: the prompt is another*run_num0*")]
    [InlineData("all_keys.json", ", \"1\": \"crs\"}", "}", "*humaneval_run_1.json: entry 0: 2 responses*1 models*")]
    [InlineData("humaneval_run_0.json", "\"response-2\": \"b\"", "\"response-5\": \"b\"", "*humaneval_run_0.json: entry 0*response-2*")]
    [InlineData("original-user-study-ws-run-1.json", "\"g1a2\"", "\"g1a1\"", "*run-1.json: entry 0: two votes of g1a1*")]
    [InlineData("original-user-study-ws-run-1.json", "\"g1a2\"", "\"G1a1\"", "*run-1.json: entry 0: annotator 'g1a1'*'G1a1'*")]
    [InlineData("original-user-study-ws-run-1.json", "\"g1a2\"", "\"\"", "*run-1.json: entry 0: annotator ''*1 to 80*")]
    [InlineData("original-user-study-ws-run-1.json", ",\n [{", ", [], [{", "*run-1.json: 3 prompts*has 2*")]
    [InlineData("original-user-study-ws-run-1.json", "\"response-1\": 3", "\"response-1\": 4", "*run-1.json: entry 1, vote 0: rank 4*")]
    [InlineData("original-user-study-ws-run-2.json", "", "", "*one file original*run-2.json was expected, found 0")]
    public void Files_that_do_not_fit_together_are_refused_and_make_no_study(string name, string old, string now, string message)
    {
        var source = Argilla();
        var file = Path.Combine(source, name);
        var text = File.ReadAllText(file);
        if (old.Length > 0)
        {
            text.Should().Contain(old);
            File.WriteAllText(file, text.Replace(old, now, StringComparison.Ordinal));
        }
        else
        {
            File.Delete(file);
        }

        ((Action)(() => ArgillaFiles.Import(source, Database, _ => { }).Dispose())).Should().Throw<ReproException>().WithMessage(message);
        File.Exists(Database).Should().BeFalse();
    }

    [Fact]
    public void What_the_files_of_Argilla_cannot_hold_is_said()
    {
        var source = Argilla();
        var file = Path.Combine(source, "humaneval_run_1.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace("{", "{\"source\": \"web\", ", StringComparison.Ordinal));
        var notes = new List<string>();
        ArgillaFiles.Import(source, Database, notes.Add).Dispose();
        notes.Should().Equal($"{file}: left out: source");

        var again = Studies.Items(2)[0];
        using var store = StudyStore.Create(Path.Combine(_folder.Path, "twice.db"), 0, StudyFiles.WithKeys([again, again]));
        ((Action)(() => ArgillaFiles.Export(store, Path.Combine(_folder.Path, "none")))).Should().Throw<ReproException>()
            .WithMessage("the prompt comes twice*question 0");
    }

    [Fact]
    public async Task What_would_be_ignored_or_cannot_be_written_is_refused()
    {
        StudyStore.Create(Database, 0, Studies.Items(2)).Dispose();
        foreach (var (arguments, message) in new (string[], string)[]
        {
            (["--history", "--form", "preferences", "--out", Path.Combine(_folder.Path, "x")], "--history goes with --form rankings alone"),
            (["--out", Path.Combine(_folder.Path, "no", "x")], "x: cannot be written"),
        })
        {
            using var output = new StringWriter();
            using var error = new StringWriter();
            (await CommandLine.RunAsync(["study", "export", Database, .. arguments], output, error)).Should().Be(1);
            error.ToString().Should().Contain(message).And.NotContain("   at ");
        }
    }

    private static void Equal(string expected, string actual) =>
        JsonNode.DeepEquals(JsonNode.Parse(File.ReadAllText(expected)), JsonNode.Parse(File.ReadAllText(actual)))
            .Should().BeTrue("{0} is {1}", actual, expected);

    private static async Task<string> Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        (await CommandLine.RunAsync(arguments, output, error)).Should().Be(CommandLine.Success, error.ToString());
        return output.ToString();
    }

    private async Task<List<JsonNode>> Export(string form, params string[] options)
    {
        var file = Path.Combine(_folder.Path, form);
        await Run(["study", "export", Database, "--form", form, "--out", file, .. options]);
        return [.. File.ReadLines(file).Select(line => JsonNode.Parse(line)!)];
    }

    private string Argilla()
    {
        _folder.Write("in/all_keys.json", Keys);
        _folder.Write("in/humaneval_run_0.json", """
            [{"instruction": "first?", "response-1": "a", "response-2": "b", "response-3": ""},
             {"instruction": "second?", "response-1": "<b>", "response-2": "\u0000", "response-3": "\u05e9"}]
            """);
        _folder.Write("in/humaneval_run_1.json", """[{"instruction": "third?", "response-1": "a", "response-2": "b"}]""");
        _folder.Write("in/original-user-study-ws-run-1.json", Votes);
        return Path.GetDirectoryName(_folder.Write("in/original-user-study-ws-run-2.json", """
            [[{"response-1": 2, "response-2": 1, "annotator": "g2a1", "value_order": ["response-1", "response-2"]}]]
            """))!;
    }
}
