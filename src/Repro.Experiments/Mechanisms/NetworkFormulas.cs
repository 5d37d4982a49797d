using Repro.Core.Losses;
using Repro.Experiments.Adr.Identities;
using Repro.Experiments.Claims;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Experiments.Mechanisms;

/// <summary>
/// CRS Table 1 and Eq. 2.1 to 2.5: softmax, squared error, cross entropy, chains of words, position code and attention, each as the models
/// of this library compute it.
/// </summary>
internal sealed class NetworkFormulas : ISpecGroup
{
    private const int Words = 3;
    private const int Length = 3;
    private const double PositionBase = 10000;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-T1-onehot", OneHot),
        new("CRS-E2.1", Softmax),
        new("CRS-E2.2a", SquaredError),
        new("CRS-E2.2b", CrossEntropy),
        new("CRS-E2.3a", context => Chain(context, order: 1)),
        new("CRS-E2.3b", context => Chain(context, order: 2)),
        new("CRS-E2.4", PositionCode),
        new("CRS-E2.5", Attention),
    ];

    private static Evidence OneHot(SpecContext context)
    {
        using var scope = NewDisposeScope();
        var evidence = new ExactCheck<Func<int, Tensor>>(201, OneHotCodes, OneHotCase)
        {
            Wrong = [new("numbers of the words", NumberCodes), new("words in binary", BinaryCodes)],
        }.Run(context, out var summary);
        var distances = Distances(OneHotCodes(4)).ToList();
        return evidence
            .Value("example_distance", distances[0])
            .Sample("pairs of the four words of Table 1", distances.Count)
            .Explain(Invariant($"{summary}, vocabularies of 4 to 12 words. The four words of Table 1 are all {distances.Max():F6} apart."));
    }

    internal static void OneHotCase(Deviations found, Draws draws, Func<int, Tensor> codes)
    {
        var rows = codes(draws.Integer(4, 12));
        found.Note("all distances are the square root of 2", [.. Distances(rows)], [.. Distances(rows).Select(_ => Math.Sqrt(2))]);
    }

    private static IEnumerable<double> Distances(Tensor codes)
    {
        var (values, width) = (Deviations.Values(codes), (int)codes.shape[1]);
        var rows = values.Chunk(width).ToList();
        return rows.SelectMany((a, i) => rows.Skip(i + 1).Select(b => Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum())));
    }

    private static Tensor OneHotCodes(int words) =>
        nn.functional.one_hot(arange(words, dtype: ScalarType.Int64), words).to(ScalarType.Float64);

    private static Tensor NumberCodes(int words) => arange(words, dtype: ScalarType.Float64).unsqueeze(1);

    private static Tensor BinaryCodes(int words) =>
        Scalars.From([.. Enumerable.Range(0, 4 * words).Select(i => (double)((i / 4) >> (i % 4) & 1))], words, 4);

    private static Evidence Softmax(SpecContext context)
    {
        using var head = new SoftmaxOfHead(5);
        using var scope = NewDisposeScope();
        var evidence = new ExactCheck<Func<Tensor, Tensor>>(202, head.Probabilities, SoftmaxCase)
        {
            Wrong = [new("exponentials without taking off the largest score", Unshifted), new("sigmoid of each score", x => x.sigmoid())],
        }.Run(context, out var summary);
        double[] example = [1, 2, 3, 0, 0];
        var p = Deviations.Values(head.Probabilities(Scalars.From(example, 5)));
        return evidence
            .Value("example_probability_of_3", p[2])
            .Value("example_sum", Math.Round(p.Sum(), 9))
            .Explain(Invariant($"{summary}, computed by the head that all models train with. Example: scores 1, 2, 3, 0 and 0 become ")
                + Invariant($"{string.Join(", ", p.Select(x => Invariant($"{x:F4}")))}; a shift by 1000 leaves them as they are."));
    }

    internal static void SoftmaxCase(Deviations found, Draws draws, Func<Tensor, Tensor> softmax)
    {
        var scores = draws.Reals(5, 6);
        var shift = (draws.Integer(0, 1) == 0 ? 1 : -1) * (850 + draws.Real(50));
        var p = Deviations.Values(softmax(Scalars.From(scores, 5)));
        var total = scores.Sum(Math.Exp);
        found.Note("each output is its exponential by the sum of all", p, [.. scores.Select(x => Math.Exp(x) / total)]);
        found.Exactly("outputs are positive", p.All(x => x > 0));
        found.Note("outputs add up to 1", p.Sum(), 1);
        found.Note("a constant added to all scores changes nothing", softmax(Scalars.From([.. scores.Select(x => x + shift)], 5)), p);
    }

    private static Tensor Unshifted(Tensor scores) => scores.exp() / scores.exp().sum();

    private static Evidence SquaredError(SpecContext context)
    {
        using var scope = NewDisposeScope();
        var evidence = new ExactCheck<Func<Tensor, Tensor, Tensor>>(203, MeanSquared, SquaredErrorCase)
        {
            Wrong =
            [
                new("half of the mean", (predictions, targets) => MeanSquared(predictions, targets) / 2),
                new("absolute errors", (predictions, targets) => (predictions - targets).abs().mean()),
            ],
        }.Run(context, out var summary);
        var example = MeanSquared(Scalars.From([0.5, 0, 1], 3), Scalars.From([1, 0, 0.2], 3)).ToDouble();
        return evidence
            .Value("example", example)
            .Explain(Invariant($"{summary}. Example: predictions 0.5, 0 and 1 of the labels 1, 0 and 0.2 have (0.25 + 0 + 0.64) / 3 = ")
                + Invariant($"{example:F4}."));
    }

    internal static void SquaredErrorCase(Deviations found, Draws draws, Func<Tensor, Tensor, Tensor> loss)
    {
        const int Rows = 6;
        var (predictions, targets) = (draws.Reals(Rows, 3), draws.Reals(Rows, 3));
        var squares = predictions.Zip(targets, (p, y) => (y - p) * (y - p)).ToArray();
        found.Note("the mean of squared errors", loss(Scalars.From(predictions, Rows), Scalars.From(targets, Rows)), [squares.Average()]);
        var doubled = targets.Zip(predictions, (y, p) => y + (2 * (p - y))).ToArray();
        var larger = loss(Scalars.From(doubled, Rows), Scalars.From(targets, Rows));
        found.Note("twice the errors cost four times as much", larger, [4 * squares.Average()]);
    }

    private static Tensor MeanSquared(Tensor predictions, Tensor targets) => AbsoluteRewardLoss.MeanSquared(predictions, targets);

    private static Evidence CrossEntropy(SpecContext context)
    {
        using var scope = NewDisposeScope();
        var evidence = new ExactCheck<Func<Tensor, Tensor, Tensor>>(204, BinaryCrossEntropy, CrossEntropyCase)
        {
            Wrong =
            [
                new("without the term of 1 - y", (logits, targets) => -(targets * nn.functional.logsigmoid(logits)).mean()),
                new("labels and complements exchanged", (logits, targets) => BinaryCrossEntropy(logits, 1 - targets)),
            ],
        }.Run(context, out var summary);
        double Of(double label) => BinaryCrossEntropy(Scalars.From([Math.Log(4)], 1), Scalars.From([label], 1)).ToDouble();
        return evidence
            .Value("example_label_1", Of(1))
            .Value("example_label_0.5", Of(0.5))
            .Explain(Invariant($"{summary}; the library takes the prediction as a logit. Example: the prediction 0.8 has -log 0.8 = ")
                + Invariant($"{Of(1):F4} for the label 1 and -(log 0.8 + log 0.2) / 2 = {Of(0.5):F4} for the label 0.5."));
    }

    internal static void CrossEntropyCase(Deviations found, Draws draws, Func<Tensor, Tensor, Tensor> loss)
    {
        const int Rows = 6;
        var logits = draws.Reals(Rows, 6);
        double[] labels = [.. draws.Reals(Rows, 0.5).Select(y => y + 0.5)];
        var terms = logits.Zip(labels, (z, y) => (y * Math.Log(Scalars.Sigmoid(z))) + ((1 - y) * Math.Log(Scalars.Sigmoid(-z))));
        var value = Deviations.Values(loss(Scalars.From(logits, Rows), Scalars.From(labels, Rows)));
        found.Note("minus the mean of y log p + (1 - y) log(1 - p)", value, [-terms.Average()]);
        var mirrored = loss(-Scalars.From(logits, Rows), 1 - Scalars.From(labels, Rows));
        found.Note("complements of labels and predictions have the same loss", mirrored, value);
    }

    private static Tensor BinaryCrossEntropy(Tensor logits, Tensor targets) => AbsoluteRewardLoss.BinaryCrossEntropy(logits, targets);

    // A model that sees the last words only: its logits are a table of the words before.
    private static Evidence Chain(SpecContext context, int order)
    {
        using var scope = NewDisposeScope();
        var check = new ExactCheck<ChainFunction>((ulong)(204 + order), SequenceLogProbs.Sum, (found, draws, sum) =>
            ChainCase(found, draws, sum, order));
        var evidence = (check with
        {
            Wrong =
            [
                new("each word given itself", (logits, ids, mask) => TokenLogProbs.SamePosition(logits, ids, mask).sum([1])),
                new("the mean over words in place of the product", SequenceLogProbs.Average),
            ],
        }).Run(context, out var summary);
        var (given, words) = order == 1 ? ("the word before", "start, a, b, a") : ("the two words before", "start, start, a, b, a");
        double[] row = [Math.Log(0.5), Math.Log(0.3), Math.Log(0.2)];
        var table = Enumerable.Repeat(row, (int)Math.Pow(Words, order)).SelectMany(x => x).ToArray();
        var example = Math.Exp(Deviations.Values(SequenceLogProbs.Sum(Logits(table, order), Ids(order), Mask(order)))[3]);
        return evidence
            .Value("example_probability", example)
            .Explain(Invariant($"{summary}, all {Sequences.Count} sequences of {Length} words over a vocabulary of {Words}, each word ")
                + Invariant($"given {given}. Example ({words}): with the probabilities 0.5, 0.3 and 0.2 of a, b and c after every ")
                + Invariant($"beginning it has 0.5 * 0.3 * 0.5 = {example:F3}."));
    }

    /// <summary>Log-probabilities [rows] of the counted words of logits [rows, time, words], ids and mask [rows, time].</summary>
    internal delegate Tensor ChainFunction(Tensor logits, Tensor ids, Tensor mask);

    internal static void ChainCase(Deviations found, Draws draws, ChainFunction sum, int order)
    {
        var table = draws.Reals((int)Math.Pow(Words, order + 1), 3);
        double Conditional(int[] padded, int at)
        {
            var row = padded[(at - order)..at].Aggregate(0, (index, word) => (index * Words) + word);
            return Scalars.LogSoftmax(table[(row * Words)..((row + 1) * Words)])[padded[at]];
        }

        var logProbs = sum(Logits(table, order), Ids(order), Mask(order));
        var expected = Sequences.Select(words => Padded(words, order))
            .Select(words => Enumerable.Range(order, Length).Sum(at => Conditional(words, at)));
        found.Note("a sequence has the product of its conditional probabilities", logProbs, [.. expected]);
        found.Note("the probabilities of all sequences add up to 1", logProbs.exp().sum(), [1]);
    }

    private static IReadOnlyList<int[]> Sequences => PrefixTree.Sequences;

    // The first word stands in for the start of the text.
    private static int[] Padded(int[] words, int order) => [.. Enumerable.Repeat(0, order), .. words];

    private static Tensor Ids(int order)
    {
        var ids = Sequences.SelectMany(words => Padded(words, order)).Select(word => (long)word);
        return tensor(ids.ToArray()).reshape(Sequences.Count, order + Length);
    }

    private static Tensor Mask(int order) =>
        cat([zeros([Sequences.Count, order], ScalarType.Int64), ones([Sequences.Count, Length], ScalarType.Int64)], 1);

    // At each place the row of the table that belongs to the last words; places before the start is complete are not read.
    private static Tensor Logits(double[] table, int order)
    {
        double[] Row(int[] padded, int at) => at + 1 < order
            ? new double[Words]
            : [.. table.Skip(padded[(at + 1 - order)..(at + 1)].Aggregate(0, (index, word) => (index * Words) + word) * Words).Take(Words)];
        var rows = from words in Sequences
                   let padded = Padded(words, order)
                   from at in Enumerable.Range(0, padded.Length)
                   from logit in Row(padded, at)
                   select logit;
        return Scalars.From([.. rows], Sequences.Count, order + Length, Words);
    }

    private static Evidence PositionCode(SpecContext context)
    {
        var evidence = new ExactCheck<Func<double, int, double[]>>(207, SinusoidalCode, PositionCodeCase)
        {
            Wrong = [new("a frequency for each dimension", OneFrequencyEach), new("sine and cosine exchanged", CosineFirst)],
        }.Run(context, out var summary);
        var example = SinusoidalCode(1, 4);
        return evidence
            .Value("example_dimension_0", example[0])
            .Value("example_dimension_1", example[1])
            .Value("example_dimension_2", example[2])
            .Value("example_dimension_3", example[3])
            .Explain(Invariant($"{summary}, widths of 4 to 64 and positions up to 200. Example: position 1 at width 4 is sin 1 = ")
                + Invariant($"{example[0]:F4}, cos 1 = {example[1]:F4}, sin 0.01 = {example[2]:F4}, cos 0.01 = {example[3]:F5}. The ")
                + "models of this library have rotary or learned positions, so no training uses this code.");
    }

    internal static void PositionCodeCase(Deviations found, Draws draws, Func<double, int, double[]> code)
    {
        var (width, position) = (2 * draws.Integer(2, 32), draws.Integer(0, 200));
        var (pair, values) = (draws.Integer(1, (width / 2) - 1), code(position, width));
        var angle = position / Math.Pow(PositionBase, 2.0 * pair / width);
        found.Note("even dimensions are sines", values[2 * pair], Math.Sin(angle));
        found.Note("odd dimensions are cosines of the same angle", values[(2 * pair) + 1], Math.Cos(angle));
        var wavelength = 2 * Math.PI * Math.Pow(PositionBase, 2.0 * pair / width);
        var (later, start) = (code(position + wavelength, width), code(position + (2 * Math.PI), width));
        var own = (2 * pair)..((2 * pair) + 2);
        found.Note("a pair repeats after its wavelength", later[own], values[own]);
        found.Note("the first pair repeats after 2 pi", [start[0], start[1]], [values[0], values[1]]);
        var turns = wavelength / (2 * Math.PI);
        found.Exactly("wavelengths lie from 2 pi to below the base times 2 pi", turns > 1 && turns < PositionBase);
        double[] first = [.. Enumerable.Range(0, width).Select(i => (double)(i % 2))];
        found.Note("the code of position 0 is 0 and 1 in turn", code(0, width), first);
    }

    private static double[] SinusoidalCode(double position, int width) => [.. Enumerable.Range(0, width).Select(i =>
        position / Math.Pow(PositionBase, 2.0 * (i / 2) / width) is var angle && i % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle))];

    private static double[] OneFrequencyEach(double position, int width) => [.. Enumerable.Range(0, width).Select(i =>
        position / Math.Pow(PositionBase, (double)i / width) is var angle && i % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle))];

    private static double[] CosineFirst(double position, int width) =>
        [.. SinusoidalCode(position, width).Chunk(2).SelectMany(pair => new[] { pair[1], pair[0] })];

    private static Evidence Attention(SpecContext context)
    {
        using var model = new AttentionOfModel();
        var evidence = new ExactCheck<AttentionFunction>(208, model.LastRow, AttentionCase)
        {
            Wrong =
            [
                new("divided by the key width, not by its root", (q, k, v) => Attend(q, k, v, 1.0 / AttentionOfModel.Width)),
                new("not scaled", (q, k, v) => Attend(q, k, v, 1)),
            ],
        }.Run(context, out var summary);
        var example = model.LastRow([2, 0, 0, 0], [[1, 0, 0, 0], [0, 0, 0, 0]], [[1, 0, 0, 0], [0, 1, 0, 0]]);
        return evidence
            .Value("example_weight_1", example[0])
            .Value("example_weight_2", example[1])
            .Explain(Invariant($"{summary}, 2 to 6 keys of width {AttentionOfModel.Width}, computed by a block of a Llama decoder. ")
                + "Example: the query (2, 0, 0, 0) has the product 2 with the first key and 0 with the second; divided by the root of 4 "
                + Invariant($"these are 1 and 0, the weights {example[0]:F4} and {example[1]:F4}."));
    }

    internal static void AttentionCase(Deviations found, Draws draws, AttentionFunction attention)
    {
        const int Width = AttentionOfModel.Width;
        var count = draws.Integer(2, 6);
        double[][] Rows() => [.. Enumerable.Range(0, count).Select(_ => draws.Reals(Width, 1))];
        var (query, keys, values) = (draws.Reals(Width, 1), Rows(), Rows());
        var expected = Attend(query, keys, values, 1 / Math.Sqrt(Width));
        found.Note("softmax of the products by the root of the key width, times the values", attention(query, keys, values), expected);
        double[][] ones = [.. keys.Select(_ => new[] { 1.0, 1, 1, 1 })];
        found.Note("the weights of a row add up to 1", attention(query, keys, ones), ones[0]);
    }

    /// <summary>Eq. 2.5 for one query in plain numbers, with any scale.</summary>
    private static double[] Attend(double[] query, double[][] keys, double[][] values, double scale)
    {
        var weights = Scalars.LogSoftmax([.. keys.Select(key => scale * key.Zip(query, (k, q) => k * q).Sum())]).Select(Math.Exp).ToArray();
        return [.. Enumerable.Range(0, query.Length).Select(i => weights.Zip(values, (w, value) => w * value[i]).Sum())];
    }
}
