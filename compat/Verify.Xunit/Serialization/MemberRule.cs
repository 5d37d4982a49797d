namespace VerifyTests.Serialization;

/// <summary>What happens to a member of a serialised object.</summary>
internal enum MemberRule
{
    Write,
    Scrub,
    Ignore,
}
