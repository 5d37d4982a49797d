using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Data;
using Repro.Core.Evaluation.Judges;
using Repro.Experiments.Crs.Facts;

namespace Repro.Experiments.Runs;

/// <summary>Judgements of two policies, each prompt once: both orders of the answers are averaged.</summary>
/// <param name="File">The file.</param>
/// <param name="First">Who gave the first answers.</param>
/// <param name="Second">Who gave the second ones.</param>
/// <param name="Preferences">Share of the second answer, 0 to 1, by the key of the prompt.</param>
/// <param name="BothOrders">Whether every pair was judged in both orders.</param>
/// <param name="Missing">Pairs without a preference.</param>
/// <param name="Judges">Models that judged; empty where the file does not say.</param>
internal sealed record JudgedPair(
    string File, Policy First, Policy Second, IReadOnlyDictionary<string, double> Preferences, bool BothOrders, int Missing,
    IReadOnlyList<string> Judges)
{
    /// <summary>Whether it judges two roles, in either place.</summary>
    public bool Compares(string one, string other) =>
        (First.Role == one && Second.Role == other) || (First.Role == other && Second.Role == one);

    /// <summary>The policy of a role.</summary>
    public Policy Of(string role) => First.Role == role ? First : Second;

    /// <summary>Share of a role, 0 to 1, by the key of the prompt.</summary>
    public IReadOnlyDictionary<string, double> Shares(string role) =>
        Second.Role == role ? Preferences : Preferences.ToDictionary(prompt => prompt.Key, prompt => 1 - prompt.Value);
}

/// <summary>Who answered.</summary>
/// <param name="Name">The run or, without one, what the file calls it.</param>
/// <param name="Role">Its role.</param>
/// <param name="Run">The run that trained it; null for the model that training began with, or where no run is here.</param>
internal sealed record Policy(string Name, string Role, BroughtRun? Run);

/// <summary>The judgements that a user brings: files named <c>annotations.json</c>, of <c>judge run</c> or AlpacaEval.</summary>
internal static class JudgedPolicies
{
    // Models that training begins with have no run of their own.
    private static readonly string[] Starts = ["base", "sft"];

    /// <summary>Reads all files whose generators have a role.</summary>
    /// <param name="runs">What the user brought.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">A file is damaged.</exception>
    public static IReadOnlyList<JudgedPair> Of(RunCollection runs, CancellationToken cancellation)
    {
        var found = new List<JudgedPair>();
        foreach (var file in runs.Files.Where(file => file.EndsWith("annotations.json", StringComparison.Ordinal)))
        {
            if (Annotations.Read(file, cancellation) is var judgements && Pair(runs, file, judgements) is { } pair)
            {
                found.Add(pair);
            }
        }

        var twice = found.GroupBy(pair => (pair.First, pair.Second)).FirstOrDefault(pairs => pairs.Count() > 1);
        return twice is null ? found : throw new ReproException($"{twice.First().File} and {twice.Last().File}: both judge "
            + $"{twice.Key.First.Name} against {twice.Key.Second.Name}; keep the one that counts");
    }

    /// <summary>The policy that a folder or a generator belongs to; null where none is found.</summary>
    /// <param name="runs">What the user brought.</param>
    /// <param name="name">A folder, relative to that of the runs or whole, or a name that <c>roles.yaml</c> knows.</param>
    public static Policy? PolicyOf(RunCollection runs, string name)
    {
        if (runs.Roles.Generators.TryGetValue(name, out var given))
        {
            return new Policy(name, given, runs.Roles.Runs(given) is [var only] ? only : null);
        }

        return runs.Owner(name) is { } run && runs.Roles.Of(run) is { } role ? new Policy(run.Name, role, run)
            : Starts.FirstOrDefault(start => name.Split('/', '\\').Contains($"{start}-evaluation")) is { } first
            ? new Policy(first, first, null)
            : null;
    }

    /// <summary>Generators of a file of judgements that are no policy here.</summary>
    /// <param name="runs">What the user brought.</param>
    /// <param name="file">The file.</param>
    /// <exception cref="ReproException">The file is damaged.</exception>
    public static IReadOnlyList<string> UnknownIn(RunCollection runs, string file)
    {
        var pair = Annotations.Read(file)[0].Pair;
        return [.. new[] { pair.Generator1, pair.Generator2 }.Where(name => Generator(runs, name) is null)
            .Select(name => name is { Length: > 0 } ? name : "a model without a name")];
    }

    private static JudgedPair? Pair(RunCollection runs, string file, IReadOnlyList<Judgement> judgements)
    {
        var pair = judgements[0].Pair;
        if (judgements.FirstOrDefault(one => one.Pair.Generator1 != pair.Generator1 || one.Pair.Generator2 != pair.Generator2) is { } other)
        {
            throw new ReproException($"{file}: compares {pair.Generator1} with {pair.Generator2} and also {other.Pair.Generator1} with "
                + $"{other.Pair.Generator2}; one pair of models a file was expected");
        }

        if (Generator(runs, pair.Generator1) is not { } first || Generator(runs, pair.Generator2) is not { } second)
        {
            return null;
        }

        var all = JudgeReport.Preferences(judgements, PairAggregation.Mean);
        var decided = all.Where(one => one.Preference is not null).ToList();
        return new JudgedPair(
            file,
            first,
            second,
            decided.GroupBy(one => PromptKey.Of(one.Pair.Instruction)).ToDictionary(
                prompt => prompt.Key, prompt => prompt.Average(one => one.Preference!.Value - 1), StringComparer.Ordinal),
            judgements.GroupBy(one => one.Pair.Index).All(one => one.Select(judged => judged.Switched).Distinct().Count() == 2
                || one.First().Outcome == JudgeOutcome.EqualOutputs),
            all.Count - decided.Count,
            [.. judgements.Select(one => one.Model).OfType<string>().Distinct().Order(StringComparer.Ordinal)]);
    }

    // judge run names a generator by the file of its answers.
    private static Policy? Generator(RunCollection runs, string name) => PolicyOf(runs, name)
        ?? (Path.GetDirectoryName(name) is { Length: > 0 } folder ? PolicyOf(runs, folder) : null);
}

/// <summary>How answers were drawn, as <c>generate</c> records it with each.</summary>
/// <param name="Temperature">Divides the logits.</param>
/// <param name="TopP">Probability of the tokens that are kept; 1 keeps all.</param>
/// <param name="TopK">Tokens that are kept; 0 keeps all.</param>
/// <param name="MaxNewTokens">Most tokens of an answer.</param>
internal sealed record AnswerSampling(double Temperature, double TopP, int TopK, int MaxNewTokens)
{
    /// <summary>The file of a policy's answers.</summary>
    public const string FileName = "answers.jsonl";

    /// <summary>That of the answers of a policy; null where it is not recorded.</summary>
    /// <param name="runs">What the user brought.</param>
    /// <param name="policy">The policy.</param>
    /// <exception cref="ReproException">The file of answers is damaged.</exception>
    public static AnswerSampling? Of(RunCollection runs, Policy policy)
    {
        foreach (var file in runs.Files.Where(file => Path.GetFileName(file) == FileName
            && JudgedPolicies.PolicyOf(runs, Path.GetDirectoryName(file)!) == policy))
        {
            var (row, _, where) = PromptFile.Read(file).FirstOrDefault();
            if (row?["sampling"] is JsonObject sampling)
            {
                double Number(string key) => RewardScores.Number(sampling[key], where, $"sampling.{key}");
                return new AnswerSampling(
                    Number("temperature"), Number("top_p"), (int)Number("top_k"), (int)Number("max_new_tokens"));
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        Invariant($"temperature {Temperature}, top_p {TopP}, top_k {TopK}, max_new_tokens {MaxNewTokens}");
}
