using Repro.Core.Evaluation.Statistics;

namespace Repro.Core.Evaluation.Benchmarks;

/// <summary>Two models on the same documents of a task.</summary>
/// <param name="Task">The task.</param>
/// <param name="Metric">Metric and filter, such as <c>acc,none</c>.</param>
/// <param name="First">Score of the first model.</param>
/// <param name="Second">Score of the second.</param>
/// <param name="Interval">95% bootstrap interval of the first's mean minus the second's; documents stay together.</param>
/// <param name="OnlyFirst">Documents that only the first has right.</param>
/// <param name="OnlySecond">Documents that only the second has right.</param>
/// <param name="PValue">Exact p of McNemar's test.</param>
public sealed record PairedScore(
    string Task, string Metric, MeanScore First, MeanScore Second, Interval Interval, int OnlyFirst, int OnlySecond, double PValue)
{
    /// <summary>First minus second.</summary>
    public double Difference => First.Mean - Second.Mean;

    /// <summary>The p-value corrected by Holm for all comparisons that were made together.</summary>
    public double AdjustedPValue { get; init; } = PValue;
}

/// <summary>A document on which two files of samples differ.</summary>
/// <param name="DocId">Its place in the first file's task.</param>
/// <param name="Filter">The filter of its samples.</param>
/// <param name="Prompt">The character, from 0, at which the prompts part; null where they are the same.</param>
/// <param name="Continuations">Whether choices are written otherwise.</param>
/// <param name="LogLikelihood">Largest difference of a choice's log-likelihood in nats; null where the model wrote.</param>
/// <param name="Responses">Whether responses differ.</param>
/// <param name="Target">Whether the right answers differ.</param>
/// <param name="Scores">Scores of both by metric, of those that differ.</param>
public sealed record SampleDifference(
    int DocId, string Filter, int? Prompt, bool Continuations, double? LogLikelihood, bool Responses, bool Target,
    IReadOnlyDictionary<string, (double First, double Second)> Scores);

/// <summary>Puts two files of samples of one task side by side.</summary>
public static class BenchmarkComparison
{
    private const int Resamples = 10_000;

    /// <summary>How documents of two files were found to be the same.</summary>
    public enum Key
    {
        /// <summary>By the hash of the document.</summary>
        Document,

        /// <summary>By the hash of the prompt.</summary>
        Prompt,

        /// <summary>By their place alone: neither documents nor prompts are the same.</summary>
        Place,
    }

    /// <summary>Finds the samples of the same documents and filter in two files: by the hash of the document, else by that of the prompt,
    /// else by place.</summary>
    /// <param name="first">Samples of one model.</param>
    /// <param name="second">Samples of another.</param>
    /// <returns>Pairs in the order of the first, how they were found, and how many samples of each file have no partner.</returns>
    /// <exception cref="ReproException">No document is in both.</exception>
    public static AlignedSamples Align(IReadOnlyList<BenchmarkSample> first, IReadOnlyList<BenchmarkSample> second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        var keys = new (Key Key, Func<BenchmarkSample, string> Of)[]
        {
            (Key.Document, sample => sample.DocHash),
            (Key.Prompt, sample => sample.PromptHash),
            (Key.Place, sample => Invariant($"{sample.DocId}")),
        };

        // The first that finds any, not the one that finds most: two parts of one task that overlap have more places than documents in
        // common, and a place then pairs other documents.
        return keys.Select(key => Aligned(first, second, key.Key, key.Of)).FirstOrDefault(aligned => aligned.Pairs.Count > 0)
            ?? throw new ReproException(Invariant($"No document is in both files ({first.Count} and {second.Count} samples)."));
    }

    /// <summary>The paired comparison by each metric of a benchmark.</summary>
    /// <param name="settings">The benchmark.</param>
    /// <param name="task">Name of the task.</param>
    /// <param name="pairs">Samples of the same documents.</param>
    /// <param name="seed">Seed of the bootstrap.</param>
    public static IReadOnlyList<PairedScore> Compare(
        BenchmarkSettings settings, string task, IReadOnlyList<(BenchmarkSample First, BenchmarkSample Second)> pairs, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        var first = SampleScores.Compute(settings, [.. pairs.Select(pair => pair.First)]);
        var second = SampleScores.Compute(settings, [.. pairs.Select(pair => pair.Second)]);
        return [.. first.Keys.Where(second.ContainsKey).Select(metric =>
            Compare(task, metric, [.. first[metric]], [.. second[metric]], seed))];
    }

    /// <summary>Corrects the p-values of comparisons that were made together.</summary>
    /// <param name="scores">All of them.</param>
    public static IReadOnlyList<PairedScore> Adjust(IReadOnlyList<PairedScore> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        var adjusted = scores.Count == 0 ? [] : Holm.Adjust([.. scores.Select(score => score.PValue)]);
        return [.. scores.Select((score, i) => score with { AdjustedPValue = adjusted[i] })];
    }

    /// <summary>The documents on which two models were asked, answered or scored otherwise.</summary>
    /// <param name="settings">The benchmark.</param>
    /// <param name="pairs">Samples of the same documents.</param>
    /// <param name="tolerance">Log-likelihoods that differ by no more, in nats, count as equal.</param>
    public static IReadOnlyList<SampleDifference> Differences(
        BenchmarkSettings settings, IReadOnlyList<(BenchmarkSample First, BenchmarkSample Second)> pairs, double tolerance = 1e-5)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(pairs);
        return [.. pairs.Select(pair => Difference(settings, pair.First, pair.Second)).Where(found =>
            found.Prompt is not null || found.Continuations || found.LogLikelihood > tolerance || found.Responses || found.Target
            || found.Scores.Count > 0)];
    }

    /// <summary>The largest difference between two log-likelihoods of the same choice, in nats; 0 where the models wrote.</summary>
    /// <param name="pairs">Samples of the same documents.</param>
    public static double LargestDifference(IReadOnlyList<(BenchmarkSample First, BenchmarkSample Second)> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        return pairs.Select(pair => LogLikelihood(pair.First, pair.Second) ?? 0).DefaultIfEmpty(0).Max();
    }

    private static double? LogLikelihood(BenchmarkSample first, BenchmarkSample second) =>
        first.Choices.Count == 0 || first.Choices.Count != second.Choices.Count ? null
            : first.Choices.Zip(second.Choices, (a, b) => Math.Abs(a.LogLikelihood - b.LogLikelihood)).Max();

    private static PairedScore Compare(string task, string metric, double[] first, double[] second, ulong seed)
    {
        var (onlyFirst, onlySecond) = (0, 0);
        for (var i = 0; i < first.Length; i++)
        {
            onlyFirst += first[i] > second[i] ? 1 : 0;
            onlySecond += first[i] < second[i] ? 1 : 0;
        }

        return new(task, metric, BenchmarkScores.Mean(first), BenchmarkScores.Mean(second),
            Bootstrap.PairedDifference(first, second, Resamples, seed), onlyFirst, onlySecond, McNemar.Exact(onlyFirst, onlySecond));
    }

    // Equal documents, which some data sets have, are told apart by their order.
    private static AlignedSamples Aligned(
        IReadOnlyList<BenchmarkSample> first, IReadOnlyList<BenchmarkSample> second, Key key, Func<BenchmarkSample, string> of)
    {
        var partners = Numbered(second, of).ToDictionary(entry => entry.Key, entry => entry.Sample);
        var pairs = Numbered(first, of).Where(entry => partners.ContainsKey(entry.Key))
            .Select(entry => (entry.Sample, partners[entry.Key])).ToList();
        return new(pairs, key, first.Count - pairs.Count, second.Count - pairs.Count);
    }

    private static IEnumerable<((string, string, int) Key, BenchmarkSample Sample)> Numbered(
        IEnumerable<BenchmarkSample> samples, Func<BenchmarkSample, string> of)
    {
        var seen = new Dictionary<(string, string), int>();
        foreach (var sample in samples)
        {
            var name = (of(sample), sample.Filter);
            seen[name] = seen.GetValueOrDefault(name) + 1;
            yield return ((name.Item1, name.Filter, seen[name]), sample);
        }
    }

    private static SampleDifference Difference(BenchmarkSettings settings, BenchmarkSample first, BenchmarkSample second)
    {
        var (one, other) = (first.Requests[0].Context, second.Requests[0].Context);
        var scores = new Dictionary<string, (double, double)>(StringComparer.Ordinal);
        var others = SampleScores.All(settings, second);
        foreach (var (name, score) in SampleScores.All(settings, first))
        {
            if (others.TryGetValue(name, out var found) && score != found)
            {
                scores[name] = (score, found);
            }
        }

        return new(
            first.DocId,
            first.Filter,
            one == other ? null : one.AsSpan().CommonPrefixLength(other),
            !first.Requests.Select(request => request.Continuation).SequenceEqual(second.Requests.Select(request => request.Continuation)),
            LogLikelihood(first, second),
            !first.Responses.SequenceEqual(second.Responses),
            first.Target != second.Target,
            scores);
    }
}

/// <summary>Samples of two files, found to be of the same documents.</summary>
/// <param name="Pairs">Samples of both.</param>
/// <param name="Key">How they were found.</param>
/// <param name="OnlyFirst">Samples of the first file without a partner.</param>
/// <param name="OnlySecond">Samples of the second file without a partner.</param>
public sealed record AlignedSamples(
    IReadOnlyList<(BenchmarkSample First, BenchmarkSample Second)> Pairs, BenchmarkComparison.Key Key, int OnlyFirst, int OnlySecond);
