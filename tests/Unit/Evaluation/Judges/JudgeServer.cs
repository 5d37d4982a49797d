using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Repro.Tests.Unit.Evaluation.Judges;

/// <summary>A fault of a scripted service.</summary>
public enum Fault
{
    None,
    TooMany,
    TooManyRetryAfter,
    ServerError,
    CutBody,
    Silence,
    InvalidJson,
    Refusal,
    EmptyChoices,
    NoLogprobs,
    Filtered,
}

/// <summary>A judge's service in this process: real sockets on a free port. It answers by a script and counts what it was asked and what
/// it answered whole, which is what a real one bills.</summary>
internal sealed class JudgeServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Func<JsonObject, int, (Fault Fault, JsonNode? Choice)> _script;
    private readonly CancellationTokenSource _end = new();

    private JudgeServer(Func<JsonObject, int, (Fault Fault, JsonNode? Choice)> script)
    {
        _script = script;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>Address for clients.</summary>
    internal Uri Endpoint => new(_app.Services.GetRequiredService<IServer>()
        .Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/v1");

    /// <summary>Requests that came, by their body.</summary>
    internal ConcurrentDictionary<string, int> Asked { get; } = new(StringComparer.Ordinal);

    /// <summary>Answers that were sent whole, by the body of the request.</summary>
    internal ConcurrentDictionary<string, int> Paid { get; } = new(StringComparer.Ordinal);

    /// <summary>Called with the number of paid answers so far.</summary>
    internal Action<int> OnPaid { get; set; } = _ => { };

    /// <param name="script">The fault and the choice for a request that comes for the nth time, from 1.</param>
    internal static async Task<JudgeServer> StartAsync(Func<JsonObject, int, (Fault Fault, JsonNode? Choice)> script)
    {
        var server = new JudgeServer(script);
        await server._app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _end.Dispose();
    }

    /// <summary>A choice whose text is given.</summary>
    internal static JsonObject Text(string content) => new()
    {
        ["index"] = 0,
        ["finish_reason"] = "stop",
        ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = content },
    };

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var text = await reader.ReadToEndAsync();
        var body = JsonNode.Parse(text)!.AsObject();
        var time = Asked.AddOrUpdate(text, 1, (_, count) => count + 1);
        var (fault, choice) = _script(body, time);
        context.Response.ContentType = "application/json";
        switch (fault)
        {
            case Fault.TooMany or Fault.TooManyRetryAfter or Fault.ServerError:
                context.Response.StatusCode = fault == Fault.ServerError ? 500 : 429;
                if (fault == Fault.TooManyRetryAfter)
                {
                    context.Response.Headers.RetryAfter = "0";
                }

                await context.Response.WriteAsync("{\"error\": {\"message\": \"later\"}}");
                break;
            case Fault.CutBody:
                context.Response.ContentLength = 1000;
                await context.Response.WriteAsync("{\"id\": \"cut");
                await context.Response.Body.FlushAsync();
                context.Abort();
                break;
            case Fault.Silence:
                await Task.Delay(TimeSpan.FromSeconds(30), _end.Token).ContinueWith(_ => { }, TaskScheduler.Default);
                break;
            case Fault.Filtered:
                context.Response.StatusCode = 400;
                await context.Response.WriteAsync("{\"error\": {\"code\": \"content_filter\"}}");
                break;
            case Fault.InvalidJson:
                await context.Response.WriteAsync("{\"id\": \"x\", \"choices\": [");
                break;
            default:
                await context.Response.WriteAsync(Completion(body, fault, choice).ToJsonString());
                OnPaid(Paid.AddOrUpdate(text, 1, (_, count) => count + 1) is var _ ? Paid.Values.Sum() : 0);
                break;
        }
    }

    private static JsonObject Completion(JsonObject body, Fault fault, JsonNode? choice)
    {
        var shown = fault switch
        {
            Fault.Refusal => new JsonObject
            {
                ["index"] = 0,
                ["finish_reason"] = "stop",
                ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = null, ["refusal"] = "I can't judge that." },
            },
            Fault.NoLogprobs => Text("m"),
            _ => choice!.DeepClone(),
        };
        return new JsonObject
        {
            ["id"] = "chatcmpl-1",
            ["object"] = "chat.completion",
            ["model"] = (string)body["model"]!,
            ["system_fingerprint"] = "fp_test",
            ["choices"] = fault == Fault.EmptyChoices ? [] : new JsonArray(shown),
            ["usage"] = new JsonObject { ["prompt_tokens"] = 1000, ["completion_tokens"] = 1, ["total_tokens"] = 1001 },
        };
    }
}
