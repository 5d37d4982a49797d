using Repro.Core.Evaluation.Statistics;

namespace Repro.Experiments.Runs;

/// <summary>A metric along a run, or its difference between two runs step by step, as means of ten neighbouring steps: single steps depend
/// on one another too much to be counted one by one.</summary>
internal static class RunSeries
{
    /// <summary>KL from the reference, summed over a response, mean of a step (TRL's <c>objective/kl</c>).</summary>
    public const string Kl = "kl/mean";

    /// <summary>Score of the reward model, mean of a step.</summary>
    public const string Score = "scores/mean";

    /// <summary>Tokens of a response, mean of a step.</summary>
    public const string Length = "response_length/mean";

    /// <summary>Steps at the end of a run whose mean is its final level.</summary>
    public const int LastSteps = 50;

    private const int LongestBlock = 10;
    private const int FewestBlocks = 3;

    /// <summary>A metric at every step of training that has it.</summary>
    public static IReadOnlyList<(long Step, double Value)> Read(UserRun run, string metric) =>
    [
        .. run.Lines.Where(line => !line.IsEvaluation && line.Metrics.TryGetValue(metric, out var value) && double.IsFinite(value))
            .Select(line => (line.Step, line.Metrics[metric])),
    ];

    /// <summary>How much a metric changes from one step to the next.</summary>
    public static IReadOnlyList<(long Step, double Value)> Changes(IReadOnlyList<(long Step, double Value)> values) =>
        [.. values.Skip(1).Zip(values, (now, before) => (now.Step, Math.Abs(now.Value - before.Value)))];

    /// <summary>First minus second at every step that both have.</summary>
    public static IReadOnlyList<(long Step, double Value)> Difference(
        IReadOnlyList<(long Step, double Value)> first, IReadOnlyList<(long Step, double Value)> second)
    {
        var others = second.ToDictionary(point => point.Step, point => point.Value);
        return [.. first.Where(point => others.ContainsKey(point.Step)).Select(point => (point.Step, point.Value - others[point.Step]))];
    }

    /// <summary>Mean of the last steps.</summary>
    public static RunEstimate? Level(IReadOnlyList<(long Step, double Value)> values) => Mean([.. values.TakeLast(LastSteps)]);

    /// <summary>Mean of all steps.</summary>
    public static RunEstimate? Mean(IReadOnlyList<(long Step, double Value)> values)
    {
        var blocks = Blocks(values);
        return blocks.Count < FewestBlocks ? null : new RunEstimate(
            values.Average(point => point.Value),
            StandardError.OfMean([.. blocks.Select(block => block.Value)], 1),
            blocks.Count - 1);
    }

    /// <summary>Least-squares slope a step.</summary>
    public static RunEstimate? Slope(IReadOnlyList<(long Step, double Value)> values)
    {
        var blocks = Blocks(values);
        if (blocks.Count < FewestBlocks)
        {
            return null;
        }

        var (step, value) = (blocks.Average(block => block.Step), blocks.Average(block => block.Value));
        var spread = blocks.Sum(block => (block.Step - step) * (block.Step - step));
        var slope = blocks.Sum(block => (block.Step - step) * (block.Value - value)) / spread;
        var residual = blocks.Sum(block => Math.Pow(block.Value - value - (slope * (block.Step - step)), 2));
        return new RunEstimate(slope, Math.Sqrt(residual / (blocks.Count - 2) / spread), blocks.Count - 2);
    }

    // Short runs have shorter blocks, so that there are five.
    private static List<(double Step, double Value)> Blocks(IReadOnlyList<(long Step, double Value)> values)
    {
        var length = Math.Clamp(values.Count / 5, 1, LongestBlock);
        return [.. values.Chunk(length).Where(chunk => chunk.Length == length)
            .Select(chunk => (chunk.Average(point => (double)point.Step), chunk.Average(point => point.Value)))];
    }
}

/// <summary>A number estimated within one run.</summary>
/// <param name="Value">The estimate.</param>
/// <param name="Error">Its standard error within the run.</param>
/// <param name="Degrees">Degrees of freedom of that.</param>
internal sealed record RunEstimate(double Value, double Error, int Degrees)
{
    /// <summary>The t interval within the run; it says nothing of other seeds.</summary>
    /// <param name="level">Confidence level.</param>
    public Interval Interval(double level) => TTest.Interval(Value, Error, Degrees, level);
}
