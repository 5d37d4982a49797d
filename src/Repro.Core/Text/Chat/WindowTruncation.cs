namespace Repro.Core.Text.Chat;

/// <summary>How the supervised stages cut a conversation: a window at a random place, or the first tokens.</summary>
/// <param name="MaximumLength">Tokens that remain at most.</param>
/// <param name="RandomWindowProbability">How often the window lies at a random place.</param>
public sealed record WindowTruncation(int MaximumLength = 2048, double RandomWindowProbability = 0.5)
{
    /// <summary>The window of a conversation; draws two numbers whatever the length, so that the stream does not depend on the data.</summary>
    /// <param name="length">Tokens of the conversation.</param>
    /// <param name="random">Source of the choice.</param>
    /// <returns>Start and end of what remains.</returns>
    public (int Start, int End) Choose(int length, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        bool anywhere = random.NextDouble() < RandomWindowProbability;
        double place = random.NextDouble();
        if (length <= MaximumLength)
        {
            return (0, length);
        }

        int start = anywhere ? (int)(place * (length - MaximumLength + 1)) : 0;
        return (start, start + MaximumLength);
    }
}
