using System.Text;
using System.Text.Json.Nodes;
using Repro.Core.Configuration;

namespace Repro.Core.Evaluation.Judges;

/// <summary>What a model costs.</summary>
public sealed record ModelPrice
{
    /// <summary>US dollars for a million tokens of prompts.</summary>
    [AtLeast(0)]
    public required double Input { get; init; }

    /// <summary>US dollars for a million tokens of answers.</summary>
    [AtLeast(0)]
    public required double Output { get; init; }
}

/// <summary>A table of prices.</summary>
public sealed record PriceTable
{
    /// <summary>Where the prices are from and of which date; null where the table does not say.</summary>
    public string? Source { get; init; }

    /// <summary>Price of each model by its name.</summary>
    public required IReadOnlyDictionary<string, ModelPrice> Models { get; init; }

    /// <summary>Reads a table.</summary>
    /// <param name="file">A YAML file; null for the table that comes with the library.</param>
    /// <exception cref="ReproException">The file is missing or is no such table.</exception>
    public static PriceTable Load(string? file) => file is null
        ? new ConfigReader().Parse<PriceTable>(JudgeConvention.Resource("prices"), "prices")
        : new ConfigReader().Read<PriceTable>(file);
}

/// <summary>Money for requests: each reserves the most that it may cost before it goes out, and none goes out that could pass the
/// limit.</summary>
/// <param name="price">Price of the model; null for one that costs nothing.</param>
/// <param name="most">Limit in US dollars; infinity for none.</param>
public sealed class JudgeBudget(ModelPrice? price, double most = double.PositiveInfinity)
{
    private readonly Lock _lock = new();
    private double _reserved;

    /// <summary>US dollars spent so far, by the numbers of tokens that the service counts. Requests without an answer that may have been
    /// billed, and answers without such a count, count with their estimate.</summary>
    public double Spent { get; private set; }

    /// <summary>What a request is billed for: its messages and tools as JSON.</summary>
    /// <param name="request">The body of the request.</param>
    public static string PromptOf(JsonObject request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return (request["messages"]?.ToJsonString() ?? string.Empty) + request["tools"]?.ToJsonString();
    }

    /// <summary>The most that a request is taken to cost: a token for each three bytes of its prompt, and all tokens that its answer may
    /// have.</summary>
    /// <param name="prompt">All texts of the prompt.</param>
    /// <param name="maxTokens">Most tokens of the answer.</param>
    public double Estimate(string prompt, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return price is null ? 0 : Cost((Encoding.UTF8.GetByteCount(prompt) / 3.0) + 20, maxTokens);
    }

    internal bool TryReserve(double estimate)
    {
        lock (_lock)
        {
            if (Spent + _reserved + estimate > most)
            {
                return false;
            }

            _reserved += estimate;
            return true;
        }
    }

    internal double Cost((int Prompt, int Answer) tokens) => Cost(tokens.Prompt, tokens.Answer);

    internal void Settle(double estimate, double cost)
    {
        lock (_lock)
        {
            _reserved -= estimate;
            Spent += cost;
        }
    }

    private double Cost(double input, double output) => price is null ? 0 : ((input * price.Input) + (output * price.Output)) / 1e6;
}
