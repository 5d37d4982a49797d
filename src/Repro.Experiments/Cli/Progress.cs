using Repro.Core;
using Repro.Core.Training;
using Repro.Core.Training.Runs;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Cli;

/// <summary>One live line on standard error. Where that is no terminal, a line every half minute, so that short work adds nothing to a
/// log and long work is seen to go on.</summary>
/// <param name="error">Standard error.</param>
/// <param name="total">Number of claims, documents or judgements.</param>
/// <param name="clock">Tells when the next line is due; null for that of the system.</param>
internal sealed class ProgressLine(TextWriter error, int total, TimeProvider? clock = null)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private readonly bool _live = !Console.IsErrorRedirected && ReferenceEquals(error, Console.Error);
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private long _written = (clock ?? TimeProvider.System).GetTimestamp();

    internal void Show(int index, Claim claim) => Show(index + 1, claim.Id);

    internal void Show(int done, string name)
    {
        if (_live)
        {
            error.Write(Invariant($"\r\u001b[2K[{done}/{total}] {name}"));
        }
        else if (_clock.GetElapsedTime(_written) >= Pause)
        {
            _written = _clock.GetTimestamp();
            error.WriteLine(Invariant($"[{done}/{total}] {name}"));
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

/// <summary>
/// A bar with rate and time left on standard error where that is a terminal. Elsewhere (a pipe, nohup, Slurm, CI) a line at the first step,
/// then one every few seconds and at the last step. Evaluations are lines in both.
/// </summary>
/// <param name="error">Standard error.</param>
/// <param name="live">Whether it is a terminal; null to find out.</param>
/// <param name="clock">Tells when the next line is due; null for that of the system.</param>
internal sealed class TrainingProgress(TextWriter error, bool? live = null, TimeProvider? clock = null) : IRunProgress
{
    private const int Width = 24;

    // Weight of the newest step in the mean duration.
    private const double Newest = 0.1;

    // Between two lines where there is no terminal: a log of a day has at most 17,280 lines.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private static readonly string[] Shown = ["loss", "accuracy", "rewards/mean", "scores/mean", "kl/mean"];

    private readonly bool _live = live ?? (!Console.IsErrorRedirected && ReferenceEquals(error, Console.Error));
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private long _total;
    private double _seconds;
    private double _tokens;
    private long? _written;

    public void Begin(long step, long total)
    {
        _total = total;
        if (!_live)
        {
            error.WriteLine(step == 0 ? Invariant($"training begins: {total} {InvariantText.Noun(total, "step")}")
                : Invariant($"training goes on after step {step} of {total}"));
        }
    }

    public void Step(long step, StepReport report, double seconds)
    {
        ArgumentNullException.ThrowIfNull(report);
        _seconds = _seconds == 0 ? seconds : _seconds + (Newest * (seconds - _seconds));
        _tokens = _tokens == 0 ? report.Tokens : _tokens + (Newest * (report.Tokens - _tokens));
        if (_live)
        {
            var done = (int)(Width * step / Math.Max(1, _total));
            error.Write($"\r\u001b[2K{new string('━', done)}{new string('─', Width - done)} {Status(step, report)}");
        }
        else if (step >= _total || _written is not { } written || _clock.GetElapsedTime(written) >= Pause)
        {
            _written = _clock.GetTimestamp();
            error.WriteLine($"step {Status(step, report)}");
        }
    }

    public void Evaluation(long step, IReadOnlyDictionary<string, double> metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        var shown = string.Join(", ", metrics.Select(pair => Invariant($"{pair.Key} {pair.Value:G4}")));
        error.WriteLine(Invariant($"{Line}evaluation after step {step}: {shown}"));
    }

    public void Warning(string message) => error.WriteLine($"{Line}warning: {message}");

    public void Failed(string message) => error.WriteLine($"{Line}{message}");

    public void End()
    {
        error.Write(Line);
        error.Flush();
    }

    // Clears the bar.
    private string Line => _live ? "\r\u001b[2K" : string.Empty;

    private string Status(long step, StepReport report)
    {
        var metrics = string.Concat(
            Shown.Where(report.Metrics.ContainsKey).Select(name => Invariant($" {name} {report.Metrics[name]:G4}")));
        return Invariant(
            $"{step}/{_total}{metrics} {_tokens / Math.Max(_seconds, 1e-9):F0} tokens/s {Left((_total - step) * _seconds)} left");
    }

    private static string Left(double seconds) => TimeSpan.FromSeconds(Math.Min(seconds, 359_999)) is { TotalHours: >= 1 } hours
        ? Invariant($"{(int)hours.TotalHours}:{hours.Minutes:D2}:{hours.Seconds:D2}")
        : Invariant($"{TimeSpan.FromSeconds(Math.Min(seconds, 359_999)):m\\:ss}");
}
