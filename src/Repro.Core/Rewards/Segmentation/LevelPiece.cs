namespace Repro.Core.Rewards.Segmentation;

/// <summary>An interval of levels on which one start of the current segment is best.</summary>
internal struct LevelPiece
{
    /// <summary>Right end of the levels; the left end is the right end of the piece before.</summary>
    public double Right;

    /// <summary>Cost before the segment.</summary>
    public double Base;

    /// <summary>Sum of all tokens before the segment.</summary>
    public double Sum;

    /// <summary>First token of the segment.</summary>
    public int Start;

    /// <summary>Cost of everything up to now when the current segment has this start and a given level.</summary>
    public readonly double At(double level, in Prefix now) =>
        Base + (level * (((now.Count - Start) * level) - (2 * (now.Sum - Sum))));

    /// <summary>The same piece when sums start anew at a prefix and costs are counted from another zero.</summary>
    public void Rebase(in Prefix anchor, double cost)
    {
        Base -= cost;
        Sum -= anchor.Sum;
    }
}
