using Repro.Core.Models.Safetensors;

namespace Repro.Core.Models;

/// <summary>Whether two folders hold the same base model.</summary>
internal static class BaseComparison
{
    internal const string Same = "";

    internal const string Unknown = "?";

    /// <summary>What is different about two models: <see cref="Same"/> for nothing, <see cref="Unknown"/> where one of them is not
    /// here.</summary>
    /// <exception cref="ReproException">Weights that are here cannot be read.</exception>
    internal static string Describe(string first, string second)
    {
        var (left, right) = (Resolved(first), Resolved(second));
        if (string.Equals(left, right, StringComparison.Ordinal))
        {
            return Same;
        }

        return Holds(left) && Holds(right) ? Difference(left, right) : Unknown;
    }

    private static string Resolved(string folder) => Path.TrimEndingDirectorySeparator(
        Path.GetFullPath(Directory.Exists(folder) ? ModelLocation.Find(folder) : folder));

    private static bool Holds(string folder) =>
        File.Exists(Path.Combine(folder, SafetensorsFolder.SingleName)) || File.Exists(Path.Combine(folder, SafetensorsFolder.IndexName));

    // Names and shapes first: they cost nothing. Other weights mostly differ in the first tensor.
    private static string Difference(string left, string right)
    {
        using var first = SafetensorsFolder.Open(left);
        using var second = SafetensorsFolder.Open(right);
        foreach (var name in first.Names.Union(second.Names).Order(StringComparer.Ordinal))
        {
            if (!first.Contains(name) || !second.Contains(name))
            {
                return $"only one of them has a tensor '{name}'";
            }

            if (!first.Entry(name).Shape.SequenceEqual(second.Entry(name).Shape) || first.Entry(name).Dtype != second.Entry(name).Dtype)
            {
                return $"tensor '{name}' has another shape or element type";
            }
        }

        return first.Names.Order(StringComparer.Ordinal).FirstOrDefault(name => !Equal(first, second, name)) is { } other
            ? $"tensor '{other}' has other numbers" : Same;
    }

    private static bool Equal(SafetensorsFolder first, SafetensorsFolder second, string name)
    {
        using var left = first.Read(name);
        using var right = second.Read(name);
        return left.Equals(right);
    }
}
