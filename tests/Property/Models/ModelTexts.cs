using FsCheck;
using FsCheck.Fluent;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Tokenization;
using Repro.Tests.Properties.Shared;
using Repro.Tests.Unit.Models;
using static TorchSharp.torch;

namespace Repro.Tests.Properties.Models;

/// <summary>A text with padding on both sides; <paramref name="First"/> is a column of the padded row.</summary>
public sealed record PaddedText(long[] Ids, int Left, int Right, int Pad, int First, ModelArchitecture Architecture) : Drawn;

/// <summary>A text that is fed in parts: a part ends where <paramref name="Cuts"/> is true, the last at the end in any case.</summary>
public sealed record CutText(long[] Ids, bool[] Cuts, int Left, ModelArchitecture Architecture) : Drawn;

/// <summary>Texts of a batch, each padded on one of its sides.</summary>
public sealed record TextBatch(long[][] Texts, bool[] OnTheLeft, ModelArchitecture Architecture) : Drawn;

/// <summary>Prompts, and how many tokens follow.</summary>
public sealed record Prompts(long[][] Texts, int Fresh, ModelArchitecture Architecture) : Drawn;

/// <summary>Prompts, a seed, and one of the rows.</summary>
public sealed record SeededPrompts(long[][] Texts, int Seed, int Row) : Drawn;

/// <summary>A text whose loss counts the tokens after column <paramref name="First"/>.</summary>
public sealed record LossOfTail(long[] Ids, int Left, int First, bool Checkpointed, ModelArchitecture Architecture) : Drawn;

/// <summary>A text under a drawn adapter.</summary>
public sealed record AdaptedText(long[] Ids, int Rank, int Alpha, bool Stabilised, int Seed, ModelArchitecture Architecture) : Drawn;

/// <summary>Texts for the small models of the tests.</summary>
public static class ModelTexts
{
    private const int Vocabulary = 40;

    private static readonly ModelArchitecture[] Families = Enum.GetValues<ModelArchitecture>();

    private static Gen<ModelArchitecture> Architecture => Gen.Elements(Families);

    public static Arbitrary<PaddedText> Padded() => Draw.Of(
        from ids in Text(12)
        from left in Gen.Choose(0, 6)
        from right in Gen.Choose(0, 6)
        from pad in Gen.Choose(0, Vocabulary - 1)
        from first in Gen.Choose(0, left + ids.Length + right - 1)
        from architecture in Architecture
        select new PaddedText(ids, left, right, pad, first, architecture),
        x => x.Ids.Length >= 1 && x.First < x.Left + x.Ids.Length + x.Right);

    public static Arbitrary<CutText> Cut() => Draw.Of(
        from ids in Text(12)
        from cuts in Gen.ArrayOf(Gen.Elements(true, false), ids.Length)
        from left in Gen.Choose(0, 3)
        from architecture in Architecture
        select new CutText(ids, cuts, left, architecture),
        x => x.Ids.Length >= 1 && x.Ids.Length == x.Cuts.Length,
        x => Enumerable.Range(0, x.Ids.Length).Select(i => x with { Ids = Draw.Without(x.Ids, i), Cuts = Draw.Without(x.Cuts, i) }));

    public static Arbitrary<TextBatch> Batches() => Draw.Of(
        from texts in Texts(5, 9)
        from sides in Gen.ArrayOf(Gen.Elements(true, false), texts.Length)
        from architecture in Architecture
        select new TextBatch(texts, sides, architecture),
        x => Full(x.Texts) && x.Texts.Length == x.OnTheLeft.Length,
        x => Enumerable.Range(0, x.Texts.Length)
            .Select(i => x with { Texts = Draw.Without(x.Texts, i), OnTheLeft = Draw.Without(x.OnTheLeft, i) }));

    public static Arbitrary<Prompts> Prompts() => Draw.Of(
        from texts in Texts(4, 8)
        from fresh in Gen.Choose(1, 6)
        from architecture in Architecture
        select new Prompts(texts, fresh, architecture),
        x => Full(x.Texts) && x.Fresh >= 1);

    public static Arbitrary<SeededPrompts> Seeded() => Draw.Of(
        from texts in Texts(4, 6)
        from seed in Gen.Choose(0, 1_000_000)
        from row in Gen.Choose(0, texts.Length - 1)
        select new SeededPrompts(texts, seed, row),
        x => Full(x.Texts) && x.Row < x.Texts.Length);

    public static Arbitrary<LossOfTail> Losses() => Draw.Of(
        (from ids in Text(8)
         from left in Gen.Choose(0, 3)
         from first in Gen.Choose(0, Math.Max(0, left + ids.Length - 2))
         from isCheckpointed in Gen.Elements(true, false)
         from architecture in Architecture
         select new LossOfTail(ids, left, first, isCheckpointed, architecture)).Where(HasTail),
        HasTail);

    public static Arbitrary<AdaptedText> Adapted() => Draw.Of(
        from ids in Text(10)
        from rank in Gen.Choose(1, 4)
        from alpha in Gen.Choose(1, 16)
        from isStabilised in Gen.Elements(true, false)
        from seed in Gen.Choose(0, 1_000_000)
        from architecture in Architecture
        select new AdaptedText(ids, rank, alpha, isStabilised, seed, architecture),
        x => x.Ids.Length >= 1 && x.Rank >= 1 && x.Alpha >= 1);

    /// <summary>One model of each family.</summary>
    internal static Dictionary<ModelArchitecture, LanguageModel> LanguageModels(ScalarType dtype = ScalarType.Float32) =>
        Families.ToDictionary(architecture => architecture, architecture =>
            LanguageModel.Create(TinyModels.Config(architecture), 11, dtype));

    /// <summary>A row [1, length] with padding of one id on both sides, and its mask.</summary>
    internal static (Tensor Ids, Tensor Mask) Row(long[] text, int left = 0, int right = 0, long pad = 0)
    {
        long[] ids = [.. Enumerable.Repeat(pad, left), .. text, .. Enumerable.Repeat(pad, right)];
        long[] mask = [.. Enumerable.Repeat(0L, left), .. text.Select(_ => 1L), .. Enumerable.Repeat(0L, right)];
        return (tensor(ids).unsqueeze(0), tensor(mask).unsqueeze(0));
    }

    /// <summary>The largest difference of two tensors of one shape.</summary>
    internal static double Distance(Tensor a, Tensor b)
    {
        a.shape.Should().Equal(b.shape);
        return (a - b).abs().max().to(ScalarType.Float64).item<double>();
    }

    private static Gen<long[]> Text(int most) =>
        from count in Gen.Choose(1, most)
        from ids in Gen.ArrayOf(Gen.Choose(0, Vocabulary - 1), count)
        select ids.Select(id => (long)id).ToArray();

    private static Gen<long[][]> Texts(int most, int longest) =>
        from count in Gen.Choose(1, most)
        from texts in Gen.ArrayOf(Text(longest), count)
        select texts;

    private static bool Full(long[][] texts) => texts.Length >= 1 && texts.All(text => text.Length >= 1);

    private static bool HasTail(LossOfTail x) => x.Ids.Length >= 1 && x.Left + x.Ids.Length >= 2 && x.First <= x.Left + x.Ids.Length - 2;
}
