namespace Repro.Core.Evaluation.Rankings;

/// <summary>How AlpacaEval compares preferences between 1 (baseline) and 2 (model).</summary>
public enum ScoringRule
{
    /// <summary>Preferences as they are; disagreement is the absolute difference.</summary>
    Absolute,

    /// <summary>Preferences as they are; disagreement is the squared difference.</summary>
    Squared,

    /// <summary>Preferences other than a draw are rounded to 1 or 2; disagreement is 0 or 1.</summary>
    ZeroOne,
}
