using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Repro.Experiments.Cli;
using Repro.Experiments.Studies;
using Repro.Tests.Shared;

namespace Repro.Tests.Report;

/// <summary>The page of a study as the people who rank meet it.</summary>
public sealed class StudyPageTests(BrowserFixture browser) : IClassFixture<BrowserFixture>, IDisposable
{
    private const string Hostile =
        "<script>document.title='taken'</script><img src=https://example.org/x onerror=\"document.title='taken'\">";

    private readonly TemporaryFolder _folder = new();

    private string Database => Path.Combine(_folder.Path, "study.db");

    public void Dispose() => _folder.Dispose();

    /// <summary>Two people rank thirty prompts each by their qualities, which stand in the texts, with the keyboard alone. Between two
    /// rankings the program is killed and started again.</summary>
    [Fact]
    public async Task Two_people_rank_thirty_prompts_each_and_a_kill_loses_nothing()
    {
        int[][] qualities = [.. Enumerable.Range(0, 30).Select(i => Enumerable.Range(i, 2 + (i % 3)).Select(k => k * k * 7 % 4).ToArray())];
        var items = _folder.Write("items.jsonl", string.Join('\n', qualities.Select(Row)));
        var url = Invariant($"http://127.0.0.1:{FreePort()}");
        var server = await ServeAsync(url, items);
        var (ada, ben) = (await EnterAsync(url, "Ada"), await EnterAsync(url, "Ben"));
        await Task.WhenAll(RankAsync(ada, 12), RankAsync(ben, 7));

        // What each page has called saved is there, and no more; what is chosen while nobody answers stays on the page.
        server.Kill();
        await server.WaitForExitAsync();
        await ChooseAsync(ada);
        await ada.Keyboard.PressAsync("Enter");
        await Assertions.Expect(ada.Locator("#message")).ToContainTextAsync("Not saved: the study does not answer.");
        using (var store = StudyStore.Open(Database))
        {
            store.Current().CountBy(ranking => ranking.Rater).Should().BeEquivalentTo(
                new Dictionary<string, int> { ["Ada"] = 12, ["Ben"] = 7 });
        }

        server = await ServeAsync(url);
        await ada.Keyboard.PressAsync("Enter");
        await Assertions.Expect(ada.Locator("#message")).ToHaveTextAsync("Prompt 13 is saved.");
        await ben.ReloadAsync();
        await Assertions.Expect(ben.Locator("#heading")).ToHaveTextAsync("Prompt 8 of 30");
        await Task.WhenAll(RankAsync(ada, 17), RankAsync(ben, 23));
        foreach (var page in new[] { ada, ben })
        {
            await Assertions.Expect(page.Locator("#finished")).ToContainTextAsync("All done. Thank you!");
            await page.ReloadAsync();
            await Assertions.Expect(page.Locator("#count")).ToHaveTextAsync("30 of 30 saved");
        }

        server.Kill();
        await server.WaitForExitAsync();
        using var study = StudyStore.Open(Database);
        study.History().Should().HaveCount(60);
        foreach (var ranking in study.Current())
        {
            var quality = qualities[ranking.Item];
            ranking.Ranks.Should().Equal(quality.Select(own => 1 + quality.Count(other => other > own)), "question {0}", ranking.Item);
        }

        var orders = study.Current().GroupBy(ranking => ranking.Item, ranking => string.Join(',', ranking.Shown));
        orders.Count(item => item.Distinct().Count() > 1).Should().BeGreaterThan(12, "each person sees an order of their own");
        (await StatusAsync()).Should().Contain("Ada: 30 of 30").And.Contain("alpha (ordinal) 1.000");
    }

    [Fact]
    public async Task Hostile_answers_are_shown_as_the_texts_they_are()
    {
        string[] answers = [Hostile, "\u05e9\u05dc\u05d5\u05dd \u202eevil\n<b>bold</b>", "a\u0000b " + new string('x', 100_000), ""];
        await using var study = await StudyAsync(Item(Hostile, answers));
        var page = await browser.PageAsync(width: 390);
        var (requests, problems) = Watch(page);
        await EnterAsync(page, study.Url, "<i>Ada</i>");

        string[] shown = [Hostile, answers[1], "a\u2400b " + new string('x', 100_000), "(empty answer)"];
        (await page.Locator(".answer .text").AllTextContentsAsync()).Should().BeEquivalentTo(shown);
        (await page.Locator("#prompt").TextContentAsync()).Should().Be(Hostile);
        (await page.Locator("#name").TextContentAsync()).Should().Be("<i>Ada</i>");
        (await page.TitleAsync()).Should().Be("Ranking of answers");
        (await page.Locator(".answer .text").EvaluateAllAsync<string[]>("all => all.map(a => getComputedStyle(a).direction)"))
            .Should().BeEquivalentTo("ltr", "rtl", "ltr", "ltr");
        (await ScrollWidthAsync(page)).Should().BeLessThanOrEqualTo(390);

        // A script that came in some other way would reach nobody either.
        (await page.EvaluateAsync<bool>("""
            async () => {
              const script = document.createElement('script');
              script.textContent = "document.title = 'taken'";
              document.body.append(script);
              return await fetch('https://example.org/').then(() => true, () => false);
            }
            """)).Should().BeFalse();
        (await page.TitleAsync()).Should().Be("Ranking of answers");
        problems.Should().HaveCount(3).And.OnlyContain(problem => problem.Contains("Content Security Policy"),
            "what was tried here is refused, and nothing else went wrong");
        requests.Should().OnlyContain(request => request.StartsWith(study.Url) || request == "data:," || request == "https://example.org/");
    }

    [Fact]
    public async Task A_choice_can_be_changed_with_the_mouse_and_a_name_is_not_taken_by_accident()
    {
        await using var study = await StudyAsync(Item("one", "x", "y"), Item("two", "x", "y"));
        var page = await browser.PageAsync();
        var (requests, problems) = Watch(page);
        await EnterAsync(page, study.Url, "Ada");
        await Assertions.Expect(page.Locator("#save")).ToBeDisabledAsync();
        await RankAsync(page, 1);
        await page.Locator("#previous").ClickAsync();
        await Assertions.Expect(page.Locator("#heading")).ToHaveTextAsync("Prompt 1 of 2 (saved)");
        await page.Locator("[name=rank-0]").Nth(1).CheckAsync();
        await page.Locator("[name=rank-1]").Nth(1).CheckAsync();
        await Assertions.Expect(page.Locator("#order")).ToHaveTextAsync("A = B");
        await page.Locator("#save").ClickAsync();
        await Assertions.Expect(page.Locator("#message")).ToHaveTextAsync("Prompt 1 is saved.");
        study.Store.Current().Single().Ranks.Should().Equal(2, 2);
        study.Store.History().Should().HaveCount(2);

        // Keys can be switched off, for people whose voice or reader types letters.
        await page.GetByText("Keys", new PageGetByTextOptions { Exact = true }).ClickAsync();
        await page.Locator("#keys").UncheckAsync();
        await page.Locator("#heading").FocusAsync();
        await page.Keyboard.PressAsync("1");
        (await page.Locator("input[type=radio]:checked").CountAsync()).Should().Be(0);

        var other = await browser.PageAsync();
        await other.GotoAsync(study.Url);
        await other.Locator("#rater").FillAsync("ada");
        await other.Locator("#begin").ClickAsync();
        await Assertions.Expect(other.Locator("#known")).ToContainTextAsync("“Ada” has saved 1 rankings. If that is you");
        await other.Locator("#begin").ClickAsync();
        await Assertions.Expect(other.Locator("#name")).ToHaveTextAsync("Ada");
        await other.Locator("#leave").ClickAsync();
        await Assertions.Expect(other.Locator("#enter")).ToBeVisibleAsync();
        await other.GotoAsync(study.Url + await page.Locator("#link").GetAttributeAsync("href"));
        await Assertions.Expect(other.Locator("#heading")).ToHaveTextAsync("Prompt 2 of 2");

        await other.GotoAsync($"{study.Url}/status?key={study.Store.OwnerKey}");
        await Assertions.Expect(other.Locator("#raters")).ToHaveTextAsync("Ada1 of 2");
        problems.Should().BeEmpty();
        requests.Should().OnlyContain(request => request.StartsWith(study.Url) || request == "data:,");
    }

    [Theory]
    [InlineData(1280, false)]
    [InlineData(390, true)]
    public async Task Nothing_hinders_a_screen_reader_and_nothing_scrolls_sideways(int width, bool dark)
    {
        await using var study = await StudyAsync(Item("one " + new string('w', 300), "x", "y", "z", new string('v', 3000)));
        var page = await browser.PageAsync(width: width, dark: dark);
        await EnterAsync(page, study.Url, "Ada");
        await ChooseAsync(page);
        (await BrowserFixture.ViolationsAsync(page)).Should().BeEmpty();
        (await ScrollWidthAsync(page)).Should().BeLessThanOrEqualTo(width);
        (await page.GetByRole(AriaRole.Radio, new PageGetByRoleOptions { Name = "1, best" }).CountAsync()).Should().Be(4);
        (await page.GetByRole(AriaRole.Group, new PageGetByRoleOptions { Name = "Rank of answer B" }).CountAsync()).Should().Be(1);
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#finished")).ToBeVisibleAsync();
        await page.GotoAsync($"{study.Url}/status?key={study.Store.OwnerKey}");
        await Assertions.Expect(page.Locator("#raters")).ToHaveTextAsync("Ada1 of 1");
        (await ScrollWidthAsync(page)).Should().BeLessThanOrEqualTo(width);
    }

    [Fact]
    public async Task The_first_and_the_last_page_hinder_nobody_either()
    {
        await using var study = await StudyAsync(Item("one", "x", "y"));
        var page = await browser.PageAsync(width: 390);
        await page.GotoAsync(study.Url);
        await page.Locator("#rater").WaitForAsync();
        (await BrowserFixture.ViolationsAsync(page)).Should().BeEmpty();
        study.Store.Save(study.Store.AddRater("Ada"), 0, [1, 2], [0, 1], null, null);
        await page.GotoAsync($"{study.Url}/status?key={study.Store.OwnerKey}");
        await Assertions.Expect(page.Locator("#raters")).ToHaveTextAsync("Ada1 of 1");
        (await BrowserFixture.ViolationsAsync(page)).Should().BeEmpty();
    }

    private static string Row(int[] qualities, int number) =>
        Item(Invariant($"question {number}"), [.. qualities.Select((quality, i) => Invariant($"answer {i} of quality {quality}"))]);

    private static string Item(string prompt, params string[] answers) => new JsonObject
    {
        ["prompt"] = prompt,
        ["responses"] = new JsonArray([.. answers.Select(answer => JsonValue.Create(answer))]),
    }.ToJsonString();

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static Task<int> ScrollWidthAsync(IPage page) => page.EvaluateAsync<int>("() => document.documentElement.scrollWidth");

    private static (List<string> Requests, List<string> Problems) Watch(IPage page)
    {
        var (requests, problems) = (new List<string>(), new List<string>());
        page.Request += (_, request) => requests.Add(request.Url);
        page.Console += (_, message) => problems.AddRange(message.Type is "error" or "warning" ? [message.Text] : []);
        page.PageError += (_, error) => problems.Add(error);
        return (requests, problems);
    }

    private async Task<IPage> EnterAsync(string url, string name)
    {
        var page = await browser.PageAsync();
        await EnterAsync(page, url, name);
        return page;
    }

    private static async Task EnterAsync(IPage page, string url, string name)
    {
        await page.GotoAsync(url);
        await page.Locator("#rater:focus").WaitForAsync();
        await page.Keyboard.TypeAsync(name);
        await page.Keyboard.PressAsync("Enter");
        await page.Locator("#task").WaitForAsync();
    }

    private static async Task RankAsync(IPage page, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var before = (await page.Locator("#heading").TextContentAsync())!.Split(' ')[1];
            await ChooseAsync(page);
            await page.Keyboard.PressAsync("Enter");
            await Assertions.Expect(page.Locator("#message")).ToHaveTextAsync($"Prompt {before} is saved.");
        }
    }

    // Each number ranks the marked answer and marks the next one.
    private static async Task ChooseAsync(IPage page)
    {
        var answers = await page.Locator(".answer .text").AllTextContentsAsync();
        var qualities = answers.Select(answer => char.IsDigit(answer[^1]) ? answer[^1] - '0' : 0).ToList();
        foreach (var quality in qualities)
        {
            await page.Keyboard.PressAsync((1 + qualities.Count(other => other > quality)).ToString(CultureInfo.InvariantCulture));
        }
    }

    private async Task<ServedStudy> StudyAsync(params string[] rows)
    {
        var items = StudyFiles.Read([_folder.Write("items.jsonl", string.Join('\n', rows))], _ => { }, default);
        var store = StudyStore.Create(Database, 0, items);
        return new ServedStudy(
            store, await StudyServer.StartAsync(store, new StudyAddress("http://127.0.0.1:0", []), TimeProvider.System, default));
    }

    // The program itself, as a process that can be killed.
    private async Task<Process> ServeAsync(string url, params string[] data)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        var tests = Path.ChangeExtension(typeof(StudyPageTests).Assembly.Location, null);
        string[] host = ["exec", "--runtimeconfig", tests + ".runtimeconfig.json", "--depsfile", tests + ".deps.json"];
        string[] serve = [typeof(CommandLine).Assembly.Location, "study", "serve", .. data, "--out", Database, "--urls", url];
        foreach (var argument in host.Concat(serve))
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        (await process.StandardOutput.ReadLineAsync()).Should().Be($"for raters: {url}", "it starts");
        return process;
    }

    private async Task<string> StatusAsync()
    {
        using var output = new StringWriter();
        (await CommandLine.RunAsync(["study", "status", Database], output, output)).Should().Be(CommandLine.Success, output.ToString());
        return output.ToString();
    }

    private sealed record ServedStudy(StudyStore Store, StudyServer Server) : IAsyncDisposable
    {
        public string Url => Server.Addresses[0];

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            Store.Dispose();
        }
    }
}
