using System.Globalization;
using FluentAssertions;

namespace Repro.Tests.Shared;

/// <summary>Runs something in cultures that write and compare otherwise than the invariant one.</summary>
internal static class InCultures
{
    /// <summary>Comma in numbers; other letters for i; a minus sign that is no hyphen; another calendar.</summary>
    private static readonly string[] Names = ["de-DE", "tr-TR", "sv-SE", "th-TH"];

    /// <summary>What it gives in the invariant culture, after it was the same in each of the others.</summary>
    internal static T Same<T>(Func<T> run)
    {
        var expected = In(CultureInfo.InvariantCulture, run);
        foreach (var name in Names)
        {
            In(CultureInfo.GetCultureInfo(name, predefinedOnly: true), run)
                .Should().BeEquivalentTo(expected, options => options.WithStrictOrdering(), "it ran in {0}", name);
        }

        return expected;
    }

    private static T In<T>(CultureInfo culture, Func<T> run)
    {
        var (before, beforeTexts) = (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture);
        (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (culture, culture);
        try
        {
            return run();
        }
        finally
        {
            (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (before, beforeTexts);
        }
    }
}
