namespace VerifyTests.Serialization;

/// <summary>Gives volatile values stable names within one verification: the same value, the same number.</summary>
internal sealed class ValueNumbers
{
    private readonly Dictionary<(string Kind, object Value), int> _numbers = [];
    private readonly Dictionary<string, int> _counts = [];

    public string Name(Guid value) => value == Guid.Empty ? "Guid_Empty" : Next("Guid", value);

    public string Name(DateTime value) => Next("DateTime", value);

    public string Name(DateTimeOffset value) => Next("DateTimeOffset", value);

    public string Name(DateOnly value) => Next("Date", value);

    public string Name(TimeOnly value) => Next("Time", value);

    private string Next(string kind, object value)
    {
        if (!_numbers.TryGetValue((kind, value), out var number))
        {
            number = _counts.GetValueOrDefault(kind) + 1;
            _counts[kind] = number;
            _numbers[(kind, value)] = number;
        }

        return $"{kind}_{number}";
    }
}
