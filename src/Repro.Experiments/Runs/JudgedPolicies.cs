using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Data;
using Repro.Core.Evaluation.Benchmarks;
using Repro.Core.Evaluation.Judges;
using Repro.Core.Models;
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
/// <param name="Doubts">What is not certain about who gave the answers.</param>
internal sealed record JudgedPair(
    string File, Policy First, Policy Second, IReadOnlyDictionary<string, double> Preferences, bool BothOrders, int Missing,
    IReadOnlyList<string> Judges, IReadOnlyList<Doubt> Doubts)
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
internal sealed record Policy(string Name, string Role, UserRun? Run);

/// <summary>Who answered, and what is not certain about it.</summary>
/// <param name="Policy">Who.</param>
/// <param name="Doubts">What is not certain.</param>
internal sealed record FoundPolicy(Policy Policy, IReadOnlyList<Doubt> Doubts);

/// <summary>The judgements that a user brings: files named <c>annotations.json</c>, of <c>judge run</c> or AlpacaEval.</summary>
internal static class JudgedPolicies
{
    /// <summary>How names of files of judgements end.</summary>
    public const string Suffix = "annotations.json";

    // Models that training begins with have no run of their own.
    private static readonly string[] Starts = ["base", "sft"];

    /// <summary>Reads all files whose generators have a role.</summary>
    /// <param name="runs">The runs and files of the user.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">A file is damaged, or its answers are not those of the run they lie with.</exception>
    public static IReadOnlyList<JudgedPair> Find(RunCollection runs, CancellationToken cancellation)
    {
        List<JudgedPair> found = [.. runs.Files.Where(file => file.EndsWith(Suffix, StringComparison.Ordinal))
            .Select(file => Pair(runs, file, cancellation)).OfType<JudgedPair>()];
        var twice = found.GroupBy(pair => (pair.First, pair.Second)).FirstOrDefault(pairs => pairs.Count() > 1);
        return twice is null ? found : throw new ReproException($"{twice.First().File} and {twice.Last().File}: both judge "
            + $"{twice.Key.First.Name} against {twice.Key.Second.Name}; keep the one that counts");
    }

    /// <summary>The policy that made something: the one that <c>roles.yaml</c> names, else that of the weights recorded with it, else that
    /// of its folder; null where none is found.</summary>
    /// <param name="runs">The runs and files of the user.</param>
    /// <param name="names">Its folder, relative to that of the runs or whole, or names that <c>roles.yaml</c> knows; the first that is
    /// known counts.</param>
    /// <param name="by">The model that is recorded; null for none.</param>
    /// <param name="file">The file that it stands in.</param>
    /// <param name="cancellation">Ends the hashing of weights.</param>
    /// <exception cref="ReproException">The weights are others than those of the run that it lies with.</exception>
    public static FoundPolicy? PolicyOf(
        RunCollection runs, IReadOnlyList<string> names, ModelIdentity? by, string file, CancellationToken cancellation)
    {
        if (names.FirstOrDefault(runs.Roles.Generators.ContainsKey) is { } name)
        {
            var role = runs.Roles.Generators[name];
            var only = runs.Roles.Runs(role) is [var one] ? one : null;
            return new FoundPolicy(new Policy(name, role, only), runs.Attribution.Given(by, only, file, cancellation));
        }

        var owner = names.Select(runs.Owner).FirstOrDefault(run => run is not null && runs.Roles.Of(run) is not null);
        var start = owner is not null ? null : Starts.FirstOrDefault(start =>
            names.Any(place => place.Split('/', '\\').Contains($"{start}-evaluation")));
        start ??= by is null || owner is not null ? null : Starts.FirstOrDefault(known => runs.Attribution.IsStart(by, known));
        var maker = runs.Attribution.Of(by, owner, file, cancellation);

        // A run's result may be what others here begin with: supervised training makes sft, and the base of those that follow it.
        var isStart = start is not null && by is not null && runs.Attribution.IsStart(by, start);
        if (maker.Run is { } run && !(isStart && runs.Roles.Of(run) != start))
        {
            return runs.Roles.Of(run) is { } role ? new FoundPolicy(new Policy(run.Name, role, run), maker.Doubts) : null;
        }

        return start is null ? null : new FoundPolicy(new Policy(start, start, null), runs.Attribution.OfStart(by, start, file));
    }

    /// <summary>The policy of a file of answers or samples; null where none is found.</summary>
    /// <param name="runs">The runs and files of the user.</param>
    /// <param name="file">The file.</param>
    /// <param name="cancellation">Ends the hashing of weights.</param>
    /// <exception cref="ReproException">It is damaged, or its weights are others than those of the run that it lies with.</exception>
    public static FoundPolicy? OfFile(RunCollection runs, string file, CancellationToken cancellation)
    {
        var (names, by) = MakerOf(runs, file, cancellation);
        return PolicyOf(runs, names, by, file, cancellation);
    }

    /// <summary>Names by which the maker of a file of answers or samples is known, and the model that it records.</summary>
    /// <exception cref="ReproException">The file is damaged.</exception>
    public static (IReadOnlyList<string> Names, ModelIdentity? By) MakerOf(
        RunCollection runs, string file, CancellationToken cancellation)
    {
        var by = Path.GetFileName(file) == AnswerSampling.FileName ? runs.Answers.Of(file, cancellation).GeneratedBy
            : SampleFile.Parse(file) is null ? null : runs.Origins.Of(file, cancellation).By;
        return (Names(runs, file), by);
    }

    /// <summary>The same of both generators of a file of judgements.</summary>
    /// <exception cref="ReproException">The file is damaged.</exception>
    public static IEnumerable<(IReadOnlyList<string> Names, ModelIdentity? By)> MakersIn(
        RunCollection runs, string file, CancellationToken cancellation)
    {
        var pair = First(runs, file, cancellation);
        return [(Names(runs, pair.Generator1), pair.GeneratedBy1), (Names(runs, pair.Generator2), pair.GeneratedBy2)];
    }

    /// <summary>Generators of a file of judgements that are no policy here.</summary>
    /// <param name="runs">The runs and files of the user.</param>
    /// <param name="file">The file.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">The file is damaged.</exception>
    public static IReadOnlyList<string> UnknownIn(RunCollection runs, string file, CancellationToken cancellation) =>
    [
        .. MakersIn(runs, file, cancellation).Where(one => PolicyOf(runs, one.Names, one.By, file, cancellation) is null)
            .Select(one => one.Names[0] is { Length: > 0 } name ? name : "a model without a name"),
    ];

    private static AnswerPair First(RunCollection runs, string file, CancellationToken cancellation) =>
        runs.Judgements.Of(file, cancellation) is [var first, ..] ? first.Pair : throw new ReproException($"{file}: holds no judgement");

    private static JudgedPair? Pair(RunCollection runs, string file, CancellationToken cancellation)
    {
        var (judgements, pair) = (runs.Judgements.Of(file, cancellation), First(runs, file, cancellation));
        if (judgements.FirstOrDefault(one => one.Pair.Generator1 != pair.Generator1 || one.Pair.Generator2 != pair.Generator2
            || one.Pair.GeneratedBy1 != pair.GeneratedBy1 || one.Pair.GeneratedBy2 != pair.GeneratedBy2) is { } other)
        {
            throw new ReproException($"{file}: compares {pair.Generator1} with {pair.Generator2} and also {other.Pair.Generator1} with "
                + $"{other.Pair.Generator2}; one pair of models a file was expected");
        }

        var found = MakersIn(runs, file, cancellation)
            .Select(one => PolicyOf(runs, one.Names, one.By, file, cancellation)).ToList();
        if (found is not [{ } first, { } second])
        {
            return null;
        }

        var all = JudgeReport.Preferences(judgements, PairAggregation.Mean);
        var decided = all.Where(one => one.Preference is not null).ToList();
        return new JudgedPair(
            file,
            first.Policy,
            second.Policy,
            decided.GroupBy(one => PromptKey.Compute(one.Pair.Instruction)).ToDictionary(
                prompt => prompt.Key, prompt => prompt.Average(one => one.Preference!.Value - 1), StringComparer.Ordinal),
            judgements.GroupBy(one => one.Pair.Index).All(one => one.Select(judged => judged.Switched).Distinct().Count() == 2
                || one.First().Outcome == JudgeOutcome.EqualOutputs),
            all.Count - decided.Count,
            [.. judgements.Select(one => one.Model).OfType<string>().Distinct().Order(StringComparer.Ordinal)],
            [.. first.Doubts, .. second.Doubts]);
    }

    // judge run names a generator by the file of its answers; roles.yaml may name that, or its folder, also from the folder of the runs.
    private static string[] Names(RunCollection runs, string generator) => Path.GetDirectoryName(generator) is { Length: > 0 } folder
        ? [generator, runs.Name(generator), folder, runs.Name(folder)] : [generator];
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
    /// <param name="runs">The runs and files of the user.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="cancellation">Ends the hashing of weights.</param>
    /// <exception cref="ReproException">The file of answers is damaged.</exception>
    public static AnswerSampling? Find(RunCollection runs, Policy policy, CancellationToken cancellation) => runs.Files
        .Where(file => Path.GetFileName(file) == FileName && IsOf(runs, policy, file, cancellation))
        .Select(file => runs.Answers.Of(file, cancellation).Sampling).FirstOrDefault(sampling => sampling is not null);

    // Answers of other weights than those of their folder are of an earlier result: they say nothing of how a policy was sampled.
    private static bool IsOf(RunCollection runs, Policy policy, string file, CancellationToken cancellation)
    {
        var (names, by) = JudgedPolicies.MakerOf(runs, file, cancellation);
        try
        {
            return JudgedPolicies.PolicyOf(runs, names, by, file, cancellation)?.Policy == policy;
        }
        catch (ReproException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public override string ToString() =>
        Invariant($"temperature {Temperature}, top_p {TopP}, top_k {TopK}, max_new_tokens {MaxNewTokens}");
}

/// <summary>A file of answers, as <c>repro generate</c> writes it: how it was made.</summary>
/// <param name="Sampling">How answers were drawn; null where it is not recorded.</param>
/// <param name="GeneratedBy">The model; null where it is not recorded.</param>
internal sealed record AnswerFile(AnswerSampling? Sampling, ModelIdentity? GeneratedBy)
{
    /// <summary>Reads all rows; how answers were drawn is taken from the first.</summary>
    /// <exception cref="ReproException">A row is damaged, or two models made them; names the line.</exception>
    public static AnswerFile Read(string file, CancellationToken cancellation)
    {
        AnswerFile? found = null;
        foreach (var (row, _, where) in PromptFile.Read(file, cancellation))
        {
            var by = ModelIdentity.Read(row["generated_by"], $"{where}: generated_by");
            if (found is not null && !Attribution.IsSame(by, found.GeneratedBy))
            {
                throw new ReproException($"{where}: is of another model than the rows before it; one a file was expected");
            }

            found ??= new AnswerFile(row["sampling"] is JsonObject sampling ? Drawn(sampling, where) : null, by);
        }

        return found ?? new AnswerFile(null, null);
    }

    private static AnswerSampling Drawn(JsonObject sampling, string where)
    {
        double Number(string key) => ScoreFile.Number(sampling[key], where, $"sampling.{key}");
        return new AnswerSampling(Number("temperature"), Number("top_p"), (int)Number("top_k"), (int)Number("max_new_tokens"));
    }
}
