using System.Text;
using System.Text.RegularExpressions;
using VerifyTests.Serialization;

namespace VerifyTests.Scrubbing;

/// <summary>Scrubbers that replace parts of lines.</summary>
internal static partial class InlineScrubbers
{
    public static void Guids(StringBuilder builder, ValueNumbers numbers)
    {
        var text = GuidPattern().Replace(builder.ToString(), match => numbers.Name(Guid.Parse(match.Value)));
        builder.Clear().Append(text);
    }

    public static Action<StringBuilder> Word(string word, string replacement)
    {
        if (word.Length == 0)
        {
            return _ => { };
        }

        var pattern = new Regex($@"(?<!\w){Regex.Escape(word)}(?!\w)", RegexOptions.CultureInvariant);
        return builder =>
        {
            var text = pattern.Replace(builder.ToString(), replacement);
            builder.Clear().Append(text);
        };
    }

    [GeneratedRegex(@"(?<![0-9A-Za-z])[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![0-9A-Za-z])", RegexOptions.CultureInvariant)]
    private static partial Regex GuidPattern();
}
