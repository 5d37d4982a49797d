namespace Repro.Core.Evaluation.Rankings;

/// <summary>Distance of two rankings.</summary>
public static class KendallDistance
{
    /// <summary>Number of pairs of candidates that the two rankings order differently: 0 when equal, n (n - 1) / 2 when reversed.</summary>
    /// <param name="first">Every candidate once.</param>
    /// <param name="second">The same candidates once.</param>
    /// <exception cref="ArgumentException">The rankings do not hold the same candidates exactly once.</exception>
    public static int Between(IReadOnlyList<string> first, IReadOnlyList<string> second)
    {
        var names = Ballots.Candidates([first, second]);
        var places = second.Select(name => first.TakeWhile(other => other != name).Count()).ToArray();
        var discordant = 0;
        for (var i = 0; i < names.Length; i++)
        {
            discordant += places.Skip(i + 1).Count(place => place < places[i]);
        }

        return discordant;
    }
}
