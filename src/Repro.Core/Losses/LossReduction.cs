namespace Repro.Core.Losses;

/// <summary>How the losses of counted tokens become one number.</summary>
public enum LossReduction
{
    /// <summary>The mean over all counted tokens of the batch: long responses weigh more.</summary>
    TokenLevel,

    /// <summary>The mean of each row's mean over its counted tokens: every response weighs the same. No row may be empty.</summary>
    SampleLevel,
}
