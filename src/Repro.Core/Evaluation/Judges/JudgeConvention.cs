using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Repro.Core.Configuration;

namespace Repro.Core.Evaluation.Judges;

/// <summary>Which part of an answer the parser reads.</summary>
public enum AnswerPart
{
    /// <summary>The text.</summary>
    Text,

    /// <summary>The arguments of the tool that the judge was made to call.</summary>
    ToolArguments,

    /// <summary>The whole choice, with its log-probabilities.</summary>
    Choice,
}

/// <summary>Which of two answers a judge sees first.</summary>
public enum PairOrder
{
    /// <summary>AlpacaEval's: drawn from the instruction alone, so that it is the same whichever models are compared.</summary>
    Alpaca,

    /// <summary>Both, one request each.</summary>
    Both,

    /// <summary>The first answer first.</summary>
    Given,
}

/// <summary>How judgements of one pair become its preference.</summary>
public enum PairAggregation
{
    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>The winner where both orders name it, else a tie (MT-bench).</summary>
    SameWinnerTwice,
}

/// <summary>A function that the judge must call, so that its answer has a form.</summary>
public sealed record JudgeTool : ICheckedSettings
{
    /// <summary>Name of the function.</summary>
    public required string Name { get; init; }

    /// <summary>What it does, for the judge.</summary>
    public required string Description { get; init; }

    /// <summary>JSON schema of its arguments.</summary>
    public required string Parameters { get; init; }

    /// <inheritdoc/>
    string? ICheckedSettings.Problem
    {
        get
        {
            const string Expected = "parameters must be a JSON object, the schema of the arguments";
            try
            {
                using var schema = JsonDocument.Parse(Parameters, new JsonDocumentOptions { AllowDuplicateProperties = false });

                // Goes through all texts: half of a surrogate pair in one fails here, and not when a request is made of it.
                return AnswerParser.Plain(schema.RootElement) is Dictionary<object, object?> ? null
                    : $"{Expected}, found {schema.RootElement.ValueKind.ToString().ToLowerInvariant()}";
            }
            catch (Exception failure) when (failure is JsonException or InvalidOperationException)
            {
                return $"{Expected}: {failure.Message.TrimEnd('.')}";
            }
        }
    }
}

/// <summary>What is asked of the service, the messages apart.</summary>
public sealed record JudgeRequest
{
    /// <summary>The judge, with its date: a name without one is another model from time to time.</summary>
    public required string Model { get; init; }

    /// <summary>Most tokens of an answer.</summary>
    [AtLeast(1)]
    public required int MaxTokens { get; init; }

    /// <summary>Temperature of the answer.</summary>
    [AtLeast(0)]
    public required double Temperature { get; init; }

    /// <summary>Log-probabilities of that many tokens at each place; 0 for none.</summary>
    [Within(0, 20)]
    public int TopLogprobs { get; init; }

    /// <summary>The function to call; null for an answer in text.</summary>
    public JudgeTool? Tool { get; init; }
}

/// <summary>
/// A way to judge pairs: template, request, parser, order and aggregation, as data. Those of AlpacaEval, MT-bench and ADR have names; the
/// text of a published template is not part of this project and comes from a file that the user names.
/// </summary>
public sealed record JudgeConvention : ICheckedSettings
{
    private static readonly Assembly Here = typeof(JudgeConvention).Assembly;

    // What a pair has for a template: ChatJudge fills these.
    private static readonly string[] Fields = ["instruction", "output_1", "output_2", "reference"];

    /// <summary>Names of the conventions that come with the library.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Here.GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(".yaml", StringComparison.Ordinal))
        .Select(name => name[Prefix.Length..^".yaml".Length]).Where(name => name != "prices").Order(StringComparer.Ordinal)];

    private const string Prefix = "Repro.Core.Evaluation.Judges.Conventions.";

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Where its template was published, as a help to find it.</summary>
    public string? TemplateSource { get; init; }

    /// <summary>The template; null where it comes from a file.</summary>
    public string? Template { get; init; }

    /// <summary>Names of the places in the template: instruction, output_1, output_2 and reference, and how the template calls
    /// them.</summary>
    public required IReadOnlyDictionary<string, string> Places { get; init; }

    /// <summary>What is asked of the service.</summary>
    public required JudgeRequest Request { get; init; }

    /// <summary>Which part of the answer the parser reads.</summary>
    public required AnswerPart Reads { get; init; }

    /// <summary>How the answer becomes a preference.</summary>
    public required AnswerParser Parser { get; init; }

    /// <summary>Which answer is shown first.</summary>
    public required PairOrder Order { get; init; }

    /// <summary>How judgements of a pair become its preference.</summary>
    public PairAggregation Aggregation { get; init; }

    /// <inheritdoc/>
    string? ICheckedSettings.Problem
    {
        get
        {
            if (Places.Keys.FirstOrDefault(place => !Fields.Contains(place)) is { } unknown)
            {
                return $"places.{unknown} is no field of a pair{Suggestion.For(unknown, Fields)}; known are {string.Join(", ", Fields)}";
            }

            var twice = Places.GroupBy(place => place.Value, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1);
            return twice is null ? null
                : $"places.{twice.Last().Key} and places.{twice.First().Key} are both called '{twice.Key}'; each needs a name of its own";
        }
    }

    /// <summary>A convention by its name, or from a file.</summary>
    /// <param name="nameOrFile">One of <see cref="Names"/>, or a YAML file.</param>
    /// <param name="overrides">Settings over those of the convention, such as <c>request.model=gpt-4o-2024-08-06</c>.</param>
    /// <exception cref="ReproException">There is no such name or file, or it is no convention.</exception>
    public static JudgeConvention Load(string nameOrFile, IReadOnlyList<string>? overrides = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrFile);
        var reader = new ConfigReader(overrides);
        if (Names.Contains(nameOrFile))
        {
            return reader.Parse<JudgeConvention>(Resource(nameOrFile), nameOrFile);
        }

        return File.Exists(nameOrFile) ? reader.Read<JudgeConvention>(nameOrFile)
            : throw new ReproException($"'{nameOrFile}' is neither a file nor one of the conventions {string.Join(", ", Names)}"
                + $"{Suggestion.For(nameOrFile, Names)}");
    }

    /// <summary>The template of this convention.</summary>
    /// <param name="file">File with its text; needed where the convention brings none.</param>
    /// <exception cref="ReproException">There is no text, or it has other places than the convention fills.</exception>
    public JudgeTemplate LoadTemplate(string? file)
    {
        if (file is null && Template is null)
        {
            throw new ReproException($"the template of {Name} is published and not part of this program: name the file with its text "
                + $"({TemplateSource ?? "see the convention"})");
        }

        try
        {
            return new JudgeTemplate(file is null ? Template! : File.ReadAllText(file), file ?? Name, Places);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw ReproException.Unreadable(file ?? Name, failure);
        }
    }

    /// <summary>A hash over all that makes a judgement: settings and template, in hexadecimal.</summary>
    /// <param name="template">The template that is used.</param>
    public string Hash(JudgeTemplate template)
    {
        ArgumentNullException.ThrowIfNull(template);
        var text = ConfigWriter.Write(this with { Template = template.Text });
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>The body of a request.</summary>
    internal JsonObject Body(JsonArray messages)
    {
        var body = new JsonObject
        {
            ["model"] = Request.Model,
            ["messages"] = messages,
            ["max_tokens"] = Request.MaxTokens,
            ["temperature"] = Request.Temperature,
        };
        if (Request.TopLogprobs > 0)
        {
            (body["logprobs"], body["top_logprobs"]) = (true, Request.TopLogprobs);
        }

        if (Request.Tool is { } tool)
        {
            var function = new JsonObject
            {
                ["name"] = tool.Name,
                ["description"] = tool.Description,
                ["parameters"] = JsonNode.Parse(tool.Parameters),
            };
            body["tools"] = new JsonArray(new JsonObject { ["type"] = "function", ["function"] = function });
            body["tool_choice"] = new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = tool.Name } };
        }

        return body;
    }

    internal static string Resource(string name)
    {
        using var stream = Here.GetManifestResourceStream($"{Prefix}{name}.yaml")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
