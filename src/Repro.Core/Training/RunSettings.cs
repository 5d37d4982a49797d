namespace Repro.Core.Training;

/// <summary>When a run logs, evaluates and keeps checkpoints. Numbers are steps; 0 means never (or only at the end).</summary>
public sealed record RunSettings
{
    /// <summary>Steps between checkpoints.</summary>
    public long CheckpointEvery { get; init; } = 100;

    /// <summary>Checkpoints that are kept.</summary>
    public int KeepCheckpoints { get; init; } = 2;

    /// <summary>Steps between evaluations on held-out data; one is made at the end in any case.</summary>
    public long EvaluateEvery { get; init; }

    /// <summary>Whether what the run starts from is evaluated too, as step 0, to compare with.</summary>
    public bool EvaluateOnStart { get; init; }

    /// <summary>Steps after which the run ends early; null for all.</summary>
    public long? MaximumSteps { get; init; }
}
