using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Repro.Core.Configuration;

namespace Repro.Core.Evaluation.Benchmarks;

/// <summary>A step that takes an answer out of a response. The first group are lm-eval's, the others OpenCompass's.</summary>
[ConfigVariant("regex", typeof(RegexFilter))]
[ConfigVariant("multi_choice", typeof(MultiChoiceFilter))]
[ConfigVariant("map_regex", typeof(MapRegexFilter))]
[ConfigVariant("number", typeof(NumberFilter))]
[ConfigVariant("word_sort", typeof(WordSortFilter))]
[ConfigVariant("complete_prompt", typeof(CompletePromptFilter))]
[ConfigVariant("first_capital", typeof(FirstCapitalFilter))]
[ConfigVariant("first_option", typeof(FirstOptionFilter))]
[ConfigVariant("last_number", typeof(LastNumberFilter))]
[ConfigVariant("after_hashes", typeof(AfterHashesFilter))]
[ConfigVariant("bbh_choice", typeof(BbhChoiceFilter))]
[ConfigVariant("bbh_free", typeof(BbhFreeFilter))]
[ConfigVariant("small_letters", typeof(SmallLettersFilter))]
[ConfigVariant("code_block", typeof(CodeBlockFilter))]
public abstract record AnswerFilter
{
    /// <summary>The answer of a response.</summary>
    /// <param name="response">What the model wrote.</param>
    /// <param name="fields">Fields of the document by name.</param>
    /// <exception cref="ReproException">A regular expression is not valid, or takes longer than two seconds on the response.</exception>
    public abstract string Apply(string response, IReadOnlyDictionary<string, string> fields);
}

/// <summary>Filters with a regular expression, as lm-eval's: of all matches one is taken, of its groups the first that is not
/// empty.</summary>
public abstract record PatternFilter : AnswerFilter
{
    /// <summary>Which match is taken: 0 the first, -1 the last.</summary>
    public int GroupSelect { get; init; }

    /// <summary>The answer where nothing matches.</summary>
    public string Fallback { get; init; } = "[invalid]";

    /// <summary>Whether the response is put into small letters first, where the filter looks for more than its expression.</summary>
    public bool IgnoreCase { get; init; }

    /// <summary>Whether punctuation is removed first, likewise.</summary>
    public bool IgnorePunctuation { get; init; }

    /// <summary>The chosen match without white space around it, or null where there is none or nothing is left of it.</summary>
    private protected string? Find(string pattern, string text) => Chosen(pattern, text) is { Length: > 0 } found ? found : null;

    /// <summary>The same, where a match of nothing but white space is an empty answer.</summary>
    private protected string? Chosen(string pattern, string text)
    {
        var matches = PythonPattern.FindAll(pattern, text);
        var place = GroupSelect < 0 ? matches.Count + GroupSelect : GroupSelect;
        return place >= 0 && place < matches.Count ? matches[place].Trim() : null;
    }

    private protected string Ignoring(string text)
    {
        var cased = IgnoreCase ? text.ToLowerInvariant() : text;
        return IgnorePunctuation ? string.Concat(cased.EnumerateRunes().Where(rune => !IsPunctuation(rune)).Select(rune => rune.ToString()))
            : cased;
    }

    private static bool IsPunctuation(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.ConnectorPunctuation
        or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation
        or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation;
}

/// <summary><c>regex</c>: one match of an expression.</summary>
public sealed record RegexFilter : PatternFilter
{
    /// <summary>The expression.</summary>
    public required string RegexPattern { get; init; }

    /// <inheritdoc/>
    public override string Apply(string response, IReadOnlyDictionary<string, string> fields) =>
        Chosen(RegexPattern, response) ?? Fallback;
}

/// <summary><c>multi_choice</c>: a letter in brackets, else the text of a choice as the field <c>input</c> lists it, else a letter after a
/// colon.</summary>
public sealed record MultiChoiceFilter : PatternFilter
{
    /// <summary>The expression for the letter.</summary>
    public string RegexPattern { get; init; } = @"(\([A-Z]\))";

    /// <inheritdoc/>
    public override string Apply(string response, IReadOnlyDictionary<string, string> fields)
    {
        if (Find(RegexPattern, response) is { } letter)
        {
            return letter;
        }

        var choices = PythonPattern.FindAll(@"\([A-Z]\)([^\n^(]*)", fields["input"]).Select(choice => Ignoring(choice.Trim())).ToList();
        if (choices.Count == 0)
        {
            return Fallback;
        }

        // Of choices that begin alike the longer one is tried first (lm-eval #3884).
        var longestFirst = choices.Select(Regex.Escape).OrderByDescending(choice => choice.Length);
        if (Find(string.Join('|', longestFirst), Ignoring(response)) is { } text)
        {
            var place = choices.LastIndexOf(text);
            return place < 0 ? text : Letter(place);
        }

        var letters = string.Join('|', choices.Select((_, place) => (char)('A' + place)));
        return Find($@":[\s]*({letters})", response) is { } bare ? $"({bare})" : Fallback;
    }

    private static string Letter(int place) => $"({(char)('A' + place)})";
}

/// <summary><c>map_regex</c>: the value of the first expression that the chosen match of any of them fits.</summary>
public sealed record MapRegexFilter : PatternFilter
{
    /// <summary>Values by expressions, tried in order.</summary>
    public required IReadOnlyDictionary<string, string> RegexPatternToValue { get; init; }

    /// <inheritdoc/>
    public override string Apply(string response, IReadOnlyDictionary<string, string> fields)
    {
        if (Find(string.Join('|', RegexPatternToValue.Keys), Ignoring(response)) is not { } match)
        {
            return Fallback;
        }

        return RegexPatternToValue.FirstOrDefault(pair => Find(pair.Key, Ignoring(match)) is not null).Value ?? Fallback;
    }
}

/// <summary><c>number</c>: digits, else a number in English words.</summary>
public sealed record NumberFilter : PatternFilter
{
    // The words of lm-eval's expression. A number needs one of Whole at its end: six to nine alone are not among them.
    private const string Stems = "(?:twen|thir|for|fif|six|seven|nine)";
    private const string Small = "zero|one|two|three|four|five";
    private const string Large = "ten|eleven|twelve|fourteen|hundred|thousand|(?:m|b|tr)illion";
    private const string First = $"{Small}|{Stems}(?:teen|ty)|eight(?:|een|y)|{Large}";
    private const string Between = $"{Small}|{Stems}(?:|teen|ty)|eight(?:een|y)|{Large}|[^\\S\\r\\n]|,|and|&";
    private const string Last = $"{Small}|{Stems}(?:teen|ty)|eight(?:een|y)|{Large}";
    private const string Words = $"((?:(?:{First})(?:{Between})+)?(?:{Last}))";

    /// <summary>The expression for digits.</summary>
    public string RegexPattern { get; init; } = "([-0-9]+)";

    /// <inheritdoc/>
    public override string Apply(string response, IReadOnlyDictionary<string, string> fields) =>
        Find(RegexPattern, response) ?? (Find(Words, response.ToLowerInvariant()) is { } words ? Digits(words) ?? Fallback : Fallback);

    private static string? Digits(string words)
    {
        long total = 0, part = 0;
        foreach (var word in words.Split([' ', '\t', ',', '-', '&'], StringSplitOptions.RemoveEmptyEntries).Where(word => word != "and"))
        {
            switch (word)
            {
                case "hundred":
                    part = Math.Max(1, part) * 100;
                    break;
                case "thousand" or "million" or "billion" or "trillion":
                    total += Math.Max(1, part) * (word switch
                    { "thousand" => 1_000, "million" => 1_000_000, "billion" => 1_000_000_000, _ => 1_000_000_000_000 });
                    part = 0;
                    break;
                default:
                    if (Value(word) is not { } value)
                    {
                        return null;
                    }

                    part += value;
                    break;
            }
        }

        return (total + part).ToString(CultureInfo.InvariantCulture);
    }

    private static long? Value(string word)
    {
        string[] small =
        [
            "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
            "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
        ];
        string[] tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
        var place = Array.IndexOf(small, word);
        return place >= 0 ? place : Array.IndexOf(tens, word) is var ten and >= 0 ? (ten + 2) * 10 : null;
    }
}

/// <summary><c>word_sort</c>: the words of the task in the order in which the response names each for the last time.</summary>
public sealed record WordSortFilter : AnswerFilter
{
    /// <inheritdoc/>
    public override string Apply(string response, IReadOnlyDictionary<string, string> fields)
    {
        var list = fields["input"].Split("List:");
        var words = list.Length < 2 ? [] : list[1].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var named = PythonPattern.FindAll(string.Join('|', words.Select(word => $@"\b{word}\b")), response);
        return string.Join(' ', named.Where((word, place) => word.Length > 0 && named.LastIndexOf(word) == place));
    }
}

/// <summary><c>complete_prompt</c>: the prompt of the document with the response after it, as HumanEval runs it.</summary>
public sealed record CompletePromptFilter : AnswerFilter
{
    /// <inheritdoc/>
    public override string Apply(string response, IReadOnlyDictionary<string, string> fields) => fields["prompt"] + response;
}

/// <summary>Regular expressions as Python's <c>re</c> finds them.</summary>
internal static class PythonPattern
{
    // What a model wrote may make an expression slow; two seconds are far beyond every honest response.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    /// <summary><c>re.findall</c>: the whole match, or the first of its groups that is not empty.</summary>
    internal static List<string> FindAll(string pattern, string text) => Guarded(pattern, text, regex => regex.Matches(text).Select(match =>
        match.Groups.Count == 1 ? match.Value
        : match.Groups.Values.Skip(1).FirstOrDefault(group => group.Length > 0)?.Value ?? string.Empty).ToList());

    /// <summary><c>re.search</c>: the first match, or null.</summary>
    internal static Match? Search(string pattern, string text, RegexOptions options = RegexOptions.None) =>
        Guarded(pattern, text, regex => regex.Match(text) is { Success: true } match ? match : null, options);

    /// <summary><c>re.sub</c> of matches by nothing.</summary>
    internal static string Remove(string pattern, string text) => Guarded(pattern, text, regex => regex.Replace(text, string.Empty));

    private static T Guarded<T>(string pattern, string text, Func<Regex, T> use, RegexOptions options = RegexOptions.None)
    {
        try
        {
            return use(new Regex(pattern, options | RegexOptions.CultureInvariant, Longest));
        }
        catch (RegexMatchTimeoutException)
        {
            throw new ReproException($"The expression '{pattern}' takes longer than two seconds on a response of "
                + Invariant($"{text.Length} characters."));
        }
        catch (RegexParseException wrong)
        {
            throw new ReproException($"'{pattern}' is no regular expression: {wrong.Message}", wrong);
        }
    }
}
