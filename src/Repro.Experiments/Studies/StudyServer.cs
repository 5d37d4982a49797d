using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Repro.Core;
using Repro.Experiments.Crs.Facts;

namespace Repro.Experiments.Studies;

/// <summary>Where a study is served.</summary>
/// <param name="Urls">Addresses to listen at with semicolons between them.</param>
/// <param name="Hosts">Names under which a loopback address is reached besides its own, such as that of a proxy on this machine.</param>
internal sealed record StudyAddress(string Urls, IReadOnlyList<string> Hosts);

/// <summary>The page on which people rank, and what it asks for. Raters never learn which model wrote an answer.</summary>
internal sealed class StudyServer : IAsyncDisposable
{
    // Nothing but what this program serves: no inline script, no other host, no frame around it.
    internal const string ContentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        + "form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

    private const int LargestRequest = 16 * 1024;
    private const double LongestSeconds = 24 * 3600;

    private readonly WebApplication _app;
    private readonly StudyStore _store;
    private readonly TimeProvider _clock;
    private readonly IReadOnlyList<string> _hosts;

    private StudyServer(StudyStore store, StudyAddress address, TimeProvider clock)
    {
        (_store, _clock, _hosts) = (store, clock, address.Hosts);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestRequest;
        }).UseUrls(address.Urls.Split(';'));
        _app = builder.Build();
        _app.Use(GuardAsync);
        foreach (var (path, file, type) in new[]
        {
            ("/", "study.html", "text/html"), ("/status", "status.html", "text/html"), ("/study.js", "study.js", "text/javascript"),
            ("/status.js", "status.js", "text/javascript"), ("/study.css", "study.css", "text/css"),
        })
        {
            var content = Asset(file);
            _app.MapGet(path, (RequestDelegate)(context => SendAsync(context, content, type)));
        }

        _app.MapGet("/r/{token}", (RequestDelegate)Return);
        _app.MapGet("/api/state", (RequestDelegate)StateAsync);
        _app.MapPost("/api/enter", (RequestDelegate)EnterAsync);
        _app.MapPost("/api/leave", (RequestDelegate)LeaveAsync);
        _app.MapGet("/api/item/{number:int}", (RequestDelegate)ItemAsync);
        _app.MapPost("/api/item/{number:int}", (RequestDelegate)SaveAsync);
        _app.MapGet("/api/status", (RequestDelegate)StatusAsync);
    }

    /// <summary>Where it listens.</summary>
    internal IReadOnlyList<string> Addresses =>
        [.. _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];

    /// <summary>Whether only this machine reaches an address.</summary>
    internal static bool IsLoopback(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.IsLoopback;

    /// <summary>Starts to serve.</summary>
    /// <param name="store">The study; stays open until its owner closes it.</param>
    /// <param name="address">Where it listens, and how it is called.</param>
    /// <param name="clock">Time of rankings.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <exception cref="ReproException">An address is malformed, in use or not allowed.</exception>
    internal static async Task<StudyServer> StartAsync(
        StudyStore store, StudyAddress address, TimeProvider clock, CancellationToken cancellation)
    {
        var urls = address.Urls;
        if (urls.Split(';').FirstOrDefault(url => !url.StartsWith("http://", StringComparison.Ordinal) || url.Length < 8) is { } wrong)
        {
            throw new ReproException($"--urls {wrong}: an address such as http://127.0.0.1:5080 was expected");
        }

        StudyServer? server = null;
        try
        {
            server = new StudyServer(store, address, clock);
            await server._app.StartAsync(cancellation);
            return server;
        }
        catch (Exception e) when (e is IOException or SocketException or FormatException or InvalidOperationException
            or ArgumentException)
        {
            if (server is not null)
            {
                await server._app.DisposeAsync();
            }

            throw new ReproException($"--urls {urls}: cannot listen there ({e.Message.TrimEnd('.')}); "
                + "give another port, such as --urls http://127.0.0.1:5081", e);
        }
    }

    /// <summary>Serves until it is told to stop.</summary>
    internal Task RunAsync(CancellationToken cancellation) => _app.WaitForShutdownAsync(cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static string Asset(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Repro.Experiments.Studies.Assets.{name}")
            ?? throw new UnreachableException($"embedded asset {name} is missing");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        (headers.ContentSecurityPolicy, headers.XContentTypeOptions) = (ContentPolicy, "nosniff");
        (headers["Referrer-Policy"], headers.CacheControl) = ("no-referrer", "no-store");

        // A page of another site, or a name that was pointed at this machine, must not speak for a rater.
        var local = context.Connection.LocalIpAddress is { } address && System.Net.IPAddress.IsLoopback(address);
        var foreign = HttpMethods.IsPost(context.Request.Method)
            && (!context.Request.HasJsonContentType() || context.Request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "same-origin"));
        var host = context.Request.Host;
        if (foreign || (local && !IsLoopback("http://" + host.Value) && !_hosts.Contains(host.Host, StringComparer.OrdinalIgnoreCase)))
        {
            await SendAsync(context, foreign ? "This request did not come from the page of the study."
                : "The study is not known under this name; study serve --host allows one.", "text/plain", StatusCodes.Status403Forbidden);
            return;
        }

        try
        {
            await next(context);
        }
        catch (ReproException e)
        {
            await ErrorAsync(context, e.Message, StatusCodes.Status400BadRequest);
        }
        catch (BadHttpRequestException e)
        {
            await ErrorAsync(context, e.Message, e.StatusCode);
        }
        catch (SqliteException e)
        {
            await ErrorAsync(context, $"the study's file cannot be written or read: {e.Message}", StatusCodes.Status500InternalServerError);
        }
    }

    // Browsers send cookies of one name to every port of a machine; two studies must not log one another's raters out.
    private string Cookie => $"repro-study-{_store.Name}";

    private Rater? Who(HttpContext context) => _store.ByToken(context.Request.Cookies[Cookie]);

    private static int Number(HttpContext context) =>
        int.Parse((string)context.Request.RouteValues["number"]!, CultureInfo.InvariantCulture) - 1;

    private void Remember(HttpContext context, Rater rater) => context.Response.Cookies.Append(Cookie, rater.Token,
        new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, MaxAge = TimeSpan.FromDays(365), IsEssential = true });

    private Task Return(HttpContext context)
    {
        if (_store.ByToken((string?)context.Request.RouteValues["token"]) is not { } rater)
        {
            return SendAsync(context, "This link belongs to nobody in this study.", "text/plain", StatusCodes.Status404NotFound);
        }

        Remember(context, rater);
        context.Response.Redirect("/");
        return Task.CompletedTask;
    }

    private Task StateAsync(HttpContext context)
    {
        if (Who(context) is not { } rater)
        {
            return JsonAsync(context, new JsonObject { ["total"] = _store.Items.Count });
        }

        var done = _store.Done(rater);
        return JsonAsync(context, new JsonObject
        {
            ["rater"] = rater.Name,
            ["link"] = $"/r/{rater.Token}",
            ["total"] = _store.Items.Count,
            ["done"] = new JsonArray([.. Enumerable.Range(0, _store.Items.Count).Select(i => JsonValue.Create(done.Contains(i)))]),
        });
    }

    // Two people of one name would answer for one another: whoever takes a name that is there must say that it is theirs.
    private async Task EnterAsync(HttpContext context)
    {
        var asked = await BodyAsync<Entry>(context, "'name' (a text), and 'again' (true) where the name is known");
        var known = _store.ByName(asked.Name ?? string.Empty);
        if (known is not null && !asked.Again)
        {
            var answer = new JsonObject { ["known"] = known.Name, ["done"] = _store.Done(known).Count };
            await JsonAsync(context, answer, StatusCodes.Status409Conflict);
            return;
        }

        Remember(context, known ?? _store.AddRater(asked.Name ?? string.Empty));
        await JsonAsync(context, []);
    }

    private Task LeaveAsync(HttpContext context)
    {
        context.Response.Cookies.Delete(Cookie);
        return JsonAsync(context, []);
    }

    private Task ItemAsync(HttpContext context)
    {
        var number = Number(context);
        if (Who(context) is not { } rater || number < 0 || number >= _store.Items.Count)
        {
            return ErrorAsync(context, "there is no such item, or no name was given", StatusCodes.Status404NotFound);
        }

        var item = _store.Items[number];
        var order = AnswerOrder.Draw(_store.Seed, rater.Name, item.Key, item.Answers.Count);
        var newest = _store.Newest(rater, number);
        return JsonAsync(context, new JsonObject
        {
            ["prompt"] = new JsonArray([.. item.Prompt.Select(message => new JsonObject
            {
                ["role"] = message.Role.ToString(),
                ["text"] = Visible(PromptKey.IsSingleUserMessage(message.Content) ? PromptKey.Bare(message.Content) : message.Content),
            })]),
            ["answers"] = new JsonArray([.. order.Select(place => JsonValue.Create(Visible(item.Answers[place].Text)))]),
            ["ranks"] = newest is null ? null : new JsonArray([.. order.Select(place => JsonValue.Create(newest.Ranks[place]))]),
        });
    }

    private async Task SaveAsync(HttpContext context)
    {
        var number = Number(context);
        if (Who(context) is not { } rater || number < 0 || number >= _store.Items.Count)
        {
            await ErrorAsync(context, "there is no such item, or no name was given", StatusCodes.Status404NotFound);
            return;
        }

        var given = await BodyAsync<Choice>(context, "'ranks' (whole numbers, one for each answer) and 'seconds'");
        var item = _store.Items[number];
        var order = AnswerOrder.Draw(_store.Seed, rater.Name, item.Key, item.Answers.Count);
        var shown = given.Ranks ?? [];
        var ranks = shown.Count == order.Length ? order.Zip(shown).OrderBy(pair => pair.First).Select(pair => pair.Second).ToArray() : [];
        double? seconds = given.Seconds >= 0 ? Math.Min(given.Seconds.Value, LongestSeconds) : null;
        _store.Save(rater, number, ranks, order, seconds, _clock.GetUtcNow());

        // Only now is it on disk, and only now the page hears of it.
        await JsonAsync(context, new JsonObject { ["saved"] = true });
    }

    private Task StatusAsync(HttpContext context)
    {
        if (context.Request.Query["key"] != _store.OwnerKey)
        {
            return ErrorAsync(context, "the address of this page has a key; 'study serve' prints it", StatusCodes.Status403Forbidden);
        }

        var current = _store.Current();
        var agreement = StudyAgreement.Compute(current);
        return JsonAsync(context, new JsonObject
        {
            ["total"] = _store.Items.Count,
            ["raters"] = new JsonArray([.. _store.Raters().Select(rater => new JsonObject
            {
                ["name"] = rater.Name,
                ["done"] = current.Count(ranking => ranking.Rater == rater.Name),
            })]),
            ["items"] = agreement.Items,
            ["alpha"] = agreement.Alpha,
            ["tau"] = agreement.MeanTau,
            ["w"] = agreement.MeanW,
            ["same"] = agreement.SameOrder,
        });
    }

    // Control characters have no glyph; their pictures say that they are there.
    internal static string Visible(string text) => string.Concat(text.Replace("\r\n", "\n", StringComparison.Ordinal).Select(Picture));

    private static char Picture(char c) => c switch
    {
        '\n' or '\t' => c,
        < ' ' => (char)('\u2400' + c),
        '\u007f' => '\u2421',
        > '\u007f' and < '\u00a0' => '\ufffd',
        _ => c,
    };

    private sealed record Entry(string? Name, bool Again);

    private sealed record Choice(IReadOnlyList<int>? Ranks, double? Seconds);

    private static async Task<T> BodyAsync<T>(HttpContext context, string expected)
    {
        try
        {
            return await context.Request.ReadFromJsonAsync<T>(context.RequestAborted)
                ?? throw new ReproException($"{expected} was expected, found null");
        }
        catch (JsonException e)
        {
            throw new ReproException($"{expected} was expected ({e.Message})", e);
        }
    }

    private static Task ErrorAsync(HttpContext context, string message, int status) =>
        JsonAsync(context, new JsonObject { ["error"] = message }, status);

    private static Task JsonAsync(HttpContext context, JsonObject content, int status = StatusCodes.Status200OK) =>
        SendAsync(context, content.ToJsonString(), "application/json", status);

    private static Task SendAsync(HttpContext context, string content, string type, int status = StatusCodes.Status200OK)
    {
        (context.Response.StatusCode, context.Response.ContentType) = (status, type + "; charset=utf-8");
        return context.Response.WriteAsync(content, context.RequestAborted);
    }
}
