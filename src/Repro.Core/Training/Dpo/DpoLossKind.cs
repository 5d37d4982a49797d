namespace Repro.Core.Training.Dpo;

/// <summary>The losses of preference pairs that DPO trainers know; the names are those of TRL in other letters.</summary>
public enum DpoLossKind
{
    /// <summary>DPO (ADR Eq. 6), with label smoothing conservative DPO.</summary>
    Sigmoid,

    /// <summary>DPO without the reference in the loss.</summary>
    ReferenceFree,

    /// <summary>DPO that is unbiased under a known share of flipped labels.</summary>
    Robust,

    /// <summary>Hinge on the margin.</summary>
    Hinge,

    /// <summary>IPO of log-probabilities averaged over the response.</summary>
    Ipo,

    /// <summary>IPO of summed log-probabilities.</summary>
    IpoOfSums,

    /// <summary>EXO.</summary>
    ExoPair,

    /// <summary>SPPO with hard labels.</summary>
    SppoHard,

    /// <summary>NCA.</summary>
    NcaPair,

    /// <summary>AOT on paired samples; sorts over the batch.</summary>
    AotPair,

    /// <summary>AOT on unpaired samples; sorts over the batch.</summary>
    Aot,

    /// <summary>APO-zero.</summary>
    ApoZero,

    /// <summary>APO-down.</summary>
    ApoDown,

    /// <summary>DiscoPOP.</summary>
    Discopop,
}
