using System.Globalization;
using System.Net;
using System.Text;

namespace Repro.Experiments.Reporting;

/// <summary>Writes HTML: text is always encoded, elements are always closed.</summary>
internal sealed class Html
{
    private readonly StringBuilder _text = new();

    public override string ToString() => _text.ToString();

    /// <summary>Writes an element around what <paramref name="content"/> writes.</summary>
    internal Html Element(string name, string attributes, Action content)
    {
        Open(name, attributes);
        content();
        _text.Append("</").Append(name).Append('>');
        return this;
    }

    /// <summary>Writes an element around a text.</summary>
    internal Html Element(string name, string attributes, string text)
    {
        Open(name, attributes);
        _text.Append(WebUtility.HtmlEncode(text)).Append("</").Append(name).Append('>');
        return this;
    }

    /// <summary>Writes an element around a text, without attributes.</summary>
    internal Html Element(string name, string text) => Element(name, string.Empty, text);

    /// <summary>Writes encoded text.</summary>
    internal Html Text(string text)
    {
        _text.Append(WebUtility.HtmlEncode(text));
        return this;
    }

    /// <summary>Writes markup as it is: our own assets only.</summary>
    internal Html Raw(string markup)
    {
        _text.Append(markup);
        return this;
    }

    /// <summary>An attribute with an encoded value.</summary>
    internal static string Attribute(string name, string value) => $" {name}=\"{WebUtility.HtmlEncode(value)}\"";

    /// <summary>A number for readers: at most six significant digits, no exponent where it can be helped.</summary>
    internal static string Number(double value) => value == Math.Round(value) && Math.Abs(value) < 1e15
        ? value.ToString("0", CultureInfo.InvariantCulture)
        : value.ToString("G6", CultureInfo.InvariantCulture);

    private void Open(string name, string attributes) =>
        _text.Append('<').Append(name).Append(attributes.Length > 0 && attributes[0] != ' ' ? " " : string.Empty).Append(attributes)
            .Append('>');
}
