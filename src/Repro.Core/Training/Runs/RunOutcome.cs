namespace Repro.Core.Training.Runs;

/// <summary>How a run ended.</summary>
public enum RunOutcome
{
    /// <summary>All steps are done and the result is written.</summary>
    Finished,

    /// <summary>It was interrupted, with a checkpoint of everything that was done.</summary>
    Interrupted,
}
