using System.Text;
using VerifyTests.Serialization;

namespace VerifyTests.Scrubbing;

/// <summary>One step over the final text, for one extension or (null) for all.</summary>
internal sealed record TextScrubber(string? Extension, Action<StringBuilder, ValueNumbers> Apply);
