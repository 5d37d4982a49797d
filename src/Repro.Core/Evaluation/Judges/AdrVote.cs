using System.Text.RegularExpressions;
using Repro.Core.Evaluation.Voting;

namespace Repro.Core.Evaluation.Judges;

/// <summary>
/// The vote of ADR's judge (ADR Appendix C.1): JSON with <c>judge</c>, in a fence or between the first and the last brace. <c>[A]</c>,
/// <c>A</c> and <c>Assistant A</c> are 1, the same of B are 2, all else is NaN: the prompt has no tie.
/// </summary>
public sealed partial record AdrVoteParser : AnswerParser
{
    internal override IReadOnlyList<object?> Read(object? completion)
    {
        var text = Text(completion);
        var inner = Fence().Match(text) is { Success: true } fenced ? fenced.Groups[1].Value : text;
        var (start, end) = (inner.IndexOf('{', StringComparison.Ordinal), inner.LastIndexOf('}'));
        try
        {
            return start < 0 || end < start || JsonParser.Parsed(inner[start..(end + 1)]) is not Dictionary<object, object?> answer
                || !answer.TryGetValue("judge", out var judge) ? [double.NaN] : [Vote(judge as string)];
        }
        catch (FormatException)
        {
            return [double.NaN];
        }
    }

    private static double Vote(string? judge) => judge?.Trim() switch
    {
        "[A]" or "A" or "Assistant A" => 1,
        "[B]" or "B" or "Assistant B" => 2,
        _ => double.NaN,
    };

    [GeneratedRegex("```(?:json)?(.*?)```", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Fence();
}

/// <summary>The panel of ADR (Section 4.2): three annotators and a judge vote, an expert decides where the rule asks for one. The paper
/// can be read in two ways, so that both are counted.</summary>
/// <param name="OnTie">An expert where two answers have as many votes each.</param>
/// <param name="WithoutConsensus">An expert wherever not all votes agree.</param>
public sealed record AdrPanel(PanelVerdict<int> OnTie, PanelVerdict<int> WithoutConsensus)
{
    /// <summary>What the panel decides under both readings.</summary>
    /// <param name="votes">1 or 2, one a voter; the paper has four.</param>
    /// <param name="expert">1 or 2; asked only where a reading needs it.</param>
    /// <exception cref="ArgumentException">There is no vote, or one that is neither 1 nor 2.</exception>
    public static AdrPanel Decide(IReadOnlyCollection<int> votes, Func<int> expert)
    {
        ArgumentNullException.ThrowIfNull(votes);
        return votes.Any(vote => vote is not (1 or 2))
            ? throw new ArgumentException("a vote must be 1 or 2.", nameof(votes))
            : new AdrPanel(MajorityVote.Decide(votes, expert), MajorityVote.Decide(votes, expert, ExpertRule.WithoutConsensus));
    }
}
