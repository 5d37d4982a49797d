using System.Globalization;
using System.Text.RegularExpressions;

namespace Repro.Core.Data;

/// <summary>
/// Word problems with worked answers: rows with <c>question</c> and <c>answer</c>. An answer ends with a line <c>#### n</c>; calculator
/// annotations such as <c>&lt;&lt;48/2=24&gt;&gt;</c> stand in front of the numbers that they give.
/// </summary>
public static partial class GradeSchoolMath
{
    internal const string Set = "gsm8k";

    private const string AnswerMark = "#### ";

    /// <summary>The problems with their worked answers.</summary>
    /// <param name="source">A .jsonl file.</param>
    /// <param name="keepAnnotations">Whether calculator annotations stay in the answers.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<Conversation> Conversations(RowSource source, bool keepAnnotations = true,
        CancellationToken cancellation = default) =>
        from row in DataRows.Read(source, cancellation)
        let question = row.Content("question")
        let answer = Worked(row)
        select new Conversation(
            Origin(row, question),
            [new(ChatRole.User, question), new(ChatRole.Assistant, keepAnnotations ? answer : WithoutAnnotations(answer))]);

    /// <summary>The problems with the final number as reference.</summary>
    /// <param name="source">A .jsonl file.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<PromptOnly> Prompts(RowSource source, CancellationToken cancellation = default) =>
        from row in DataRows.Read(source, cancellation)
        let question = row.Content("question")
        select new PromptOnly(Origin(row, question), [new(ChatRole.User, question)]) { Reference = FinalAnswer(Worked(row)) };

    /// <summary>The number after the last <c>####</c>, without commas between digits; null where there is none.</summary>
    /// <param name="answer">A worked answer, of the data set or of a model.</param>
    public static string? FinalAnswer(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return Final().Matches(answer).LastOrDefault()?.Groups[1].Value.Replace(",", string.Empty, StringComparison.Ordinal);
    }

    /// <summary>The answer without calculator annotations; what they stand in front of stays.</summary>
    /// <param name="answer">A worked answer.</param>
    public static string WithoutAnnotations(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return Annotation().Replace(answer, string.Empty);
    }

    private static Origin Origin(RowFields row, string question) => new(Set, Data.Origin.GroupOf(question), row.LineName);

    private static string Worked(RowFields row)
    {
        var answer = row.Content("answer");
        return FinalAnswer(answer) is not null ? answer : throw row.Fault("answer", $"must end with '{AnswerMark}' and a number");
    }

    [GeneratedRegex(@"#### *(-?[0-9][0-9,]*(?:\.[0-9]+)?)", RegexOptions.CultureInvariant)]
    private static partial Regex Final();

    [GeneratedRegex("<<[^<>]*>>", RegexOptions.CultureInvariant)]
    private static partial Regex Annotation();
}

/// <summary>Prompts without answers.</summary>
public static class QuestionSets
{
    /// <summary>Rows with <c>question_id</c>, <c>category</c> and <c>turns</c> (or <c>text</c>), one question each.</summary>
    /// <param name="source">A .jsonl file.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<PromptOnly> Vicuna(RowSource source, CancellationToken cancellation = default) =>
        from row in DataRows.Read(source, cancellation)
        let question = row.Has("turns") || !row.Has("text") ? OnlyTurn(row) : row.Content("text")
        select Prompt(
            "vicuna",
            row,
            row.Whole("question_id", 0, int.MaxValue).ToString(CultureInfo.InvariantCulture),
            question) with
        { Category = row.OptionalText("category") };

    /// <summary>Rows with <c>id</c> and <c>prompt</c>.</summary>
    /// <param name="source">A .jsonl file.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<PromptOnly> Koala(RowSource source, CancellationToken cancellation = default) =>
        from row in DataRows.Read(source, cancellation)
        select Prompt("koala", row, row.Content("id"), row.Content("prompt"));

    private static string OnlyTurn(RowFields row) =>
        row.Texts("turns") is [var question] && !string.IsNullOrWhiteSpace(question)
            ? question
            : throw row.Fault("turns", "must be a list of one question");

    private static PromptOnly Prompt(string set, RowFields row, string id, string question) =>
        new(new(set, Origin.GroupOf(question), $"{row.LineName}:{id}"), [new(ChatRole.User, question)]);
}

/// <summary>Instructions with one answer, in the published forms of three sets. Rows with an empty question or answer are left out and
/// noted.</summary>
public static class Instructions
{
    /// <summary>Rows with <c>instruction</c>, <c>input</c> and <c>output</c>; an input that is not empty stands on a line of its own below
    /// the instruction.</summary>
    /// <param name="source">A .json file with one list, or a .jsonl file.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<Conversation> Alpaca(RowSource source, ReadNotes? notes = null, CancellationToken cancellation = default) =>
        Answered("alpaca", source, AlpacaRow, notes, cancellation);

    /// <summary>Rows with <c>instruction</c>, <c>context</c>, <c>response</c> and <c>category</c>, or with <c>INSTRUCTION</c> and
    /// <c>RESPONSE</c>. A context that is not empty stands on a line of its own below the instruction.</summary>
    /// <param name="source">A .jsonl file.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<Conversation> Dolly(RowSource source, ReadNotes? notes = null, CancellationToken cancellation = default) =>
        Answered("dolly", source, row => row.Has("INSTRUCTION") ? UpperRow(row) : DollyRow(row), notes, cancellation);

    /// <summary>Word problems as instructions: rows with <c>INSTRUCTION</c>, <c>RESPONSE</c> and <c>SOURCE</c>.</summary>
    /// <param name="source">A .jsonl file.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<Conversation> GradeSchool(RowSource source, ReadNotes? notes = null,
        CancellationToken cancellation = default) =>
        Answered("math-instructions", source, UpperRow, notes, cancellation);

    private static (string Question, string Answer) AlpacaRow(RowFields row) =>
        (WithBelow(row.Text("instruction"), row.OptionalText("input")), row.Text("output"));

    private static (string Question, string Answer) DollyRow(RowFields row) =>
        (WithBelow(row.Text("instruction"), row.OptionalText("context")), row.Text("response"));

    private static string WithBelow(string instruction, string? input) =>
        string.IsNullOrEmpty(input) ? instruction : $"{instruction}\n{input}";

    private static (string Question, string Answer) UpperRow(RowFields row) => (row.Text("INSTRUCTION"), row.Text("RESPONSE"));

    private static IEnumerable<Conversation> Answered(
        string set, RowSource source, Func<RowFields, (string Question, string Answer)> read, ReadNotes? notes,
            CancellationToken cancellation)
    {
        foreach (var row in DataRows.Read(source, cancellation))
        {
            var (question, answer) = read(row);
            if (string.IsNullOrWhiteSpace(question) || string.IsNullOrWhiteSpace(answer))
            {
                notes?.Add(string.IsNullOrWhiteSpace(question) ? "the question is empty" : "the answer is empty", row.Where);
                continue;
            }

            yield return new Conversation(
                new(set, Origin.GroupOf(question), row.LineName), [new(ChatRole.User, question), new(ChatRole.Assistant, answer)]);
        }
    }
}
