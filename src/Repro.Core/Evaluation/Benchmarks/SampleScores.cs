using System.Globalization;
using System.Text.Json.Nodes;

namespace Repro.Core.Evaluation.Benchmarks;

/// <summary>Scores of a task, computed from stored samples.</summary>
public static class SampleScores
{
    /// <summary>The name of a metric as samples and reports write it.</summary>
    /// <param name="metric">The metric.</param>
    public static string Name(BenchmarkMetric metric) => metric switch
    {
        BenchmarkMetric.Acc => "acc",
        BenchmarkMetric.AccNorm => "acc_norm",
        BenchmarkMetric.AccBytes => "acc_bytes",
        BenchmarkMetric.ExactMatch => "exact_match",
        _ => PassScores.Name(1),
    };

    /// <summary>The score of one sample by a metric; null where it is in the file alone, as whether a program passed.</summary>
    /// <param name="settings">The benchmark.</param>
    /// <param name="sample">The sample.</param>
    /// <param name="metric">The metric.</param>
    /// <exception cref="ReproException">The sample does not say which choice is right, or has no answer.</exception>
    public static double? Compute(BenchmarkSettings settings, BenchmarkSample sample, BenchmarkMetric metric)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(sample);
        if (metric == BenchmarkMetric.PassAt1)
        {
            return PassScores.Compute(sample, 1);
        }

        if (metric == BenchmarkMetric.ExactMatch)
        {
            return sample.Filtered.Count == 1 ? BenchmarkScores.ExactMatch(sample.Filtered[0], sample.Target, settings.ExactMatch)
                : throw new ReproException(Invariant($"doc_id {sample.DocId}: the filter {sample.Filter} left {sample.Filtered.Count} ")
                    + "answers; exact_match needs one.");
        }

        var (values, answer) = (sample.Choices.Select(choice => choice.LogLikelihood).ToList(), Answer(settings, sample));
        return metric switch
        {
            BenchmarkMetric.Acc => BenchmarkScores.Acc(values, answer),
            BenchmarkMetric.AccNorm => BenchmarkScores.AccNorm(values, Texts(settings, sample), answer),
            _ => BenchmarkScores.AccBytes(values, Texts(settings, sample), answer),
        };
    }

    /// <summary>All scores of one sample by their names; those that can neither be computed nor are in the file are left out.</summary>
    /// <param name="settings">The benchmark.</param>
    /// <param name="sample">The sample.</param>
    /// <param name="ks">Each k of pass@k; null for those that were logged.</param>
    /// <exception cref="ReproException">The sample does not say which choice is right, has no answer, or too few programs for a
    /// k.</exception>
    public static IReadOnlyDictionary<string, double> All(
        BenchmarkSettings settings, BenchmarkSample sample, IReadOnlyList<int>? ks = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var scores = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var metric in settings.MetricList)
        {
            if (metric == BenchmarkMetric.PassAt1)
            {
                foreach (var (name, score) in PassScores.Compute(sample, ks))
                {
                    scores[name] = score;
                }
            }
            else if (Compute(settings, sample, metric) is { } score)
            {
                scores[Name(metric)] = score;
            }
        }

        return scores;
    }

    /// <summary>The scores of a task: for each filter and metric a score for each document, in the order of the samples.</summary>
    /// <param name="settings">The benchmark.</param>
    /// <param name="samples">Its samples; a document comes once for each filter.</param>
    /// <param name="ks">Each k of pass@k; null for those that were logged.</param>
    /// <returns>Keys such as <c>acc,none</c>, as lm-eval writes them.</returns>
    /// <exception cref="ReproException">There is no sample, or one does not fit the benchmark.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<double>> Compute(
        BenchmarkSettings settings, IReadOnlyList<BenchmarkSample> samples, IReadOnlyList<int>? ks = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(samples);
        if (samples.Count == 0)
        {
            throw new ReproException($"{settings.Task}: there are no samples.");
        }

        var scores = new Dictionary<string, IReadOnlyList<double>>(StringComparer.Ordinal);
        foreach (var filter in samples.GroupBy(sample => sample.Filter))
        {
            var each = filter.Select(sample => All(settings, sample, ks)).ToList();
            foreach (var name in each[0].Keys.Where(name => each.TrueForAll(own => own.ContainsKey(name))))
            {
                scores[$"{name},{filter.Key}"] = [.. each.Select(own => own[name])];
            }
        }

        return scores;
    }

    /// <summary>How many responses a filter found no answer in, which therefore count as wrong.</summary>
    /// <param name="samples">Samples of a task.</param>
    /// <returns>Responses without an answer by filter, of those with any.</returns>
    public static IReadOnlyDictionary<string, int> Unparsed(IReadOnlyList<BenchmarkSample> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        return samples.Where(sample => sample.Filter != BenchmarkSamples.NoFilter && sample.Filtered.Count > 0
                && sample.Filtered[0] is "" or "[invalid]" or "NULL")
            .CountBy(sample => sample.Filter).ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
    }

    /// <summary>How many scores that stand in the samples differ from those computed from their facts.</summary>
    /// <param name="settings">The benchmark.</param>
    /// <param name="samples">Its samples.</param>
    /// <returns>A line for each metric with differences.</returns>
    public static IReadOnlyList<string> Disagreements(BenchmarkSettings settings, IReadOnlyList<BenchmarkSample> samples)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(samples);
        var wrong = from sample in samples
                    from score in All(settings, sample)
                    where sample.Scores.TryGetValue(score.Key, out var logged) && Math.Abs(score.Value - logged) > 1e-12
                    group sample by score.Key;
        return
        [
            .. wrong.Select(own => Invariant($"{settings.Task}: {own.Key} of {own.Count()} of {samples.Count} samples is another than ")
                + Invariant($"their facts give, first doc_id {own.First().DocId}")),
        ];
    }

    /// <summary>Index of the right choice of a sample.</summary>
    internal static int Answer(BenchmarkSettings settings, BenchmarkSample sample)
    {
        if (int.TryParse(sample.Target, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < sample.Choices.Count
            && !settings.PromptPerChoice)
        {
            return index;
        }

        // Where all choices have one continuation, the document alone says which is right: lm-eval's as 1 or 2, ours as 0 or 1.
        var place = settings.PromptPerChoice ? FromDocument(sample) : Texts(settings, sample).IndexOf(sample.Target);
        return place >= 0 && place < sample.Choices.Count ? place
            : throw new ReproException(Invariant($"doc_id {sample.DocId}: the target '{sample.Target}' is none of the choices."));
    }

    private static int FromDocument(BenchmarkSample sample) => sample.Doc["answer"] switch
    {
        JsonValue value when value.TryGetValue<string>(out var text) => text is "1" or "2" ? text[0] - '1' : -1,
        JsonValue value when value.TryGetValue<int>(out var number) => number,
        _ => -1,
    };

    private static List<string> Texts(BenchmarkSettings settings, BenchmarkSample sample) => [.. sample.Requests.Select(request =>
        request.Continuation!.StartsWith(settings.TargetDelimiter, StringComparison.Ordinal)
            ? request.Continuation[settings.TargetDelimiter.Length..] : request.Continuation)];
}
