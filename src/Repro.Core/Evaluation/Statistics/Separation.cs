namespace Repro.Core.Evaluation.Statistics;

/// <summary>Whether a covariate predicts a two-valued outcome so well that no finite logistic slope is the best.</summary>
public enum Separation
{
    /// <summary>The values of both classes overlap: a finite maximum exists.</summary>
    None,

    /// <summary>The classes touch in one value only: the slope is infinite.</summary>
    Quasi,

    /// <summary>A threshold splits the classes: the slope is infinite.</summary>
    Complete,

    /// <summary>Only one class occurs: the intercept is infinite.</summary>
    SingleClass,
}
