using FsCheck;
using FsCheck.Fluent;
using Repro.Core.Models;
using Repro.Tests.Unit.Models;
using static TorchSharp.torch;

namespace Repro.Tests.Properties.Models;

/// <summary>Texts for the small models of the tests, and models that live for one property.</summary>
internal static class ModelTexts
{
    private const int Vocabulary = 40;

    /// <summary>A text of 1 to <paramref name="most"/> ids, any of the vocabulary.</summary>
    public static Gen<long[]> Text(int most) =>
        from count in Gen.Choose(1, most)
        from ids in Gen.ArrayOf(Gen.Choose(0, Vocabulary - 1), count)
        select ids.Select(id => (long)id).ToArray();

    /// <summary>Several texts.</summary>
    public static Gen<long[][]> Texts(int most, int longest) =>
        from count in Gen.Choose(1, most)
        from texts in Gen.ArrayOf(Text(longest), count)
        select texts;

    public static ModelArchitecture[] Architectures => Enum.GetValues<ModelArchitecture>();

    /// <summary>One model of each family.</summary>
    public static Dictionary<ModelArchitecture, LanguageModel> LanguageModels() =>
        Architectures.ToDictionary(architecture => architecture, architecture => LanguageModel.Create(TinyModels.Config(architecture), 11));

    /// <summary>A row [1, length] with padding of one id on both sides, and its mask.</summary>
    public static (Tensor Ids, Tensor Mask) Row(long[] text, int left = 0, int right = 0, long pad = 0)
    {
        long[] ids = [.. Enumerable.Repeat(pad, left), .. text, .. Enumerable.Repeat(pad, right)];
        long[] mask = [.. Enumerable.Repeat(0L, left), .. text.Select(_ => 1L), .. Enumerable.Repeat(0L, right)];
        return (tensor(ids).unsqueeze(0), tensor(mask).unsqueeze(0));
    }

    /// <summary>The largest difference of two tensors of one shape.</summary>
    public static double Distance(Tensor a, Tensor b)
    {
        a.shape.Should().Equal(b.shape);
        return (a - b).abs().max().item<float>();
    }
}
