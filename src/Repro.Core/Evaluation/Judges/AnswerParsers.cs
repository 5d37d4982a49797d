using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Repro.Core.Configuration;

namespace Repro.Core.Evaluation.Judges;

/// <summary>
/// How an answer of a judge becomes a preference: 1 for the first answer that was shown, 2 for the second, numbers between for
/// probabilities, 0 for equal and NaN for an answer that cannot be read. Those named as AlpacaEval's give what its
/// <c>completion_parsers.py</c> gives, malformed answers included.
/// </summary>
[ConfigVariant("ranking", typeof(RankingParser))]
[ConfigVariant("regex", typeof(RegexParser))]
[ConfigVariant("lmsys", typeof(ScorePairParser))]
[ConfigVariant("json", typeof(JsonParser))]
[ConfigVariant("eval", typeof(LiteralParser))]
[ConfigVariant("replace", typeof(ReplaceParser))]
[ConfigVariant("logprob", typeof(LogprobParser))]
[ConfigVariant("pipeline", typeof(PipelineParser))]
[ConfigVariant("adr_vote", typeof(AdrVoteParser))]
[ConfigVariant("mt_bench_verdict", typeof(MtBenchVerdictParser))]
public abstract record AnswerParser
{
    /// <summary>Reads an answer.</summary>
    /// <param name="completion">Text, or what a parser before this one made of it.</param>
    /// <returns>One value an example; NaN for one that cannot be read.</returns>
    /// <exception cref="FormatException">AlpacaEval raises here: the answer is empty, or cut where its form has an end.</exception>
    public IReadOnlyList<object?> Parse(object? completion) => completion is string { Length: 0 }
        ? throw new FormatException("the completion is empty.")
        : Read(completion);

    internal abstract IReadOnlyList<object?> Read(object? completion);

    internal static string Text(object? completion) =>
        completion as string ?? throw new FormatException("a text was expected.");

    /// <summary>A JSON value as Python would hold it: null, bool, long, BigInteger, double, string, List, Dictionary.</summary>
    internal static object? Plain(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Array => element.EnumerateArray().Select(Plain).ToList(),
        JsonValueKind.Object => PlainObject(element),
        _ => Number(element.GetRawText()),
    };

    private static Dictionary<object, object?> PlainObject(JsonElement element)
    {
        var read = new Dictionary<object, object?>();
        foreach (var property in element.EnumerateObject())
        {
            read[property.Name] = Plain(property.Value);
        }

        return read;
    }

    private static object Number(string text)
    {
        if (text.AsSpan().ContainsAny('.', 'e', 'E'))
        {
            return double.Parse(text, CultureInfo.InvariantCulture);
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
            ? whole : (object)BigInteger.Parse(text, CultureInfo.InvariantCulture);
    }
}

/// <summary>A list of models with their ranks; the rank of the first answer, 1 or 2 (AlpacaEval's <c>ranking_parser</c>).</summary>
public sealed record RankingParser : AnswerParser
{
    /// <summary>How the prompt calls the answer shown first.</summary>
    public string FirstName { get; init; } = "model_1";

    internal override IReadOnlyList<object?> Read(object? completion)
    {
        try
        {
            var list = completion is string text ? PythonLiteral.Parse(text) : completion;
            var entries = list switch
            {
                List<object?> read => read,
                object?[] read => [.. read],
                _ => throw new FormatException("a list was expected."),
            };
            var models = entries.Select(entry => entry as Dictionary<object, object?>
                ?? throw new FormatException("an object was expected."))
                .Select(entry => (Entry: entry, Name: entry["model"])).ToList();
            var rank = models.First(model => model.Name is string name && name == FirstName).Entry["rank"];
            return [rank is 1L or 2L or 1.0 or 2.0 or true ? rank : double.NaN];
        }
        catch (Exception e) when (e is FormatException or KeyNotFoundException or InvalidOperationException)
        {
            return [double.NaN];
        }
    }
}

/// <summary>Values in the order in which their patterns are found; each match is
/// cut off with all before it (<c>regex_parser</c>).</summary>
public sealed record RegexParser : AnswerParser, ICheckedSettings
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <summary>Pattern of each value; of two that begin at the same place the first counts.</summary>
    public required IReadOnlyDictionary<string, string> OutputsToMatch { get; init; }

    /// <inheritdoc/>
    string? ICheckedSettings.Problem => OutputsToMatch.Select(ProblemOf).FirstOrDefault(problem => problem is not null);

    internal override IReadOnlyList<object?> Read(object? completion)
    {
        var rest = Text(completion);
        var patterns = OutputsToMatch.Select(pair => (pair.Key, Regex: RegexOf(pair.Value))).ToList();
        var found = new List<object?>();
        while (true)
        {
            var (key, match) = Earliest(patterns, rest);
            if (match is null)
            {
                return found;
            }

            if (match.Length == 0 && match.Index == 0)
            {
                throw new FormatException($"the pattern of '{key}' matches nothing, again and again.");
            }

            found.Add(long.TryParse(key, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole : key);
            rest = rest[(match.Index + match.Length)..];
        }
    }

    private static Regex RegexOf(string pattern) => new(pattern, RegexOptions.CultureInvariant, Longest);

    private static string? ProblemOf(KeyValuePair<string, string> output)
    {
        try
        {
            _ = RegexOf(output.Value);
            return null;
        }
        catch (ArgumentException failure)
        {
            return $"outputs_to_match.{output.Key} must be a regular expression: {failure.Message.TrimEnd('.')}";
        }
    }

    private static (string? Key, Match? Match) Earliest(List<(string Key, Regex Regex)> patterns, string text)
    {
        (string? Key, Match? Match) earliest = (null, null);
        foreach (var (key, regex) in patterns)
        {
            if (First(key, regex, text) is { Success: true } match && (earliest.Match is null || match.Index < earliest.Match.Index))
            {
                earliest = (key, match);
            }
        }

        return earliest;
    }

    // The answer of a judge may be such that a pattern of the user goes through it without end.
    private static Match First(string key, Regex regex, string text)
    {
        try
        {
            return regex.Match(text);
        }
        catch (RegexMatchTimeoutException failure)
        {
            throw new FormatException(
                Invariant($"the pattern of '{key}' is not through with the answer after {Longest.TotalSeconds} s."), failure);
        }
    }
}

/// <summary>Two scores in the first line, divided by one blank or comma; the higher wins (<c>lmsys_parser</c>). Two blanks, or a comma and
/// a blank, are not read, as AlpacaEval does not read them.</summary>
public sealed record ScorePairParser : AnswerParser
{
    internal override IReadOnlyList<object?> Read(object? completion)
    {
        if (completion is not string text || text.Split('\n')[0].Replace(',', ' ').Split(' ') is not [var left, var right])
        {
            return [double.NaN];
        }

        try
        {
            var (first, second) = (PythonLiteral.Float(left), PythonLiteral.Float(right));
            return [first > second ? 1L : first < second ? 2L : 0L];
        }
        catch (FormatException)
        {
            return [double.NaN];
        }
    }
}

/// <summary>A value of a JSON object, or of each object of a list; in a <c>```json</c> fence
/// where there is one (<c>json_parser</c>).</summary>
public sealed partial record JsonParser : AnswerParser
{
    /// <summary>The key whose value counts; null for the whole.</summary>
    public string? AnnotationKey { get; init; }

    internal override IReadOnlyList<object?> Read(object? completion)
    {
        var text = Text(completion);
        if (text.Contains("```json", StringComparison.Ordinal))
        {
            var fenced = Fence().Match(text);
            text = fenced.Success ? fenced.Groups[1].Value : throw new FormatException("the fence of the JSON is not closed.");
        }

        return Parsed(text) switch
        {
            Dictionary<object, object?> map => [ValueOf(map)],
            List<object?> list => [.. list.Select(ValueOf)],
            string letters when AnnotationKey is null || letters.Length == 0 =>
                [.. letters.EnumerateRunes().Select(rune => rune.ToString())],
            _ => throw new FormatException("a JSON object or list was expected."),
        };
    }

    internal static object? Parsed(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return Plain(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"no JSON: {e.Message}", e);
        }
    }

    private object? ValueOf(object? item) => AnnotationKey is null ? item
        : item is Dictionary<object, object?> map && map.TryGetValue(AnnotationKey, out var value) ? value
        : throw new FormatException($"there is no key '{AnnotationKey}'.");

    [GeneratedRegex("```json(.*?)```", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Fence();
}

/// <summary>A Python literal; one that is no list stands for a list of one (<c>eval_parser</c>).</summary>
public sealed record LiteralParser : AnswerParser
{
    internal override IReadOnlyList<object?> Read(object? completion) =>
        PythonLiteral.Parse(Text(completion)) is var value && value is List<object?> list ? list : [value];
}

/// <summary>Other values for some answers (<c>replace_parser</c>).</summary>
public sealed record ReplaceParser : AnswerParser
{
    /// <summary>Number that stands for each answer.</summary>
    public required IReadOnlyDictionary<string, double> Replacer { get; init; }

    /// <summary>What stands for all other answers; null for the answer itself.</summary>
    public double? DefaultReplacer { get; init; }

    internal override IReadOnlyList<object?> Read(object? completion) => completion switch
    {
        string text when Replacer.TryGetValue(text, out var number) => [number],
        List<object?> or Dictionary<object, object?> => throw new FormatException("a text or number was expected."),
        _ => [DefaultReplacer ?? completion],
    };
}

/// <summary>
/// The probability of the second answer from the log-probabilities of the most likely tokens, plus 1: 2 - P(numerator) over the sum of the
/// denominators. A token that is not among the most likely has probability 0; NaN where none is (<c>logprob_parser</c>).
/// </summary>
public sealed record LogprobParser : AnswerParser, ICheckedSettings
{
    /// <summary>The token for the answer shown first.</summary>
    public required string NumeratorToken { get; init; }

    /// <summary>The tokens that are answers.</summary>
    public required IReadOnlyList<string> DenominatorTokens { get; init; }

    /// <summary>Whether only the more likely one counts: 1 where the numerator is above all others, else 2.</summary>
    public bool IsBinarize { get; init; } = true;

    /// <summary>Which token of the answer counts, negative from its end; null for each in turn.</summary>
    public int? LogProbIndex { get; init; }

    /// <inheritdoc/>
    string? ICheckedSettings.Problem => IsBinarize || DenominatorTokens.Count > 0 ? null
        : "denominator_tokens is empty; at least one token was expected where is_binarize is false";

    internal override IReadOnlyList<object?> Read(object? completion)
    {
        if (Value(Value(completion, "logprobs"), "content") is not List<object?> { Count: > 0 } tokens)
        {
            throw new FormatException("the answer has no log-probabilities.");
        }

        if (LogProbIndex is not { } index)
        {
            return [.. tokens.Select(token => (object)Preference(token))];
        }

        var place = index < 0 ? tokens.Count + index : index;
        return place >= 0 && place < tokens.Count ? [Preference(tokens[place])]
            : throw new FormatException(Invariant($"the answer has {tokens.Count} tokens, that of place {index} was asked for."));
    }

    private static object? Value(object? holder, string key) =>
        holder is Dictionary<object, object?> map && map.TryGetValue(key, out var value)
        ? value : throw new FormatException($"the answer has no '{key}'.");

    private object Preference(object? token)
    {
        if (Value(token, "top_logprobs") is not List<object?> top)
        {
            throw new FormatException("the token has no 'top_logprobs'.");
        }

        var found = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var entry in top)
        {
            if (Value(entry, "token") is string name && (name == NumeratorToken || DenominatorTokens.Contains(name)))
            {
                found[name] = Value(entry, "logprob") switch
                {
                    double number => number,
                    long whole => whole,
                    _ => throw new FormatException($"'logprob' of the token '{name}' is no number."),
                };
            }
        }

        if (found.Count == 0)
        {
            return double.NaN;
        }

        var numerator = found.GetValueOrDefault(NumeratorToken, double.NegativeInfinity);
        var denominators = DenominatorTokens.Select(name => found.GetValueOrDefault(name, double.NegativeInfinity)).ToList();
        return IsBinarize ? (object)Binary(found, numerator) : 2 - Math.Exp(numerator - LogSum(denominators));
    }

    private long Binary(Dictionary<string, double> found, double numerator) =>
        DenominatorTokens.Where(name => name != NumeratorToken)
            .All(name => numerator > found.GetValueOrDefault(name, double.NegativeInfinity))
            ? 1 : 2;

    private static double LogSum(List<double> values)
    {
        var most = values.Max();
        return double.IsInfinity(most) ? most : most + Math.Log(values.Sum(value => Math.Exp(value - most)));
    }
}

/// <summary>Parsers one after the other, each on every value of the one before it (<c>pipeline_meta_parser</c>).</summary>
public sealed record PipelineParser : AnswerParser, ICheckedSettings
{
    /// <summary>The parsers in their order.</summary>
    public required IReadOnlyList<AnswerParser> Parsers { get; init; }

    /// <summary>Whether a list of one value after the first parser is that value.</summary>
    public bool IsSqueeze { get; init; } = true;

    /// <inheritdoc/>
    string? ICheckedSettings.Problem => Parsers.Count > 0 ? null : "parsers is empty; at least one parser was expected";

    internal override IReadOnlyList<object?> Read(object? completion) => Steps(completion, 0);

    private List<object?> Steps(object? completion, int step)
    {
        var read = Parsers[step].Parse(completion);
        return step == Parsers.Count - 1 ? [.. read] : [.. read.Select(value => Squeezed(Steps(value, step + 1)))];
    }

    private object? Squeezed(List<object?> values) => IsSqueeze && values.Count == 1 ? values[0] : values;
}
