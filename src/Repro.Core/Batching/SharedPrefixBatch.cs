using Repro.Core.Models;
using static TorchSharp.torch;

namespace Repro.Core.Batching;

/// <summary>
/// Texts as one padded batch in the form that is less work: each text a row of its own, or a row for each group of texts that holds their
/// common beginning once and the rest of each after it. Its tensors belong to the dispose scope in which it is made.
/// </summary>
internal sealed class SharedPrefixBatch
{
    private readonly PaddedBatch _padded;
    private readonly List<SharedPrefixRow> _rows;

    /// <param name="texts">Token ids of each text.</param>
    /// <param name="groups">Which texts have a beginning in common, such as the replies to one prompt; each text is in one group.</param>
    /// <param name="overlap">Last tokens of the common beginning that are repeated before the rest of each text: 1 where the last common
    /// token predicts the first token of each rest, 0 where nothing is predicted.</param>
    /// <param name="padding">Id and multiple; the padding stands on the right.</param>
    /// <param name="model">Sizes of the model, which say what costs more.</param>
    /// <param name="share">Whether beginnings may be shared.</param>
    /// <param name="device">Where the tensors go.</param>
    internal SharedPrefixBatch(
        IReadOnlyList<int[]> texts,
        IReadOnlyList<int[]> groups,
        int overlap,
        PaddingSettings padding,
        ModelConfig model,
        bool share,
        Device device)
    {
        var apart = texts.Select((_, text) => SharedPrefixRow.Of(texts, [text], overlap)).ToList();
        var together = share ? groups.Select(group => SharedPrefixRow.Of(texts, group, overlap)).ToList() : apart;
        Shared = share && Work(together, model) < Work(apart, model);
        _rows = Shared ? together : apart;
        _padded = PaddedBatch.Of([.. _rows.Select(row => row.Ids)], padding);
        (Ids, Mask) = (_padded.IdTensor(device), _padded.MaskTensor(device));
        if (Shared)
        {
            Positions = tensor(_padded.Field([.. _rows.Select(row => row.Positions)], 0L), [_padded.Rows, _padded.Time], device: device);
            Mask = Structure(Mask);
        }
    }

    /// <summary>Whether a row holds several texts.</summary>
    internal bool Shared { get; }

    /// <summary>The rows: one for each text, or one for each group.</summary>
    internal IReadOnlyList<SharedPrefixRow> Rows => _rows;

    /// <summary>Length of the padded rows.</summary>
    internal int Time => _padded.Time;

    /// <summary>int64 [rows, time].</summary>
    internal Tensor Ids { get; }

    /// <summary>Which tokens see which, as <see cref="DecoderModel.Hidden"/> takes it.</summary>
    internal Tensor Mask { get; }

    /// <summary>int64 [rows, time], or null for those that follow from the mask.</summary>
    internal Tensor? Positions { get; }

    /// <summary>Values of the tokens of each row as a tensor [rows, time], 0 at padding.</summary>
    /// <param name="rows">For each row one value for each of its tokens.</param>
    internal Tensor Field(IReadOnlyList<bool[]> rows) =>
        tensor(_padded.Field(rows, false), [_padded.Rows, _padded.Time], device: Ids.device);

    /// <summary>The same for numbers.</summary>
    /// <param name="rows">For each row one value for each of its tokens.</param>
    internal Tensor Field(IReadOnlyList<double[]> rows) =>
        tensor(_padded.Field(rows, 0.0), [_padded.Rows, _padded.Time], device: Ids.device);

    /// <summary>Takes padding off values [rows * time].</summary>
    /// <param name="values">Row after row.</param>
    internal double[][] Unpad(ReadOnlySpan<double> values) => _padded.Unpad(values);

    // Work of a block: each token through matrices of about 12 width^2, and each pair of tokens of a row through 2 width.
    private static double Work(List<SharedPrefixRow> rows, ModelConfig model)
    {
        double time = rows.Max(row => row.Ids.Length);
        return rows.Count * time * ((6.0 * model.HiddenSize) + time);
    }

    // [rows, time, time]: a token sees what comes before it, without padding, of the common beginning and of its own text. Padding sees
    // what the last text of its row sees, so that no query is left without a key.
    private Tensor Structure(Tensor real)
    {
        using var scope = NewDisposeScope();
        var cells = new long[_padded.Rows * _padded.Time];
        for (var row = 0; row < _rows.Count; row++)
        {
            var own = cells.AsSpan(row * _padded.Time, _padded.Time);
            own.Fill(_rows[row].Texts.Count);
            _rows[row].Owners.CopyTo(own);
        }

        var owners = tensor(cells, [_padded.Rows, _padded.Time], device: real.device);
        var places = arange(_padded.Time, dtype: ScalarType.Int64, device: real.device);
        var (queries, keys) = (owners.unsqueeze(2), owners.unsqueeze(1));
        return places.unsqueeze(0).le(places.unsqueeze(1)).unsqueeze(0)
            .logical_and(real.unsqueeze(1)).logical_and(keys.eq(0).logical_or(keys.eq(queries))).MoveToOuterDisposeScope();
    }
}

/// <summary>One row of a batch: one text, or the common beginning of some texts with the rest of each after it.</summary>
/// <param name="Texts">Which texts it holds.</param>
/// <param name="Ids">Token ids [time].</param>
/// <param name="Positions">Position of each token in its own text [time].</param>
/// <param name="Owners">The text of the row that a token belongs to, from 1; 0 for all of them [time].</param>
/// <param name="Common">Tokens that all texts begin with.</param>
/// <param name="Shared">Tokens that stand in the row once for all texts: <see cref="Common"/> without the overlap.</param>
/// <param name="Starts">Column at which the rest of each text begins.</param>
internal sealed record SharedPrefixRow(
    IReadOnlyList<int> Texts, int[] Ids, long[] Positions, long[] Owners, int Common, int Shared, IReadOnlyList<int> Starts)
{
    internal static SharedPrefixRow Of(IReadOnlyList<int[]> texts, IReadOnlyList<int> group, int overlap)
    {
        var first = texts[group[0]];
        var common = group.Skip(1).Select(text => texts[text].AsSpan().CommonPrefixLength(first)).DefaultIfEmpty(first.Length).Min();
        var shared = group.Count == 1 ? common : Math.Max(0, common - overlap);
        var (ids, positions, owners, starts) = (new List<int>(first[..shared]), new List<long>(), new List<long>(), new List<int>());
        positions.AddRange(Enumerable.Range(0, shared).Select(place => (long)place));
        owners.AddRange(Enumerable.Repeat(0L, shared));
        for (var text = 0; text < group.Count; text++)
        {
            var (own, count) = (texts[group[text]], texts[group[text]].Length - shared);
            starts.Add(ids.Count);
            ids.AddRange(own[shared..]);
            positions.AddRange(Enumerable.Range(shared, count).Select(place => (long)place));
            owners.AddRange(Enumerable.Repeat(text + 1L, count));
        }

        return new SharedPrefixRow(group, [.. ids], [.. positions], [.. owners], common, shared, starts);
    }

    /// <summary>The column of a token of a text; of a token of the overlap, which stands in the row several times, the first.</summary>
    /// <param name="text">Which text of the row, from 0.</param>
    /// <param name="place">Position in the text.</param>
    internal int Column(int text, int place) => place < Common ? place : Starts[text] + place - Shared;

    /// <summary>Values of the tokens of one text, in their columns; 0 in all others [time].</summary>
    /// <param name="text">Which text of the row, from 0.</param>
    /// <param name="values">One for each token of the text.</param>
    /// <typeparam name="T">Element type.</typeparam>
    internal T[] Place<T>(int text, T[] values)
        where T : struct
    {
        var row = new T[Ids.Length];
        for (var place = 0; place < values.Length; place++)
        {
            row[Column(text, place)] = values[place];
        }

        return row;
    }

    /// <summary>Values of the tokens of all texts, in their columns [time]; those of the common beginning are the first text's.</summary>
    /// <param name="values">For each text of the row one for each of its tokens.</param>
    /// <typeparam name="T">Element type.</typeparam>
    internal T[] Join<T>(IReadOnlyList<T[]> values) => [.. values[0][..Shared], .. values.SelectMany(own => own[Shared..])];
}
