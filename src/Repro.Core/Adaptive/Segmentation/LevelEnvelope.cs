using System.Runtime.InteropServices;

namespace Repro.Core.Adaptive.Segmentation;

/// <summary>
/// For each possible level of the current segment, the best cost of everything up to now and the start of that segment: the lower envelope
/// of parabolas in the level, one for each start that is still best somewhere.
/// </summary>
/// <remarks>
/// A start s with cost v before it has, after the tokens s..t-1, the parabola v + sum of (r - level)^2. A new start adds the constant v to
/// all levels. Costs are counted without the squares of the rewards: their sum is the same whatever the segments. Where an old parabola is
/// above that constant it stays above for ever, because both grow by the same amount with every further token; so cutting it there loses
/// nothing (functional pruning: Rigaill 2015; Maidstone, Hocking, Rigaill and Fearnhead 2017). A parabola is at most a constant on one
/// interval, so a cut never splits a piece.
/// <para>
/// On noisy rewards a few dozen pieces are left, in one leaf. Smooth rewards, such as a slow ramp, keep one piece for nearly every token of
/// the current segment, and looking at all of them for every token would take quadratic time: the tree passes over nodes whose bounds show
/// that they neither hold the minimum nor reach above the constant.
/// </para>
/// </remarks>
/// <param name="capacity">Pieces or children beyond which a node is split, at least 2.</param>
internal sealed class LevelEnvelope(int capacity = 24)
{
    // RewardScale brings all rewards, and so the mean of every segment, between these levels.
    private const double Low = -1;
    private const double High = 1;

    private readonly List<LevelNode> _output = [];
    private LevelPiece[] _buffer = [];
    private LevelNode? _root;
    private LevelPiece _bestPiece;
    private double _best;
    private LevelPiece _fresh;
    private double _reached;

    // Counts the gaps that the fresh piece filled. Where it filled one, the lower bound holds from now on: the fresh piece is not below it
    // now, but may have been before.
    private int _gaps;

    /// <summary>The tree over all levels; null when no segment may start yet.</summary>
    public LevelNode? Root => _root;

    /// <summary>The best last segment of the tokens so far.</summary>
    /// <param name="now">All tokens so far.</param>
    /// <param name="start">Where the best last segment starts; -1 when no segment may start yet.</param>
    /// <returns>The cost; infinity when no segment may start yet.</returns>
    public double Minimum(in Prefix now, out int start)
    {
        if (_root is null)
        {
            start = -1;
            return double.PositiveInfinity;
        }

        // The lowest point of a whole parabola is a true cost, also outside its piece; the last best start is a good first bound.
        _best = Vertex(_bestPiece, now);
        if (_root.Children is null)
        {
            SearchOnlyLeaf(_root, now);
        }
        else
        {
            Search(_root, now);
        }

        start = _bestPiece.Start;
        return _best;
    }

    /// <summary>Allows a segment to start after the tokens so far, and drops what it makes needless.</summary>
    /// <param name="now">All tokens so far.</param>
    /// <param name="cost">Cost of all before the new segment, its penalty included.</param>
    public void Add(in Prefix now, double cost)
    {
        _fresh = new LevelPiece { Base = cost, Sum = now.Sum, Start = now.Count, Right = High };
        _reached = Low;
        _output.Clear();
        if (_root is not null)
        {
            Cut(_root, now, cost);
        }

        if (_output.Count == 0)
        {
            _root = LevelNode.Leaf(Low, [_fresh]);
            _bestPiece = _fresh;
            return;
        }

        _root = _output.Count == 1 ? _output[0] : NewInner(_output.ToArray(), now);
        while (_root is { Children: [var only, ..], Count: 1 })
        {
            _root = only;
        }

        if (_reached < High)
        {
            _fresh.Right = High;
            _root.Append(_fresh, now, cost);
        }
    }

    /// <summary>
    /// Counts sums from a prefix on and costs from another zero. Called now and then it keeps both small, so that rounding depends on the
    /// length of the current segment and not on that of the response.
    /// </summary>
    /// <param name="anchor">All tokens so far; continue with <see cref="Prefix.Anew"/>.</param>
    /// <param name="cost">The cost that is 0 from now on.</param>
    public void Rebase(in Prefix anchor, double cost)
    {
        _root?.Rebase(anchor, cost);
        _bestPiece.Rebase(anchor, cost);
    }

    private static double Vertex(in LevelPiece piece, in Prefix now)
    {
        var sum = now.Sum - piece.Sum;
        return piece.Base - (sum * sum / (now.Count - piece.Start));
    }

    private static LevelNode NewInner(ReadOnlySpan<LevelNode> children, in Prefix now)
    {
        var node = LevelNode.Inner(children);
        node.BoundByChildren(now);
        return node;
    }

    // Apart from Search because this is the usual case, noisy rewards, and nobody asks for the bound of the only leaf: keeping it would
    // take half as long again.
    private void SearchOnlyLeaf(LevelNode leaf, in Prefix now)
    {
        foreach (ref readonly var piece in leaf.Pieces.AsSpan(0, leaf.Count))
        {
            var value = Vertex(piece, now);
            if (value < _best)
            {
                (_best, _bestPiece) = (value, piece);
            }
        }
    }

    /// <summary>Looks for the best start in a node and renews its lower bound.</summary>
    /// <returns>The bound.</returns>
    private double Search(LevelNode node, in Prefix now)
    {
        var low = double.PositiveInfinity;
        if (node.Children is null)
        {
            var left = node.Left;
            foreach (ref readonly var piece in node.Pieces.AsSpan(0, node.Count))
            {
                var sum = now.Sum - piece.Sum;
                var mean = sum / (now.Count - piece.Start);
                var vertex = piece.Base - (sum * mean);
                if (vertex < _best)
                {
                    (_best, _bestPiece) = (vertex, piece);
                }

                low = Math.Min(low, mean < left ? piece.At(left, now) : mean > piece.Right ? piece.At(piece.Right, now) : vertex);
                left = piece.Right;
            }
        }
        else
        {
            foreach (var child in node.Children.AsSpan(0, node.Count))
            {
                var bound = child.Lower(now);
                low = Math.Min(low, bound < _best ? Search(child, now) : bound);
            }
        }

        node.BoundBelow(low, now);
        return low;
    }

    /// <summary>Writes what is left of a node, one or two nodes or none, after the output.</summary>
    /// <returns>No cost over the levels of what is left is above this.</returns>
    private double Cut(LevelNode node, in Prefix now, double cost)
    {
        if (node.Left <= _reached)
        {
            var upper = node.Upper(now);
            if (upper <= cost)
            {
                _reached = node.Right;
                _output.Add(node);
                return upper;
            }
        }

        var lower = node.Lower(now);
        return lower > cost ? double.NegativeInfinity
            : node.Children is null ? CutLeaf(node, now, lower, cost)
            : CutInner(node, now, lower, cost);
    }

    private double CutInner(LevelNode node, in Prefix now, double lower, double cost)
    {
        var first = _output.Count;
        var gaps = _gaps;
        var children = node.Children.AsSpan(0, node.Count);
        var left = Cut(children[0], now, cost);
        var place = _output.Count;
        var between = CutBetween(node, now, cost, out var whole);
        var last = _output.Count;
        var right = children.Length > 1 ? Cut(children[^1], now, cost) : double.NegativeInfinity;
        var upper = Math.Max(between, Math.Max(left, right));
        var split = place > first + 1 || _output.Count > last + 1;
        LevelNode? second = null;
        if (whole && !split && _output.Count == first + 2)
        {
            // The usual case, with the same children as before: copying them would be a good part of all work.
            node.FollowChildren();
        }
        else
        {
            if (whole)
            {
                _output.InsertRange(place, children[1..^1]);
            }

            var kept = CollectionsMarshal.AsSpan(_output)[first..];
            if (kept.IsEmpty)
            {
                return upper;
            }

            var half = kept.Length > capacity ? kept.Length / 2 : kept.Length;
            second = half < kept.Length ? NewInner(kept[half..], now) : null;
            node.SetChildren(kept[..half]);
        }

        if (_gaps != gaps)
        {
            node.BoundBelow(lower, now);
        }

        node.BoundAbove(upper, split ? upper : between, now);
        Replace(first, node, second);
        return upper;
    }

    /// <summary>Cuts all children but the first and the last. Usually they stay as they are, which is known without a look at
    /// each.</summary>
    /// <param name="node">The node.</param>
    /// <param name="now">All tokens so far.</param>
    /// <param name="cost">Cost of the fresh piece.</param>
    /// <param name="whole">Whether they stay as they are, and nothing was written after the output.</param>
    /// <returns>No cost over the levels of what is left is above this.</returns>
    private double CutBetween(LevelNode node, in Prefix now, double cost, out bool whole)
    {
        whole = false;
        var upper = double.NegativeInfinity;
        if (node.Count < 3)
        {
            return upper;
        }

        var between = node.Children.AsSpan(1, node.Count - 2);
        if (between[0].Left <= _reached && node.UpperBetween(now) is var bound && bound <= cost)
        {
            _reached = between[^1].Right;
            whole = true;
            return bound;
        }

        foreach (var child in between)
        {
            upper = Math.Max(upper, Cut(child, now, cost));
        }

        return upper;
    }

    private double CutLeaf(LevelNode node, in Prefix now, double lower, double cost)
    {
        var begin = _reached;
        var gaps = _gaps;
        var written = Keep(node, now);
        if (node == _root && _reached < High)
        {
            // The usual case of a single leaf: spares the walk to the last leaf.
            _fresh.Right = _reached = High;
            _buffer[written++] = _fresh;
            _gaps++;
        }

        if (written == 0)
        {
            return double.NegativeInfinity;
        }

        if (_gaps != gaps)
        {
            node.BoundBelow(lower, now);
        }

        var first = _output.Count;
        var half = written > capacity ? written / 2 : written;
        LevelNode? second = null;
        if (half < written)
        {
            second = LevelNode.Leaf(_buffer[half - 1].Right, _buffer.AsSpan(half, written - half));
            second.BoundBelow(node);
            second.BoundAbove(cost, now);
        }

        node.SetPieces(begin, _buffer.AsSpan(0, half));
        node.BoundAbove(cost, now);
        Replace(first, node, second);
        return cost;
    }

    /// <summary>Copies what the fresh piece leaves of a leaf to the buffer, with the fresh piece in the gaps.</summary>
    private int Keep(LevelNode node, in Prefix now)
    {
        if (_buffer.Length < (2 * node.Count) + 1)
        {
            _buffer = new LevelPiece[4 * node.Count];
        }

        var written = 0;
        var left = node.Left;
        foreach (ref readonly var piece in node.Pieces.AsSpan(0, node.Count))
        {
            // The piece is at most the constant on mean -+ half.
            double length = now.Count - piece.Start;
            var mean = (now.Sum - piece.Sum) / length;
            var excess = ((_fresh.Base - piece.Base) / length) + (mean * mean);
            if (excess > 0)
            {
                var half = Math.Sqrt(excess);
                var from = Math.Max(left, mean - half);
                var to = Math.Min(piece.Right, mean + half);
                if (from < to)
                {
                    if (from > _reached)
                    {
                        _gaps++;
                        _fresh.Right = from;
                        _buffer[written++] = _fresh;
                    }

                    _buffer[written] = piece;
                    _buffer[written++].Right = to;
                    _reached = to;
                }
            }

            left = piece.Right;
        }

        return written;
    }

    private void Replace(int first, LevelNode node, LevelNode? second)
    {
        _output.RemoveRange(first, _output.Count - first);
        _output.Add(node);
        if (second is not null)
        {
            _output.Add(second);
        }
    }
}
