namespace Repro.Core.Training.RewardModels;

/// <summary>Where an outcome-supervised reward model learns.</summary>
public enum OutcomeSupervision
{
    /// <summary>At the last token, where it is read.</summary>
    LastToken,

    /// <summary>At every token of the reply: the model learns to foresee the outcome.</summary>
    EveryToken,
}
