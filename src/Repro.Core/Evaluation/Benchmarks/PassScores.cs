using System.Globalization;

namespace Repro.Core.Evaluation.Benchmarks;

/// <summary>How several programs are drawn for each problem, and which pass@k are computed of them.</summary>
public sealed record ProgramSampling
{
    /// <summary>Programs for each problem.</summary>
    public required int Samples { get; init; }

    /// <summary>Divides the logits; above 0.</summary>
    public double Temperature { get; init; } = 0.8;

    /// <summary>Keeps the smallest set of tokens that reaches this probability.</summary>
    public double TopP { get; init; } = 0.95;

    /// <summary>Seed of the draws. Those of a program follow from it, the place of its problem and its own number.</summary>
    public long Seed { get; init; }

    /// <summary>Each k of pass@k, at most <see cref="Samples"/>.</summary>
    public IReadOnlyList<int> Ks { get; init; } = [1];

    /// <summary>Refuses what cannot be computed.</summary>
    /// <exception cref="ReproException">There is no k, or one is above the number of programs.</exception>
    internal void Check()
    {
        if (Ks.Count == 0 || Ks.Any(k => k < 1))
        {
            throw new ReproException("pass@k needs at least one k, and each must be above 0.");
        }

        if (Ks.Max() > Samples)
        {
            throw new ReproException(Invariant($"pass@{Ks.Max()} needs at least {Ks.Max()} programs for each problem, found {Samples}."));
        }
    }
}

/// <summary>Runs programs that a model wrote.</summary>
public interface IProgramRunner
{
    /// <summary>Whether a program comes to its end.</summary>
    /// <param name="program">Python, with its tests after it.</param>
    /// <param name="cancellation">Ends the program.</param>
    bool Passes(string program, CancellationToken cancellation = default);
}

/// <summary>pass@k of single problems.</summary>
public static class PassScores
{
    private const string Prefix = "pass@";

    /// <summary>The name of a score, such as <c>pass@10</c>.</summary>
    /// <param name="k">Programs that one may hand in.</param>
    public static string Name(int k) => Invariant($"{Prefix}{k}");

    /// <summary>pass@k of a problem: estimated from the programs that passed, or, where a file does not say which did, as it was
    /// logged.</summary>
    /// <param name="sample">The problem with its programs.</param>
    /// <param name="ks">Each k, at most the number of programs; null for those that were logged, or for 1, as far as they are
    /// known.</param>
    /// <returns>Scores by name, the smallest k first.</returns>
    /// <exception cref="ReproException">There are fewer programs than a k that was asked for, or nothing says how they did.</exception>
    public static IReadOnlyDictionary<string, double> Compute(BenchmarkSample sample, IReadOnlyList<int>? ks = null)
    {
        ArgumentNullException.ThrowIfNull(sample);
        List<int> logged = [.. sample.Scores.Keys.Select(K).OfType<int>()];
        var scores = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var k in (ks ?? (logged.Count > 0 ? logged : [1])).Distinct().Order())
        {
            if (Compute(sample, k) is { } score)
            {
                scores[Name(k)] = score;
            }
            else if (ks is not null)
            {
                throw new ReproException(Invariant($"doc_id {sample.DocId}: {Name(k)} ") + (sample.Passed.Count == 0
                    ? "is not logged, and the file does not say which programs passed."
                    : Invariant($"needs at least {k} programs, found {sample.Passed.Count}.")));
            }
        }

        return scores;
    }

    /// <summary>The same for one k; null where it is not known.</summary>
    internal static double? Compute(BenchmarkSample sample, int k) => sample.Passed.Count == 0
        ? sample.Scores.TryGetValue(Name(k), out var logged) ? logged : null
        : sample.Passed.Count < k ? null
        : BenchmarkScores.PassAtK(sample.Passed.Count, sample.Passed.Count(passed => passed), k);

    private static int? K(string name) => name.StartsWith(Prefix, StringComparison.Ordinal)
        && int.TryParse(name[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var k) && k > 0 ? k : null;
}
