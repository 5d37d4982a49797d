using Xunit;

namespace Repro.Tests.Shared.Vectors;

/// <summary>A theory about the reference vectors, which stand in the repository: it is never skipped.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class VectorTheoryAttribute : TheoryAttribute;
