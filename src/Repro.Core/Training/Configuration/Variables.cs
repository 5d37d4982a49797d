using System.Text;

namespace Repro.Core.Training.Configuration;

/// <summary>Puts variables into texts: <c>${NAME}</c>, or <c>${NAME:-otherwise}</c>; <c>$${</c> stands for itself without the first sign.</summary>
internal static class Variables
{
    internal static string Insert(string text, Func<string, string?> variable, string place)
    {
        if (!text.Contains("${", StringComparison.Ordinal))
        {
            return text;
        }

        var result = new StringBuilder();
        for (var i = 0; i < text.Length;)
        {
            if (text.AsSpan(i).StartsWith("$${"))
            {
                result.Append("${");
                i += 3;
            }
            else if (text.AsSpan(i).StartsWith("${"))
            {
                var end = text.IndexOf('}', i);
                if (end < 0)
                {
                    throw new ReproException($"{place}: '${{' without '}}' in '{text}'.");
                }

                result.Append(Value(text[(i + 2)..end], variable, place));
                i = end + 1;
            }
            else
            {
                result.Append(text[i++]);
            }
        }

        return result.ToString();
    }

    internal static string Escape(string text) => text.Replace("${", "$${", StringComparison.Ordinal);

    private static string Value(string inner, Func<string, string?> variable, string place)
    {
        var split = inner.IndexOf(":-", StringComparison.Ordinal);
        var name = split < 0 ? inner : inner[..split];
        if (variable(name) is { Length: > 0 } value)
        {
            return value;
        }

        return split >= 0 ? inner[(split + 2)..] : throw new ReproException($"{place}: variable {name} is not set.");
    }
}
