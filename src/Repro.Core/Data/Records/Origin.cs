using System.Security.Cryptography;
using System.Text;

namespace Repro.Core.Data.Records;

/// <summary>Where a record comes from.</summary>
/// <param name="Set">Name of the data set.</param>
/// <param name="Group">What must stay on one side of a split: a conversation tree, or all rows with one prompt.</param>
/// <param name="Item">Which of the group: a message, or a line of the file.</param>
public sealed record Origin(string Set, string Group, string Item)
{
    /// <summary>The group of rows that have no id of their own: equal texts give equal names.</summary>
    /// <param name="text">The prompt, or its first message.</param>
    /// <returns>16 hexadecimal digits.</returns>
    public static string GroupOf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Set}/{Group}/{Item}";
}
