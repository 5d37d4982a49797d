namespace Repro.Core.Adaptive.Segmentation;

/// <summary>A node of the tree over the levels: a leaf with pieces, or an inner node with children, from left to right, with bounds of the
/// costs over its levels.</summary>
internal sealed class LevelNode
{
    private LevelBound _low = new(double.NegativeInfinity, default);
    private LevelBound _high = new(double.PositiveInfinity, default);
    private LevelBound _highBetween = new(double.PositiveInfinity, default);

    public LevelPiece[] Pieces { get; private set; } = [];

    public LevelNode[]? Children { get; private set; }

    public int Count { get; private set; }

    public double Left { get; private set; }

    public double Right { get; private set; }

    public static LevelNode Leaf(double left, ReadOnlySpan<LevelPiece> pieces)
    {
        var node = new LevelNode();
        node.SetPieces(left, pieces);
        return node;
    }

    public static LevelNode Inner(ReadOnlySpan<LevelNode> children)
    {
        var node = new LevelNode();
        node.SetChildren(children);
        return node;
    }

    public void SetPieces(double left, ReadOnlySpan<LevelPiece> pieces)
    {
        if (pieces.Length > Pieces.Length)
        {
            Pieces = new LevelPiece[2 * pieces.Length];
        }

        pieces.CopyTo(Pieces);
        (Count, Left, Right) = (pieces.Length, left, pieces[^1].Right);
    }

    public void SetChildren(ReadOnlySpan<LevelNode> children)
    {
        if (Children is null || Children.Length < children.Length)
        {
            Children = new LevelNode[2 * children.Length];
        }

        children.CopyTo(Children);
        if (Count > children.Length)
        {
            Array.Clear(Children, children.Length, Count - children.Length);
        }

        Count = children.Length;
        FollowChildren();
    }

    /// <summary>Takes over the levels of the children after the first or the last has lost some.</summary>
    public void FollowChildren() => (Left, Right) = (Children![0].Left, Children[Count - 1].Right);

    /// <summary>Puts a piece that starts now after the last one of the last leaf.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="now">All tokens so far.</param>
    /// <param name="cost">Cost of the piece at each of its levels, the highest of all costs now.</param>
    public void Append(in LevelPiece piece, in Prefix now, double cost)
    {
        (_low, _high) = (new LevelBound(Lower(now), now), new LevelBound(cost, now));
        if (Children is null)
        {
            if (Count == Pieces.Length)
            {
                var pieces = Pieces;
                Array.Resize(ref pieces, 2 * Count);
                Pieces = pieces;
            }

            Pieces[Count++] = piece;
        }
        else
        {
            Children[Count - 1].Append(piece, now, cost);
        }

        Right = piece.Right;
    }

    /// <summary>No cost over the levels of this node is below this.</summary>
    public double Lower(in Prefix now) => _low.Lower(now, Left, Right);

    /// <summary>No cost over the levels of this node is above this.</summary>
    public double Upper(in Prefix now) => _high.Upper(now, Left, Right);

    /// <summary>No cost over the levels of the children between the first and the last is above this; there must be one.</summary>
    public double UpperBetween(in Prefix now) => _highBetween.Upper(now, Children![1].Left, Children[Count - 2].Right);

    /// <summary>Says that now no cost over the levels of this node is below a value.</summary>
    public void BoundBelow(double value, in Prefix now) => _low = new LevelBound(value, now);

    /// <summary>Says that now no cost over the levels of this node is above a value.</summary>
    public void BoundAbove(double value, in Prefix now) => _high = new LevelBound(value, now);

    /// <summary>Says the same of an inner node and of its children between the first and the last.</summary>
    public void BoundAbove(double value, double between, in Prefix now) =>
        (_high, _highBetween) = (new LevelBound(value, now), new LevelBound(between, now));

    /// <summary>Takes the lower bound of a node whose costs include those of this one.</summary>
    public void BoundBelow(LevelNode whole) => _low = whole._low;

    /// <summary>Takes both bounds from the children.</summary>
    public void BoundByChildren(in Prefix now)
    {
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var child in Children.AsSpan(0, Count))
        {
            low = Math.Min(low, child.Lower(now));
            high = Math.Max(high, child.Upper(now));
        }

        (_low, _high) = (new LevelBound(low, now), new LevelBound(high, now));
    }

    /// <summary>Counts sums from a prefix on and costs from another zero.</summary>
    public void Rebase(in Prefix anchor, double cost)
    {
        (_low, _high, _highBetween) = (_low.Rebase(anchor, cost), _high.Rebase(anchor, cost), _highBetween.Rebase(anchor, cost));
        for (var i = 0; i < Count; i++)
        {
            if (Children is null)
            {
                Pieces[i].Rebase(anchor, cost);
            }
            else
            {
                Children[i].Rebase(anchor, cost);
            }
        }
    }
}

/// <summary>
/// A bound of the best costs over an interval of levels, as it was at some time. What later tokens added is a parabola in the level, so
/// that a bound for now follows without a look at the costs.
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

/// <summary>The first tokens of a response, summed from some anchor on.</summary>
/// <param name="Count">Number of tokens.</param>
/// <param name="Sum">Sum of their rewards.</param>
internal readonly record struct Prefix(int Count, double Sum)
{
    /// <summary>The same count, with sums that start anew here.</summary>
    public Prefix Anew => new(Count, 0);

    /// <summary>These sums as seen from a later prefix at which sums started anew.</summary>
    public Prefix From(in Prefix anchor) => new(Count, Sum - anchor.Sum);

    /// <summary>These tokens and one more.</summary>
    public Prefix With(double reward) => new(Count + 1, Sum + reward);
}
