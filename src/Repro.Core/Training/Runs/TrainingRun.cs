using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Repro.Core.Training.Runs;

/// <summary>
/// The loop around a trainer: it resumes, steps, logs, evaluates, keeps checkpoints, and exports the result. Interrupted or killed at any
/// moment, the next call with the same folder goes on to the very result of an uninterrupted run, without a line of its logs missing or
/// doubled.
/// </summary>
public sealed class TrainingRun
{
    // Without a checkpoint no line of the logs stays, not even the evaluation at the start.
    private const long BeforeStart = -1;

    private readonly RunFolder _folder;
    private readonly RunSettings _settings;
    private readonly IRunProgress _progress;
    private readonly TimeProvider _clock;
    private readonly CheckpointStore _checkpoints;

    /// <summary>A run in a folder.</summary>
    /// <param name="folder">The folder; it stays open.</param>
    /// <param name="progress">Is told what happens; null for nobody.</param>
    /// <param name="clock">The time; null for that of the system.</param>
    public TrainingRun(RunFolder folder, IRunProgress? progress = null, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        (_folder, _settings, _progress, _clock) = (
            folder, folder.Config.Run, progress ?? new SilentProgress(), clock ?? TimeProvider.System);
        _checkpoints = new CheckpointStore(folder.Checkpoints, folder.Files, _progress.Warning);
        if (_settings.KeepCheckpoints < 1)
        {
            throw new ReproException(Invariant($"run.keep_checkpoints must be at least 1, found {_settings.KeepCheckpoints}."));
        }
    }

    /// <summary>Runs a trainer to its end.</summary>
    /// <param name="trainer">In its first state; that of the newest checkpoint is copied into it.</param>
    /// <param name="cancellation">Ends the run with a checkpoint.</param>
    /// <exception cref="ReproException">A step failed, a checkpoint does not fit the trainer, or the folder cannot be written; earlier
    /// checkpoints are as they were.</exception>
    public RunOutcome Run(ITrainer trainer, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        try
        {
            return Start(trainer, cancellation);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            var unwritable = new ReproException($"{_folder.Path}: the run cannot be written: {failure.Message}; {Kept()}.", failure);
            Record(unwritable, trainer);
            throw unwritable;
        }
        catch (Exception failure)
        {
            Record(failure, trainer);
            throw;
        }
        finally
        {
            _progress.End();
        }
    }

    private string Kept() => _checkpoints.Finished().Select(entry => Invariant($"the checkpoint of step {entry.Step} is whole"))
        .FirstOrDefault("there is no checkpoint yet");

    private void Record(Exception failure, ITrainer trainer)
    {
        if (_folder.RecordFailure(failure, trainer.TotalSteps))
        {
            _progress.Failed($"the run failed: {_folder.File(RunCard.Name)} has the error and the last metrics; {Kept()}");
        }
    }

    private RunOutcome Start(ITrainer trainer, CancellationToken cancellation)
    {
        var checkpoint = _checkpoints.Newest();
        var last = Math.Min(trainer.TotalSteps, _settings.MaximumSteps ?? long.MaxValue);
        if (checkpoint is not null)
        {
            CheckpointStore.Restore(checkpoint, trainer);
        }

        var state = new RunState(checkpoint);
        _folder.AddSession(RunSession.Current(state.Step, _folder.Config.Seed, _clock.GetUtcNow()));
        foreach (var warning in _folder.Warnings)
        {
            _progress.Warning(warning);
        }

        using var logs = new RunLogs(_folder, checkpoint is null ? BeforeStart : state.Step, _clock);
        _progress.Begin(state.Step, last);
        var finished = Loop(trainer, state, last, logs, cancellation);
        if (!finished)
        {
            Save(trainer, state, logs);
            RunCard.Write(_folder, state.Step, trainer.TotalSteps);
            return RunOutcome.Interrupted;
        }

        Export(trainer, state.Step);
        RunCard.Write(_folder, state.Step, trainer.TotalSteps);
        return RunOutcome.Finished;
    }

    // False where it was interrupted: the state is that after a whole step then, a cancelled step having put everything back.
    private bool Loop(ITrainer trainer, RunState state, long last, RunLogs logs, CancellationToken cancellation)
    {
        var divergence = new DivergenceStop(_settings);
        try
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                if (state.Evaluated != state.Step
                    && (state.Step == 0 ? _settings.EvaluateOnStart : Due(state.Step, _settings.EvaluateEvery, last)))
                {
                    Evaluate(trainer, state, logs, cancellation);
                }

                if (state.Saved != state.Step && Due(state.Step, _settings.CheckpointEvery, last))
                {
                    Save(trainer, state, logs);
                }

                if (state.Step >= last)
                {
                    return true;
                }

                var watch = Stopwatch.StartNew();
                var report = trainer.Step(state.Step, cancellation);
                state.Step++;
                state.Tokens += report.Tokens;
                logs.Step(state.Step, report, watch.Elapsed.TotalSeconds, state.Tokens);
                _progress.Step(state.Step, report, watch.Elapsed.TotalSeconds);
                divergence.Check(state.Step, report.Metrics);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    private static bool Due(long step, long every, long last) => step == last || (every > 0 && step % every == 0);

    private void Evaluate(ITrainer trainer, RunState state, RunLogs logs, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        var metrics = trainer.Evaluate(cancellation);
        if (metrics.Count > 0)
        {
            logs.Evaluation(state.Step, metrics, watch.Elapsed.TotalSeconds);
            _progress.Evaluation(state.Step, metrics);
        }

        state.Evaluated = state.Step;
    }

    // Logs reach the disk first: a resumed run keeps their lines up to the step of the checkpoint.
    private void Save(ITrainer trainer, RunState state, RunLogs logs)
    {
        if (state.Saved == state.Step)
        {
            return;
        }

        logs.Sync();
        _checkpoints.Save(
            state.Step,
            trainer.StateTensors(),
            new JsonObject { ["tokens"] = state.Tokens, ["evaluated"] = state.Evaluated, ["trainer"] = trainer.StateValues() },
            _settings.KeepCheckpoints);
        state.Saved = state.Step;
    }

    private void Export(ITrainer trainer, long step)
    {
        var mark = Path.Combine(_folder.Final, "step");
        if (File.Exists(mark) && File.ReadAllText(mark).Trim() == step.ToString(CultureInfo.InvariantCulture))
        {
            return;
        }

        var partial = _folder.File("final.partial");
        _folder.Files.DeleteFolder(partial);
        _folder.Files.CreateFolder(partial);
        trainer.Export(partial);
        File.WriteAllText(Path.Combine(partial, "step"), Invariant($"{step}\n"));
        _folder.Files.DeleteFolder(_folder.Final);
        _folder.Files.MoveFolder(partial, _folder.Final);
        _folder.Files.SyncFolder(_folder.Path);
    }
}

/// <summary>How far a run is.</summary>
internal sealed class RunState
{
    private const long NotEvaluated = -1;

    internal RunState(Checkpoint? checkpoint)
    {
        Step = Saved = checkpoint?.Step ?? 0;
        Tokens = checkpoint?.Tokens ?? 0;
        Evaluated = checkpoint?.Values["evaluated"] is JsonValue value && value.TryGetValue(out long evaluated) ? evaluated : NotEvaluated;
    }

    /// <summary>Steps that are done.</summary>
    internal long Step { get; set; }

    /// <summary>Tokens that were worked on.</summary>
    internal long Tokens { get; set; }

    /// <summary>Steps that were done at the last evaluation; -1 before the first.</summary>
    internal long Evaluated { get; set; }

    /// <summary>Steps that were done at the last checkpoint.</summary>
    internal long Saved { get; set; }
}

/// <summary>How a run ended.</summary>
public enum RunOutcome
{
    /// <summary>All steps are done and the result is written.</summary>
    Finished,

    /// <summary>It was interrupted, with a checkpoint of everything that was done.</summary>
    Interrupted,
}
