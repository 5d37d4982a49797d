namespace Repro.Tests.Unit.Compat.Snapshots;

/// <summary>An empty directory for the files of one test.</summary>
internal sealed class SnapshotSandbox : IDisposable
{
    public SnapshotSandbox() => Root = Directory.CreateTempSubdirectory("snapshots-").FullName;

    public string Root { get; }

    public IEnumerable<string> FileNames => Directory.EnumerateFiles(Root).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);

    public string PathOf(string name) => Path.Combine(Root, name);

    public void Write(string name, string text) => File.WriteAllText(PathOf(name), text);

    public VerifySettings Settings(string fileName = "case")
    {
        var settings = new VerifySettings();
        settings.UseDirectory(Root);
        settings.UseFileName(fileName);
        return settings;
    }

    /// <summary>The snapshot that a verification of <paramref name="value"/> writes.</summary>
    public async Task<string> SnapshotOf(object? value, Action<VerifySettings>? configure = null)
    {
        var settings = Settings($"case{Guid.NewGuid():N}");
        settings.AutoVerify();
        configure?.Invoke(settings);
        var result = await Verify(value, settings);
        return result.Text;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
