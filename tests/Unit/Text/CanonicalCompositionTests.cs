using Repro.Core.Text.Unicode;

namespace Repro.Tests.Unit.Text;

/// <summary>Form C by the book: cases of UAX 15 and its traps.</summary>
public sealed class CanonicalCompositionTests
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
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    public void Composes(string text, string expected)
    {
        CanonicalComposition.ToFormC(text).Should().Be(expected);
        CanonicalComposition.ToFormC(expected).Should().Be(expected);
    }

    [Fact]
    public void Ascii_needs_no_work() => CanonicalComposition.Compose("abc \u02ff").Should().BeNull();

    [Fact]
    public void A_long_run_of_marks_takes_no_quadratic_time()
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        string marks = string.Concat(Enumerable.Repeat("\u0323\u0301", 200_000));
        CanonicalComposition.ToFormC("a" + marks).Length.Should().Be(400_000);
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(5));
    }
}
