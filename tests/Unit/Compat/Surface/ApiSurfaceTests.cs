namespace Repro.Tests.Unit.Compat.Surface;

/// <summary>A stand-in offers nothing that its package does not offer in just that form.</summary>
public sealed class ApiSurfaceTests
{
    private const string WriteVariable = "REPRO_WRITE_API";
    private const string Header = "# Public signatures of the package, for the types that its stand-in has. Written by build/api.sh.";

    public static TheoryData<string> Packages => [.. ApiPackage.StandIns.Select(package => package.Name)];

    [Theory]
    [MemberData(nameof(Packages))]
    public void Every_public_member_is_listed(string name)
    {
        var package = ApiPackage.StandIns.Single(package => package.Name == name);
        var surface = new ApiReader(package.Qualified).Read(package.Assembly).Where(entry => !package.Implied.Contains(entry.Signature)).ToArray();
        if (Environment.GetEnvironmentVariable(WriteVariable) == "1")
        {
            Write(package, surface);
        }

        if (ApiFiles.Full(package) is { } path)
        {
            var full = ApiList.Read(path, package);
            var invented = surface.Select(full.Violation).OfType<string>().ToArray();
            invented.Should().BeEmpty("{0} stands in for a package that has no such member:\n    {1}\n", name, string.Join("\n    ", invented));
        }

        var committed = ApiList.Read(ApiFiles.Committed(package), package);
        var missing = surface.Select(committed.Violation).OfType<string>().ToArray();
        missing.Should().BeEmpty(
            "compat/api/{0}.txt lists every member; build/api.sh adds the types that are new here, from the package's full list. Not listed:\n    {1}\n",
            name,
            string.Join("\n    ", missing));
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void The_committed_list_is_sorted_unique_and_part_of_the_full_one(string name)
    {
        var package = ApiPackage.StandIns.Single(package => package.Name == name);
        var lines = File.ReadAllLines(ApiFiles.Committed(package)).Where(line => !line.StartsWith('#')).ToArray();

        lines.Should().BeInAscendingOrder(StringComparer.Ordinal).And.OnlyHaveUniqueItems();
        if (ApiFiles.Full(package) is { } path)
        {
            lines.Except(File.ReadLines(path), StringComparer.Ordinal).Should().BeEmpty("the full list has every line of the committed one");
        }
    }

    private static void Write(ApiPackage package, IReadOnlyCollection<ApiEntry> surface)
    {
        var path = ApiFiles.Full(package) ?? throw new FileNotFoundException($"The full list {package.SharedList} is needed: name its folder with REPRO_COMPAT.");
        var owners = surface.Select(entry => entry.Owner).ToHashSet(StringComparer.Ordinal);
        var lines = ApiList.Read(path, package).Lines.Where(line => owners.Contains(line.Entry.Owner)).Select(line => line.Line).Order(StringComparer.Ordinal);
        File.WriteAllText(ApiFiles.Committed(package), string.Join('\n', [Header, .. lines]) + "\n");
    }
}
