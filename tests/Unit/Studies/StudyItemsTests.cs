using Repro.Core;
using Repro.Experiments;
using Repro.Experiments.Studies;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Studies;

/// <summary>What becomes an item of a study, in which order its answers are shown, and how far those who ranked agree.</summary>
public sealed class StudyItemsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rows_with_several_answers_name_their_models_in_four_ways()
    {
        var items = Read(Rows("""{"prompt": "a", "responses": ["x", "y"]}""",
            """{"prompt": "b", "responses": ["x", "y"], "models": ["m", "n"]}""",
            """{"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "c"}], "responses": """
                + """[{"model": "m", "text": "x"}, {"model": "n", "response": ""}]}""",
            """{"instruction": "d", "output_1": "x", "output_2": "y", "generator_2": "n"}""",
            """{"instruction": "e", "response-1": "x", "response-2": "y", "response-3": "z", "response-4": "w"}"""));
        items.Select(Text).Should().Equal("a: response-1=x response-2=y", "b: m=x n=y", "s|c: m=x n=", "d: output_1=x n=y",
            "e: response-1=x response-2=y response-3=z response-4=w");
    }

    [Fact]
    public void Files_with_one_answer_a_row_are_joined_by_their_prompts()
    {
        _folder.Write("in/alpha.jsonl", """
            {"prompt": "a", "response": "xa"}
            {"prompt": "only here", "response": "x"}
            {"prompt": "b", "response": "xb"}
            """);
        _folder.Write("in/beta.json", """
            [{"instruction": "b", "output": "yb", "generator": "gpt"}, {"instruction": "a", "output": "ya", "generator": "gpt"}]
            """);
        _folder.Write("in/notes.txt", "no data");
        var notes = new List<string>();
        StudyFiles.Read([Path.Combine(_folder.Path, "in")], notes.Add, default).Select(Text)
            .Should().Equal("a: alpha=xa gpt=ya", "b: alpha=xb gpt=yb");
        notes.Should().Equal("1 prompts are not in all 2 files and are left out");
    }

    [Fact]
    public void A_prompt_that_comes_again_gets_a_key_of_its_own() =>
        Read(Rows("""{"prompt": "a", "responses": ["x", "y"]}""", """{"prompt": "a", "responses": ["z", "w"]}"""))
            .Select(item => item.Key).Should().OnlyHaveUniqueItems().And.HaveCount(2);

    [Theory]
    [InlineData("""{"prompt": "a", "responses": ["x"]}""", "2 to 4 answers were expected, found 1")]
    [InlineData("""{"prompt": "a", "responses": ["x", "y", "z", "v", "w"]}""", "2 to 4 answers were expected, found 5")]
    [InlineData("""{"prompt": "a", "responses": "x"}""", "'responses' must be a list")]
    [InlineData("""{"prompt": "a", "responses": ["x", 3]}""", "responses[1] must be a text")]
    [InlineData("""{"prompt": "a", "responses": ["x", {"model": "m"}]}""", "responses[1]: 'response' must be a text")]
    [InlineData("""{"prompt": "a", "responses": ["x", "y"], "models": ["m"]}""", "'models' names 1, 'responses' has 2")]
    [InlineData("""{"prompt": "a", "responses": ["x", "y"], "models": ["m", "m"]}""", "two answers are of 'm'")]
    [InlineData("""{"prompt": " ", "responses": ["x", "y"]}""", "prompt")]
    [InlineData("""{"prompt": "a", "text": "x"}""", "'responses' (two to four)")]
    [InlineData("""{"prompt": "a", "response": "x"}""", "the row has one answer, other rows have several")]
    [InlineData("""{"prompt": "a", "responses": ["x", "\ud800"]}""", "responses")]
    [InlineData("""{"responses": ["x", "y"]}""", "prompt")]
    [InlineData("{", "")]
    public void What_cannot_be_shown_is_refused_with_file_and_line(string row, string message)
    {
        var file = Rows("""{"prompt": "first", "responses": ["x", "y"]}""", row);
        ((Action)(() => Read(file))).Should().Throw<Exception>()
            .Where(e => e is ReproException || e is Core.ReproException).WithMessage($"{file}:2*{message}*");
    }

    [Fact]
    public void An_item_too_long_for_a_page_is_refused_and_100_KB_are_not()
    {
        var hundred = new string('x', 100_000);
        Read(Rows($$"""{"prompt": "a", "responses": ["{{hundred}}", "y"]}"""))[0].Answers[0].Text.Should().Be(hundred);
        var file = Rows($$"""{"prompt": "a", "responses": ["{{new string('x', 2_000_000)}}", "y"]}""");
        ((Action)(() => Read(file))).Should().Throw<ReproException>().WithMessage($"{file}:1*2000002 characters*at most 2000000");
    }

    [Fact]
    public void Files_that_do_not_fit_together_are_refused()
    {
        var one = _folder.Write("one.jsonl", """{"prompt": "a", "response": "x"}""");
        var other = _folder.Write("other.jsonl", """{"prompt": "b", "response": "x"}""");
        var twice = _folder.Write("twice.jsonl", "{\"prompt\": \"a\", \"response\": \"x\"}\n{\"prompt\": \"a\", \"response\": \"y\"}\n");
        Refused("*two to four files*found 1", one);
        Refused("no prompt is in all files", one, other);
        Refused($"{twice}:2*came before*{twice}:1*", one, twice);
        Directory.CreateDirectory(Path.Combine(_folder.Path, "empty"));
        Refused("*empty: the folder has no .jsonl or .json file", Path.Combine(_folder.Path, "empty"));
    }

    /// <summary>What a database keeps is what was read, NUL, quotes and all.</summary>
    [Fact]
    public void Any_text_comes_back_from_its_JSON()
    {
        var item = Read(Rows("""{"prompt": "<script>\u0000", "responses": ["\u202e\"'\n\t\u0007", "\ud83d\ude00 \u05e9"]}"""))[0];
        StudyItem.FromJson(item.Key, item.Group, item.Json()).Should().BeEquivalentTo(item);
        item.Answers[1].Text.Should().Be("\ud83d\ude00 \u05e9");
    }

    // 49.7 is the value that chi-squared with 23 degrees of freedom exceeds with a chance of 0.001.
    [Fact]
    public void Every_order_is_shown_equally_often()
    {
        var raters = Enumerable.Range(0, 120).Select(rater => Invariant($"rater {rater}"));
        var orders = from rater in raters
                     from item in Enumerable.Range(0, 200)
                     select AnswerOrder.Draw(7, rater, Invariant($"item {item}"), 4);
        var counts = orders.CountBy(order => string.Join(',', order)).Select(count => count.Value).ToList();
        counts.Should().HaveCount(24);
        counts.Sum(count => (count - 1000) * (count - 1000) / 1000.0).Should().BeInRange(5, 49.7);
    }

    [Fact]
    public void An_order_depends_on_seed_rater_and_item_and_on_nothing_else()
    {
        static string Orders(long seed, string rater, string item) =>
            string.Join(' ', Enumerable.Range(0, 20).Select(i => string.Concat(AnswerOrder.Draw(seed, rater, Invariant($"{item}{i}"), 4))));

        Orders(1, "Ada", "x").Should().Be(Orders(1, "Ada", "x"));
        new[] { Orders(1, "Ada", "x"), Orders(2, "Ada", "x"), Orders(1, "Ben", "x"), Orders(1, "Ada", "y") }.Should().OnlyHaveUniqueItems();

        // Kept from version to version: people who come back find the answers where they were.
        Orders(1, "Ada", "x").Should().Be(
            "3012 2013 0132 2031 1302 0321 1023 2031 2310 1230 0231 3120 2103 1230 2301 1320 0312 3210 0231 0123");
    }

    // Ranks 123, 123, 312 by hand: W = 12 * 6 / (9 * 24); tau 1, -1/3, -1/3; 3 + 1 + 1 of 9 pairs in the same order;
    // alpha 1 - D_o / D_e with 6 * 8 / (9 * 6).
    [Fact]
    public void Agreement_of_three_people_on_one_item()
    {
        var agreement = StudyAgreement.Compute([Ranking("a", 0, 1, 2, 3), Ranking("b", 0, 1, 2, 3), Ranking("c", 0, 3, 1, 2)]);
        agreement.Items.Should().Be(1);
        agreement.MeanW.Should().BeApproximately(1 / 3.0, 1e-12);
        agreement.MeanTau.Should().BeApproximately(1 / 9.0, 1e-12);
        agreement.SameOrder.Should().BeApproximately(5 / 9.0, 1e-12);
        agreement.Alpha.Should().BeApproximately(1 / 9.0, 1e-12);
    }

    [Fact]
    public void Numbers_of_ranks_do_not_count_and_ties_do()
    {
        var same = StudyAgreement.Compute([Ranking("a", 0, 1, 1, 3), Ranking("b", 0, 1, 1, 2)]);
        new[] { same.Alpha, same.MeanTau, same.MeanW, same.SameOrder }.Should().OnlyContain(value => Math.Abs(value!.Value - 1) < 1e-12);
        var half = StudyAgreement.Compute([Ranking("a", 0, 1, 2), Ranking("b", 0, 1, 1)]);
        (half.SameOrder, half.MeanTau).Should().Be((0, null), "who ties all has no order to correlate");
    }

    [Fact]
    public void Before_two_people_ranked_one_item_there_is_no_agreement()
    {
        var none = new StudyAgreement(0, null, null, null, null);
        StudyAgreement.Compute([]).Should().Be(none);
        StudyAgreement.Compute([Ranking("a", 0, 1, 2), Ranking("b", 1, 1, 2)]).Should().Be(none);
        StudyAgreement.Compute([Ranking("a", 0, 1, 1), Ranking("b", 0, 2, 2)]).Should().Be(new StudyAgreement(1, null, null, null, 1));
    }

    private static Ranking Ranking(string rater, int item, params int[] ranks) =>
        new(rater, item, ranks, [.. Enumerable.Range(0, ranks.Length)], null, null, 0);

    private static string Text(StudyItem item) => string.Join('|', item.Prompt.Select(message => message.Content)) + ": "
        + string.Join(' ', item.Answers.Select(answer => $"{answer.Model}={answer.Text}"));

    private static IReadOnlyList<StudyItem> Read(params string[] files) => StudyFiles.Read(files, _ => { }, default);

    private static void Refused(string message, params string[] files) =>
        ((Action)(() => Read(files))).Should().Throw<ReproException>().WithMessage(message);

    private string Rows(params string[] rows) => _folder.Write("rows.jsonl", string.Join('\n', rows) + "\n");
}
