using System.Globalization;
using Repro.Core.Data.Files;
using Repro.Core.Data.Records;
using Repro.Core.Text.Chat;

namespace Repro.Core.Data.Formats;

/// <summary>Prompts without answers.</summary>
public static class QuestionSets
{
    /// <summary>Rows with <c>question_id</c>, <c>category</c> and <c>turns</c> (or <c>text</c>), one question each.</summary>
    /// <param name="path">A .jsonl file.</param>
    /// <param name="cancellation">Looked at before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<PromptOnly> Vicuna(string path, CancellationToken cancellation = default) =>
        from row in JsonRows.Read(path, cancellation)
        let question = row.Has("turns") || !row.Has("text") ? OnlyTurn(row) : row.Content("text")
        select Prompt("vicuna", row, row.Whole("question_id", 0, int.MaxValue).ToString(CultureInfo.InvariantCulture), question) with { Category = row.OptionalText("category") };

    /// <summary>Rows with <c>id</c> and <c>prompt</c>.</summary>
    /// <param name="path">A .jsonl file.</param>
    /// <param name="cancellation">Looked at before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<PromptOnly> Koala(string path, CancellationToken cancellation = default) =>
        from row in JsonRows.Read(path, cancellation)
        select Prompt("koala", row, row.Content("id"), row.Content("prompt"));

    private static string OnlyTurn(RowFields row) =>
        row.Texts("turns") is [var question] && !string.IsNullOrWhiteSpace(question) ? question : throw row.Fault("turns", "must be a list of one question");

    private static PromptOnly Prompt(string set, RowFields row, string id, string question) =>
        new(new(set, Origin.GroupOf(question), $"{row.LineName}:{id}"), [new(ChatRole.User, question)]);
}
