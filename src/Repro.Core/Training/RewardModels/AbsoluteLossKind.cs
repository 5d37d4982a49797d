namespace Repro.Core.Training.RewardModels;

/// <summary>The loss of an absolute reward model (CRS Tables 6 and 7).</summary>
public enum AbsoluteLossKind
{
    /// <summary>Squared error of the raw output, with a price on leaving [0, 1].</summary>
    MeanSquared,

    /// <summary>Squared error of the output's sigmoid.</summary>
    SigmoidMeanSquared,

    /// <summary>Cross entropy of the output's sigmoid.</summary>
    Logistic,
}
