using System.Globalization;
using System.Text.Json;
using Repro.Core.Data;

namespace Repro.Core.Evaluation.Benchmarks;

/// <summary>A document of a benchmark: one thing that a model is asked.</summary>
/// <param name="Fields">Texts that templates and filters read, by name.</param>
/// <param name="Choices">Texts of the choices; empty where the model writes its answer.</param>
/// <param name="Answer">Index of the right choice; null where the model writes its answer.</param>
public sealed record BenchmarkDocument(IReadOnlyDictionary<string, string> Fields, IReadOnlyList<string> Choices, int? Answer);

/// <summary>Reads the published files of the benchmarks.</summary>
public static class BenchmarkDocuments
{
    private const string Letters = "ABCDEFGHIJ";

    /// <summary>The documents of a file in its order.</summary>
    /// <param name="path">The file, also compressed with gzip or zstd.</param>
    /// <param name="format">Its layout.</param>
    /// <param name="cancellation">Checked between rows.</param>
    /// <exception cref="ReproException">The file is missing or damaged, or a row does not fit the layout; names file, line and
    /// key.</exception>
    public static IReadOnlyList<BenchmarkDocument> Read(string path, DocumentFormat format, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return format switch
        {
            DocumentFormat.Mmlu => [.. CsvRows.WithoutHeader(path, cancellation)
                .Select(row => Mmlu(Invariant($"{path}:{row.Line}"), row.Cells))],
            DocumentFormat.C3 => [.. C3(path)],
            DocumentFormat.C3Padded => [.. C3(path).Select(document => document with
            {
                Choices = [.. document.Choices, .. Enumerable.Repeat(document.Choices[0], 4 - document.Choices.Count)],
            })],
            DocumentFormat.RaceArticles => [.. Articles(path, cancellation).Select(Article)],
            DocumentFormat.RaceQuestions => [.. Articles(path, cancellation).SelectMany(questions => questions).Select(Race)],
            DocumentFormat.Bbh => [.. DataRows.Read(path, cancellation).SelectMany(row => row.Children("examples").Select(Bbh).ToList())],
            _ => [.. DataRows.Read(path, cancellation).Select(row => Row(row, format))],
        };
    }

    private static BenchmarkDocument Row(RowFields row, DocumentFormat format) => format switch
    {
        DocumentFormat.QuestionChoices => QuestionChoices(row),
        DocumentFormat.HellaSwag => HellaSwag(row),
        DocumentFormat.HellaSwagQuery => HellaSwagQuery(row),
        DocumentFormat.WinoGrande => WinoGrande(row),
        DocumentFormat.CEval => CEval(row),
        DocumentFormat.Gsm8k => Written(row, "question", "answer"),
        DocumentFormat.Gsm8kParts => Gsm8kParts(row),
        DocumentFormat.HumanEval => Written(row, "task_id", "prompt", "entry_point", "canonical_solution", "test"),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "No rows have this layout."),
    };

    private static BenchmarkDocument QuestionChoices(RowFields row)
    {
        var question = row.Child("question");
        var choices = question.Children("choices").Select(choice => (Label: choice.Text("label"), Text: choice.Text("text"))).ToList();
        var answer = choices.FindIndex(choice => choice.Label == row.Text("answerKey"));
        return answer < 0 ? throw row.Fault("answerKey", $"must be one of {string.Join(", ", choices.Select(choice => choice.Label))}")
            : new(Fields(("id", row.Text("id")), ("question", question.Text("stem"))), [.. choices.Select(choice => choice.Text)], answer);
    }

    // Python's capitalize puts all further letters into small ones.
    private static BenchmarkDocument HellaSwag(RowFields row)
    {
        var endings = row.Texts("endings");
        var second = row.Text("ctx_b");
        var capital = second.Length == 0 ? second
            : second[..1].ToUpper(CultureInfo.InvariantCulture) + second[1..].ToLower(CultureInfo.InvariantCulture);
        return new(
            Fields(("query", WithoutMarks($"{row.Text("activity_label")}: {row.Text("ctx_a")} {capital}")), ("ctx", row.Text("ctx"))),
            [.. endings.Select(WithoutMarks)],
            row.Whole("label", 0, endings.Count - 1));
    }

    private static BenchmarkDocument HellaSwagQuery(RowFields row)
    {
        var (query, choices) = (row.Text("query"), row.Texts("choices"));
        return new(Fields(("query", query), ("ctx", query.Split(": ", 2)[^1])), choices, row.Whole("gold", 0, choices.Count - 1));
    }

    // The calculator's notes stand between double angle brackets, the result after four number signs.
    private static BenchmarkDocument Gsm8kParts(RowFields row)
    {
        var parts = row.Text("answer").Split("\n#### ");
        return parts.Length != 2 ? throw row.Fault("answer", "must end with a line '#### ' and the result")
            : new(Fields(("question", row.Text("question")), ("reasoning", PythonPattern.Remove("<<.*?>>", parts[0])),
                ("result", parts[1].Replace(",", string.Empty, StringComparison.Ordinal))), [], null);
    }

    private static string WithoutMarks(string text)
    {
        var titled = text.Trim().Replace(" [title]", ". ", StringComparison.Ordinal);
        return PythonPattern.Remove(@"\[.*?\]", titled).Replace("  ", " ", StringComparison.Ordinal);
    }

    private static BenchmarkDocument WinoGrande(RowFields row)
    {
        var sentence = row.Text("sentence");
        var gap = sentence.IndexOf('_', StringComparison.Ordinal);
        return gap < 0 ? throw row.Fault("sentence", "must hold the gap '_'")
            : row.Text("answer") is not ("1" or "2") ? throw row.Fault("answer", "must be 1 or 2")
            : new(Fields(("sentence", sentence), ("before", sentence[..gap]), ("after", sentence[(gap + 1)..].Trim()),
                ("option1", row.Text("option1")), ("option2", row.Text("option2"))),
                [row.Text("option1"), row.Text("option2")], row.Text("answer") == "1" ? 0 : 1);
    }

    private static BenchmarkDocument CEval(RowFields row) => new(
        Fields(("id", row.Text("id")), ("question", row.Text("question"))),
        [row.Text("A"), row.Text("B"), row.Text("C"), row.Text("D")],
        Letter(row.Text("answer"), 4) ?? throw row.Fault("answer", "must be A, B, C or D"));

    private static BenchmarkDocument Bbh(RowFields row) => Written(row, "input", "target");

    private static BenchmarkDocument Written(RowFields row, params string[] keys) =>
        new(Fields([.. keys.Select(key => (key, row.Text(key)))]), [], null);

    private static int? Letter(string answer, int choices) =>
        answer.Length == 1 && Letters.IndexOf(answer[0], StringComparison.Ordinal) is var place && place >= 0 && place < choices ? place
            : null;

    private static Dictionary<string, string> Fields(params (string Name, string Text)[] fields) =>
        fields.ToDictionary(field => field.Name, field => field.Text, StringComparer.Ordinal);

    private static BenchmarkDocument Mmlu(string where, string[] cells) => cells.Length != 6
        ? throw new ReproException(Invariant($"{where}: question, A, B, C, D and a letter were expected, found {cells.Length} cells."))
        : new(Fields(("question", cells[0])), cells[1..5], Letter(cells[5], 4)
            ?? throw new ReproException($"{where}: the last cell must be A, B, C or D, found '{cells[5]}'."));

    private sealed record RaceQuestion(string Id, string Article, string Question, IReadOnlyList<string> Options, int Answer);

    // One question a row, those of an article one after another; or a row for each article, as the files of RACE itself are.
    private static IEnumerable<IReadOnlyList<RaceQuestion>> Articles(string path, CancellationToken cancellation)
    {
        var questions = new List<RaceQuestion>();
        foreach (var row in DataRows.Read(path, cancellation))
        {
            foreach (var question in row.IsList("questions") ? WholeArticle(row) : [OneQuestion(row)])
            {
                if (questions.Count > 0 && questions[0].Id != question.Id)
                {
                    yield return questions;
                    questions = [];
                }

                questions.Add(question);
            }
        }

        yield return questions;
    }

    private static RaceQuestion OneQuestion(RowFields row)
    {
        var options = row.Texts("options");
        return new(row.OptionalText("example_id") ?? row.Text("id"), row.Text("article"), row.Text("question"), options,
            Letter(row.Text("answer"), options.Count)
                ?? throw row.Fault("answer", Invariant($"must be one of the first {options.Count} letters")));
    }

    private static IEnumerable<RaceQuestion> WholeArticle(RowFields row)
    {
        var (questions, answers) = (row.Texts("questions"), row.Texts("answers"));
        var options = row.IsList("options") ? row.Element.GetProperty("options").EnumerateArray()
            .Select(own => Strings(own, $"{row.Where}: 'options'")).ToList() : [];
        return questions.Count != answers.Count || questions.Count != options.Count || options.Contains(null)
            ? throw row.Fault("options", Invariant($"must be lists of texts, as many as questions ({questions.Count}) ")
                + Invariant($"and answers ({answers.Count})"))
            : [.. questions.Select((question, i) => new RaceQuestion(row.Text("id"), row.Text("article"), question, options[i]!,
                Letter(answers[i], options[i]!.Count) ?? throw row.Fault("answers", "must be letters of the options")))];
    }

    // lm-eval's one document for an article: its last question, the others with their answers before it.
    private static BenchmarkDocument Article(IReadOnlyList<RaceQuestion> questions)
    {
        var answered = questions.SkipLast(1).Select(question => question.Question.EndsWith("  _  .", StringComparison.Ordinal)
            ? $"{question.Question[..^5]}{question.Options[question.Answer]}\n"
            : $"Question: {question.Question}\nAnswer: {question.Options[question.Answer]}\n");
        var last = questions[^1];
        return new(Fields(("id", last.Id), ("article", last.Article), ("answered", string.Concat(answered)), ("question", last.Question)),
            last.Options, last.Answer);
    }

    private static BenchmarkDocument Race(RaceQuestion question) => new(
        Fields(("id", question.Id), ("article", question.Article), ("question", question.Question)), question.Options, question.Answer);

    // [[texts], [{question, choice, answer}], id]
    private static IEnumerable<BenchmarkDocument> C3(string path)
    {
        using var file = Whole(path);
        var index = 0;
        foreach (var item in file.RootElement.EnumerateArray())
        {
            var where = Invariant($"{path}: text {index++}");
            if (item.ValueKind != JsonValueKind.Array || item.GetArrayLength() < 2
                || Strings(item[0], $"{where}: the text") is not { } texts
                || item[1].ValueKind != JsonValueKind.Array || item[1].EnumerateArray().Any(row => row.ValueKind != JsonValueKind.Object))
            {
                throw new ReproException($"{where}: a list of texts, questions and an id was expected, found {RowFields.Shown(item)}.");
            }

            foreach (var question in item[1].EnumerateArray())
            {
                var row = new RowFields(question, path, index);
                var choices = row.Texts("choice");
                var answer = choices.ToList().IndexOf(row.Text("answer"));
                yield return answer < 0 || choices.Count is < 2 or > 4
                    ? throw new ReproException(
                        $"{where}: two to four choices with the answer among them were expected, found {RowFields.Shown(question)}.")
                    : new(
                        Fields(("content", string.Concat(texts)), ("spaced", string.Join(' ', texts)), ("question", row.Text("question"))),
                        choices, answer);
            }
        }
    }

    private static List<string>? Strings(JsonElement list, string where) =>
        list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. list.EnumerateArray().Select(item => RowFields.Unescaped(item, where))] : null;

    private static JsonDocument Whole(string path)
    {
        using var stream = DataStream.Open(path);
        try
        {
            var document = JsonDocument.Parse(stream);
            return document.RootElement.ValueKind == JsonValueKind.Array ? document
                : throw new ReproException($"{path}: a JSON list was expected, found {RowFields.Shown(document.RootElement)}.");
        }
        catch (JsonException failure)
        {
            throw new ReproException($"{path}: not valid JSON: {failure.Message}", failure);
        }
    }
}
