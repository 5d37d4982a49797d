using System.Reflection;

namespace Repro.Tests.Unit.Compat.Surface;

/// <summary>A package with a stand-in under compat/.</summary>
/// <param name="Assembly">The stand-in, or the real assembly when the feed has it.</param>
/// <param name="SharedList">The file name of the full list of the package's signatures.</param>
/// <param name="Qualified">Whether the list writes types with their namespaces.</param>
/// <param name="Implied">Signatures that the list implies without a line: constructors that the compiler supplies.</param>
/// <param name="Excluded">Marks of lines that do not belong to the version that the project is written for.</param>
internal sealed record ApiPackage(Assembly Assembly, string SharedList, bool Qualified, string[] Implied, params string[] Excluded)
{
    private static readonly ApiPackage[] Known =
    [
        new ApiPackage(Load("TorchSharp"), "torchsharp-api.txt", Qualified: true, []),
        // Two members that only the development version has.
        new ApiPackage(Load("Microsoft.ML.Tokenizers"), "ml-tokenizers-api.txt", Qualified: true, [], "SentencePieceTokenizer.CreateFromTokenizerJson(", "SentencePieceTokenizer.Create(System.Collections.Generic.IEnumerable<"),
        new ApiPackage(Load("Verify.Xunit"), "verify-xunit-api.txt", Qualified: false, ["VerifyXunit.UseVerifyAttribute.UseVerifyAttribute()"], "{19.6.0 only}"),
    ];

    /// <summary>The packages that are stood in for in this build.</summary>
    public static IEnumerable<ApiPackage> StandIns => Known.Where(package => StandInNames.Contains(package.Name));

    private static IEnumerable<string> StandInNames => typeof(ApiPackage).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Where(attribute => attribute.Key == "Repro.StandIn").Select(attribute => attribute.Value!);

    public string Name => Assembly.GetName().Name!;

    public bool Covers(string line) => !Array.Exists(Excluded, mark => line.Contains(mark, StringComparison.Ordinal));

    private static Assembly Load(string name) => Assembly.Load(name);
}
