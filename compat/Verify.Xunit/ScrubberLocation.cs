namespace VerifyTests;

/// <summary>Where a scrubber joins the chain: before or after those already added.</summary>
public enum ScrubberLocation
{
    First,
    Last,
}
