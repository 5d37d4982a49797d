namespace Repro.Core.Rewards.Segmentation;

/// <summary>
/// A node of the tree over the levels: a leaf with pieces, or an inner node with children, from left to right. It knows bounds of the cost over its levels at
/// some earlier time; what later tokens added is a parabola in the level, so that bounds for now follow without a look at the pieces.
/// </summary>
internal sealed class LevelNode
{
    /// <summary>Pieces or children beyond which a node is split.</summary>
    public const int Capacity = 24;

    private double _min = double.NegativeInfinity;
    private double _max = double.PositiveInfinity;
    private Prefix _time;

    public LevelPiece[] Pieces { get; private set; } = [];

    public LevelNode[]? Children { get; private set; }

    public int Count { get; private set; }

    public double Left { get; private set; }

    public double Right { get; private set; }

    public static LevelNode Leaf(double left, ReadOnlySpan<LevelPiece> pieces)
    {
        var node = new LevelNode { Pieces = new LevelPiece[Math.Max(2 * Capacity, pieces.Length)] };
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
            Children = new LevelNode[Math.Max(2 * Capacity, children.Length)];
        }

        children.CopyTo(Children);
        Array.Clear(Children, children.Length, Children.Length - children.Length);
        (Count, Left, Right) = (children.Length, children[0].Left, children[^1].Right);
    }

    /// <summary>Puts a piece behind the last one of the last leaf.</summary>
    public void Append(in LevelPiece piece, in Prefix now)
    {
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
            Children[Count - 1].Append(piece, now);
        }

        Right = piece.Right;
        Refresh(now);
    }

    /// <summary>No cost over the levels of this node is below this.</summary>
    public double Lower(in Prefix now)
    {
        var tokens = now.Count - _time.Count;
        var sum = now.Sum - _time.Sum;
        var level = tokens == 0 ? Left : Math.Clamp(sum / tokens, Left, Right);
        return _min + Added(level, tokens, sum, now);
    }

    /// <summary>No cost over the levels of this node is above this.</summary>
    public double Upper(in Prefix now)
    {
        var tokens = now.Count - _time.Count;
        var sum = now.Sum - _time.Sum;
        return _max + Math.Max(Added(Left, tokens, sum, now), Added(Right, tokens, sum, now));
    }

    /// <summary>Renews the bounds: exactly from pieces, or from the bounds of the children.</summary>
    public void Refresh(in Prefix now)
    {
        (_min, _max, _time) = (double.PositiveInfinity, double.NegativeInfinity, now);
        if (Children is not null)
        {
            foreach (var child in Children.AsSpan(0, Count))
            {
                _min = Math.Min(_min, child.Lower(now));
                _max = Math.Max(_max, child.Upper(now));
            }

            return;
        }

        var left = Left;
        foreach (ref readonly var piece in Pieces.AsSpan(0, Count))
        {
            _min = Math.Min(_min, piece.At(Math.Clamp(piece.Mean(now), left, piece.Right), now));
            _max = Math.Max(_max, Math.Max(piece.At(left, now), piece.At(piece.Right, now)));
            left = piece.Right;
        }
    }

    /// <summary>Counts sums from a prefix on and costs from another zero.</summary>
    public void Rebase(in Prefix anchor, double cost)
    {
        (_min, _max, _time) = (_min - cost, _max - cost, _time.From(anchor));
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

    private double Added(double level, int tokens, double sum, in Prefix now) =>
        now.Square - _time.Square + (level * ((tokens * level) - (2 * sum)));
}
