using Repro.Core.Data.Files;
using Repro.Core.Data.Records;
using Repro.Core.Text.Chat;

namespace Repro.Core.Data.Formats;

/// <summary>Instructions with one answer, in the published forms of three sets. Rows with an empty question or answer are left out and noted.</summary>
public static class Instructions
{
    /// <summary>Rows with <c>instruction</c>, <c>input</c> and <c>output</c>; an input that is not empty stands on a line of its own below the instruction.</summary>
    /// <param name="path">A .json file with one list, or a .jsonl file.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Looked at before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<Conversation> Alpaca(string path, ReadNotes? notes = null, CancellationToken cancellation = default) =>
        Answered("alpaca", path, AlpacaRow, notes, cancellation);

    /// <summary>Rows with <c>instruction</c>, <c>context</c>, <c>response</c> and <c>category</c>, or with <c>INSTRUCTION</c> and <c>RESPONSE</c>. The context is not used.</summary>
    /// <param name="path">A .jsonl file.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Looked at before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<Conversation> Dolly(string path, ReadNotes? notes = null, CancellationToken cancellation = default) =>
        Answered("dolly", path, row => row.Has("INSTRUCTION") ? UpperRow(row) : (row.Text("instruction"), row.Text("response")), notes, cancellation);

    /// <summary>Word problems as instructions: rows with <c>INSTRUCTION</c>, <c>RESPONSE</c> and <c>SOURCE</c>.</summary>
    /// <param name="path">A .jsonl file.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Looked at before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<Conversation> GradeSchool(string path, ReadNotes? notes = null, CancellationToken cancellation = default) =>
        Answered("math-instructions", path, UpperRow, notes, cancellation);

    private static (string Question, string Answer) AlpacaRow(RowFields row)
    {
        var input = row.OptionalText("input");
        return (string.IsNullOrEmpty(input) ? row.Text("instruction") : $"{row.Text("instruction")}\n{input}", row.Text("output"));
    }

    private static (string Question, string Answer) UpperRow(RowFields row) => (row.Text("INSTRUCTION"), row.Text("RESPONSE"));

    private static IEnumerable<Conversation> Answered(
        string set, string path, Func<RowFields, (string Question, string Answer)> read, ReadNotes? notes, CancellationToken cancellation)
    {
        foreach (var row in JsonRows.Read(path, cancellation))
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
