using System.Globalization;
using System.Text;
using Repro.Core.Evaluation.Statistics;

namespace Repro.Core.Evaluation.Benchmarks;

/// <summary>Scores of single documents.</summary>
public static class BenchmarkScores
{
    /// <summary>1 where the most likely choice is the right one, else 0; of equally likely choices the first counts.</summary>
    /// <param name="logLikelihoods">Of each choice, summed over its tokens, in nats.</param>
    /// <param name="answer">Index of the right choice.</param>
    /// <exception cref="ArgumentException">There is no choice, or the answer is none.</exception>
    public static double Acc(IReadOnlyList<double> logLikelihoods, int answer) =>
        Best(logLikelihoods, index => 1) == Checked(logLikelihoods, answer) ? 1 : 0;

    /// <summary>As <see cref="Acc"/> with each log-likelihood divided by the number of characters (code points) of its choice.</summary>
    /// <param name="logLikelihoods">As there.</param>
    /// <param name="choices">Text of each choice without the delimiter before it.</param>
    /// <param name="answer">As there.</param>
    public static double AccNorm(IReadOnlyList<double> logLikelihoods, IReadOnlyList<string> choices, int answer) =>
        Best(logLikelihoods, index => choices[index].EnumerateRunes().Count()) == Checked(logLikelihoods, answer) ? 1 : 0;

    /// <summary>As <see cref="AccNorm"/> with bytes of UTF-8.</summary>
    /// <param name="logLikelihoods">As there.</param>
    /// <param name="choices">As there.</param>
    /// <param name="answer">As there.</param>
    public static double AccBytes(IReadOnlyList<double> logLikelihoods, IReadOnlyList<string> choices, int answer) =>
        Best(logLikelihoods, index => Encoding.UTF8.GetByteCount(choices[index])) == Checked(logLikelihoods, answer) ? 1 : 0;

    /// <summary>1 where answer and target are equal after what the task removes from both, else 0.</summary>
    /// <param name="answer">The filtered response.</param>
    /// <param name="target">The right answer.</param>
    /// <param name="settings">What is removed.</param>
    public static double ExactMatch(string answer, string target, ExactMatchSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var (found, right) = (Plain(answer, settings), Plain(target, settings));
        return found == right || (settings.Numeric && IsNumber(found, right)) ? 1 : 0;
    }

    /// <summary>The unbiased estimate of pass@k: 1 - prod over i from n - c + 1 to n of (1 - k / i).</summary>
    /// <param name="tries">Programs written, n, at least k.</param>
    /// <param name="passed">Programs that pass, c.</param>
    /// <param name="k">Programs that one may hand in.</param>
    /// <exception cref="ArgumentException">A count is impossible.</exception>
    public static double PassAtK(int tries, int passed, int k)
    {
        Checks.AtLeast(k, 1);
        Checks.AtLeast(tries, k);
        Checks.Count(passed, tries, nameof(passed), nameof(tries));
        if (tries - passed < k)
        {
            return 1;
        }

        var none = 1.0;
        for (var i = tries - passed + 1; i <= tries; i++)
        {
            none *= 1 - ((double)k / i);
        }

        return 1 - none;
    }

    /// <summary>The mean with its standard error: sample standard deviation over the root of the number; 0 for one document.</summary>
    /// <param name="scores">A score for each document.</param>
    /// <exception cref="ArgumentException">No score, or one that is not finite.</exception>
    public static MeanScore Mean(IReadOnlyList<double> scores)
    {
        double[] values = [.. scores];
        return new(Descriptive.Mean(values), values.Length < 2 ? 0 : StandardError.OfMean(values, ddof: 1), values.Length);
    }

    /// <summary>Several tasks together: the mean of all documents, the standard error pooled as lm-eval pools it, and the mean of the
    /// tasks' means, since tables rarely say which of the two they print.</summary>
    /// <param name="tasks">Scores of at least one task.</param>
    public static GroupScore Group(IReadOnlyList<MeanScore> tasks)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        Checks.AtLeast(tasks.Count, 1, nameof(tasks));
        double total = tasks.Sum(task => task.Count);
        var spread = tasks.Sum(task => (task.Count - 1) * task.Count * task.StandardError * task.StandardError);
        var freedom = total - tasks.Count;
        return new(
            tasks.Sum(task => task.Mean * task.Count) / total,
            freedom > 0 ? Math.Sqrt(spread / freedom / total) : 0,
            tasks.Average(task => task.Mean),
            (int)total,
            tasks.Count);
    }

    private static int Checked(IReadOnlyList<double> logLikelihoods, int answer)
    {
        Checks.AtLeast(logLikelihoods.Count, 1, nameof(logLikelihoods));
        return answer >= 0 && answer < logLikelihoods.Count ? answer
            : throw new ArgumentException(Invariant($"answer must be below {logLikelihoods.Count}, was {answer}."), nameof(answer));
    }

    // An empty choice has no characters: its quotient is minus infinity (0 / 0 is no number, which numpy's argmax puts first).
    private static int Best(IReadOnlyList<double> logLikelihoods, Func<int, double> length)
    {
        var best = 0;
        var values = logLikelihoods.Select((value, index) => value / length(index)).ToList();
        for (var i = 0; i < values.Count; i++)
        {
            if (double.IsNaN(values[i]))
            {
                return i;
            }

            best = values[i] > values[best] ? i : best;
        }

        return best;
    }

    private static bool IsNumber(string found, string right) =>
        double.TryParse(found, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        && long.TryParse(right, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
        && Math.Abs(number - whole) < 1e-6;

    private static string Plain(string text, ExactMatchSettings settings)
    {
        var plain = settings.RegexesToIgnore.Aggregate(text, (rest, pattern) => PythonPattern.Remove(pattern, rest));
        return settings.IgnoreCase ? plain.ToLowerInvariant() : plain;
    }
}

/// <summary>The score of a task.</summary>
/// <param name="Mean">Mean over documents, 0 to 1.</param>
/// <param name="StandardError">Of the mean.</param>
/// <param name="Count">Documents.</param>
public sealed record MeanScore(double Mean, double StandardError, int Count);

/// <summary>The score of several tasks together.</summary>
/// <param name="Mean">Mean over all documents.</param>
/// <param name="StandardError">Of that mean, pooled.</param>
/// <param name="Unweighted">Mean of the tasks' means.</param>
/// <param name="Count">Documents.</param>
/// <param name="Tasks">Tasks.</param>
public sealed record GroupScore(double Mean, double StandardError, double Unweighted, int Count, int Tasks);
