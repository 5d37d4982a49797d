using Repro.Core;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Experiments.Adr.Identities;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Mechanisms;

/// <summary>What padding does to the scores of a reward model (CRS Sections 5.3 and 8.2; transformers issue 27502).</summary>
internal sealed class Padding : ISpecGroup
{
    private const int Vocabulary = 24;
    private const int Texts = 20;

    // The id that pads; in the texts of the second claim also the one that ends a turn.
    private const int Pad = 0;

    private static readonly int[] Counts = [0, 1, 7, 64];

    private static readonly long[] Example = [1, 2, 3, 4, 5];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("CRS-M-padding", Independent), new("CRS-S8.2-padding", Observed)];

    /// <summary>The score of one padded text [1, count].</summary>
    internal delegate Tensor Score(ScoreModel model, Tensor ids, Tensor mask);

    private static Evidence Independent(SpecContext context)
    {
        using var llama = ScoreModel.Create(TinyModels.Config(Vocabulary), 801, ScalarType.Float64);
        using var gpt2 = ScoreModel.Create(TinyModels.Config(Vocabulary, ModelArchitecture.Gpt2), 802, ScalarType.Float64);
        var evidence = new ExactCheck<Score>(801, Right, (found, draws, score) =>
        {
            var text = draws.Tokens(draws.Integer(3, 20), Vocabulary);
            PaddingCase(found, "rotary positions", llama, text, score);
            PaddingCase(found, "learned positions", gpt2, text, score);
        })
        {
            Cases = Texts,
            Wrong =
            [
                new("positions count the padding", CountingPadding),
                new("padding is attended to", static (model, ids, mask) => Ends(model, model.Hidden(ids, ones_like(ids)), mask)),
                new("score of the last column, padding or not",
                    static (model, ids, mask) => model.TokenScores(ids, mask)[TensorIndex.Colon, -1]),
            ],
        }.Run(context, out var summary);
        var (relative, single) = (new Deviations(), new Deviations());
        // At the usual scale of fresh weights, where scores are of the size that rounding to 1e-6 is meant for.
        using var float32 = ScoreModel.Create(TinyModels.Config(Vocabulary) with { InitializerRange = 0.02 }, 801);
        foreach (var text in Drawn(801))
        {
            using var scope = NewDisposeScope();
            PaddingCase(relative, "rotary positions that count the padding", llama, text, CountingPadding);
            PaddingCase(single, "rotary positions, single precision", float32, text, Right);
        }

        single.AddTo(relative.AddTo(evidence, 1e-10), 1e-6);
        return evidence
            .Value("paddings", InvariantText.Join(", ", Counts))
            .Value("example_score", Value(Right, gpt2, Example, 7, PaddingSide.Left))
            .Value("example_score_where_positions_count_padding", Value(CountingPadding, gpt2, Example, 7, PaddingSide.Left))
            .Explain(Invariant($"{summary}, texts of 3 to 20 tokens with {InvariantText.Join(", ", Counts)} tokens of padding on either ")
                + "side; in single precision to 1e-06. Example: the text 1 2 3 4 5 scores "
                + Invariant($"{Value(Right, gpt2, Example, 0, PaddingSide.Left):F6} with learned positions, with 7 tokens of padding in ")
                + Invariant($"front too, but {Value(CountingPadding, gpt2, Example, 7, PaddingSide.Left):F6} where positions count the ")
                + "padding. The score needs the last real token, a mask over the padding and, with learned positions, positions that "
                + "leave it out; rotary positions are relative, so that counting the padding changes rounding alone.");
    }

    internal static void PaddingCase(Deviations found, string name, ScoreModel model, long[] text, Score score)
    {
        using var noGrad = no_grad();
        var plain = Value(score, model, text, 0, PaddingSide.Right);
        foreach (var side in Enum.GetValues<PaddingSide>())
        {
            foreach (var count in Counts)
            {
                found.Note($"{name}: no change by padding on the {(side == PaddingSide.Left ? "left" : "right")}",
                    Value(score, model, text, count, side), plain);
            }
        }
    }

    private static Evidence Observed(SpecContext context)
    {
        var config = TinyModels.Config(Vocabulary);
        using var half = ScoreModel.Create(config, 801, ScalarType.BFloat16);
        using var exact = ScoreModel.Create(config, 801, ScalarType.Float64);
        var evidence = new ExactCheck<Score>(802, Right, (found, draws, score) =>
            PaddingCase(found, "double precision", exact, Turns(draws.Tokens(draws.Integer(8, 20), Vocabulary)), score))
        {
            Cases = Texts,
            Wrong = [new("score before the first padding id, which ends turns too", FirstPad)],
        }.Run(context, out var summary);
        var changes = new List<(double Rounded, double FirstPad, double Score)>();
        foreach (var text in Drawn(802))
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            var turns = Turns(text);
            var score = Value(Right, exact, turns, 0, PaddingSide.Left);
            changes.Add((Spread(CountingPadding, half, turns), Spread(FirstPad, exact, turns), score));
        }

        var scores = changes.Select(change => change.Score).ToArray();
        var between = Math.Sqrt(scores.Average(score => Math.Pow(score - scores.Average(), 2)));
        var changed = changes.Count(change => change.Rounded > 0);
        var slight = changes.Average(change => change.Rounded) < between / 10;
        var otherToken = changes.Count(change => change.FirstPad > between / 10);
        return evidence
            .Require("in bfloat16 scores change with the padding in front, for most texts", changed > Texts / 2)
            .Require("these changes are slight: on average below a tenth of the deviation of scores between texts", slight)
            .Value("example_score", Value(Right, exact, Turns(Example), 0, PaddingSide.Left))
            .Value("example_score_by_first_pad", Value(FirstPad, exact, Turns(Example), 0, PaddingSide.Left))
            .Value("texts_with_another_score_by_first_pad", otherToken)
            .Reserve("precision", "in half precision, with positions that count the padding as transformers does by default; in double "
                + "precision and with the last real token found, padding changes nothing")
            .Explain(Invariant($"{summary}. In bfloat16, with the positions that transformers gives a text with padding in front, the ")
                + $"same texts score otherwise with {InvariantText.Join(", ", Counts)} tokens of padding: on average "
                + $"{(slight ? "less" : "more")} than a tenth of the deviation between texts. Where the padding id also ends "
                + "turns, the search for the first of them (transformers up to "
                + Invariant($"4.38) reads another token: {otherToken} of {Texts} texts change by more than that."));
    }

    // Texts of several turns, each ended by the padding id.
    private static long[] Turns(long[] text) => [.. text.Select((id, i) => i % 4 == 3 ? Pad : id == Pad ? 1 : id), 1, Pad];

    private static IEnumerable<long[]> Drawn(ulong seed)
    {
        var draws = new Draws(new Xoshiro256(seed));
        for (var i = 0; i < Texts; i++)
        {
            yield return draws.Tokens(draws.Integer(8, 20), Vocabulary);
        }
    }

    private static Tensor Right(ScoreModel model, Tensor ids, Tensor mask) => model.Score(ids, mask);

    private static Tensor CountingPadding(ScoreModel model, Tensor ids, Tensor mask) =>
        Ends(model, model.Hidden(ids, mask, arange(ids.shape[1]).unsqueeze(0)), mask);

    private static Tensor FirstPad(ScoreModel model, Tensor ids, Tensor mask) => model.ScoresBeforeFirstPad(ids, mask, Pad);

    private static Tensor Ends(ScoreModel model, Tensor hidden, Tensor mask) => model.Head.LastScores(hidden, mask);

    // Largest less smallest score over the numbers of padding tokens in front.
    private static double Spread(Score score, ScoreModel model, long[] text)
    {
        var values = Counts.Select(count => Value(score, model, text, count, PaddingSide.Left)).ToArray();
        return values.Max() - values.Min();
    }

    private static double Value(Score score, ScoreModel model, long[] text, int padding, PaddingSide side)
    {
        using var scope = NewDisposeScope();
        long[] pads = [.. Enumerable.Repeat((long)Pad, padding)];
        var (real, none) = (text.Select(_ => true), pads.Select(_ => false));
        long[] ids = side == PaddingSide.Left ? [.. pads, .. text] : [.. text, .. pads];
        bool[] mask = side == PaddingSide.Left ? [.. none, .. real] : [.. real, .. none];
        return score(model, tensor(ids, [1, ids.Length]), tensor(mask, [1, mask.Length])).to(ScalarType.Float64).item<double>();
    }
}
