namespace Repro.Experiments.Procedures;

/// <summary>Shares of a small number of prompts can take few values only.</summary>
public static class PercentGrid
{
    /// <summary>The count behind a share, or null when no whole number of prompts gives it.</summary>
    /// <param name="percent">The share in percent.</param>
    /// <param name="prompts">Number of prompts, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no prompt.</exception>
    public static int? Count(double percent, int prompts)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(prompts, 1);
        var count = percent * prompts / 100;
        var whole = Math.Round(count);
        return Math.Abs(count - whole) <= 1e-9 * prompts && whole >= 0 && whole <= prompts ? (int)whole : null;
    }
}
