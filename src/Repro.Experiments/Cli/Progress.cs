using Repro.Core.Training;
using Repro.Core.Training.Runs;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Cli;

/// <summary>One live line on standard error; silent when that is not a terminal.</summary>
/// <param name="error">Standard error.</param>
/// <param name="total">Number of claims.</param>
internal sealed class ProgressLine(TextWriter error, int total)
{
    private readonly bool _live = !Console.IsErrorRedirected && ReferenceEquals(error, Console.Error);

    internal void Show(int index, Claim claim)
    {
        if (_live)
        {
            error.Write(Invariant($"\r\u001b[2K[{index + 1}/{total}] {claim.Id}"));
        }
    }

    internal void Clear()
    {
        if (_live)
        {
            error.Write("\r\u001b[2K");
        }
    }
}

/// <summary>A bar with rate and time left on standard error, and evaluations as lines; nothing but warnings where that is not a
/// terminal.</summary>
/// <param name="error">Standard error.</param>
/// <param name="live">Whether it is a terminal; null to find out.</param>
internal sealed class TrainingProgress(TextWriter error, bool? live = null) : IRunProgress
{
    private const int Width = 24;

    // Weight of the newest step in the mean duration.
    private const double Newest = 0.1;

    private readonly bool _live = live ?? (!Console.IsErrorRedirected && ReferenceEquals(error, Console.Error));
    private long _total;
    private double _seconds;
    private double _tokens;

    public void Begin(long step, long total) => _total = total;

    public void Step(long step, StepReport report, double seconds)
    {
        ArgumentNullException.ThrowIfNull(report);
        _seconds = _seconds == 0 ? seconds : _seconds + (Newest * (seconds - _seconds));
        _tokens = _tokens == 0 ? report.Tokens : _tokens + (Newest * (report.Tokens - _tokens));
        if (!_live)
        {
            return;
        }

        var done = (int)(Width * step / Math.Max(1, _total));
        var shown = string.Join(' ', new[] { "loss", "accuracy", "rewards/mean", "scores/mean", "kl/mean" }.Where(report.Metrics.ContainsKey).Select(name => Invariant($"{name} {report.Metrics[name]:G4}")));
        error.Write(
            Invariant($"\r\u001b[2K{new string('━', done)}{new string('─', Width - done)} {step}/{_total} {shown} {_tokens / Math.Max(_seconds, 1e-9):F0} tokens/s {Left((_total - step) * _seconds)} left"));
    }

    public void Evaluation(long step, IReadOnlyDictionary<string, double> metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        if (_live)
        {
            error.WriteLine(Invariant($"\r\u001b[2Kstep {step}: {string.Join(", ", metrics.Select(pair => Invariant($"{pair.Key} {pair.Value:G4}")))}"));
        }
    }

    public void Warning(string message) => error.WriteLine($"{(_live ? "\r\u001b[2K" : string.Empty)}warning: {message}");

    public void End()
    {
        if (_live)
        {
            error.Write("\r\u001b[2K");
        }
    }

    private static string Left(double seconds) => TimeSpan.FromSeconds(Math.Min(seconds, 359_999)) is { TotalHours: >= 1 } hours
        ? Invariant($"{(int)hours.TotalHours}:{hours.Minutes:D2}:{hours.Seconds:D2}")
        : Invariant($"{TimeSpan.FromSeconds(Math.Min(seconds, 359_999)):m\\:ss}");
}
