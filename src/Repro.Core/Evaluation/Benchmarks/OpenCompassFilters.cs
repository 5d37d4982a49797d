using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Repro.Core.Evaluation.Benchmarks;

/// <summary><c>first_capital</c>: the first capital letter, nothing where there is none.</summary>
public sealed record FirstCapitalFilter : AnswerFilter
{
    /// <inheritdoc/>
    public override string Apply(string response, IReadOnlyDictionary<string, string> fields) =>
        response.EnumerateRunes().Where(Rune.IsUpper).Select(rune => rune.ToString()).FirstOrDefault(string.Empty);
}

/// <summary><c>first_option</c>: the letter after the first phrase of a list that says an answer, from the most definite one on, nothing
/// where none is found.</summary>
public sealed record FirstOptionFilter : AnswerFilter
{
    // $ stands for one of the letters. The order decides between phrases. The gap after the fourteenth is OpenCompass's: two of its
    // phrases are one by mistake, and only their sequence is found.
    private static readonly string[] Phrases =
    [
        @"答案是?\s*(@)", @"答案是?\s*：\s*(@)", @"答案是?\s*:\s*(@)", @"答案选项应?该?是\s*(@)", @"答案选项应?该?为\s*(@)",
        @"答案应该?是\s*(@)", @"答案应该?选\s*(@)", @"答案选项为?\s*：\s*(@)", @"答案选项为?\s+\(?\*?\*?(@)\*?\*?\)?",
        @"答案选项是?\s*:\s*(@)", @"答案为\s*(@)", @"答案选\s*(@)", @"选择?\s*(@)", @"故选?\s*(@)只有选?项?\s?(@)\s?是?对",
        @"只有选?项?\s?(@)\s?是?错", @"只有选?项?\s?(@)\s?不?正确", @"只有选?项?\s?(@)\s?错误", @"说法不?对选?项?的?是\s?(@)",
        @"说法不?正确选?项?的?是\s?(@)", @"说法错误选?项?的?是\s?(@)", @"(@)\s?是正确的", @"(@)\s?是正确答案", @"选项\s?(@)\s?正确",
        @"所以答\s?(@)", @"所以\s?(@[.。$]?$)", @"所有\s?(@[.。$]?$)", @"[\s，：:,](@)[。，,\.]?$", @"[\s，,：:][故即](@)[。\.]?$",
        @"[\s，,：:]因此(@)[。\.]?$", @"[是为。]\s?(@)[。\.]?$", @"因此\s?(@)[。\.]?$", @"显然\s?(@)[。\.]?$", @"答案是\s?(\S+)(?:。|$)",
        @"答案应该是\s?(\S+)(?:。|$)", @"答案为\s?(\S+)(?:。|$)", @"(?i)ANSWER\s*:\s*(@)", @"[Tt]he answer is:?\s+\(?(@)\)?",
        @"[Tt]he answer is:?\s+\(?\*?\*?(@)\*?\*?\)?", @"[Tt]he answer is option:?\s+\(?(@)\)?", @"[Tt]he correct answer is:?\s+\(?(@)\)?",
        @"[Tt]he correct answer is option:?\s+\(?(@)\)?", @"[Tt]he correct answer is:?.*?boxed{(@)}",
        @"[Tt]he correct option is:?.*?boxed{(@)}", @"[Tt]he correct answer option is:?.*?boxed{(@)}",
        @"[Tt]he answer to the question is:?\s+\(?(@)\)?", @"^选项\s?(@)", @"^(@)\s?选?项", @"(\s|^)@[\s。，,：:\.$]", @"1.\s?(.*?)$",
        @"1.\s?(@)[.。$]?$", @"(@):", @"(@)",
    ];

    /// <summary>The letters that are answers.</summary>
    public string Options { get; init; } = "ABCD";

    /// <inheritdoc/>
    public override string Apply(string response, IReadOnlyDictionary<string, string> fields)
    {
        var text = response.Trim();
        foreach (var phrase in Phrases)
        {
            var pattern = phrase.Replace("@", $"[{Options}]", StringComparison.Ordinal);
            if (PythonPattern.Search(pattern, text, RegexOptions.Singleline) is { } match)
            {
                var said = match.Groups[1].Length > 0 ? match.Groups[1].Value : match.Value;
                var option = Options.FirstOrDefault(letter => said.Contains(letter, StringComparison.Ordinal));
                if (option != default)
                {
                    return option.ToString(CultureInfo.InvariantCulture);
                }
            }
        }

        return string.Empty;
    }
}

/// <summary><c>last_number</c>: the last number before a further <c>Question:</c>, <c>NULL</c> where there is none.</summary>
public sealed record LastNumberFilter : AnswerFilter
{
    /// <inheritdoc/>
    public override string Apply(string response, IReadOnlyDictionary<string, string> fields) =>
        PythonPattern.FindAll(@"\-?\d+\.\d+|\-?\d+", response.Split("Question:")[0]).LastOrDefault("NULL");
}

/// <summary><c>after_hashes</c>: what stands after <c>#### </c>, without commas; nothing where that is missing.</summary>
public sealed record AfterHashesFilter : AnswerFilter
{
    /// <inheritdoc/>
    public override string Apply(string response, IReadOnlyDictionary<string, string> fields) =>
        response.Split("#### ") is [_, var after, ..] ? after.Replace(",", string.Empty, StringComparison.Ordinal) : string.Empty;
}

/// <summary><c>bbh_choice</c>: the letter after "answer is", in brackets before one without; otherwise all of that.</summary>
public sealed record BbhChoiceFilter : AnswerFilter
{
    /// <inheritdoc/>
    public override string Apply(string response, IReadOnlyDictionary<string, string> fields)
    {
        var answer = response.Split("answer is ") is [_, var after, ..] ? after.Trim() : response;
        return (PythonPattern.Search(@"\(([A-Z])\)*", answer) ?? PythonPattern.Search("([A-Z])", answer))?.Groups[1].Value ?? answer;
    }
}

/// <summary><c>bbh_free</c>: the line after the last "answer is", in one form: yes, no, true and false with a capital, words of a list
/// with spaces between them.</summary>
public sealed record BbhFreeFilter : AnswerFilter
{
    /// <inheritdoc/>
    public override string Apply(string response, IReadOnlyDictionary<string, string> fields)
    {
        var parts = Regex.Split(response, @"answer is\s*:?\s*", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
        var answer = (parts.Length > 1 ? parts[^1].Trim() : response).Split('\n')[0].Trim();
        answer = answer.EndsWith('.') ? answer[..^1].Trim() : answer;
        answer = PythonPattern.Search(@"\*\*(.*?)\*\*", answer) is { } bold ? bold.Groups[1].Value.Trim() : answer;
        if (PythonPattern.Search(@"^(yes|no|true|false)\b", answer, RegexOptions.IgnoreCase) is { } word)
        {
            return char.ToUpperInvariant(word.Value[0]) + word.Value[1..].ToLowerInvariant();
        }

        if (PythonPattern.Search(@"\d\s*,\s*\d", answer) is null)
        {
            answer = Regex.Replace(answer, @"\s*,\s*", " ", RegexOptions.CultureInvariant);
        }

        return Regex.Replace(answer, @"\s+", " ", RegexOptions.CultureInvariant).Trim();
    }
}

/// <summary><c>small_letters</c>: the answer in small letters, where capitals make no difference.</summary>
public sealed record SmallLettersFilter : AnswerFilter
{
    /// <inheritdoc/>
    public override string Apply(string response, IReadOnlyDictionary<string, string> fields) => response.ToLowerInvariant();
}

/// <summary><c>code_block</c>: what stands in the first block between lines of three backquotes, the whole response where there is
/// none.</summary>
public sealed record CodeBlockFilter : AnswerFilter
{
    /// <summary>Whether white space before it is removed.</summary>
    public bool Strip { get; init; }

    /// <inheritdoc/>
    public override string Apply(string response, IReadOnlyDictionary<string, string> fields)
    {
        var block = PythonPattern.Search(@"```\w*\n(.*?)```", response, RegexOptions.Singleline)?.Groups[1].Value ?? response;
        return Strip ? block.TrimStart() : block;
    }
}
