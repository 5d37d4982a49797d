using System.Globalization;
using System.Text.Json;
using Repro.Experiments.Claims;

namespace Repro.Tests.Unit.House;

/// <summary>Each line of bench/history.jsonl is a whole record, oldest first, and names no machine.</summary>
public sealed class BenchmarkHistoryTests
{
    [Fact]
    public void Records_are_whole_and_in_the_order_of_time()
    {
        var records = File.ReadLines(Path.Combine(RepositoryRoot.Find(), "bench", "history.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement).ToList();
        records.Should().NotBeEmpty();
        records.Select(record => DateTime.Parse(record.GetProperty("date").GetString()!, CultureInfo.InvariantCulture))
            .Should().BeInAscendingOrder();
        foreach (var record in records)
        {
            Fields(record).Should().Equal("date", "commit", "processor", "cores", "clock", "rounds", "csharp", "python", "microseconds");
            Fields(record.GetProperty("csharp")).Should().Equal("dotnet", "torchsharp", "libtorch", "instructions");
            Fields(record.GetProperty("python")).Should().Equal("python", "torch");
            foreach (var times in record.GetProperty("microseconds").EnumerateObject())
            {
                times.Value.GetProperty("csharp").GetDouble().Should().BePositive(times.Name);
                times.Value.GetProperty("python").Should().Match<JsonElement>(
                    time => time.ValueKind == JsonValueKind.Null || time.GetDouble() > 0, "{0} was timed or has no twin", times.Name);
            }
        }
    }

    private static IEnumerable<string> Fields(JsonElement record) => record.EnumerateObject().Select(field => field.Name);
}
