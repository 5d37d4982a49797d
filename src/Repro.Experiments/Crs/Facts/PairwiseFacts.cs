using System.Text.Json;
using System.Text.Json.Serialization;
using Repro.Core;
using Repro.Core.Randomness;
using Repro.Experiments.Artifacts;

namespace Repro.Experiments.Crs.Facts;

/// <summary>Pairwise judgements of one comparison: an annotation file of AlpacaEval.</summary>
/// <param name="Rows">One row for each prompt, in file order.</param>
internal sealed record PairwiseFacts(IReadOnlyList<PairwiseFacts.Row> Rows) : IFacts<PairwiseFacts>
{
    /// <summary>Name given to the first side of files that leave its generator out (the reference model of a tuning comparison).</summary>
    public const string Reference = "reference";

    /// <summary>One judgement.</summary>
    /// <param name="Prompt">Key of the prompt.</param>
    /// <param name="Generator1">Model that wrote the first output.</param>
    /// <param name="Generator2">Model that wrote the second output.</param>
    /// <param name="Preference">1 or 2: the preferred output.</param>
    /// <param name="Words1">White-space separated words of the first output.</param>
    /// <param name="Characters1">Code points of the first output.</param>
    /// <param name="Words2">Words of the second output.</param>
    /// <param name="Characters2">Code points of the second output.</param>
    /// <param name="Annotator">The judge.</param>
    /// <param name="Switched">Whether the judge saw the second output first, from <see cref="JudgeOrder"/>.</param>
    public sealed record Row(
        string Prompt,
        string Generator1,
        string Generator2,
        int Preference,
        int Words1,
        int Characters1,
        int Words2,
        int Characters2,
        string Annotator,
        bool Switched)
    {
        /// <summary>Whether the output that the judge saw first is the preferred one.</summary>
        [JsonIgnore]
        public bool FirstShownWon => Switched == (Preference == 2);

        /// <summary>The model whose output the judge saw first.</summary>
        [JsonIgnore]
        public string ShownFirst => Switched ? Generator2 : Generator1;

        /// <summary>The preferred model.</summary>
        [JsonIgnore]
        public string Winner => Preference == 1 ? Generator1 : Generator2;

        /// <summary>The other model.</summary>
        [JsonIgnore]
        public string Loser => Preference == 1 ? Generator2 : Generator1;
    }

    /// <inheritdoc/>
    public static PairwiseFacts Parse(RawFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new PairwiseFacts([.. file.JsonList().Select((entry, i) => ParseRow(entry, Invariant($"{file.Path}: entry {i}")))]);
    }

    private static Row ParseRow(JsonElement entry, string where)
    {
        var single = !entry.TryGetProperty("generator_2", out _);
        var first = entry.Text("output_1", where);
        var second = entry.Text("output_2", where);
        var preference = entry.Number("preference", where);
        if (preference is not (1 or 2))
        {
            throw new ReproException(Invariant($"{where}: 'preference' is {preference}, expected 1 or 2"));
        }

        var instruction = entry.Text("instruction", where);
        return new Row(
            PromptKey.Compute(instruction),
            single ? Reference : entry.Text("generator_1", where),
            single ? Weight(entry, where) : entry.Text("generator_2", where),
            (int)preference,
            TextLength.Words(first),
            TextLength.Characters(first),
            TextLength.Words(second),
            TextLength.Characters(second),
            entry.Text("annotator", where),
            JudgeOrder.IsSwitched(instruction));
    }

    // Tuning files name the second model by the digits of its weight, some as a number and some as text.
    private static string Weight(JsonElement entry, string where) =>
        entry.Member("generator", where) is { ValueKind: JsonValueKind.Number } number
            ? number.GetRawText()
            : entry.Text("generator", where);
}

/// <summary>The order in which AlpacaEval shows two outputs to its judge: a function of the instruction alone.</summary>
internal static class JudgeOrder
{
    // The seed of the annotator, 0 unless it is set.
    private const string Seed = "0";

    /// <summary>Whether the second output is shown first.</summary>
    /// <param name="instruction">The instruction as the annotation file has it.</param>
    public static bool IsSwitched(string instruction) => new PythonRandom($"is_switched_outputs{instruction}{Seed}").Choice(2) == 1;
}
