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

/// <summary>How MT-bench joins both orders of a pair (FastChat <c>llm_judge/show_result.py</c>). Its <c>win_rate</c> is wins over all
/// pairs, its <c>win_rate_adjusted</c> <see cref="WinRate.DiscreteRate"/>.</summary>
public static class MtBench
{
    /// <summary>A pair that was shown in both orders: the same winner twice wins, all else is a tie.</summary>
    /// <param name="first">1 or 2 for the winner, 1.5 for a tie, as shown; null for an answer that cannot be read.</param>
    /// <param name="swapped">The same from the other order, with 1 and 2 for the same answers as in <paramref name="first"/>.</param>
    /// <returns>1, 2 or 1.5; null where either could not be read: the pair is left out.</returns>
    public static double? Both(double? first, double? swapped) =>
        first is not { } one || swapped is not { } other ? null : one == other ? one : 1.5;
}
