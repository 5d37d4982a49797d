using FsCheck;
using FsCheck.Fluent;
using Repro.Core.Models;
using Repro.Core.Tokenization;

namespace Repro.Tests.Properties.Shared;

/// <summary>Log-probabilities of the tokens of a batch [2, 4].</summary>
public sealed record LogProbs(double[] Values) : Drawn;

/// <summary>Rewards, values, advantages: any numbers of a batch [2, 4].</summary>
public sealed record Reals(double[] Values) : Drawn;

/// <summary>Rewards of a batch [2, 4] on a grid of 1/4, so that ties are frequent.</summary>
public sealed record CoarseRewards(double[] Values) : Drawn;

/// <summary>Logits of a batch [2, 4, 3].</summary>
public sealed record Logits(double[] Values) : Drawn;

/// <summary>Token ids of a batch [2, 4] from a vocabulary of 3.</summary>
public sealed record TokenIds(long[] Values) : Drawn;

/// <summary>A response mask [2, 4], 1 and 0; each row counts at least one token.</summary>
public sealed record CountedTokens(double[] Values) : Drawn;

/// <summary>An adaptive mask [2, 4], 1 and 0; a row may keep no token.</summary>
public sealed record KeptTokens(double[] Values) : Drawn;

/// <summary>Any number.</summary>
public sealed record Number(double Value) : Drawn;

/// <summary>A number above 0.</summary>
public sealed record Positive(double Value) : Drawn;

/// <summary>From 0 to 1.</summary>
public sealed record Share(double Value) : Drawn;

/// <summary>Draws batches of 2 responses of 4 tokens.</summary>
public static class TokenBatches
{
    public const int Rows = 2;

    public const int Tokens = 4;

    public const int Vocabulary = 3;

    private const int Cells = Rows * Tokens;

    private static readonly Gen<double> Bit = Gen.Elements(0.0, 1.0);

    public static Arbitrary<LogProbs> LogProbs() =>
        Draw.Of(Gen.ArrayOf(Draw.Real(-5, 0), Cells).Select(x => new LogProbs(x)), x => Fits(x.Values, Cells, -5, 0));

    public static Arbitrary<Reals> Reals() =>
        Draw.Of(Gen.ArrayOf(Draw.Real(-5, 5), Cells).Select(x => new Reals(x)), x => Fits(x.Values, Cells, -5, 5));

    public static Arbitrary<CoarseRewards> CoarseRewards() => Draw.Of(
        Gen.ArrayOf(Gen.Choose(-8, 8).Select(i => i * 0.25), Cells).Select(x => new CoarseRewards(x)), x => Fits(x.Values, Cells, -2, 2));

    public static Arbitrary<Logits> Logits() =>
        Draw.Of(
            Gen.ArrayOf(Draw.Real(-8, 8), Cells * Vocabulary).Select(x => new Logits(x)), x => Fits(x.Values, Cells * Vocabulary, -8, 8));

    public static Arbitrary<TokenIds> TokenIds() => Draw.Of(
        Gen.ArrayOf(Gen.Choose(0, Vocabulary - 1), Cells).Select(x => new TokenIds([.. x.Select(id => (long)id)])),
        x => x.Values.Length == Cells && x.Values.All(id => id is >= 0 and < Vocabulary));

    // Masks shrink towards ones, which hide nothing.
    public static Arbitrary<CountedTokens> CountedTokens() => Arb.From(
        Gen.ArrayOf(Bit, Cells).Where(x => x.Chunk(Tokens).All(row => row.Contains(1))).Select(x => new CountedTokens(x)),
        mask => Fuller(mask.Values).Select(x => new CountedTokens(x)));

    public static Arbitrary<KeptTokens> KeptTokens() =>
        Arb.From(Gen.ArrayOf(Bit, Cells).Select(x => new KeptTokens(x)), mask => Fuller(mask.Values).Select(x => new KeptTokens(x)));

    public static Arbitrary<Number> Numbers() => Draw.Of(Draw.Real(-50, 50).Select(x => new Number(x)), x => Math.Abs(x.Value) <= 50);

    public static Arbitrary<Positive> Positives() =>
        Draw.Of(Draw.Real(0.01, 2).Select(x => new Positive(x)), x => x.Value is >= 0.01 and <= 2);

    public static Arbitrary<Share> Shares() => Draw.Of(Draw.Real(0, 1).Select(x => new Share(x)), x => x.Value is >= 0 and <= 1);

    private static bool Fits(double[] values, int count, double low, double high) =>
        values.Length == count && values.All(x => x >= low && x <= high);

    private static IEnumerable<double[]> Fuller(double[] mask) =>
        Enumerable.Range(0, mask.Length).Where(i => mask[i] == 0).Select(i => (double[])[.. mask[..i], 1, .. mask[(i + 1)..]]);
}
