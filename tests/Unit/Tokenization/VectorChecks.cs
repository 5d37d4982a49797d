using System.Text.Json;

namespace Repro.Tests.Unit.Tokenization;

/// <summary>Collects what differs from the vectors, with the id of the case.</summary>
internal sealed class VectorChecks
{
    public List<string> Wrong { get; } = [];

    public void Compare(JsonElement item, string what, IEnumerable<int> expected, IEnumerable<int> actual)
    {
        if (!expected.SequenceEqual(actual))
        {
            Wrong.Add($"{TextVectors.Id(item)} {what}: {TextVectors.Show(expected)} became {TextVectors.Show(actual)}");
        }
    }

    public void Compare(JsonElement item, string what, string? expected, string? actual)
    {
        if (expected != actual)
        {
            Wrong.Add($"{TextVectors.Id(item)} {what}: {TextVectors.Show(expected)} became {TextVectors.Show(actual)}");
        }
    }
}
