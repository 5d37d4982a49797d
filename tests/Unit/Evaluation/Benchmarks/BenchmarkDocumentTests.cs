using Repro.Core;
using Repro.Core.Evaluation.Benchmarks;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Evaluation.Benchmarks;

/// <summary>Small files of our own in the published layouts, whole and damaged.</summary>
public sealed class BenchmarkDocumentTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void An_article_of_RACE_is_one_document_with_its_other_questions_answered()
    {
        var document = Read(DocumentFormat.RaceArticles, "race.jsonl",
            """{"id": "a", "article": "Text.", "questions": ["It is  _  .", "Why?", "Who?"], """
            + """ "options": [["x", "y"], ["p", "q"], ["m", "n"]], "answers": ["B", "A", "B"]}""")[0];
        document.Fields["answered"].Should().Be("It is y\nQuestion: Why?\nAnswer: p\n",
            "the mark is five characters, of which the blank stays");
        (document.Fields["question"], document.Answer).Should().Be(("Who?", 1));
    }

    [Fact]
    public void An_article_may_also_be_a_row_for_each_question()
    {
        var documents = Read(DocumentFormat.RaceArticles, "race.jsonl",
            """{"example_id": "a", "article": "T", "question": "One?", "options": ["x", "y"], "answer": "A"}""" + "\n"
            + """{"example_id": "a", "article": "T", "question": "Two?", "options": ["x", "y"], "answer": "B"}""" + "\n"
            + """{"example_id": "b", "article": "U", "question": "Three?", "options": ["x", "y"], "answer": "A"}""");
        documents.Select(document => document.Fields["question"]).Should().Equal("Two?", "Three?");
    }

    [Fact]
    public void HellaSwag_loses_its_marks_and_writes_the_second_part_small_but_for_its_first_letter()
    {
        var document = Read(DocumentFormat.HellaSwag, "hs.jsonl",
            """{"activity_label": "Walk", "ctx_a": "A man [step] goes [title] on.", "ctx_b": "he And SHE", "ctx": "c", """
            + """ "endings": [" [a]run", "sit"], "label": 1}""")[0];
        document.Fields["query"].Should().Be("Walk: A man goes. on. He and she");
        document.Choices.Should().Equal("run", "sit");
    }

    [Theory]
    [InlineData(DocumentFormat.QuestionChoices,
        """{"id": "a", "question": {"stem": "?", "choices": [{"text": "x", "label": "A"}]}, "answerKey": "B"}""",
        "'answerKey' must be one of A")]
    [InlineData(DocumentFormat.QuestionChoices, """{"id": "a", "question": "?", "answerKey": "B"}""", "'question' must be an object")]
    [InlineData(DocumentFormat.HellaSwag,
        """{"activity_label": "a", "ctx_a": "b", "ctx_b": "", "ctx": "c", "endings": ["x"], "label": 1}""",
        "'label' must be a whole number")]
    [InlineData(DocumentFormat.WinoGrande,
        """{"sentence": "no gap", "option1": "a", "option2": "b", "answer": "1"}""",
        "'sentence' must hold the gap")]
    [InlineData(DocumentFormat.WinoGrande,
        """{"sentence": "a _", "option1": "a", "option2": "b", "answer": "3"}""",
        "'answer' must be 1 or 2")]
    [InlineData(DocumentFormat.RaceArticles,
        """{"id": "a", "article": "T", "questions": ["?"], "answers": ["A"]}""",
        "'options' must be lists of texts")]
    [InlineData(DocumentFormat.RaceArticles,
        """{"id": "a", "article": "T", "questions": ["?"], "answers": ["A"], "options": [[1]]}""",
        "'options' must be lists of texts")]
    [InlineData(DocumentFormat.RaceArticles,
        """{"id": "a", "article": "T", "questions": ["?"], "answers": ["A"], "options": [["\ud83d"]]}""",
        ":1: 'options' holds half of a surrogate pair")]
    [InlineData(DocumentFormat.Gsm8k, """{"question": "?"}""", "'answer' must be a text")]
    [InlineData(DocumentFormat.Bbh, """{"examples": 3}""", "'examples' must be a list of objects")]
    [InlineData(DocumentFormat.Mmlu, "question,a,b,c,d", "question, A, B, C, D and a letter were expected, found 5 cells")]
    [InlineData(DocumentFormat.Mmlu, "question,a,b,c,d,E", "the last cell must be A, B, C or D, found 'E'")]
    [InlineData(DocumentFormat.C3, """{"a": 1}""", "a JSON list was expected")]
    [InlineData(DocumentFormat.C3, "[[[\"t\"], 3, \"id\"]]", "a list of texts, questions and an id was expected")]
    [InlineData(DocumentFormat.C3, "[[[1], [], \"id\"]]", "a list of texts, questions and an id was expected")]
    [InlineData(DocumentFormat.C3,
        """[[["t"], [{"question": "?", "choice": ["a", "b"], "answer": "c"}], "id"]]""",
        "with the answer among them")]
    [InlineData(DocumentFormat.C3,
        """[[["\ud83d"], [{"question": "?", "choice": ["a", "b"], "answer": "a"}], "id"]]""",
        "text 0: the text holds half of a surrogate pair")]
    [InlineData(DocumentFormat.C3, "[[", "not valid JSON")]
    public void A_damaged_file_is_named_with_what_was_expected(DocumentFormat format, string text, string complaint) =>
        FluentActions.Invoking(() => Read(format, format == DocumentFormat.Mmlu ? "data.csv" : "data.jsonl", text))
            .Should().Throw<ReproException>().WithMessage($"*data.*{complaint}*");

    [Fact]
    public void A_table_without_header_that_is_not_valid_UTF_8_is_refused()
    {
        var path = _folder.Write("data.csv", string.Empty);
        File.WriteAllBytes(path, [.. "caf"u8, 0xE9, .. ",a,b,c,d,A\n"u8]);
        FluentActions.Invoking(() => BenchmarkDocuments.Read(path, DocumentFormat.Mmlu))
            .Should().Throw<ReproException>().WithMessage("*data.csv:*UTF-8*");
    }

    [Fact]
    public void A_task_without_its_files_or_with_too_few_examples_is_refused()
    {
        var settings = BenchmarkLibrary.Find("gsm8k").Settings;
        FluentActions.Invoking(() => BenchmarkTask.Load(settings, null, _folder.Path)).Should()
            .Throw<ReproException>().WithMessage("*test.jsonl*");
        FluentActions.Invoking(() => BenchmarkLibrary.Find("gsm9k")).Should()
            .Throw<ReproException>().WithMessage("*did you mean 'gsm8k'?*");
        FluentActions.Invoking(() => BenchmarkLibrary.Find("c3")).Should().Throw<ReproException>("C3 has no prompts of lm-eval");
    }

    public void Dispose() => _folder.Dispose();

    private IReadOnlyList<BenchmarkDocument> Read(DocumentFormat format, string name, string text) =>
        BenchmarkDocuments.Read(_folder.Write(name, text.Trim() + "\n"), format);
}
