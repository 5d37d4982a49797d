using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.RateLimiting;
using Polly;
using Polly.Retry;

namespace Repro.Core.Evaluation.Judges;

/// <summary>Where answers come from.</summary>
public enum ReplayMode
{
    /// <summary>From the record alone; a request that is not in it is an error.</summary>
    Replay,

    /// <summary>From the record, and from the service what is missing there.</summary>
    RecordMissing,

    /// <summary>From the service, even what is in the record; recorded anew.</summary>
    Live,
}

/// <summary>How requests are sent.</summary>
public sealed record TransportSettings
{
    /// <summary>Where answers come from.</summary>
    public ReplayMode Mode { get; init; } = ReplayMode.RecordMissing;

    /// <summary>How often a request is tried.</summary>
    public int Tries { get; init; } = 10;

    /// <summary>The longest time that a try takes.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Wait after the first failure; it doubles with each. A service that says how long to wait is obeyed.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait between two tries.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Requests a minute; null for as many as there are.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Told before a request is tried again, from several threads; null for nobody.</summary>
    public Action<FailedTry>? Retrying { get; init; }
}

/// <summary>A try that came to nothing and is repeated.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Next">Number of the try that follows, from 2.</param>
/// <param name="Tries">How many there are in all.</param>
/// <param name="Wait">Time until then.</param>
public sealed record FailedTry(string Reason, int Next, int Tries, TimeSpan Wait);

/// <summary>What the transport did.</summary>
/// <param name="Replayed">Requests answered from the record.</param>
/// <param name="Issued">Requests that went out, each try counted.</param>
/// <param name="Answered">Answers that came and were recorded.</param>
/// <param name="Failures">Tries that failed, by reason.</param>
public sealed record TransportCounts(int Replayed, int Issued, int Answered, IReadOnlyDictionary<string, int> Failures);

/// <summary>A request would pass the limit of money; it was not sent.</summary>
internal sealed class BudgetException() : Exception("the budget is spent");

/// <summary>A try came to nothing; thrown on where it was the last.</summary>
internal sealed class NoAnswerException(string reason, TimeSpan? wait, Exception? inner = null) : Exception(reason, inner)
{
    /// <summary>How long the service asks to wait; null where it does not say.</summary>
    internal TimeSpan? Wait => wait;
}

/// <summary>
/// Sends requests once: answers come from the record where they are there, equal requests under way share one answer, and tries that fail
/// are repeated here and nowhere else. What was sent is awaited and recorded even where the program is asked to stop.
/// </summary>
public sealed class JudgeTransport : DelegatingHandler
{
    private readonly ExchangeRecord _record;
    private readonly JudgeBudget _budget;
    private readonly TransportSettings _settings;
    private readonly ResiliencePipeline<RecordedAnswer> _tries;
    private readonly TokenBucketRateLimiter? _limiter;
    private readonly ConcurrentDictionary<string, Lazy<Task<RecordedAnswer>>> _asked = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _failures = new(StringComparer.Ordinal);
    private int _replayed;
    private int _issued;
    private int _answered;

    /// <summary>A transport.</summary>
    /// <param name="record">The record; opened for writing unless the mode is <see cref="ReplayMode.Replay"/>.</param>
    /// <param name="budget">Money to spend.</param>
    /// <param name="settings">How requests are sent.</param>
    /// <param name="inner">What sends them; null for sockets.</param>
    public JudgeTransport(ExchangeRecord record, JudgeBudget budget, TransportSettings settings, HttpMessageHandler? inner = null)
        : base(inner ?? new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        ArgumentNullException.ThrowIfNull(settings);
        (_record, _budget, _settings) = (record, budget, settings);
        _tries = Tries(settings);
        _limiter = settings.RequestsPerMinute is { } rate ? new TokenBucketRateLimiter(Limits(rate)) : null;
    }

    /// <summary>What was done so far.</summary>
    public TransportCounts Counts =>
        new(_replayed, _issued, _answered, new SortedDictionary<string, int>(_failures, StringComparer.Ordinal));

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        var path = request.RequestUri!.AbsolutePath;
        var key = ExchangeRecord.KeyOf(path, body);
        if (_settings.Mode != ReplayMode.Live && _record.Find(key) is { } recorded)
        {
            Interlocked.Increment(ref _replayed);
            return Response(recorded, key, request);
        }

        if (_settings.Mode == ReplayMode.Replay)
        {
            throw new ReproException($"{_record.Path}: request {key} is not in the record; record it with --mode record-missing.");
        }

        var sending = new Sending(key, path, body, request, _budget.Estimate(PromptOf(body, out var model, out var most), most), model);
        var asked = _asked.GetOrAdd(key, _ => new Lazy<Task<RecordedAnswer>>(() => AskAsync(sending, cancellationToken)));
        try
        {
            return Response(await asked.Value.ConfigureAwait(false), key, request);
        }
        catch
        {
            // What was answered stays: an equal request that looked into the record a moment too early finds it here.
            _asked.TryRemove(key, out _);
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _limiter?.Dispose();
        base.Dispose(disposing);
    }

    // So many tokens at once that a tenth of a second or more lies between two refills: the rate is exact, also where 60 does not
    // divide it.
    internal static TokenBucketRateLimiterOptions Limits(int requestsPerMinute)
    {
        var tokens = (requestsPerMinute + 599) / 600;
        return new TokenBucketRateLimiterOptions
        {
            TokenLimit = tokens,
            TokensPerPeriod = tokens,
            ReplenishmentPeriod = TimeSpan.FromMinutes(tokens) / requestsPerMinute,
            QueueLimit = int.MaxValue,
        };
    }

    private async Task<RecordedAnswer> AskAsync(Sending sending, CancellationToken stop)
    {
        var (tries, state) = (_tries, (Transport: this, Sending: sending));
        return await tries.ExecuteAsync(static (s, token) => s.Transport.TryAsync(s.Sending, token), state, stop).ConfigureAwait(false);
    }

    // The token stops what has not gone out yet; a request that has is awaited, since it is paid for.
    private async ValueTask<RecordedAnswer> TryAsync(Sending sending, CancellationToken stop)
    {
        if (_limiter is not null)
        {
            using var lease = await _limiter.AcquireAsync(1, stop).ConfigureAwait(false);
        }

        stop.ThrowIfCancellationRequested();
        if (!_budget.TryReserve(sending.Estimate))
        {
            throw new BudgetException();
        }

        _record.Sent(sending.Key);
        Interlocked.Increment(ref _issued);
        var cost = 0.0;
        try
        {
            using var timeout = new CancellationTokenSource(_settings.Timeout);
            var answer = await ExchangeAsync(sending, timeout.Token).ConfigureAwait(false);
            cost = Settled(sending, answer);
            return answer;
        }
        catch (Exception failure)
            when (failure is HttpRequestException or IOException or OperationCanceledException or InvalidAnswerException)
        {
            // Whether a service bills an answer that never came whole, nobody knows here.
            var neverSent = failure is HttpRequestException
            {
                HttpRequestError: HttpRequestError.ConnectionError
                or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError
            };
            cost = neverSent ? 0 : sending.Estimate;
            throw Noted(sending, neverSent ? $"no connection: {failure.Message}" : failure switch
            {
                OperationCanceledException => "silence",
                InvalidAnswerException => "invalid JSON",
                _ => "cut",
            }, failure);
        }
        finally
        {
            _budget.Settle(sending.Estimate, cost);
        }
    }

    private async Task<RecordedAnswer> ExchangeAsync(Sending sending, CancellationToken timeout)
    {
        using var request = sending.Request();
        using var response = await base.SendAsync(request, timeout).ConfigureAwait(false);
        var text = await response.Content.ReadAsStringAsync(timeout).ConfigureAwait(false);
        var status = (int)response.StatusCode;
        if (status is 408 or 429 or >= 500)
        {
            _record.Failed(sending.Key, Invariant($"status {status}"));
            _failures.AddOrUpdate(Invariant($"status {status}"), 1, (_, count) => count + 1);
            throw new NoAnswerException(Invariant($"status {status}"), WaitOf(response));
        }

        if (status == 200 && !IsJsonObject(text))
        {
            throw new InvalidAnswerException();
        }

        return new RecordedAnswer(status, text);
    }

    // Answers and refusals of a filter are kept; a wrong key or name of a model is not, since it can be mended.
    private double Settled(Sending sending, RecordedAnswer answer)
    {
        if (answer.Status != 200 && !ChatAnswer.IsFiltered(answer))
        {
            _record.Failed(sending.Key, Invariant($"status {answer.Status}"));
            return 0;
        }

        _record.Answered(sending.Key, sending.Path, sending.Model, answer);
        Interlocked.Increment(ref _answered);
        return answer.Status != 200 ? 0 : ChatAnswer.Usage(answer) is { } tokens ? _budget.Cost(tokens) : sending.Estimate;
    }

    private NoAnswerException Noted(Sending sending, string reason, Exception failure)
    {
        _record.Failed(sending.Key, reason);
        _failures.AddOrUpdate(reason, 1, (_, count) => count + 1);
        return new NoAnswerException(reason, null, failure);
    }

    private static ResiliencePipeline<RecordedAnswer> Tries(TransportSettings settings)
    {
        if (settings.Tries <= 1)
        {
            return ResiliencePipeline<RecordedAnswer>.Empty;
        }

        return new ResiliencePipelineBuilder<RecordedAnswer>().AddRetry(new RetryStrategyOptions<RecordedAnswer>
        {
            ShouldHandle = new PredicateBuilder<RecordedAnswer>().Handle<NoAnswerException>(),
            MaxRetryAttempts = settings.Tries - 1,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = settings.FirstDelay,
            MaxDelay = settings.LongestDelay,
            DelayGenerator = arguments => ValueTask.FromResult(
                arguments.Outcome.Exception is NoAnswerException { Wait: { } wait } ? Least(wait, settings.LongestDelay) : (TimeSpan?)null),
            OnRetry = failed =>
            {
                settings.Retrying?.Invoke(
                    new FailedTry(failed.Outcome.Exception!.Message, failed.AttemptNumber + 2, settings.Tries, failed.RetryDelay));
                return ValueTask.CompletedTask;
            },
        }).Build();
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan? WaitOf(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } wait } => wait,
        { Date: { } date } => date - DateTimeOffset.UtcNow is var wait && wait > TimeSpan.Zero ? wait : TimeSpan.Zero,
        _ => null,
    };

    private static bool IsJsonObject(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
        catch (InvalidOperationException)
        {
            // A key with half of a surrogate pair: an answer that was paid for, and that its reader will not understand.
            return true;
        }
    }

    private static string PromptOf(byte[] body, out string? model, out int most)
    {
        var request = JsonNode.Parse(body)!.AsObject();
        (model, most) = ((string?)request["model"], (int?)request["max_tokens"] ?? (int?)request["max_completion_tokens"] ?? 4096);
        return JudgeBudget.PromptOf(request);
    }

    private static HttpResponseMessage Response(RecordedAnswer answer, string key, HttpRequestMessage request)
    {
        var response = new HttpResponseMessage((HttpStatusCode)answer.Status)
        {
            Content = new StringContent(answer.Body, Encoding.UTF8, "application/json"),
            RequestMessage = request,
        };
        response.Headers.Add(ChatJudge.KeyHeader, key);
        return response;
    }

    private sealed record Sending(string Key, string Path, byte[] Body, HttpRequestMessage Original, double Estimate, string? Model)
    {
        internal HttpRequestMessage Request()
        {
            var request = new HttpRequestMessage(Original.Method, Original.RequestUri) { Content = new ByteArrayContent(Body) };
            foreach (var header in Original.Headers)
            {
                request.Headers.TryAddWithoutValidation(header.Key, header.Value);
            }

            request.Content.Headers.ContentType = Original.Content?.Headers.ContentType;
            return request;
        }
    }

    private sealed class InvalidAnswerException() : Exception("the answer is no JSON object");
}
