using System.Globalization;
using System.Text.RegularExpressions;
using Repro.Core.Evaluation.Rankings;

namespace Repro.Core.Evaluation.Judges;

/// <summary>The verdict of a pair in MT-bench's words: <c>[[A]]</c> is 1, <c>[[B]]</c> is 2, <c>[[C]]</c> is 0 for a tie; where several
/// stand in the answer, the first of this list counts, and NaN where none does (FastChat <c>llm_judge/common.py</c>).</summary>
public sealed record MtBenchVerdictParser : AnswerParser
{
    internal override IReadOnlyList<object?> Read(object? completion)
    {
        var text = Text(completion);
        return text.Contains("[[A]]", StringComparison.Ordinal) ? [1L]
            : text.Contains("[[B]]", StringComparison.Ordinal) ? [2L]
            : text.Contains("[[C]]", StringComparison.Ordinal) ? [0L]
            : [double.NaN];
    }
}

/// <summary>How MT-bench counts (FastChat <c>llm_judge/common.py</c> and <c>show_result.py</c>).</summary>
public static partial class MtBench
{
    /// <summary>Scores that differ by no more than this are a tie.</summary>
    public const double TieDelta = 0.1;

    /// <summary>The score of a single answer: <c>[[8]]</c>, else <c>[8]</c>; null where there is none, which FastChat writes as -1 and
    /// leaves out of its means.</summary>
    /// <param name="answer">What the judge wrote.</param>
    public static double? Score(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var found = Doubled().Match(answer) is { Success: true } doubled ? doubled : Single().Match(answer);
        return found.Success ? double.Parse(found.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : null;
    }

    /// <summary>The winner of two scores.</summary>
    /// <param name="first">Score of the first answer.</param>
    /// <param name="second">Score of the second answer.</param>
    /// <returns>1 or 2; 1.5 where they differ by at most <see cref="TieDelta"/>.</returns>
    public static double Winner(double first, double second) => Math.Abs(first - second) <= TieDelta ? 1.5 : first > second ? 1 : 2;

    /// <summary>A pair that was shown in both orders: the same winner twice wins, all else is a tie.</summary>
    /// <param name="first">1 or 2 for the winner, 1.5 for a tie, as shown; null for an answer that cannot be read.</param>
    /// <param name="swapped">The same from the other order, with 1 and 2 for the same answers as in <paramref name="first"/>.</param>
    /// <returns>1, 2 or 1.5; null where either could not be read: the pair is left out.</returns>
    public static double? Both(double? first, double? swapped) =>
        first is not { } one || swapped is not { } other ? null : one == other ? one : 1.5;

    /// <summary>Counts pairs for the second of both answers, as <see cref="WinRate"/> does; FastChat's <c>win_rate</c> is wins over
    /// all pairs, <c>win_rate_adjusted</c> is <see cref="PairedWins.Rate"/>.</summary>
    /// <param name="pairs">What <see cref="Both"/> gives for each pair.</param>
    public static PairedWins Count(IEnumerable<double?> pairs) =>
        PairedWins.Of(pairs.OfType<double>().Select(preference => preference - 1.5));

    [GeneratedRegex(@"\[\[([0-9]+\.?[0-9]*)\]\]", RegexOptions.CultureInvariant)]
    private static partial Regex Doubled();

    [GeneratedRegex(@"\[([0-9]+\.?[0-9]*)\]", RegexOptions.CultureInvariant)]
    private static partial Regex Single();
}
