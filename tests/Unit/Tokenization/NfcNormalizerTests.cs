using Repro.Core;
using Repro.Core.Tokenization;

namespace Repro.Tests.Unit.Tokenization;

/// <summary>Form C by the book (UAX 15 and its traps), with the places that the composed characters take.</summary>
public sealed class NfcNormalizerTests
{
    [Theory]
    [InlineData("e\u0301", "\u00e9")]
    [InlineData("\u00e9", "\u00e9")]
    [InlineData("\u212b", "\u00c5")]
    [InlineData("\u2126", "\u03a9")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("a\u0302\u0301", "\u1ea5")]
    [InlineData("a\u0301\u0302", "\u00e1\u0302")]
    [InlineData("\u1100\u1161\u11a8", "\uac01")]
    [InlineData("\uac00\u11a8", "\uac01")]
    [InlineData("\uac01\u11a8", "\uac01\u11a8")]
    [InlineData("\u0958", "\u0915\u093c")]
    [InlineData("\u0915\u093c", "\u0915\u093c")]
    [InlineData("\u0344", "\u0308\u0301")]
    [InlineData("\ufb1d", "\u05d9\u05b4")]
    [InlineData("\uf900", "\u8c48")]
    [InlineData("\ud834\udd5e", "\ud834\udd57\ud834\udd65")]
    [InlineData("\ud804\udc99\ud804\udcba", "\ud804\udc9a")]
    [InlineData("\u0301a", "\u0301a")]
    [InlineData("o\u0308\u0304", "\u022b")]
    [InlineData("a\u0315\u0300\u05ae\u0300b", "\u00e0\u05ae\u0300\u0315b")]
    [InlineData("\u09c7\u09be", "\u09cb")]
    [InlineData("\ufffe\uffff", "\ufffe\uffff")]
    [InlineData("e\u0301\ufffe\u0301e\u0301", "\u00e9\ufffe\u0301\u00e9")]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    public void Composes(string text, string expected)
    {
        var normalizer = new NfcNormalizer();
        normalizer.Apply(text).Should().Be(expected);
        normalizer.Apply(expected).Should().Be(expected);
        normalizer.Apply(AlignedText.Identity(text)).Text.Should().Be(expected);
    }

    [Theory]
    [InlineData("xe\u0301y", new[] { 0, 1, 3 })]
    [InlineData("a\u0315\u0300b", new[] { 0, 2, 3 })]
    [InlineData("z\u0344y", new[] { 0, 1, 1, 2 })]
    [InlineData("\u1100\u1161\u11a8x", new[] { 0, 3 })]
    [InlineData("\ud834\udd5ex", new[] { 0, 0, 0, 0, 1 })]
    [InlineData("q\u0307\u0323", new[] { 0, 1, 2 })]
    [InlineData("\u212b\u0323x", new[] { 0, 0, 2 })]
    [InlineData("x\u0344y", new[] { 0, 0, 2 })]
    [InlineData("\ufffe\u0344\ufffe", new[] { 0, 1, 1, 2 })]
    public void A_composed_character_stands_for_its_own_place_and_parts_share_one(string text, int[] places)
    {
        AlignedText composed = new NfcNormalizer().Apply(AlignedText.Identity(text));
        composed.Starts.Should().Equal(places);
        composed.Ends.Should().Equal(places.Select(place => place + 1));
    }

    [Fact]
    public void Text_without_anything_to_compose_is_given_back()
    {
        const string text = "abc \u02ff";
        new NfcNormalizer().Apply(text).Should().BeSameAs(text);
    }

    [Fact]
    public void Without_ICU_it_refuses_to_work()
    {
        // So string.Normalize answers under DOTNET_SYSTEM_GLOBALIZATION_INVARIANT.
        FluentActions.Invoking(() => new NfcNormalizer("e\u0301")).Should().Throw<ReproException>().WithMessage("*ICU*libicu*");
    }

    [Fact]
    public void A_long_run_of_marks_is_sorted_as_a_short_one()
    {
        // Classes 202, 230, 220, 1, 240 and, in the middle, one that nothing passes.
        string[] marks = ["\u0327", "\u0301", "\u0323", "\u0334", "\u0345", "\u0344", "\u0308"];
        var random = new Random(5);
        string run = string.Concat(
            Enumerable.Range(0, 3000).Select(_ => random.Next(100) == 0 ? "\u0903" : marks[random.Next(marks.Length)]));
        new NfcNormalizer().Apply("a" + run + "\ufffee\u0301").Should().Be(("a" + run).Normalize() + "\ufffe\u00e9");
    }

    [Fact]
    public void A_long_run_of_marks_takes_no_quadratic_time() => Work.Growth(
        size => new NfcNormalizer().Apply("a" + string.Concat(Enumerable.Repeat("\u0323\u0301", size))).Length.Should().Be(size * 2),
        20_000, 8)
        .Should().BeLessThan(Work.Quadratic(8));
}
