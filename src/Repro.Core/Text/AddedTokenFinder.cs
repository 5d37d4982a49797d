using System.Buffers;
using Repro.Core.Text.Unicode;

namespace Repro.Core.Text;

/// <summary>Finds added tokens in a text: leftmost first, the longest of those that start at one place.</summary>
internal sealed class AddedTokenFinder
{
    private readonly SearchValues<char> _firstUnits;
    private readonly Dictionary<int, Candidate[]> _byStart;

    private AddedTokenFinder(Candidate[] candidates)
    {
        _firstUnits = SearchValues.Create([.. candidates.Select(candidate => candidate.Content[0]).Distinct()]);
        _byStart = candidates
            .GroupBy(candidate => Start(candidate.Content))
            .ToDictionary(group => group.Key, group => group.OrderByDescending(candidate => candidate.Content.Length).ToArray());
    }

    /// <summary>A finder, or null where there is nothing to find.</summary>
    /// <param name="tokens">Contents as they stand in the text to search, with their tokens.</param>
    public static AddedTokenFinder? Create(IEnumerable<(string Content, AddedToken Token)> tokens)
    {
        Candidate[] candidates =
            [.. tokens.Where(token => token.Content.Length > 0).Select(token => new Candidate(token.Content, token.Token))];
        return candidates.Length == 0 ? null : new AddedTokenFinder(candidates);
    }

    /// <summary>The next token.</summary>
    /// <param name="text">Text to search.</param>
    /// <param name="from">End of the match before; white space before it belongs to that one.</param>
    /// <param name="searchFrom">Where to look on from; set behind the match.</param>
    /// <param name="start">Start of the match with the white space it takes along.</param>
    /// <param name="end">End of it.</param>
    /// <returns>The token, or null where there is none any more.</returns>
    public AddedToken? Next(ReadOnlySpan<char> text, int from, ref int searchFrom, out int start, out int end)
    {
        while (searchFrom < text.Length)
        {
            int found = text[searchFrom..].IndexOfAny(_firstUnits);
            if (found < 0)
            {
                break;
            }

            start = searchFrom + found;
            Candidate? candidate = LongestAt(text[start..]);
            if (candidate == null)
            {
                searchFrom = start + 1;
                continue;
            }

            AddedToken token = candidate.Token;
            end = start + candidate.Content.Length;
            searchFrom = end;
            if (start < from || (token.SingleWord && !StandsAlone(text, start, end)))
            {
                continue;
            }

            while (token.LeftStrip && start > from && CodePoints.IsSpace(text[start - 1]))
            {
                start--;
            }

            while (token.RightStrip && end < text.Length && CodePoints.IsSpace(text[end]))
            {
                end++;
            }

            return token;
        }

        start = end = text.Length;
        return null;
    }

    private static bool StandsAlone(ReadOnlySpan<char> text, int start, int end) =>
        !(start > 0 && CodePoints.IsWord(CodePoints.Before(text, start)))
        && !(end < text.Length && CodePoints.IsWord(CodePoints.At(text, end, out _)));

    // The first two units; those of one unit have a place of their own.
    private static int Start(ReadOnlySpan<char> text) => text.Length > 1 ? (text[0] << 16) | text[1] : text[0];

    private Candidate? LongestAt(ReadOnlySpan<char> text)
    {
        Candidate? best = text.Length > 1 ? LongestOf(Start(text), text) : null;
        return best ?? LongestOf(text[0], text);
    }

    private Candidate? LongestOf(int start, ReadOnlySpan<char> text)
    {
        if (_byStart.TryGetValue(start, out Candidate[]? candidates))
        {
            foreach (Candidate candidate in candidates)
            {
                if (text.StartsWith(candidate.Content, StringComparison.Ordinal))
                {
                    return candidate;
                }
            }
        }

        return null;
    }

    private sealed record Candidate(string Content, AddedToken Token);
}
