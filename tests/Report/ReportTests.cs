using System.Globalization;
using Microsoft.Playwright;

namespace Repro.Tests.Report;

/// <summary>The report as a reader meets it: opened from disk in a browser.</summary>
public sealed class ReportTests(ReportFixture report) : IClassFixture<ReportFixture>
{
    [Fact]
    public void The_page_is_one_file_below_3_MB() =>
        new FileInfo(Path.Combine(report.Folder, "index.html")).Length.Should().BeLessThan(3_000_000);

    [Fact]
    public void Badge_csv_and_errata_lie_beside_it()
    {
        var lines = File.ReadAllLines(Path.Combine(report.Folder, "verdicts.csv"));
        lines[0].Should().StartWith("id,paper,section");
        lines.Length.Should().BeGreaterThan(8);
        File.ReadAllText(Path.Combine(report.Folder, "badge.svg")).Should().StartWith("<svg").And.Contain("contradicted");
        File.ReadAllText(Path.Combine(report.Folder, "ERRATA.md")).Should().StartWith("# Errata").And.Contain("repro verify --cause");
    }

    [Fact]
    public async Task Nothing_is_loaded_at_view_time_and_nothing_fails()
    {
        var page = await report.Browser.NewPageAsync();
        var requests = new List<string>();
        var errors = new List<string>();
        page.Request += (_, request) => requests.Add(request.Url);
        page.Console += (_, message) => errors.AddRange(message.Type is "error" or "warning" ? [message.Text] : []);
        page.PageError += (_, error) => errors.Add(error);
        await page.GotoAsync(report.Url);
        await page.Locator("figure").Last.ScrollIntoViewIfNeededAsync();
        await page.WaitForTimeoutAsync(500);
        requests.Where(r => !r.StartsWith("data:", StringComparison.Ordinal)).Should().Equal(report.Url);
        errors.Should().BeEmpty();
    }

    [Fact]
    public async Task First_paint_takes_less_than_2_seconds()
    {
        var page = await report.OpenAsync();
        var paint = await page.EvaluateAsync<double>(
            "() => new Promise(done => new PerformanceObserver(list => "
                + "done(list.getEntriesByName('first-contentful-paint')[0].startTime)).observe({ type: 'paint', buffered: true }))");
        paint.Should().BeInRange(1, 2000);
    }

    [Fact]
    public async Task Filters_show_what_they_say_and_the_address_keeps_them()
    {
        var page = await report.OpenAsync();
        var all = await page.Locator("details.claim").CountAsync();
        await page.Locator("select[name=verdict]").SelectOptionAsync("Qualified");
        var qualified = await page.Locator("details.claim:not([hidden])").CountAsync();
        qualified.Should().BeInRange(1, all - 1);
        (await page.Locator("details.claim:not([hidden])[data-verdict=Qualified]").CountAsync()).Should().Be(qualified);
        (await page.Locator("#shown").TextContentAsync()).Should().Be(Invariant($"{qualified} of {all} claims"));
        page.Url.Should().Contain("?verdict=Qualified");

        var again = await report.OpenAsync("?verdict=Qualified");
        (await again.Locator("details.claim:not([hidden])").CountAsync()).Should().Be(qualified);

        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Clear" }).ClickAsync();
        (await page.Locator("details.claim:not([hidden])").CountAsync()).Should().Be(all);

        await page.Locator("input[name=text]").FillAsync("CRS-T16 sft-best");
        (await page.Locator("details.claim:not([hidden])").CountAsync()).Should().Be(1);
    }

    [Fact]
    public async Task Filters_combine()
    {
        var page = await report.OpenAsync("?paper=CRS&kind=arithmetic&verdict=Holds");
        var shown = await page.Locator("details.claim:not([hidden])")
            .EvaluateAllAsync<string[]>("all => all.map(c => [c.dataset.paper, c.dataset.kind, c.dataset.verdict].join())");
        shown.Should().NotBeEmpty().And.OnlyContain(c => c == "CRS,arithmetic,Holds");
    }

    [Fact]
    public async Task A_deep_link_opens_its_claim()
    {
        var page = await report.OpenAsync("#CRS-T16-abs_vs_pref");
        var claim = page.Locator("[id='CRS-T16-abs_vs_pref']");
        (await claim.GetAttributeAsync("open")).Should().NotBeNull();
        (await claim.Locator("p.explanation").TextContentAsync()).Should().Contain("66 of 100");
        (await claim.TextContentAsync()).Should().Contain("verify --claim CRS-T16-abs_vs_pref").And.Contain("sha256");
    }

    [Fact]
    public async Task Every_inner_link_has_a_target()
    {
        var page = await report.OpenAsync();
        var broken = await page.EvaluateAsync<string[]>(
            "() => [...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.getAttribute('href').slice(1)).filter(id => "
                + "!document.getElementById(id))");
        broken.Should().BeEmpty();
    }

    [Fact]
    public async Task A_number_of_the_matrix_shows_its_claims()
    {
        var page = await report.OpenAsync();
        var count = page.Locator("a.count").First;
        var number = int.Parse((await count.TextContentAsync())!, CultureInfo.InvariantCulture);
        await count.ClickAsync();
        (await page.Locator("details.claim:not([hidden])").CountAsync()).Should().Be(number);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_figure_is_drawn(bool dark)
    {
        var page = await report.OpenAsync(dark: dark);
        var figures = page.Locator(".chart");
        var count = await figures.CountAsync();
        count.Should().BeGreaterThanOrEqualTo(2);
        for (var i = 0; i < count; i++)
        {
            await figures.Nth(i).ScrollIntoViewIfNeededAsync();
            await figures.Nth(i).Locator("svg").WaitForAsync();
            (
                await figures.Nth(i)
                    .Locator("svg .mark-rect path, svg .mark-symbol path, svg .mark-rule line, svg .mark-text text, svg .mark-line path")
                    .CountAsync())
                .Should().BeGreaterThan(0);
        }
    }

    [Fact]
    public async Task The_button_switches_between_light_and_dark()
    {
        var page = await report.OpenAsync();
        var before = await page.EvaluateAsync<string>("() => getComputedStyle(document.body).backgroundColor");
        await page.Locator("#theme").ClickAsync();
        var after = await page.EvaluateAsync<string>("() => getComputedStyle(document.body).backgroundColor");
        after.Should().NotBe(before);
    }

    [Theory]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(390, false)]
    public async Task There_are_no_accessibility_violations(int width, bool dark)
    {
        var page = await report.OpenAsync("#CRS-T16-abs_vs_pref", width: width, dark: dark);
        (await BrowserFixture.ViolationsAsync(page)).Should().BeEmpty();
    }

    [Theory]
    [InlineData(1280)]
    [InlineData(820)]
    [InlineData(390)]
    public async Task The_page_never_scrolls_sideways(int width)
    {
        var page = await report.OpenAsync(width: width);
        (await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth")).Should().BeLessThanOrEqualTo(width);
    }

    [Fact]
    public async Task Tables_and_claims_are_readable_without_scripts()
    {
        var page = await report.OpenAsync(scripts: false);
        (await page.Locator("table.matrix tbody tr").First.IsVisibleAsync()).Should().BeTrue();
        await page.Locator("details.claim summary").First.ClickAsync();
        (await page.Locator("details.claim p.explanation").First.IsVisibleAsync()).Should().BeTrue();
        (await page.Locator("#filters").IsVisibleAsync()).Should().BeFalse();
    }
}
