using System.Text;
using VerifyTests.Serialization;

namespace VerifyTests.Scrubbing;

/// <summary>An ordered list of scrubbers.</summary>
internal sealed class ScrubberChain
{
    private readonly List<TextScrubber> _scrubbers;

    public ScrubberChain()
        : this([])
    {
    }

    private ScrubberChain(List<TextScrubber> scrubbers) => _scrubbers = scrubbers;

    public ScrubberChain Clone() => new([.. _scrubbers]);

    public void Add(string? extension, Action<StringBuilder> apply, ScrubberLocation location)
    {
        ArgumentNullException.ThrowIfNull(apply);
        Add(extension, (builder, _) => apply(builder), location);
    }

    public void Add(string? extension, Action<StringBuilder, ValueNumbers> apply, ScrubberLocation location) =>
        _scrubbers.Insert(location == ScrubberLocation.First ? 0 : _scrubbers.Count, new TextScrubber(extension, apply));

    public void Apply(string extension, StringBuilder text, ValueNumbers numbers)
    {
        foreach (var scrubber in _scrubbers)
        {
            if (scrubber.Extension is null || scrubber.Extension == extension)
            {
                scrubber.Apply(text, numbers);
            }
        }
    }
}
