namespace Repro.Core.Losses;

/// <summary>How the pairs of several groups of ranked replies are averaged.</summary>
public enum GroupWeighting
{
    /// <summary>The mean over the pairs of each group, then the mean over groups: small groups weigh as much as big ones (CRS Eq. 2.12).</summary>
    PerGroup,

    /// <summary>The mean over all pairs of the batch: a group weighs as many times as it has pairs.</summary>
    PerPair,
}
