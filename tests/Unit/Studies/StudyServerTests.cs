using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Repro.Experiments;
using Repro.Experiments.Cli;
using Repro.Experiments.Studies;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Studies;

/// <summary>What the server of a study answers to requests, good and bad. tests/Report has its page in a browser.</summary>
public sealed class StudyServerTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private StudyStore _store = null!;
    private StudyServer _server = null!;
    private HttpClient _client = null!;

    private string Database => Path.Combine(_folder.Path, "study.db");

    public async Task InitializeAsync()
    {
        _store = StudyStore.Create(Database, 3, Studies.Items(3, 2));
        _server = await Start(["study.example.org"]);
        _client = Client();
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_person_ranks_changes_their_mind_and_comes_back()
    {
        await Post("/api/enter", """{"name": "Ada"}""");
        var state = await Get("/api/state");
        ((string?)state["rater"], (int?)state["total"], state["done"]!.ToJsonString()).Should().Be(("Ada", 2, "[false,false]"));
        var shown = (await Get("/api/item/1"))["answers"]!.AsArray().Select(answer => (string)answer!).ToList();
        shown.Should().BeEquivalentTo("answer 0", "answer 1", "answer 2");

        // The ranks belong to the answers as shown: the first one shown is the best.
        (await Post("/api/item/1", """{"ranks": [1, 2, 3], "seconds": 4.5}"""))["saved"]!.GetValue<bool>().Should().BeTrue();
        var saved = _store.Current().Single();
        shown.Select(answer => saved.Ranks[answer[^1] - '0']).Should().Equal(1, 2, 3);
        saved.Shown.Should().Equal(shown.Select(answer => answer[^1] - '0'));
        (saved.Seconds, saved.At).Should().Be((4.5, "2026-11-29T12:00:00Z"));

        await Post("/api/item/1", """{"ranks": [2, 1, 1]}""");
        (await Get("/api/item/1"))["ranks"]!.ToJsonString().Should().Be("[2,1,1]");
        _store.History().Should().HaveCount(2);
        (await Get("/api/state"))["done"]!.ToJsonString().Should().Be("[true,false]");

        using var other = Client();
        (await Send(other, HttpMethod.Get, "/api/item/1")).Status.Should().Be(HttpStatusCode.NotFound, "nobody gave a name there");
        (await Send(other, HttpMethod.Post, "/api/enter", """{"name": "ADA"}""")).Should()
            .Be((HttpStatusCode.Conflict, """{"known":"Ada","done":1}"""));
        await other.GetAsync((string)state["link"]!);
        (await Send(other, HttpMethod.Get, "/api/state")).Body.Should().Contain("\"rater\":\"Ada\"");
    }

    [Theory]
    [InlineData("/api/item/1", "{", HttpStatusCode.BadRequest, "'ranks' (whole numbers")]
    [InlineData("/api/item/1", "null", HttpStatusCode.BadRequest, "'ranks' (whole numbers")]
    [InlineData("/api/item/1", "[]", HttpStatusCode.BadRequest, "'ranks' (whole numbers")]
    [InlineData("/api/item/1", """{"ranks": "1"}""", HttpStatusCode.BadRequest, "'ranks' (whole numbers")]
    [InlineData("/api/item/1", """{"ranks": [1, null, 2]}""", HttpStatusCode.BadRequest, "'ranks' (whole numbers")]
    [InlineData("/api/item/1", """{"ranks": [1, 2]}""", HttpStatusCode.BadRequest, "one rank from 1 to 3")]
    [InlineData("/api/item/1", """{"ranks": [1, 2, 4]}""", HttpStatusCode.BadRequest, "one rank from 1 to 3")]
    [InlineData("/api/item/1", """{"ranks": [1, 2, 2.5]}""", HttpStatusCode.BadRequest, "'ranks' (whole numbers")]
    [InlineData("/api/item/3", """{"ranks": [1, 2]}""", HttpStatusCode.NotFound, "no such item")]
    [InlineData("/api/item/0", """{"ranks": [1, 2]}""", HttpStatusCode.NotFound, "no such item")]
    [InlineData("/api/enter", """{"name": 3}""", HttpStatusCode.BadRequest, "'name' (a text)")]
    [InlineData("/api/enter", """{"name": "a\u0000"}""", HttpStatusCode.BadRequest, "a name of 1 to 80")]
    [InlineData("/api/enter", "{}", HttpStatusCode.BadRequest, "a name of 1 to 80")]
    [InlineData("/r/nobody", null, HttpStatusCode.NotFound, "belongs to nobody")]
    [InlineData("/api/status", null, HttpStatusCode.Forbidden, "has a key")]
    [InlineData("/api/status?key=0", null, HttpStatusCode.Forbidden, "has a key")]
    public async Task Bad_requests_are_answered_with_what_was_expected(string path, string? body, HttpStatusCode status, string message)
    {
        await Post("/api/enter", """{"name": "Ada"}""");
        var answer = await Send(_client, body is null ? HttpMethod.Get : HttpMethod.Post, path, body);
        answer.Status.Should().Be(status, answer.Body);
        (answer.Body.StartsWith('{') ? (string)JsonNode.Parse(answer.Body)!["error"]! : answer.Body).Should().Contain(message);
        _store.History().Should().BeEmpty();
    }

    [Fact]
    public async Task A_request_of_another_site_is_refused()
    {
        await Post("/api/enter", """{"name": "Ada"}""");
        (await Ask("127.0.0.1", "cross-site", "application/json")).Should().Be(HttpStatusCode.Forbidden);
        (await Ask("127.0.0.1", "same-origin", "text/plain")).Should().Be(HttpStatusCode.Forbidden, "other pages may send forms");
        (await Ask("evil.example", "same-origin", "application/json")).Should()
            .Be(HttpStatusCode.Forbidden, "names may point at this machine");
        _store.History().Should().BeEmpty();
        (await Ask("STUDY.example.org", "same-origin", "application/json")).Should().Be(HttpStatusCode.OK, "a proxy's name was allowed");
        (await Ask("localhost", "same-origin", "application/json")).Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_page_too_long_to_send_is_refused() =>
        (await Send(_client, HttpMethod.Post, "/api/enter", $$"""{"name": "{{new string('x', 20_000)}}"}""")).Status
            .Should().Be(HttpStatusCode.RequestEntityTooLarge);

    [Fact]
    public async Task Every_answer_forbids_what_this_program_does_not_serve()
    {
        foreach (var path in new[] { "/", "/study.js", "/study.css", "/status", "/status.js", "/api/state" })
        {
            using var answer = await _client.GetAsync(path);
            answer.StatusCode.Should().Be(HttpStatusCode.OK);
            answer.Headers.GetValues("Content-Security-Policy").Single().Should().StartWith("default-src 'none'; ")
                .And.NotContain("unsafe");
            answer.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
            (await answer.Content.ReadAsStringAsync()).Should().NotContain("://").And.NotContain("style=").And.NotContain("onclick");
        }
    }

    [Fact]
    public async Task The_status_shows_progress_and_agreement_while_people_rank()
    {
        foreach (var (name, ranks) in new[] { ("Ada", "1, 2"), ("Ben", "1, 2") })
        {
            using var client = Client();
            await Send(client, HttpMethod.Post, "/api/enter", $$"""{"name": "{{name}}"}""");
            await Send(client, HttpMethod.Post, "/api/item/2", $$"""{"ranks": [{{ranks}}]}""");
        }

        var expected = StudyAgreement.Compute(_store.Current());
        var status = await Get($"/api/status?key={_store.OwnerKey}");
        status["raters"]!.ToJsonString().Should().Be("""[{"name":"Ada","done":1},{"name":"Ben","done":1}]""");
        ((int)status["items"]!, (double?)status["alpha"], (double?)status["same"]).Should().Be((1, expected.Alpha, expected.SameOrder));
    }

    [Fact]
    public async Task Two_studies_of_a_machine_keep_their_people_apart()
    {
        using var other = StudyStore.Create(Path.Combine(_folder.Path, "other.db"), 0, Studies.Items(2));
        await using var second = await StudyServer.StartAsync(
            other, new StudyAddress("http://127.0.0.1:0", []), TimeProvider.System, default);
        await Post("/api/enter", """{"name": "Ada"}""");
        var there = new Uri(new Uri(second.Addresses[0]), "/api/enter").ToString();
        (await Send(_client, HttpMethod.Post, there, """{"name": "Ben"}""")).Status.Should().Be(HttpStatusCode.OK);
        (await Get("/api/state"))["rater"]!.ToString().Should().Be("Ada");
    }

    [Theory]
    [InlineData("http://127.0.0.1:PORT", "*--urls http://127.0.0.1:*: cannot listen there (*in use); give another port*")]
    [InlineData("https://127.0.0.1:0", "*--urls https://127.0.0.1:0: an address such as http*")]
    [InlineData("http://", "*--urls http://: an address such as http*")]
    [InlineData("http://127.0.0.1:99999", "*--urls http://127.0.0.1:99999: *")]
    [InlineData("http://127.0.0.1:0/path", "*--urls http://127.0.0.1:0/path: *")]
    public async Task An_address_that_cannot_be_listened_at_is_refused(string urls, string message)
    {
        var used = urls.Replace("PORT", Invariant($"{new Uri(_server.Addresses[0]).Port}"), StringComparison.Ordinal);
        using var output = new StringWriter();
        using var error = new StringWriter();
        (await CommandLine.RunAsync(["study", "serve", "--out", Database, "--urls", used], output, error)).Should().Be(1);
        error.ToString().Should().Match(message).And.NotContain("   at ");
    }

    [Fact]
    public async Task The_verb_says_where_it_serves_and_warns_of_open_addresses()
    {
        var items = _folder.Write("items.jsonl", """{"prompt": "a", "responses": ["x", "y"]}""");
        using var stop = new CancellationTokenSource();
        using var output = new Announced();
        using var error = new StringWriter();
        string[] serve = ["study", "serve", items, "--out", Path.Combine(_folder.Path, "new.db"), "--urls", "http://0.0.0.0:0"];
        var running = CommandLine.RunAsync(serve, output, error, stop.Token);
        (await Task.WhenAny(output.Serving.Task, running)).Should().Be(output.Serving.Task, "it serves until it is stopped");
        await stop.CancelAsync();
        (await running).Should().Be(CommandLine.Success, error.ToString());
        error.ToString().Should().Contain("0.0.0.0").And.Contain("is open to everyone");
        output.ToString().Should().Contain("for raters: http://0.0.0.0:").And.Contain("stopped; 0 rankings are in");
    }

    [Fact]
    public async Task A_study_goes_on_with_its_own_items_and_seed_alone()
    {
        var items = _folder.Write("items.jsonl", """{"prompt": "a", "responses": ["x", "y"]}""");
        foreach (var (arguments, message) in new (string[], string)[]
        {
            ([items], "has other items than"), (["--seed", "4"], "has the seed 3, --seed 4 was given"),
            ([items + ".gone"], "items.jsonl.gone"),
        })
        {
            using var output = new StringWriter();
            using var error = new StringWriter();
            (await CommandLine.RunAsync(["study", "serve", .. arguments, "--out", Database, "--urls", "http://127.0.0.1:0"], output, error))
                .Should().Be(1);
            error.ToString().Should().Contain(message);
        }
    }

    [Theory]
    [InlineData("http://127.0.0.1:5080", true)]
    [InlineData("http://localhost:5080", true)]
    [InlineData("http://[::1]:5080", true)]
    [InlineData("http://0.0.0.0:5080", false)]
    [InlineData("http://[::]:5080", false)]
    [InlineData("http://192.168.1.2:5080", false)]
    [InlineData("http://*:5080", false)]
    public void Only_loopback_is_closed_to_others(string url, bool closed) => StudyServer.IsLoopback(url).Should().Be(closed);

    [Theory]
    [InlineData("a\r\nb\tc\n \u05e9", "a\nb\tc\n \u05e9")]
    [InlineData("a\u0000b\u001b[1m", "a\u2400b\u241b[1m")]
    [InlineData("a\r\nb\u0007", "a\nb\u2407")]
    [InlineData("\u007f\u0085", "\u2421\ufffd")]
    public void Control_characters_are_shown_by_their_pictures(string text, string shown) => StudyServer.Visible(text).Should().Be(shown);

    private Task<StudyServer> Start(string[] hosts) =>
        StudyServer.StartAsync(_store, new StudyAddress("http://127.0.0.1:0", hosts), new Noon(), default);

    private HttpClient Client() => new() { BaseAddress = new Uri(_server.Addresses[0]) };

    private async Task<JsonNode> Get(string path) => Good(await Send(_client, HttpMethod.Get, path));

    private async Task<JsonNode> Post(string path, string body) => Good(await Send(_client, HttpMethod.Post, path, body));

    private static JsonNode Good((HttpStatusCode Status, string Body) answer)
    {
        answer.Status.Should().Be(HttpStatusCode.OK, answer.Body);
        return JsonNode.Parse(answer.Body)!;
    }

    private static async Task<(HttpStatusCode Status, string Body)> Send(
        HttpClient client, HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private async Task<HttpStatusCode> Ask(string host, string site, string type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/item/2");
        request.Content = new StringContent("""{"ranks": [1, 2]}""", MediaTypeHeaderValue.Parse(type));
        request.Headers.Host = host;
        request.Headers.Add("Sec-Fetch-Site", site);
        using var answer = await _client.SendAsync(request);
        return answer.StatusCode;
    }

    private sealed class Announced : StringWriter
    {
        public TaskCompletionSource Serving { get; } = new();

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value!.StartsWith("progress:", StringComparison.Ordinal))
            {
                Serving.TrySetResult();
            }
        }
    }

    private sealed class Noon : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);
    }
}
