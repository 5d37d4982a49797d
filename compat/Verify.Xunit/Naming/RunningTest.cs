using System.Reflection;
using VerifyTests.Scrubbing;

namespace VerifyTests.Naming;

/// <summary>The test that asks for a verification, and where its source lies.</summary>
internal sealed record RunningTest(MethodInfo Method, string SourceFile)
{
    public Type Type => Method.ReflectedType ?? Method.DeclaringType!;

    public Assembly Assembly => Type.Assembly;

    /// <summary><c>Parent.Child</c> for a nested class.</summary>
    public string TypeName => Serialization.TypeNames.Of(Type);

    public string SourceDirectory => Path.GetDirectoryName(SourceFile) is { Length: > 0 } directory && Directory.Exists(directory)
        ? directory
        : throw new DirectoryNotFoundException(
            $"The directory of the test's source file, '{SourceFile}', does not exist here. Build the tests where they run, without DeterministicSourcePaths.");

    public string ProjectDirectory => SnapshotAssembly.Metadata(Assembly, SnapshotAssembly.ProjectDirectoryKey)
        ?? throw new InvalidOperationException($"{Assembly.GetName().Name} does not carry the assembly metadata {SnapshotAssembly.ProjectDirectoryKey}.");
}
