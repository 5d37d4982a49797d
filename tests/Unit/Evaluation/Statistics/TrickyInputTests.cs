using System.Text.Json;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;

namespace Repro.Tests.Unit.Evaluation.Statistics;

/// <summary>
/// Statistics of constant, tiny, huge and nearly equal values against exact rational arithmetic, 60-digit tails and all resamples instead
/// of drawn ones (fixtures/statistics/tricky.json, written by bench/python/statistics_fixtures.py).
/// </summary>
public sealed class TrickyInputTests
{
    private static readonly JsonElement Root = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(RepositoryRoot.Find(), "fixtures", "statistics", "tricky.json"))).RootElement;

    public static TheoryData<int> TTests => Numbers("t_tests");

    public static TheoryData<int> Constants => Numbers("constants");

    public static TheoryData<int> Bootstraps => Numbers("stratified");

    public static TheoryData<int> Rows => Numbers("grim_rows");

    [Theory]
    [MemberData(nameof(TTests))]
    public void T_tests(int number)
    {
        var one = Root.GetProperty("t_tests")[number];
        double[] first = Values(one, "first"), second = Values(one, "second");
        TTestResult Run() => one.GetProperty("test").GetString() switch
        {
            "pooled" => TTest.Pooled(first, second),
            "welch" => TTest.Welch(first, second),
            _ => TTest.Paired(first, second),
        };
        if (one.TryGetProperty("refused", out _))
        {
            ((Action)(() => Run())).Should().Throw<ArgumentException>().WithMessage("first and second must vary or differ*");
            return;
        }

        var found = Run();
        var interval = found.Interval();
        Near(found.T, Number(one, "t"), 1e-11);
        Near(found.DegreesOfFreedom, Number(one, "degrees"), 1e-11);
        Near(found.PValue, Number(one, "p"), 1e-8);
        var width = Number(one, "upper") - Number(one, "lower");
        interval.Lower.Should().BeApproximately(Number(one, "lower"), 1e-8 * width);
        interval.Upper.Should().BeApproximately(Number(one, "upper"), 1e-8 * width);
    }

    // Nothing varies: the mean is the value and the deviation 0, with no rest of rounding that could pass for one.
    [Theory]
    [MemberData(nameof(Constants))]
    public void Constant_samples(int number)
    {
        var one = Root.GetProperty("constants")[number];
        var value = Number(one, "value");
        double[] sample = [.. Enumerable.Repeat(value, one.GetProperty("count").GetInt32())];
        double[] others = [.. sample.Select((_, i) => (double)i)];
        Descriptive.Mean(sample).Should().Be(value);
        Descriptive.Variance(sample, 1).Should().Be(0);
        Descriptive.StandardDeviation(sample, 0).Should().Be(0);
        StandardError.OfMean(sample, 1).Should().Be(0);
        Bootstrap.MeanInterval(sample, 50, 1).Should().Be(new Interval(value, value));
        foreach (var correlate in new Func<double[], double[], double>[]
        {
            (x, y) => Correlation.Pearson(x, y), (x, y) => Correlation.Spearman(x, y), (x, y) => Correlation.KendallTauB(x, y),
        })
        {
            ((Action)(() => correlate(sample, others))).Should().Throw<ArgumentException>().WithMessage("first must vary*");
            ((Action)(() => correlate(others, sample))).Should().Throw<ArgumentException>().WithMessage("second must vary*");
        }

        var table = new double[sample.Length, 2];
        for (var run = 0; run < sample.Length; run++)
        {
            (table[run, 0], table[run, 1]) = (value, value);
        }

        SeedScores.InterquartileMean(table).Should().Be(value);
        SeedScores.ProbabilityOfImprovement(table, table).Should().Be(0.5);
        SeedScores.PerformanceProfile(table, [value, Math.BitDecrement(value)]).Should().Equal(0, 1);
    }

    [Theory]
    [MemberData(nameof(Bootstraps))]
    public void The_stratified_bootstrap_finds_the_bounds_over_all_resamples(int number)
    {
        var one = Root.GetProperty("stratified")[number];
        List<double[,]> tables = [.. one.GetProperty("tables").EnumerateArray().Select(Table)];
        Func<IReadOnlyList<double[,]>, double> statistic = one.GetProperty("statistic").GetString() switch
        {
            "mean" => drawn => Descriptive.Mean([.. drawn[0].Cast<double>()]),
            "interquartile mean" => drawn => SeedScores.InterquartileMean(drawn[0]),
            _ => drawn => SeedScores.ProbabilityOfImprovement(drawn[0], drawn[1]),
        };
        var interval = SeedScores.StratifiedInterval(tables, statistic, 40_000, 7);
        Near(interval.Lower, Number(one, "lower"), 1e-14);
        Near(interval.Upper, Number(one, "upper"), 1e-14);
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Rows_of_Grim(int number)
    {
        var one = Root.GetProperty("grim_rows")[number];
        var row = Grim.RowPassRate([.. one.GetProperty("printed").EnumerateArray().Select(text => text.GetString()!)], one.GetProperty("n")
            .GetInt32());
        row.Attainable.Should().Be(one.GetProperty("attainable").GetInt32());
        Near(row.PValue, Number(one, "p"), 1e-9);
    }

    // A power of two changes no digit of any value, so it may change none of a result that has no unit.
    [Theory]
    [InlineData(-900)]
    [InlineData(-300)]
    [InlineData(300)]
    [InlineData(900)]
    public void A_power_of_two_changes_the_unit_alone(int power)
    {
        double[] values = [0.3, 1.7, 0.2, 4.1, 0.9, 2.2], others = [1.1, 0.4, 3.3, 0.8, 5.9, 2.6];
        double[] scaled = [.. values.Select(Scaled)], scaledOthers = [.. others.Select(Scaled)];
        double Scaled(double value) => Math.ScaleB(value, power);
        Descriptive.Mean(scaled).Should().Be(Scaled(Descriptive.Mean(values)));
        Descriptive.StandardDeviation(scaled, 1).Should().Be(Scaled(Descriptive.StandardDeviation(values, 1)));
        StandardError.OfMean(scaled, 1).Should().Be(Scaled(StandardError.OfMean(values, 1)));
        Correlation.Pearson(scaled, others).Should().Be(Correlation.Pearson(values, others));
        var (t, expected) = (TTest.Welch(scaled, scaledOthers), TTest.Welch(values, others));
        t.T.Should().Be(expected.T);
        t.StandardError.Should().Be(Scaled(expected.StandardError));
        var bca = Bootstrap.BcaInterval(values.Length, drawn => Descriptive.Mean([.. drawn.ToArray().Select(i => scaled[i])]), 500, 3);
        var plain = Bootstrap.BcaInterval(values.Length, drawn => Descriptive.Mean([.. drawn.ToArray().Select(i => values[i])]), 500, 3);
        bca.Should().Be(new Interval(Scaled(plain.Lower), Scaled(plain.Upper)));
    }

    private static void Near(double found, double expected, double relative)
    {
        if (double.IsInfinity(expected))
        {
            found.Should().Be(expected);
            return;
        }

        found.Should().BeInRange(expected - (relative * Math.Abs(expected)), expected + (relative * Math.Abs(expected)));
    }

    private static double[,] Table(JsonElement rows)
    {
        var table = new double[rows.GetArrayLength(), rows[0].GetArrayLength()];
        for (var run = 0; run < table.GetLength(0); run++)
        {
            for (var task = 0; task < table.GetLength(1); task++)
            {
                table[run, task] = rows[run][task].GetDouble();
            }
        }

        return table;
    }

    private static double[] Values(JsonElement one, string name) => [.. one.GetProperty(name).EnumerateArray().Select(v => v.GetDouble())];

    private static double Number(JsonElement one, string name) => one.GetProperty(name) is { ValueKind: JsonValueKind.String } text
        ? text.GetString() == "Infinity" ? double.PositiveInfinity : double.NegativeInfinity
        : one.GetProperty(name).GetDouble();

    private static TheoryData<int> Numbers(string list) => [.. Enumerable.Range(0, Root.GetProperty(list).GetArrayLength())];
}
