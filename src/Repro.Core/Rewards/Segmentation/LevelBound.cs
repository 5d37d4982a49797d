namespace Repro.Core.Rewards.Segmentation;

/// <summary>
/// A bound of the best costs over an interval of levels, as it was at some time. What later tokens added is a parabola in the level, so that a bound for now
/// follows without a look at the costs.
/// </summary>
/// <param name="Value">The bound at that time.</param>
/// <param name="Time">All tokens up to that time.</param>
internal readonly record struct LevelBound(double Value, Prefix Time)
{
    /// <summary>No cost between two levels is below this now, where none was below the value.</summary>
    public double Lower(in Prefix now, double left, double right)
    {
        var tokens = now.Count - Time.Count;
        var sum = now.Sum - Time.Sum;
        return Value + (sum >= right * tokens ? Added(right, tokens, sum)
            : sum <= left * tokens ? Added(left, tokens, sum)
            : -(sum * sum / tokens));
    }

    /// <summary>No cost between two levels is above this now, where none was above the value.</summary>
    public double Upper(in Prefix now, double left, double right)
    {
        var tokens = now.Count - Time.Count;
        var sum = now.Sum - Time.Sum;
        return Value + Math.Max(Added(left, tokens, sum), Added(right, tokens, sum));
    }

    /// <summary>The same bound when sums start anew at a prefix and costs are counted from another zero.</summary>
    public LevelBound Rebase(in Prefix anchor, double cost) => new(Value - cost, Time.From(anchor));

    private static double Added(double level, int tokens, double sum) => level * ((tokens * level) - (2 * sum));
}
