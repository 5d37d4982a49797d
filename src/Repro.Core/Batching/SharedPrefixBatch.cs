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
        var apart = texts.Select((_, text) => SharedPrefixRow.Pack(texts, [text], overlap)).ToList();
        var together = share ? groups.Select(group => SharedPrefixRow.Pack(texts, group, overlap)).ToList() : apart;
        Shared = share && Work(together, model) < Work(apart, model);
        _rows = Shared ? together : apart;
        _padded = PaddedBatch.Pad([.. _rows.Select(row => row.Ids)], padding);
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
        var columns = arange(_padded.Time, dtype: ScalarType.Int64, device: real.device);
        var (queries, keys) = (owners.unsqueeze(2), owners.unsqueeze(1));
        return columns.unsqueeze(0).le(columns.unsqueeze(1)).unsqueeze(0)
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
    internal static SharedPrefixRow Pack(IReadOnlyList<int[]> texts, IReadOnlyList<int> group, int overlap)
    {
        var first = texts[group[0]];
        var common = group.Skip(1).Select(text => texts[text].AsSpan().CommonPrefixLength(first)).DefaultIfEmpty(first.Length).Min();
        var shared = group.Count == 1 ? common : Math.Max(0, common - overlap);
        var (ids, positions, owners, starts) = (new List<int>(first[..shared]), new List<long>(), new List<long>(), new List<int>());
        positions.AddRange(Enumerable.Range(0, shared).Select(position => (long)position));
        owners.AddRange(Enumerable.Repeat(0L, shared));
        for (var text = 0; text < group.Count; text++)
        {
            var (own, count) = (texts[group[text]], texts[group[text]].Length - shared);
            starts.Add(ids.Count);
            ids.AddRange(own[shared..]);
            positions.AddRange(Enumerable.Range(shared, count).Select(position => (long)position));
            owners.AddRange(Enumerable.Repeat(text + 1L, count));
        }

        return new SharedPrefixRow(group, [.. ids], [.. positions], [.. owners], common, shared, starts);
    }

    /// <summary>The column of a token of a text; of a token of the overlap, which stands in the row several times, the first.</summary>
    /// <param name="text">Which text of the row, from 0.</param>
    /// <param name="position">Position in the text.</param>
    internal int Column(int text, int position) => position < Common ? position : Starts[text] + position - Shared;

    /// <summary>Values of the tokens of one text, in their columns; 0 in all others [time].</summary>
    /// <param name="text">Which text of the row, from 0.</param>
    /// <param name="values">One for each token of the text.</param>
    /// <typeparam name="T">Element type.</typeparam>
    internal T[] Scatter<T>(int text, T[] values)
        where T : struct
    {
        var row = new T[Ids.Length];
        for (var position = 0; position < values.Length; position++)
        {
            row[Column(text, position)] = values[position];
        }

        return row;
    }

    /// <summary>Values of the tokens of all texts, in their columns [time]; those of the common beginning are the first text's.</summary>
    /// <param name="values">For each text of the row one for each of its tokens.</param>
    /// <typeparam name="T">Element type.</typeparam>
    internal T[] Join<T>(IReadOnlyList<T[]> values) => [.. values[0][..Shared], .. values.SelectMany(own => own[Shared..])];
}

/// <summary>
/// Preference pairs as one padded batch: two rows a pair, or one in which both responses follow the prompt that they have in common; see
/// <see cref="SharedPrefixBatch"/>. Its tensors belong to the dispose scope in which it is made.
/// </summary>
internal sealed class PairBatch
{
    // The last common token predicts the first token of both responses.
    private const int Overlap = 1;

    private readonly int _pairs;
    private readonly SharedPrefixBatch _batch;

    private PairBatch(IReadOnlyList<TokenPair> pairs, ModelConfig config, bool share, Device device)
    {
        _pairs = pairs.Count;
        TokenRow[] texts = [.. pairs.Select(pair => pair.Chosen), .. pairs.Select(pair => pair.Rejected)];
        int[][] groups = [.. Enumerable.Range(0, _pairs).Select(pair => new[] { pair, _pairs + pair })];
        _batch = new SharedPrefixBatch([.. texts.Select(text => text.Ids)], groups, Overlap, new PaddingSettings(0), config, share, device);
        var (chosen, rejected) = (Flags(texts, ofRejected: false), Flags(texts, ofRejected: true));
        First = chosen.Concat(rejected).Min(TokenRow.FirstOf);
        var (chosenTokens, rejectedTokens) = (_batch.Field(chosen), _batch.Field(rejected));
        CompletionMask = chosenTokens.logical_or(rejectedTokens);
        (ChosenMask, RejectedMask) = (Sides(Predicted(chosenTokens)).Chosen, Sides(Predicted(rejectedTokens)).Rejected);
    }

    /// <summary>int64 [rows, time].</summary>
    internal Tensor Ids => _batch.Ids;

    /// <summary>Which tokens see which, as <see cref="DecoderModel.Hidden"/> takes it.</summary>
    internal Tensor Mask => _batch.Mask;

    /// <summary>int64 [rows, time], or null for those that follow from the mask.</summary>
    internal Tensor? Positions => _batch.Positions;

    /// <summary>The first column from which a token of the completion mask is predicted.</summary>
    internal long First { get; }

    /// <summary>bool [rows, time], true where a token of either text is in the loss.</summary>
    internal Tensor CompletionMask { get; }

    /// <summary>bool [pairs, time - 1].</summary>
    internal Tensor ChosenMask { get; }

    /// <summary>bool [pairs, time - 1].</summary>
    internal Tensor RejectedMask { get; }

    /// <summary>Makes a batch.</summary>
    /// <param name="pairs">At least one.</param>
    /// <param name="config">Sizes of the model, which say what costs more.</param>
    /// <param name="share">Whether prompts may be shared.</param>
    /// <param name="device">Where to.</param>
    internal static PairBatch Collate(IReadOnlyList<TokenPair> pairs, ModelConfig config, bool share, Device device) =>
        new(pairs, config, share, device);

    /// <summary>Both sides of log-probabilities [rows, time - 1] as [pairs, time - 1].</summary>
    internal (Tensor Chosen, Tensor Rejected) Sides(Tensor logProbs) =>
        _batch.Shared ? (logProbs, logProbs) : (logProbs.narrow(0, 0, _pairs), logProbs.narrow(0, _pairs, _pairs));

    /// <summary>Values of the tokens of each text as [rows, time - 1].</summary>
    /// <param name="chosen">For each pair one value for each token of the preferred text.</param>
    /// <param name="rejected">For each pair one value for each token of the rejected text.</param>
    /// <param name="type">Element type of the result.</param>
    internal Tensor Scatter(IReadOnlyList<double[]> chosen, IReadOnlyList<double[]> rejected, ScalarType type)
    {
        double[][] texts = [.. chosen, .. rejected];
        return Predicted(_batch.Field([.. _batch.Rows.Select(row => row.Join([.. row.Texts.Select(text => texts[text])]))]).to(type));
    }

    /// <summary>Values [rows, time - 1] of a batch without shared prompts, back to the tokens of each text; the first token of each has
    /// 0.</summary>
    internal (double[][] Chosen, double[][] Rejected) Gather(Tensor values)
    {
        using var scope = NewDisposeScope();
        var whole = cat([zeros([values.shape[0], 1], dtype: ScalarType.Float64), values.to(ScalarType.Float64).cpu()], 1).contiguous();
        var texts = _batch.Unpad(whole.data<double>().ToArray());
        return (texts[.._pairs], texts[_pairs..]);
    }

    private static Tensor Predicted(Tensor tokens) => tokens.narrow(1, 1, tokens.shape[1] - 1);

    // Of each row the tokens in the loss of its preferred text, or of its rejected one.
    private List<bool[]> Flags(TokenRow[] texts, bool ofRejected) =>
        [.. _batch.Rows.Select(row => Flags(row, texts, ofRejected))];

    private bool[] Flags(SharedPrefixRow row, TokenRow[] texts, bool ofRejected)
    {
        var own = Enumerable.Range(0, row.Texts.Count).Where(text => row.Texts[text] >= _pairs == ofRejected).ToList();
        // The first token of a text is never predicted, not even where another text stands before it.
        return own is [var text] ? row.Scatter(text, [false, .. texts[row.Texts[text]].CompletionMask[1..]]) : new bool[row.Ids.Length];
    }
}

/// <summary>A preferred and a rejected text, each whole: prompt and response.</summary>
/// <param name="Chosen">The preferred one; its response is what carries loss.</param>
/// <param name="Rejected">The rejected one, likewise.</param>
public sealed record TokenPair(TokenRow Chosen, TokenRow Rejected)
{
    /// <summary>Tokens at the start that both have in common.</summary>
    public int CommonPrefix => Chosen.Ids.AsSpan().CommonPrefixLength(Rejected.Ids);

    /// <summary>Tokens of both.</summary>
    public int Tokens => Chosen.Ids.Length + Rejected.Ids.Length;
}

/// <summary>
/// Texts as one padded batch with the positions to score; texts that belong together may share their common beginning, see
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
        var (width, columns) = (_texts.Max(text => text.Positions.Length), _batch.Time - First);
        var (cells, counted) = (new long[_texts.Count * width], new bool[_texts.Count * width]);
        foreach (var (text, row, positions) in scored)
        {
            for (var i = 0; i < positions.Length; i++)
            {
                cells[(text * width) + i] = (row * columns) + positions[i] - First;
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

    /// <summary>True where a text has such a position, bool [texts, positions].</summary>
    internal Tensor Counted { get; }

    /// <summary>The outputs at the positions, from the hidden states of <see cref="First"/> on; meaningless where <see cref="Counted"/> is
    /// false. The head runs at these alone.</summary>
    /// <returns>[texts, positions].</returns>
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
        return [.. _texts.Select((text, row) => values[(row * width)..((row * width) + text.Positions.Length)])];
    }

    // Where each text is scored: its row, and the columns of its positions.
    private List<(int Text, int Row, int[] Columns)> Columns() =>
        [.. from row in Enumerable.Range(0, _batch.Rows.Count)
            let own = _batch.Rows[row]
            from member in Enumerable.Range(0, own.Texts.Count)
            let text = own.Texts[member]
            select (text, row, _texts[text].Positions.Select(position => own.Column(member, position)).ToArray())];
}

/// <summary>A text and the positions where a reward model's output is read.</summary>
/// <param name="Ids">Token ids [time].</param>
/// <param name="Positions">Positions in the text, rising.</param>
public sealed record ScoredTokens(int[] Ids, int[] Positions)
{
    /// <summary>A text that is scored as a whole, at its last token.</summary>
    /// <param name="ids">Token ids [time].</param>
    public static ScoredTokens Whole(int[] ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return new ScoredTokens(ids, [ids.Length - 1]);
    }
}
