using Repro.Core.Models;
using static TorchSharp.torch;

namespace Repro.Core.Batching;

/// <summary>
/// Texts as one padded batch with the places to score; texts that belong together may share their common beginning, see
/// <see cref="SharedPrefixBatch"/>. Its tensors belong to the dispose scope in which it is made.
/// </summary>
internal sealed class ScoredBatch
{
    private readonly List<ScoredTokens> _texts = [];
    private readonly SharedPrefixBatch _batch;
    private readonly Tensor _cells;

    /// <param name="groups">Texts that belong together, such as the replies to one prompt.</param>
    /// <param name="padding">Id and multiple; the padding stands on the right.</param>
    /// <param name="model">Which says what costs more, and where the tensors go.</param>
    /// <param name="share">Whether common beginnings may be shared.</param>
    internal ScoredBatch(IReadOnlyList<IReadOnlyList<ScoredTokens>> groups, PaddingSettings padding, DecoderModel model, bool share)
    {
        var members = new List<int[]>();
        foreach (var group in groups)
        {
            members.Add([.. Enumerable.Range(_texts.Count, group.Count)]);
            _texts.AddRange(group);
        }

        int[][] ids = [.. _texts.Select(text => text.Ids)];
        _batch = new SharedPrefixBatch(ids, members, overlap: 0, padding, model.Config, share, model.Device);
        var scored = Columns();
        First = scored.SelectMany(text => text.Columns).DefaultIfEmpty(0).Min();
        var (width, columns) = (_texts.Max(text => text.Places.Length), _batch.Time - First);
        var (cells, counted) = (new long[_texts.Count * width], new bool[_texts.Count * width]);
        foreach (var (text, row, places) in scored)
        {
            for (var i = 0; i < places.Length; i++)
            {
                cells[(text * width) + i] = (row * columns) + places[i] - First;
                counted[(text * width) + i] = true;
            }
        }

        _cells = tensor(cells, device: model.Device);
        Counted = tensor(counted, [_texts.Count, width], device: model.Device);
    }

    /// <summary>int64 [rows, time], padded on the right.</summary>
    internal Tensor Ids => _batch.Ids;

    /// <summary>As <see cref="DecoderModel.Hidden"/> takes it.</summary>
    internal Tensor Mask => _batch.Mask;

    /// <summary>int64 [rows, time], or null for those that follow from the mask.</summary>
    internal Tensor? Positions => _batch.Positions;

    /// <summary>The first column that is scored.</summary>
    internal long First { get; }

    /// <summary>True where a text has such a place, bool [texts, places].</summary>
    internal Tensor Counted { get; }

    /// <summary>The outputs at the places, from the hidden states of <see cref="First"/> on; meaningless where <see cref="Counted"/> is
    /// false. The head runs at these alone.</summary>
    /// <returns>[texts, places].</returns>
    internal Tensor Scores(ScoreHead head, Tensor hidden)
    {
        using var scope = NewDisposeScope();
        return head.Scores(hidden.reshape(-1, hidden.shape[2]).index_select(0, _cells)).view(Counted.shape).MoveToOuterDisposeScope();
    }

    /// <summary>The outputs of each text by itself.</summary>
    internal List<double[]> Read(Tensor scores)
    {
        using var scope = NewDisposeScope();
        var width = (int)scores.shape[1];
        var values = scores.detach().to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
        return [.. _texts.Select((text, row) => values[(row * width)..((row * width) + text.Places.Length)])];
    }

    // Where each text is scored: its row, and the columns of its places.
    private List<(int Text, int Row, int[] Columns)> Columns() =>
        [.. from row in Enumerable.Range(0, _batch.Rows.Count)
            let own = _batch.Rows[row]
            from member in Enumerable.Range(0, own.Texts.Count)
            let text = own.Texts[member]
            select (text, row, _texts[text].Places.Select(place => own.Column(member, place)).ToArray())];
}

/// <summary>A text and the places where a reward model's output is read.</summary>
/// <param name="Ids">Token ids [time].</param>
/// <param name="Places">Positions in the text, rising.</param>
public sealed record ScoredTokens(int[] Ids, int[] Places)
{
    /// <summary>A text that is scored as a whole, at its last token.</summary>
    /// <param name="ids">Token ids [time].</param>
    public static ScoredTokens Whole(int[] ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return new ScoredTokens(ids, [ids.Length - 1]);
    }
}
