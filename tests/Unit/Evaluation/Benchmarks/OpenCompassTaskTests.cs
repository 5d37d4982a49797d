using Repro.Core;
using Repro.Core.Evaluation.Benchmarks;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Evaluation.Benchmarks;

/// <summary>Prompts of OpenCompass whose examples come from files of the user, on small files of our own in the same layouts. Pieces of a
/// prompt stand on lines of their own, as for a model without a template of its own.</summary>
public sealed class OpenCompassTaskTests : IDisposable
{
    private const string Subset = "navigate";

    private readonly TemporaryFolder _folder = new();

    public OpenCompassTaskTests()
    {
        Write("bbh/navigate.json", """{"examples": [{"input": "Turn left.\nOptions:\n- Yes\n- No", "target": "No"}]}""");
        Write("bbh/snarks.json", """{"examples": [{"input": "Which?\nOptions:\n(A) x\n(B) y", "target": "(B)"}]}""");
        Write("commonsenseqa/dev_rand_split.jsonl", Question("Where?", "C"));
        Write("hellaswag/hellaswag.jsonl", """{"query": "Go: He says: now", "choices": ["a", "b", "c", "d"], "gold": 2}""");
    }

    /// <summary>Four of the training file by their places; notes between double angle brackets go, as does the comma.</summary>
    [Fact]
    public void GSM8K_shows_four_problems_without_the_notes_of_the_calculator()
    {
        Write("gsm8k/test.jsonl", """{"question": "Last?", "answer": "So.\n#### 1,234"}""");
        Write("gsm8k/train.jsonl", [.. Enumerable.Range(0, 7365).Select(i =>
            Invariant($$"""{"question": "Q{{i}}?", "answer": "It is 2*{{i}}=<<2*{{i}}={{2 * i}}>>{{2 * i}}.\n#### {{2 * i}}"}"""))]);
        var task = Load("gsm8k");
        Prompt(task).Should().Be(
            string.Concat(new[] { 7364, 1708, 669, 6724 }.Select(i => Invariant($"Question: Q{i}?\nLet's think step by step\nAnswer:\n")
                + Invariant($"It is 2*{i}={2 * i}.\nThe answer is {2 * i}\n\n")))
            + "Question: Last?\nLet's think step by step\nAnswer:");
        (task.Shots, task.Target(task.Documents[0])).Should().Be((4, "1234"));
        Prompt(Load("gsm8k", shots: 0)).Should().Be("Question: Last?\nLet's think step by step\nAnswer:");
    }

    /// <summary>OpenCompass compares numbers: 1234.0 is right, 1234.5 and a text without a number are not.</summary>
    [Theory]
    [InlineData("The answer is 1234.0", 1)]
    [InlineData("1234", 1)]
    [InlineData("It is 1234.5", 0)]
    [InlineData("none", 0)]
    [InlineData("1,234", 0)]
    public void GSM8K_compares_the_last_number(string response, double score)
    {
        var settings = BenchmarkLibrary.Find("gsm8k", "opencompass").Settings;
        var answer = settings.FilterList["last_number"].Aggregate(response, (text, step) => step.Apply(text, NoFields));
        BenchmarkScores.ExactMatch(answer, "1234", settings.ExactMatch).Should().Be(score);
    }

    [Theory]
    [InlineData("Task.\n\nQ: a\nA: Let's think step by step.\nb. So the answer is No.")]
    [InlineData("NOTICE\n-----\nTask.\n\nQ: a\nA: Let's think step by step.\nb. So the answer is No.\n\n")]
    [InlineData("NOTICE\r\n-----\r\nTask.\r\n\r\nQ: a\r\nA: Let's think step by step.\r\nb. So the answer is No.\r\n")]
    public void BBH_shows_the_published_examples_without_their_notice(string file)
    {
        Write("bbh/cot-prompts/navigate.txt", file);
        var task = Load($"bbh_{Subset}");
        Prompt(task).Should().Be("Follow the given examples and answer the question.\n"
            + "Task.\n\nQ: a\nA: Let's think step by step.\nb. So the answer is No.\n"
            + "\n\nQ: Turn left.\nOptions:\n- Yes\n- No\nA: Let's think step by step.");
        task.Shots.Should().Be(3);
    }

    [Fact]
    public void BBH_names_examples_that_are_not_the_official_ones()
    {
        Write("bbh/cot-prompts/navigate.txt", "Task.");
        var settings = BenchmarkLibrary.Find($"bbh_{Subset}", "opencompass").Settings;
        BenchmarkTask.Load(WithHash(settings, RequestHash.Compute("Task.\n")), Subset, _folder.Path).Notes.Should().BeEmpty();
        BenchmarkTask.Load(WithHash(settings, RequestHash.Compute("Other.\n")), Subset, _folder.Path).Notes.Should().ContainSingle()
            .Which.Should().StartWith("bbh/cot-prompts/navigate.txt: not the official examples (sha256 ");
    }

    [Fact]
    public void BBH_without_examples_asks_otherwise() => Prompt(Load($"bbh_0shot_{Subset}")).Should().Be(
        "Question: Turn left.\nOptions:\n- Yes\n- No\n You must give your final answer by starting with 'So the answer is' ");

    /// <summary>Choices are compared by their letter, free answers without regard to capitals; both sides pass the same steps.</summary>
    [Theory]
    [InlineData("navigate", "So the answer is no.", 1)]
    [InlineData("navigate", "So the answer is Yes.", 0)]
    [InlineData("snarks", "Well. So the answer is (B).", 1)]
    [InlineData("snarks", "B", 1)]
    [InlineData("snarks", "b", 0)]
    [InlineData("snarks", "So the answer is (A).", 0)]
    public void BBH_compares_letters_and_words(string subset, string response, double score)
    {
        var task = Load($"bbh_0shot_{subset}");
        var (_, steps) = task.Filters.Should().ContainSingle().Subject;
        var answer = steps.Aggregate(response, (text, step) => step.Apply(text, NoFields));
        BenchmarkScores.ExactMatch(answer, task.Target(task.Documents[0]), task.Settings.ExactMatch).Should().Be(score);
    }

    [Fact]
    public void Every_task_of_BBH_has_one_of_the_two_kinds_of_answers()
    {
        foreach (var name in new[] { "bbh_navigate", "bbh_0shot_navigate" })
        {
            var settings = BenchmarkLibrary.Find(name, "opencompass").Settings;
            settings.Subsets.Keys.Should().BeEquivalentTo(BenchmarkLibrary.Find("bbh_zeroshot_navigate").Settings.Subsets.Keys);
            settings.Subsets.Values.Count(part => part.FilterList is null && part.TargetFilter is null).Should().Be(17);
            settings.Subsets.Values.Count(part => part is { FilterList: not null, TargetFilter: not null }).Should().Be(10);
        }
    }

    [Fact]
    public void Every_text_of_examples_of_BBH_has_a_hash_and_tasks_without_examples_have_none()
    {
        BenchmarkLibrary.Find("bbh_navigate", "opencompass").Settings.Subsets.Values.Select(part => part.FewshotSha256)
            .Should().AllSatisfy(hash => hash.Should().MatchRegex("^[0-9a-f]{64}$"));
        BenchmarkLibrary.Find("bbh_0shot_navigate", "opencompass").Settings.Subsets.Values.Select(part => part.FewshotSha256)
            .Should().AllBeEquivalentTo((string?)null);
    }

    [Fact]
    public void CommonsenseQA_shows_the_first_eight_of_the_training_file()
    {
        Write("commonsenseqa/train_rand_split.jsonl", [.. Enumerable.Range(0, 10).Select(i => Question(Invariant($"Q{i}?"), "B"))]);
        const string Choices = "\nA. one\nB. two\nC. three\nD. four\nE. five\nAnswer:";
        var task = Load("commonsense_qa");
        Prompt(task).Should().Be(
            string.Concat(Enumerable.Range(0, 8).Select(i => Invariant($"Q{i}?{Choices}\nB\n"))) + "Where?" + Choices);
        task.Target(task.Documents[0]).Should().Be("C");
    }

    /// <summary>The prompt of the document ends with the two line ends of its empty answer.</summary>
    [Fact]
    public void HellaSwag_shows_ten_rows_and_reads_what_follows_the_first_colon()
    {
        Write("hellaswag/hellaswag_train_sampled25.jsonl", [.. Enumerable.Range(0, 12).Select(i =>
            Invariant($$"""{"query": "T: c{{i}}", "choices": ["a", "b", "c", "d"], "gold": {{i % 4}}}"""))]);
        const string Choices = "\nA) a\nB) b\nC) c\nD) d\nWhat is the right option?\n";
        Prompt(Load("hellaswag")).Should().Be("Continue the following text without adding any additional information or formatting:\n\n"
            + string.Concat(Enumerable.Range(0, 10).Select(i => Invariant($"c{i}{Choices}{"ABCD"[i % 4]}\n\n")))
            + "He says: now" + Choices + "\n");
        Prompt(Load("hellaswag_0shot")).Should().Be("He says: now\nQuestion: Which ending makes the most sense?\n"
            + "A. a\nB. b\nC. c\nD. d\nYou may choose from 'A', 'B', 'C', 'D'.\nAnswer:");
    }

    /// <summary>Of two blocks the first counts, whatever language it names; without one the whole response is run.</summary>
    [Theory]
    [InlineData("humaneval", "Here:\n```python\n  return 1\n```\nor\n```\n  return 2\n```", "def f():\n  return 1\n")]
    [InlineData("humaneval", "  return 1", "def f():\n  return 1")]
    [InlineData("humaneval", "```python\n  return 1", "def f():\n```python\n  return 1")]
    [InlineData("humaneval_openai", "```\n  return 1\n```", "def f():\nreturn 1\n")]
    [InlineData("humaneval_openai", "\n  return 1", "def f():\nreturn 1")]
    public void HumanEval_runs_the_first_block_of_code_after_the_prompt(string name, string response, string program)
    {
        var fields = new Dictionary<string, string> { ["prompt"] = "def f():\n" };
        BenchmarkLibrary.Find(name, "opencompass").Settings.FilterList["create_test"]
            .Aggregate(response, (text, step) => step.Apply(text, fields)).Should().Be(program);
    }

    [Theory]
    [InlineData("bbh_navigate", null, "*cot-prompts*navigate.txt: no such file; bbh_navigate takes its 3 examples from it*")]
    [InlineData("bbh_navigate", 1, "bbh_navigate: its 3 examples come as one text; 1 were asked for.")]
    [InlineData("commonsense_qa", null, "*train_rand_split.jsonl: no such file; commonsense_qa takes its examples from it (--num*")]
    [InlineData("hellaswag", null, "*hellaswag_train_sampled25.jsonl: no such file; hellaswag takes its examples*")]
    [InlineData("gsm8k", 5, "gsm8k: 5 examples were asked for; its files have 4.")]
    public void Examples_that_are_not_there_are_named(string name, int? shots, string complaint)
    {
        Write("gsm8k/test.jsonl", """{"question": "Last?", "answer": "So.\n#### 4"}""");
        Write("gsm8k/train.jsonl", [.. Enumerable.Repeat("""{"question": "?", "answer": "So.\n#### 4"}""", 7365)]);
        FluentActions.Invoking(() => Load(name, shots)).Should().Throw<ReproException>().WithMessage(complaint);
    }

    [Fact]
    public void An_answer_of_GSM8K_without_a_result_is_named()
    {
        Write("gsm8k/test.jsonl", """{"question": "Last?", "answer": "So 4."}""");
        FluentActions.Invoking(() => Load("gsm8k", 0)).Should().Throw<ReproException>()
            .WithMessage("*test.jsonl:1: 'answer' must end with a line '#### ' and the result*");
    }

    public void Dispose() => _folder.Dispose();

    private static IReadOnlyDictionary<string, string> NoFields { get; } = new Dictionary<string, string>();

    private static string Prompt(BenchmarkTask task) => task.Requests().Should().ContainSingle().Subject[0].Context;

    private static BenchmarkSettings WithHash(BenchmarkSettings settings, string hash) => settings with
    {
        Subsets = new Dictionary<string, SubsetSettings> { [Subset] = settings.Subsets[Subset] with { FewshotSha256 = hash } },
    };

    private static string Question(string stem, string answer) =>
        $$"""{"id": "q", "question": {"stem": "{{stem}}", "choices": ["""
        + string.Join(", ", "one two three four five".Split(' ').Zip("ABCDE", (text, label) =>
            $$"""{"text": "{{text}}", "label": "{{label}}"}""")) + $$"""]}, "answerKey": "{{answer}}"}""";

    private BenchmarkTask Load(string name, int? shots = null)
    {
        var (settings, subset) = BenchmarkLibrary.Find(name, "opencompass");
        return BenchmarkTask.Load(settings, subset, _folder.Path, shots);
    }

    private void Write(string name, params string[] lines) => _folder.Write(name, string.Join('\n', lines));
}
