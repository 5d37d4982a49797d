using System.ClientModel;
using System.ClientModel.Primitives;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;

namespace Repro.Core.Evaluation.Judges;

/// <summary>What compares two answers.</summary>
public interface IPairJudge
{
    /// <summary>Its name.</summary>
    string Name { get; }

    /// <summary>Judges a pair in one order.</summary>
    /// <param name="pair">The pair.</param>
    /// <param name="switched">Whether the second answer is shown first.</param>
    /// <param name="cancellation">Stops what has not begun yet.</param>
    /// <exception cref="ReproException">The judge cannot work at all, such as with a wrong key.</exception>
    Task<Judgement> JudgeAsync(AnswerPair pair, bool switched, CancellationToken cancellation = default);
}

/// <summary>A model of OpenAI's chat completions, or of a server with the same interface, asked as a convention says.</summary>
public sealed class ChatJudge : IPairJudge, IDisposable
{
    /// <summary>Header in which the transport gives the key of a request.</summary>
    internal const string KeyHeader = "x-repro-request-key";

    private readonly JudgeConvention _convention;
    private readonly JudgeTemplate _template;
    private readonly string _apiKey;
    private readonly HttpClient _http;
    private readonly ChatClient _client;

    /// <summary>A judge.</summary>
    /// <param name="convention">How it is asked and read.</param>
    /// <param name="template">The template of the convention.</param>
    /// <param name="transport">What sends and records; disposed with the judge.</param>
    /// <param name="endpoint">Address up to and with <c>/v1</c>.</param>
    /// <param name="apiKey">Key of the service; servers of one's own take any.</param>
    public ChatJudge(JudgeConvention convention, JudgeTemplate template, JudgeTransport transport, Uri endpoint, string apiKey)
    {
        ArgumentNullException.ThrowIfNull(convention);
        (_convention, _template, _apiKey) = (convention, template, apiKey);
        _http = new HttpClient(transport) { Timeout = Timeout.InfiniteTimeSpan };

        // The transport alone tries again and ends what takes too long: if the client did so as well, tries would multiply.
        _client = new ChatClient(convention.Request.Model, new ApiKeyCredential(apiKey), new OpenAIClientOptions
        {
            Endpoint = endpoint,
            Transport = new HttpClientPipelineTransport(_http),
            RetryPolicy = new ClientRetryPolicy(0),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
            EnableDistributedTracing = false,
        });
    }

    /// <inheritdoc/>
    public string Name => _convention.Name;

    /// <summary>The body of the request that a pair makes.</summary>
    /// <param name="convention">How the judge is asked.</param>
    /// <param name="template">The template of the convention.</param>
    /// <param name="pair">The pair.</param>
    /// <param name="switched">Whether the second answer is shown first.</param>
    public static JsonObject Body(JudgeConvention convention, JudgeTemplate template, AnswerPair pair, bool switched)
    {
        ArgumentNullException.ThrowIfNull(convention);
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(pair);
        return convention.Body(template.Messages(Fields(pair, switched)));
    }

    /// <inheritdoc/>
    public async Task<Judgement> JudgeAsync(AnswerPair pair, bool switched, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pair);
        try
        {
            var body = BinaryData.FromString(Body(_convention, _template, pair, switched).ToJsonString());
            var options = new RequestOptions { ErrorOptions = ClientErrorBehaviors.NoThrow, CancellationToken = cancellation };
            var result = await _client.CompleteChatAsync(BinaryContent.Create(body), options).ConfigureAwait(false);
            using var response = result.GetRawResponse();
            var key = response.Headers.TryGetValue(KeyHeader, out var value) ? value : null;
            var answer = new RecordedAnswer(response.Status, response.Content.ToString());
            return ChatAnswer.Read(answer, _convention).Judgement(pair, switched) with { RequestKey = key };
        }
        catch (ReproException failure) when (failure.Message.Contains(_apiKey, StringComparison.Ordinal))
        {
            // A service may repeat the key that it refuses.
            throw new ReproException(failure.Message.Replace(_apiKey, "(key)", StringComparison.Ordinal));
        }
        catch (BudgetException)
        {
            return new Judgement(pair, switched, null, JudgeOutcome.OverBudget) { Reason = "the budget is spent" };
        }
        catch (NoAnswerException failure)
        {
            return new Judgement(pair, switched, null, JudgeOutcome.Failed) { Reason = failure.Message };
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static Dictionary<string, string> Fields(AnswerPair pair, bool switched) => new(StringComparer.Ordinal)
    {
        ["instruction"] = pair.Instruction,
        ["output_1"] = switched ? pair.Output2 : pair.Output1,
        ["output_2"] = switched ? pair.Output1 : pair.Output2,
        ["reference"] = pair.Reference,
    };
}

/// <summary>
/// Any model that <see cref="IChatClient"/> reaches, for conventions that read text. Nothing is recorded here: a client that costs money
/// goes through <see cref="ChatJudge"/>, or records by itself. Log-probabilities and forced tools do not pass through this interface.
/// </summary>
public sealed class ClientJudge : IPairJudge
{
    private readonly JudgeConvention _convention;
    private readonly JudgeTemplate _template;
    private readonly IChatClient _client;

    /// <summary>A judge.</summary>
    /// <param name="convention">How it is asked and read.</param>
    /// <param name="template">The template of the convention.</param>
    /// <param name="client">The model; stays with the caller.</param>
    /// <exception cref="ReproException">The convention reads something else than text.</exception>
    public ClientJudge(JudgeConvention convention, JudgeTemplate template, IChatClient client)
    {
        ArgumentNullException.ThrowIfNull(convention);
        (_convention, _template, _client) = (convention, template, client);
        if (convention.Reads != AnswerPart.Text)
        {
            throw new ReproException(
                $"{convention.Name} reads more of an answer than its text, which {nameof(IChatClient)} does not give.");
        }
    }

    /// <inheritdoc/>
    public string Name => _convention.Name;

    /// <inheritdoc/>
    public async Task<Judgement> JudgeAsync(AnswerPair pair, bool switched, CancellationToken cancellation = default)
    {
        var body = ChatJudge.Body(_convention, _template, pair, switched);
        var messages = body["messages"]!.AsArray().Select(message => new Microsoft.Extensions.AI.ChatMessage(
            new Microsoft.Extensions.AI.ChatRole((string)message!["role"]!), (string)message["content"]!));
        var options = new ChatOptions
        {
            ModelId = _convention.Request.Model,
            MaxOutputTokens = _convention.Request.MaxTokens,
            Temperature = (float)_convention.Request.Temperature,
        };
        var response = await _client.GetResponseAsync(messages, options, cancellation).ConfigureAwait(false);
        var read = response.FinishReason == Microsoft.Extensions.AI.ChatFinishReason.ContentFilter
            ? new ChatAnswer(null, JudgeOutcome.Refused, "a content filter cut the answer")
            : ChatAnswer.Parsed(_convention.Parser, response.Text);
        return (read with { Model = response.ModelId }).Judgement(pair, switched);
    }
}

/// <summary>An answer as a parser read it, in the order that was shown.</summary>
/// <param name="Shown">From 1 (shown first) to 2; null where there is none.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Reason">Why there is no preference.</param>
/// <param name="Model">The model that the service says it used.</param>
/// <param name="Fingerprint">The service's fingerprint.</param>
internal sealed record ChatAnswer(double? Shown, JudgeOutcome Outcome, string? Reason, string? Model = null, string? Fingerprint = null)
{
    internal Judgement Judgement(AnswerPair pair, bool switched) => new(pair, switched, switched ? 3 - Shown : Shown, Outcome)
    {
        Reason = Reason,
        Model = Model,
        Fingerprint = Fingerprint,
    };

    /// <summary>Whether a filter of the service refused the request.</summary>
    internal static bool IsFiltered(RecordedAnswer answer) => answer.Status == 400
        && (answer.Body.Contains("content_filter", StringComparison.Ordinal)
            || answer.Body.Contains("content_policy", StringComparison.Ordinal));

    /// <summary>Tokens of prompt and answer by the service's count; null where it does not say.</summary>
    internal static (int Prompt, int Answer)? Usage(RecordedAnswer answer)
    {
        try
        {
            var usage = Object(JsonNode.Parse(answer.Body), "usage");
            return usage is null ? null : (Whole(usage["prompt_tokens"]), Whole(usage["completion_tokens"]));
        }
        catch (InvalidOperationException)
        {
            // A key with half of a surrogate pair, which makes an answer unparsed.
            return null;
        }
    }

    /// <summary>Reads an answer. One with half of a surrogate pair in what is read of it cannot be read.</summary>
    /// <exception cref="ReproException">The service refuses all requests of this kind.</exception>
    internal static ChatAnswer Read(RecordedAnswer answer, JudgeConvention convention)
    {
        if (answer.Status != 200)
        {
            return IsFiltered(answer) ? new ChatAnswer(null, JudgeOutcome.Refused, "a content filter refused the request")
                : throw new ReproException(Invariant($"the judge answered with status {answer.Status}: {Short(answer.Body)}"));
        }

        var root = (JsonObject)JsonNode.Parse(answer.Body)!;
        try
        {
            var read = Choice((root["choices"] as JsonArray)?.FirstOrDefault() as JsonObject, convention);
            return read with { Model = Text(root["model"]), Fingerprint = Text(root["system_fingerprint"]) };
        }
        catch (FormatException failure)
        {
            return new ChatAnswer(null, JudgeOutcome.Unparsed, failure.Message);
        }
        catch (InvalidOperationException failure)
        {
            // In a key: objects are taken apart where the first of their keys is looked up.
            return new ChatAnswer(null, JudgeOutcome.Unparsed, NoText(failure).Message);
        }
    }

    private static ChatAnswer Choice(JsonObject? choice, JudgeConvention convention)
    {
        var message = Object(choice, "message");
        if (choice is null || message is null)
        {
            return new ChatAnswer(null, JudgeOutcome.Unparsed, "the answer has no choice");
        }

        if (Text(choice["finish_reason"]) == "content_filter" || Text(message["refusal"]) is not null)
        {
            return new ChatAnswer(null, JudgeOutcome.Refused, Text(message["refusal"]) ?? "a content filter cut the answer");
        }

        return Parsed(convention.Parser, convention.Reads switch
        {
            AnswerPart.Choice => Plain(choice),
            AnswerPart.ToolArguments => Text(Object((message["tool_calls"] as JsonArray)?.FirstOrDefault(), "function")?["arguments"])
                ?? Text(Object(message, "function_call")?["arguments"]) ?? string.Empty,
            _ => Text(message["content"]) ?? string.Empty,
        });
    }

    /// <summary>Reads what a judge wrote.</summary>
    internal static ChatAnswer Parsed(AnswerParser parser, object? completion)
    {
        try
        {
            return parser.Parse(completion) is [long or double or bool] and [var one] && Number(one) is { } preference
                ? new(preference, JudgeOutcome.Read, null)
                : new(null, JudgeOutcome.Unparsed, "the answer names no preference");
        }
        catch (FormatException failure)
        {
            return new(null, JudgeOutcome.Unparsed, failure.Message);
        }
    }

    // 0 stands for a tie.
    private static double? Number(object? value) => Convert.ToDouble(value, CultureInfo.InvariantCulture) switch
    {
        0 => 1.5,
        >= 1 and <= 2 and var preference => preference,
        _ => null,
    };

    private static JsonObject? Object(JsonNode? holder, string key) => (holder as JsonObject)?[key] as JsonObject;

    private static string? Text(JsonNode? node)
    {
        try
        {
            return node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
        }
        catch (InvalidOperationException failure)
        {
            throw NoText(failure);
        }
    }

    private static object? Plain(JsonObject choice)
    {
        try
        {
            return JsonParser.Parsed(choice.ToJsonString());
        }
        catch (InvalidOperationException failure)
        {
            throw NoText(failure);
        }
    }

    // An escape such as \ud83d without its other half: JSON allows to write it, and it is no text.
    private static FormatException NoText(InvalidOperationException failure) =>
        new("the answer holds half of a surrogate pair; a text in Unicode was expected.", failure);

    private static int Whole(JsonNode? node) => node is JsonValue value && value.TryGetValue(out int number) ? Math.Max(0, number) : 0;

    private static string Short(string body) => body.Length <= 300 ? body : body[..300] + "...";
}
