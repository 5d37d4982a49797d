using Repro.Core.Models;
using static TorchSharp.torch;

namespace Repro.Core.Batching;

/// <summary>
/// Texts as one padded batch with the places to score. Either each text is a row, or a row holds the common beginning of a group's texts
/// once with the rest of each behind it, whichever is less work. Its tensors belong to the dispose scope in which it is made.
/// </summary>
internal sealed class ScoredBatch
{
    private readonly List<ScoredTokens> _texts;
    private readonly Tensor _cells;

    /// <param name="groups">Texts that belong together, such as the replies to one prompt.</param>
    /// <param name="padding">Id and multiple; the padding stands behind.</param>
    /// <param name="model">Which says what costs more, and where the tensors go.</param>
    /// <param name="share">Whether common beginnings may be shared.</param>
    internal ScoredBatch(IReadOnlyList<IReadOnlyList<ScoredTokens>> groups, PaddingSettings padding, DecoderModel model, bool share)
    {
        _texts = [.. groups.SelectMany(group => group)];
        var apart = _texts.Select(text => ScoredRow.Of([text])).ToList();
        var together = share ? groups.Select(ScoredRow.Of).ToList() : apart;
        var rows = share && Work(together, model.Config) < Work(apart, model.Config) ? together : apart;
        var (batch, device) = (PaddedBatch.Of([.. rows.Select(row => row.Ids)], padding), model.Device);
        (Ids, Mask) = (batch.IdTensor(device), batch.MaskTensor(device));
        if (rows != apart)
        {
            Tensor Field(Func<ScoredRow, long[]> of) => tensor(batch.Field([.. rows.Select(of)], 0L), [batch.Rows, batch.Time], device: device);
            Positions = Field(row => row.Positions);
            Mask = Structure(Mask, Field(row => row.Owners));
        }

        First = rows.SelectMany(row => row.Places).SelectMany(places => places).DefaultIfEmpty(0).Min();
        var columns = batch.Time - First;
        var width = _texts.Max(text => text.Places.Length);
        var cells = new long[_texts.Count * width];
        var counted = new bool[_texts.Count * width];
        var first = 0;
        foreach (var (row, number) in rows.Select((row, number) => (row, number)))
        {
            foreach (var places in row.Places)
            {
                for (var i = 0; i < places.Length; i++)
                {
                    cells[first + i] = (number * columns) + places[i] - First;
                    counted[first + i] = true;
                }

                first += width;
            }
        }

        _cells = tensor(cells, device: device);
        Counted = tensor(counted, [_texts.Count, width], device: device);
    }

    /// <summary>[rows, time], int64, padded behind.</summary>
    internal Tensor Ids { get; }

    /// <summary>As <see cref="DecoderModel.Hidden"/> takes it.</summary>
    internal Tensor Mask { get; }

    /// <summary>[rows, time], or null for those that follow from the mask.</summary>
    internal Tensor? Positions { get; }

    /// <summary>The first column that is scored.</summary>
    internal long First { get; }

    /// <summary>True where a text has such a place, [texts, places], bool.</summary>
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

    // Work of a block: each token through matrices of about 12 width^2, and each pair of tokens of a row through 2 width.
    private static double Work(List<ScoredRow> rows, ModelConfig config)
    {
        double time = rows.Max(row => row.Ids.Length);
        return rows.Count * time * ((6.0 * config.HiddenSize) + time);
    }

    /// <summary>[rows, time, time]: a token sees what comes before it, without padding, of the common beginning and of its own
    /// text.</summary>
    private static Tensor Structure(Tensor real, Tensor owners)
    {
        using var scope = NewDisposeScope();
        var places = arange(real.shape[1], dtype: ScalarType.Int64, device: real.device);
        var (queries, keys) = (owners.unsqueeze(2), owners.unsqueeze(1));
        return places.unsqueeze(0).le(places.unsqueeze(1)).unsqueeze(0)
            .logical_and(real.unsqueeze(1)).logical_and(keys.eq(0).logical_or(keys.eq(queries))).MoveToOuterDisposeScope();
    }
}

/// <summary>One row of a batch: the common beginning of some texts, then the rest of each.</summary>
/// <param name="Ids">Token ids [time].</param>
/// <param name="Positions">Position of each token in its own text [time].</param>
/// <param name="Owners">The text that a token belongs to, from 1; 0 for all of them [time].</param>
/// <param name="Places">Where each text is scored, as positions of the row.</param>
internal sealed record ScoredRow(int[] Ids, long[] Positions, long[] Owners, IReadOnlyList<int[]> Places)
{
    internal static ScoredRow Of(IReadOnlyList<ScoredTokens> texts)
    {
        var shared = texts.Count == 1 ? texts[0].Ids.Length : texts.Skip(1).Min(text => text.Ids.AsSpan().CommonPrefixLength(texts[0].Ids));
        var (ids, positions, owners, places) = (new List<int>(texts[0].Ids[..shared]), new List<long>(), new List<long>(), new List<int[]>());
        positions.AddRange(Enumerable.Range(0, shared).Select(place => (long)place));
        owners.AddRange(Enumerable.Repeat(0L, shared));
        for (var text = 0; text < texts.Count; text++)
        {
            var (own, start) = (texts[text].Ids, ids.Count);
            ids.AddRange(own[shared..]);
            positions.AddRange(Enumerable.Range(shared, own.Length - shared).Select(place => (long)place));
            owners.AddRange(Enumerable.Repeat(text + 1L, own.Length - shared));
            places.Add([.. texts[text].Places.Select(place => place < shared ? place : start + place - shared)]);
        }

        return new ScoredRow([.. ids], [.. positions], [.. owners], places);
    }
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
