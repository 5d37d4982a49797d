using Microsoft.Playwright;
using Repro.Experiments.Claims;
using Repro.Experiments.Cli;
using Repro.Tests.Shared;

namespace Repro.Tests.Report;

/// <summary>Writes the report once and opens it from disk in headless Chromium.</summary>
public sealed class ReportFixture : IAsyncLifetime
{
    private static readonly string[] Browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private readonly TemporaryFolder _folder = new();
    private IPlaywright? _playwright;

    /// <summary>The browser.</summary>
    public IBrowser Browser { get; private set; } = null!;

    /// <summary>Folder of the report.</summary>
    public string Folder => Path.Combine(_folder.Path, "report");

    /// <summary>Address of the page.</summary>
    public string Url => new Uri(Path.Combine(Folder, "index.html")).AbsoluteUri;

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(["report", "--out", Folder, "--artifacts", "fixtures"], output, error);
        code.Should().Be(CommandLine.Success, error.ToString());
        var browser = Environment.GetEnvironmentVariable("REPRO_BROWSER") ?? Browsers.FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException(
                "no Chromium found: `make setup` installs Debian's chromium, or set REPRO_BROWSER to its path");
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
    public async Task DisposeAsync()
    {
        await Browser.CloseAsync();
        _playwright?.Dispose();
        _folder.Dispose();
    }

    /// <summary>A page with the report open.</summary>
    /// <param name="suffix">Query and fragment behind the address.</param>
    /// <param name="scripts">Whether scripts run.</param>
    /// <param name="width">Width of the window in CSS pixels.</param>
    /// <param name="dark">Whether the system asks for dark colours.</param>
    public async Task<IPage> OpenAsync(string suffix = "", bool scripts = true, int width = 1280, bool dark = false)
    {
        var context = await Browser.NewContextAsync(new BrowserNewContextOptions
        {
            JavaScriptEnabled = scripts,
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
        });
        var page = await context.NewPageAsync();
        await page.GotoAsync(Url + suffix);
        return page;
    }

    /// <summary>The accessibility checker, as npm installed it beside the report's assets.</summary>
    public static string Axe =>
        Path.Combine(RepositoryRoot.Find(), "src", "Repro.Experiments", "Reporting", "Assets", "node_modules", "axe-core", "axe.min.js");
}
