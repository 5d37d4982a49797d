namespace Repro.Core.Data;

/// <summary>Finds the format of a data set from its first rows.</summary>
internal static class FormatDetection
{
    private const int Rows = 20;

    // A row with one of these is more than a prompt: it must not lose its answers without a word.
    private static readonly string[] Answers = ["response", "answer", "output", "chosen", "rejected", "completions", "responses"];

    // The first one that fits all rows is taken: what says more comes before what says less.
    private static readonly (string Format, string By, Func<RowFields, bool> Fits)[] Signatures =
    [
        ("oasst", "message_tree_id", row => row.Has("message_tree_id")),
        ("prm800k", "question, label", row => row.IsObject("question") && row.IsObject("label")),
        ("helpsteer3", "context, response1, response2, overall_preference", row =>
            Has(row, "context", "response1", "response2", "overall_preference")),
        ("helpsteer3", "prompt, response_1, response_2, preference_strength", row =>
            Has(row, "prompt", "response_1", "response_2", "preference_strength")),
        ("helpsteer", "prompt, response, helpfulness", row => Has(row, "prompt", "response", "helpfulness")),
        ("ultrafeedback", "instruction, completions", row => row.Has("instruction") && row.IsList("completions")),
        ("stepwise", "prompt, completions, labels", row => Has(row, "prompt") && row.IsList("completions") && row.IsList("labels")),
        ("unpaired-preference", "prompt, completion, label", row => Has(row, "prompt", "completion", "label")),
        ("hh", "chosen, rejected with 'Human:'", row => IsDialogue(row, "chosen") && IsDialogue(row, "rejected") && !row.Has("prompt")),
        ("preference", "prompt, chosen, rejected", row => Has(row, "prompt", "chosen", "rejected")),
        ("preference", "chosen, rejected", row => Has(row, "chosen", "rejected")),
        ("gsm8k", "question, answer with '####'", row => row.IsText("question") && row.IsText("answer")
            && GradeSchoolMath.FinalAnswer(row.Text("answer")) is not null),
        ("math-instructions", "INSTRUCTION, RESPONSE, SOURCE", row => Has(row, "INSTRUCTION", "RESPONSE", "SOURCE")),
        ("dolly", "INSTRUCTION, RESPONSE", row => Has(row, "INSTRUCTION", "RESPONSE")),
        ("dolly", "instruction, response", row => Has(row, "instruction", "response")),
        ("alpaca", "instruction, output", row => Has(row, "instruction", "output")),
        (ChatConversations.OpenAi, "messages", row => row.IsList("messages")),
        (ChatConversations.ShareGpt, "conversations", row => row.IsList("conversations")),
        ("vicuna", "question_id, turns", row => Has(row, "question_id", "turns")),
        ("augmented-ratings", "message, reply, score", row => Has(row, "message", "reply", "score")),
        (TrlDatasets.PromptCompletionType, "prompt, completion", row => Has(row, "prompt", "completion")),
        (TrlDatasets.PromptOnlyType, "prompt", row => row.Has("prompt") && !Answers.Any(row.Has)),
        (TrlDatasets.LanguageModeling, "text", row => row.IsText("text")),
    ];

    /// <summary>The format of a file.</summary>
    /// <param name="source">The file.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <returns>Its name, and the columns that told.</returns>
    /// <exception cref="ReproException">No format fits, or the file cannot be read.</exception>
    internal static (string Format, string By) Find(RowSource source, CancellationToken cancellation)
    {
        List<string>? first = null;
        var open = Signatures.ToList();
        foreach (var row in DataRows.Read(source, cancellation).Take(Rows))
        {
            first ??= [.. row.Keys()];
            open.RemoveAll(signature => !signature.Fits(row));
        }

        return open.Count > 0 ? (open[0].Format, open[0].By) : throw new ReproException(
            $"{source.Path}: the format cannot be told from the columns {string.Join(", ", first ?? [])}; name it with 'format:' "
            + $"({string.Join(", ", DataFormats.All.Select(format => format.Name))}){Renaming(first ?? [])}.");
    }

    // Rows that have a prompt lack what answers it.
    private static string Renaming(List<string> columns)
    {
        var missing = columns.Contains("prompt") ? "completion" : "prompt";
        return (columns.Find(Answers.Contains) ?? columns.Find(name => name is not ("prompt" or "completion"))) is { } other
            ? $", or rename columns with 'columns:', such as columns: {{{other}: {missing}}}"
            : string.Empty;
    }

    private static bool Has(RowFields row, params string[] keys) => Array.TrueForAll(keys, row.Has);

    private static bool IsDialogue(RowFields row, string key) =>
        row.IsText(key) && row.Text(key).StartsWith("\n\nHuman:", StringComparison.Ordinal);
}
