using System.Globalization;
using System.Text.Json;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Artifacts;

/// <summary>Errors of absolute reward models on the evaluation split: one released error file.</summary>
/// <param name="Models">One entry for each model, in file order.</param>
public sealed record RewardModelErrorFacts(IReadOnlyList<RewardModelErrorFacts.Model> Models) : IFacts<RewardModelErrorFacts>
{
    /// <summary>Name of the range that holds all rows.</summary>
    public const string FullSet = "Full dataset";

    private const string Responses = "responses_score";

    /// <summary>Errors of one model.</summary>
    /// <param name="Key">Key of the model in the file.</param>
    /// <param name="Ranges">Errors for each range of the label, the full set included.</param>
    /// <param name="ResponseScores">Probabilities given to the four fixed test replies.</param>
    public sealed record Model(string Key, IReadOnlyList<Range> Ranges, IReadOnlyList<double> ResponseScores)
    {
        /// <summary>The errors of a range.</summary>
        /// <param name="name">Name of the range.</param>
        /// <exception cref="InputException">There is no such range.</exception>
        public Range Of(string name) => Ranges.SingleOrDefault(r => r.Name == name)
            ?? throw new InputException($"model '{Key}' has no range '{name}' among {string.Join(", ", Ranges.Select(r => r.Name))}");
    }

    /// <summary>Errors in one range of the label.</summary>
    /// <param name="Name">Name of the range, such as <c>Below 0.4</c>.</param>
    /// <param name="Mse">Mean squared error.</param>
    /// <param name="Mae">Mean absolute error.</param>
    public sealed record Range(string Name, double Mse, double Mae);

    /// <summary>The errors of a model.</summary>
    /// <param name="key">Key of the model.</param>
    /// <exception cref="InputException">The file holds no such model.</exception>
    public Model Of(string key) => Models.SingleOrDefault(m => m.Key == key)
        ?? throw new InputException($"no model '{key}' among {string.Join(", ", Models.Select(m => m.Key))}");

    /// <inheritdoc/>
    public static RewardModelErrorFacts Parse(RawFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var root = file.Json();
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new InputException($"{file.Path}:1: expected an object from model to ranges");
        }

        return new RewardModelErrorFacts([.. root.EnumerateObject().Select(m => ParseModel(m, $"{file.Path}: model '{m.Name}'"))]);
    }

    private static Model ParseModel(JsonProperty model, string where)
    {
        var scores = model.Value.Member(Responses, where);
        if (scores.ValueKind != JsonValueKind.Array)
        {
            throw new InputException($"{where}: '{Responses}' must be a list");
        }

        return new Model(
            model.Name,
            [.. model.Value.EnumerateObject().Where(r => r.Name != Responses).Select(r => ParseRange(r, $"{where}, range '{r.Name}'"))],
            [.. scores.EnumerateArray().Select((s, i) => Number(s, Invariant($"{where}, {Responses}[{i}]")))]);
    }

    private static Range ParseRange(JsonProperty range, string where) =>
        new(range.Name, Number(range.Value.Member("mse", where), $"{where}, mse"), Number(range.Value.Member("mae", where), $"{where}, mae"));

    // The files hold numbers as text.
    private static double Number(JsonElement value, string where) =>
        value.ValueKind == JsonValueKind.String && double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : throw new InputException($"{where}: expected a number as text, found {value.GetRawText()}");
}
