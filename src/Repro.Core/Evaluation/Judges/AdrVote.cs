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

/// <summary>What a panel voted on a pair.</summary>
/// <param name="Pair">The pair.</param>
/// <param name="Votes">1 or 2 for the first or the second answer, one a voter; who gave none is left out.</param>
/// <param name="Expert">The same of the expert; null where he gave none.</param>
public sealed record PanelVotes(AnswerPair Pair, IReadOnlyList<int> Votes, int? Expert);

/// <summary>The panel of ADR (Section 4.2): three annotators and GPT-4 vote, an expert decides where they do not. The sentence speaks of a
/// tie and of points without consensus, which are two rules: <see cref="ExpertRule"/> names both.</summary>
/// <param name="Rule">When the expert decides.</param>
/// <param name="Rate">Win rate of the second answer; pairs that nobody decided are missing.</param>
/// <param name="ByExpert">Pairs that the rule left to the expert.</param>
/// <param name="Preferences">1 or 2 for each pair in their order; null where the rule left it to an expert who did not vote.</param>
public sealed record AdrPanel(ExpertRule Rule, WinRate Rate, int ByExpert, IReadOnlyList<double?> Preferences)
{
    private const int Undecided = 0;

    /// <summary>What the panel decides.</summary>
    /// <param name="pairs">Votes on each pair.</param>
    /// <param name="rule">When the expert decides. A pair without any vote is always left to him.</param>
    /// <exception cref="ArgumentException">A vote is neither 1 nor 2.</exception>
    /// <exception cref="ReproException">No pair is decided.</exception>
    public static AdrPanel Decide(IReadOnlyList<PanelVotes> pairs, ExpertRule rule)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        if (pairs.SelectMany(pair => pair.Expert is { } expert ? pair.Votes.Append(expert) : pair.Votes).Any(vote => vote is not (1 or 2)))
        {
            throw new ArgumentException("a vote must be 1 or 2.", nameof(pairs));
        }

        var verdicts = pairs.Select(pair => Decide(pair, rule)).ToList();
        List<double?> preferences = [.. verdicts.Select(verdict => verdict.Choice == Undecided ? (double?)null : verdict.Choice)];
        return new AdrPanel(rule, WinRate.Compute(preferences), verdicts.Count(verdict => verdict.ByExpert), preferences);
    }

    private static PanelVerdict<int> Decide(PanelVotes pair, ExpertRule rule) => pair.Votes.Count == 0
        ? new PanelVerdict<int>(pair.Expert ?? Undecided, 0, true)
        : MajorityVote.Decide(pair.Votes, () => pair.Expert ?? Undecided, rule);
}
