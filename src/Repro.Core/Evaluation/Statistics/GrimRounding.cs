namespace Repro.Core.Evaluation.Statistics;

/// <summary>How a value exactly between two printed ones may have been rounded.</summary>
public enum GrimRounding
{
    /// <summary>Either way below; a printed value is only refused when neither explains it.</summary>
    Either,

    /// <summary>Up.</summary>
    HalfUp,

    /// <summary>To the even last digit.</summary>
    HalfEven,
}
