namespace VerifyTests.Serialization;

/// <summary>A member as it goes into the snapshot.</summary>
/// <param name="Name">Its name in the snapshot.</param>
/// <param name="Value">Its value.</param>
internal sealed record SerializedMember(string Name, object? Value);
