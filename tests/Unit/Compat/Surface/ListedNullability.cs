using System.Text;
using System.Text.RegularExpressions;

namespace Repro.Tests.Unit.Compat.Surface;

/// <summary>
/// Tells the two meanings of a question mark apart: on a value type it is part of the signature, on a reference it is an annotation
/// that the compiled real package may or may not carry, and so is left out of the comparison.
/// </summary>
internal sealed partial class ListedNullability
{
    private static readonly string[] KnownValueTypes =
    [
        "bool", "byte", "sbyte", "short", "ushort", "int", "uint", "long", "ulong", "float", "double", "decimal", "char",
        "System.Half", "System.IntPtr", "System.UIntPtr", "System.DateTime", "System.TimeSpan", "System.Guid", "System.Index", "System.Range",
        "System.Numerics.Complex", "System.Memory", "System.ReadOnlyMemory", "System.Threading.CancellationToken",
        "DateTime", "TimeSpan", "Guid", "CancellationToken",
    ];

    private readonly HashSet<string> _valueTypes = new(KnownValueTypes, StringComparer.Ordinal);

    public ListedNullability(IEnumerable<string> lines)
    {
        foreach (var match in lines.Select(line => ValueTypePattern().Match(line)).Where(match => match.Success))
        {
            var name = match.Groups[1].Value;
            _valueTypes.Add(name);
            _valueTypes.Add(name[(name.LastIndexOf('.') + 1)..]);
        }
    }

    public string StripReferenceMarks(string text)
    {
        var result = new StringBuilder();
        foreach (var character in text)
        {
            if (character != '?' || IsValueType(result.ToString()))
            {
                result.Append(character);
            }
        }

        return result.ToString();
    }

    private bool IsValueType(string before)
    {
        // A closing parenthesis ends a tuple, which is a value; a closing bracket ends an array, which is not.
        if (before.EndsWith(')'))
        {
            return true;
        }

        var end = before.Length;
        if (before.EndsWith('>'))
        {
            var depth = 0;
            do
            {
                end--;
                depth += before[end] == '>' ? 1 : before[end] == '<' ? -1 : 0;
            }
            while (depth > 0);
        }

        return _valueTypes.Contains(NamePattern().Match(before[..end]).Value);
    }

    [GeneratedRegex(@"^([\w.]+)(?:<.*>)?  \[(?:[a-z]+ )*(?:struct|enum)\]")]
    private static partial Regex ValueTypePattern();

    [GeneratedRegex(@"[\w.]+$")]
    private static partial Regex NamePattern();
}
