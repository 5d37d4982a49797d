using Microsoft.Playwright;
using Repro.Experiments.Claims;
using Repro.Experiments.Cli;
using Repro.Tests.Shared;

namespace Repro.Tests.Report;

/// <summary>Headless Chromium.</summary>
public class BrowserFixture : IAsyncLifetime
{
    private static readonly string[] Browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private IPlaywright? _playwright;

    /// <summary>The browser.</summary>
    public IBrowser Browser { get; private set; } = null!;

    /// <inheritdoc/>
    public virtual async Task InitializeAsync()
    {
        var browser = Environment.GetEnvironmentVariable("REPRO_BROWSER") ?? Browsers.FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("no Chromium found: `make setup` installs Debian's chromium, or set "
                + "REPRO_BROWSER to its path");
        _playwright = await Playwright.CreateAsync();
        Browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = browser,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
            ],
        });
    }

    /// <inheritdoc/>
    public virtual async Task DisposeAsync()
    {
        await Browser.CloseAsync();
        _playwright?.Dispose();
    }

    /// <summary>An empty page of a browser window that shares nothing with others.</summary>
    /// <param name="scripts">Whether scripts run.</param>
    /// <param name="width">Width of the window in CSS pixels.</param>
    /// <param name="dark">Whether the system asks for dark colours.</param>
    public async Task<IPage> PageAsync(bool scripts = true, int width = 1280, bool dark = false)
    {
        var context = await Browser.NewContextAsync(new BrowserNewContextOptions
        {
            JavaScriptEnabled = scripts,
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
        });
        return await context.NewPageAsync();
    }

    /// <summary>What the accessibility checker finds on a page.</summary>
    /// <param name="page">The page; its policy may forbid scripts of others.</param>
    public static async Task<IReadOnlyList<string>> ViolationsAsync(IPage page)
    {
        await page.EvaluateAsync(await File.ReadAllTextAsync(Axe));
        return await page.EvaluateAsync<string[]>("async () => (await axe.run(document)).violations"
            + ".map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(', '))");
    }

    // As npm installed it beside the report's assets.
    private static string Axe =>
        Path.Combine(RepositoryRoot.Find(), "src", "Repro.Experiments", "Reporting", "Assets", "node_modules", "axe-core", "axe.min.js");
}

/// <summary>Writes the report once and opens it from disk.</summary>
public sealed class ReportFixture : BrowserFixture
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Folder of the report.</summary>
    public string Folder => Path.Combine(_folder.Path, "report");

    /// <summary>Address of the page.</summary>
    public string Url => new Uri(Path.Combine(Folder, "index.html")).AbsoluteUri;

    /// <inheritdoc/>
    public override async Task InitializeAsync()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(["report", "--out", Folder, "--artifacts", "fixtures"], output, error);
        code.Should().Be(CommandLine.Success, error.ToString());
        await base.InitializeAsync();
    }

    /// <inheritdoc/>
    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>A page with the report open.</summary>
    /// <param name="suffix">Query and fragment behind the address.</param>
    /// <param name="scripts">Whether scripts run.</param>
    /// <param name="width">Width of the window in CSS pixels.</param>
    /// <param name="dark">Whether the system asks for dark colours.</param>
    public async Task<IPage> OpenAsync(string suffix = "", bool scripts = true, int width = 1280, bool dark = false)
    {
        var page = await PageAsync(scripts, width, dark);
        await page.GotoAsync(Url + suffix);
        return page;
    }
}
