namespace Repro.Core.Evaluation.Voting;

/// <summary>When the verdict of a panel is left to an expert.</summary>
public enum ExpertRule
{
    /// <summary>When two or more options share the most votes.</summary>
    OnTie,

    /// <summary>When the votes are not unanimous.</summary>
    WithoutConsensus,
}
