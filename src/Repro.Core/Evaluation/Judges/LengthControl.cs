using System.Text.Json;
using Repro.Core.Data;
using Repro.Core.Evaluation.Statistics;

namespace Repro.Core.Evaluation.Judges;

/// <summary>A judged pair, as far as length control needs it.</summary>
/// <param name="Index">Row of the instruction in AlpacaEval's set, 0 to 804.</param>
/// <param name="Preference">From 1 (the baseline) to 2 (the model).</param>
/// <param name="BaselineLength">Characters of the baseline's output.</param>
/// <param name="ModelLength">Characters of the model's output.</param>
public sealed record LengthControlRow(int Index, double Preference, int BaselineLength, int ModelLength);

/// <summary>What a length-controlled win rate was computed from and to.</summary>
/// <param name="WinRate">Percent, with both outputs as long as each other.</param>
/// <param name="StandardError">In percent; it holds the spread of the instructions, not the error of the coefficients.</param>
/// <param name="Coefficients">Of tanh(delta of lengths), of the difficulty, and of the model.</param>
/// <param name="C">The chosen inverse strength of the penalty.</param>
/// <param name="Scores">Mean score of each C in the cross-validation.</param>
/// <param name="RecordedFolds">Whether the folds are those of AlpacaEval; others move the rate by up to 0.14 points.</param>
public sealed record LengthControlledRate(
    double WinRate,
    double StandardError,
    IReadOnlyList<double> Coefficients,
    double C,
    IReadOnlyList<double> Scores,
    bool RecordedFolds);

/// <summary>
/// AlpacaEval's length-controlled win rate (<c>length_controlled_v1</c>, arXiv 2404.04475): logit P(model preferred) = a tanh(delta) +
/// d difficulty + b, with an L1 penalty that is chosen by cross-validation; the rate is the mean of the model at delta = 0. The minimum is
/// found exactly, while liblinear stops early: published rates differ from this by up to 0.15 points.
/// </summary>
public sealed class LengthControl
{
    private const int Columns = 3;
    private const int Folds = 5;
    private const double GamedWeight = 0.1;

    // The baseline against itself, told to be long and to be short: they fix what length alone does.
    private readonly double[] _gamedFeatures;
    private readonly double[] _gamedShares;
    private readonly double[] _difficulty;
    private readonly IReadOnlyDictionary<int, string> _folds;

    private LengthControl(double[] gamedFeatures, double[] gamedShares, double[] difficulty, IReadOnlyDictionary<int, string> folds)
    {
        (_gamedFeatures, _gamedShares, _difficulty, _folds) = (gamedFeatures, gamedShares, difficulty, folds);
    }

    /// <summary>The ten inverse strengths that the cross-validation tries: 10^(-4 + 8 k / 9).</summary>
    public static IReadOnlyList<double> Strengths { get; } = [.. Enumerable.Range(0, 10).Select(k => Math.Pow(10, -4 + (8 * k / 9.0)))];

    /// <summary>Reads what AlpacaEval publishes for it.</summary>
    /// <param name="folder">Folder with <c>df_gamed.csv</c> and <c>instruction_difficulty.csv</c>; with <c>lc_folds.json</c> the folds
    /// are those of the published rates.</param>
    /// <exception cref="ReproException">A file is missing or damaged.</exception>
    public static LengthControl Read(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var difficulty = DataRows.Read(Path.Combine(folder, "instruction_difficulty.csv"))
            .Select(row => row.Number("instruction_difficulty")).ToArray();
        var (features, shares) = (new List<double>(), new List<double>());
        foreach (var row in DataRows.Read(Path.Combine(folder, "df_gamed.csv")))
        {
            features.AddRange([Math.Tanh(row.Number("std_delta_len")), row.Number("instruction_difficulty"), 0]);
            shares.Add(row.Number("preference", 0, 1));
        }

        return new LengthControl([.. features], [.. shares], difficulty, ReadFolds(Path.Combine(folder, "lc_folds.json")));
    }

    /// <summary>The rate of a model.</summary>
    /// <param name="rows">Its judged pairs, at least two, without those that have no preference.</param>
    /// <param name="cancellation">Checked before each fit.</param>
    /// <exception cref="ReproException">A row is outside, or all differences of length are equal.</exception>
    public LengthControlledRate Rate(IReadOnlyList<LengthControlRow> rows, CancellationToken cancellation = default)
    {
        if (IsBaseline(rows))
        {
            // The baseline against itself wins half by definition, and there is nothing to fit.
            return new LengthControlledRate(50, 0, new double[Columns], Strengths[0], [.. Strengths.Select(_ => double.NaN)], true);
        }

        var training = Training(rows);
        var (folds, recorded) = FoldsOf(training.Shares.Length);
        var scores = Enumerable.Range(0, Folds).Select(fold => FoldScores(training, folds, fold, cancellation)).ToList();
        var means = Strengths.Select((_, k) => scores.Average(fold => fold[k])).ToArray();
        var c = Strengths[Array.IndexOf(means, means.Max())];
        var fit = training.Fit(c);
        var wins = rows.Select(row => 100 * Sigmoid((fit.Coefficients[1] * _difficulty[row.Index]) + fit.Coefficients[2])).ToArray();
        return new LengthControlledRate(
            Descriptive.Mean(wins), StandardError.OfMean(wins, 1), fit.Coefficients, c, means, recorded);
    }

    /// <summary>Interval of the rate over instructions, which AlpacaEval's standard error leaves out: they are drawn with replacement and
    /// the regression is fitted anew with the chosen penalty. A draw whose differences of length are all equal, as one of few pairs may be,
    /// cannot be fitted and is drawn again; no more than half of all draws are such, and a thousand of them in a row end it.</summary>
    /// <param name="rows">As for <see cref="Rate"/>.</param>
    /// <param name="c">The chosen inverse strength.</param>
    /// <param name="resamples">Number of draws.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="cancellation">Checked before each draw.</param>
    /// <exception cref="ReproException">A row is outside, all differences of length are equal, or too many draws cannot be
    /// fitted.</exception>
    public Interval Interval(
        IReadOnlyList<LengthControlRow> rows, double c, int resamples = 1000, ulong seed = 0, CancellationToken cancellation = default)
    {
        if (IsBaseline(rows))
        {
            return new Interval(50, 50);
        }

        var start = Training(rows).Fit(c).Coefficients.ToArray();
        return Bootstrap.IntervalWhere(
            rows.Count, draw => HasDifferences(rows, draw), draw => Resampled(rows, draw, c, start), resamples, seed,
            cancellation: cancellation);
    }

    private static bool IsBaseline(IReadOnlyList<LengthControlRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return rows.Count > 1 && rows.All(row => row.Preference == 1.5 && row.BaselineLength == row.ModelLength);
    }

    private static bool HasDifferences(IReadOnlyList<LengthControlRow> rows, ReadOnlySpan<int> draw)
    {
        foreach (var place in draw)
        {
            if (Difference(rows[place]) != Difference(rows[draw[0]]))
            {
                return true;
            }
        }

        return false;
    }

    private static int Difference(LengthControlRow row) => row.BaselineLength - row.ModelLength;

    private double Resampled(IReadOnlyList<LengthControlRow> rows, ReadOnlySpan<int> draw, double c, double[] start)
    {
        var drawn = new LengthControlRow[draw.Length];
        for (var i = 0; i < draw.Length; i++)
        {
            drawn[i] = rows[draw[i]];
        }

        var b = Training(drawn).Fit(c, start).Coefficients;
        return drawn.Average(row => 100 * Sigmoid((b[1] * _difficulty[row.Index]) + b[2]));
    }

    private TrainingRows Training(IReadOnlyList<LengthControlRow> rows)
    {
        if (rows.FirstOrDefault(row => row.Index < 0 || row.Index >= _difficulty.Length
            || row.Preference is not (>= 1 and <= 2)) is { } wrong)
        {
            throw new ReproException(Invariant($"row {wrong.Index} with preference {wrong.Preference}: an index from 0 to ")
                + Invariant($"{_difficulty.Length - 1} and a preference from 1 to 2 were expected."));
        }

        var differences = rows.Select(row => (double)Difference(row)).ToArray();
        var deviation = differences.Length < 2 ? 0 : Descriptive.StandardDeviation(differences, 1);
        if (deviation == 0)
        {
            throw new ReproException("length control needs at least two pairs whose differences of length are not equal.");
        }

        var own = rows.SelectMany((row, i) => new[] { Math.Tanh(differences[i] / deviation), _difficulty[row.Index], 1 });
        return new TrainingRows(
            [.. _gamedFeatures, .. own],
            [.. _gamedShares, .. rows.Select(row => row.Preference - 1)],
            [.. _gamedShares.Select(_ => GamedWeight), .. rows.Select(_ => 1.0)]);
    }

    // AlpacaEval's folds come from an unstable sort, so that they cannot be derived; without a record they go round.
    private (int[] Folds, bool Recorded) FoldsOf(int count) => _folds.TryGetValue(count, out var recorded)
        ? ([.. recorded.Select(digit => digit - '0')], true)
        : ([.. Enumerable.Range(0, count).Select(row => (count - 1 - row) % Folds)], false);

    private static double[] FoldScores(TrainingRows training, int[] folds, int fold, CancellationToken cancellation)
    {
        var kept = training.Where(folds, of => of != fold);
        var left = training.Where(folds, of => of == fold);
        var (scores, start) = (new double[Strengths.Count], new double[Columns]);
        for (var k = 0; k < scores.Length; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            start = [.. kept.Fit(Strengths[k], start).Coefficients];
            scores[k] = left.Score(start);
        }

        return scores;
    }

    private static Dictionary<int, string> ReadFolds(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(path));
            var read = document.RootElement.GetProperty("folds").EnumerateObject().Select(pair => pair.Value.GetString()!).ToList();
            return read.Exists(folds => folds.AsSpan().ContainsAnyExceptInRange('0', '4'))
                ? throw new ReproException($"{path}: 'folds' must be texts of digits from 0 to 4, one a row")
                : read.ToDictionary(folds => folds.Length);
        }
        catch (Exception e)
            when (e is JsonException or KeyNotFoundException or InvalidOperationException or IOException or ArgumentException)
        {
            throw new ReproException($"{path}: holds no folds: {e.Message}", e);
        }
    }

    private static double Sigmoid(double logit) => 1 / (1 + Math.Exp(-logit));

    private sealed record TrainingRows(double[] Features, double[] Shares, double[] Weights)
    {
        internal PenalizedLogisticFit Fit(double c, double[]? start = null) =>
            PenalizedLogisticRegression.Fit(Features, Columns, Shares, Weights, c, start);

        internal TrainingRows Where(int[] folds, Predicate<int> isIn)
        {
            int[] rows = [.. Enumerable.Range(0, folds.Length).Where(row => isIn(folds[row]))];
            return new TrainingRows(
                [.. rows.SelectMany(row => Features.AsSpan(row * Columns, Columns).ToArray())],
                [.. rows.Select(row => Shares[row])],
                [.. rows.Select(row => Weights[row])]);
        }

        // The mean over rows of their weighted log-likelihood.
        internal double Score(double[] b) => -PenalizedLogisticRegression.Loss(Features, Shares, Weights, b) / Shares.Length;
    }
}
