using Repro.Experiments.Claims;
using static Repro.Experiments.Crs.Comparisons;

namespace Repro.Experiments.Crs;

/// <summary>CRS Table 21: preference_rlhf against crs_rlhf_0625 by dataset. Its overall rate is printed in Table 11, from the other side.</summary>
public sealed class Table21SubsetWinRates : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
        new SubsetWinRates(21, Crs0625AgainstPreference, Model.Crs0625)
            .Specs((c, mean) => (c.Table("crs/table-11")["pref_rlhf_kl_002", "crs_rlhf_0625"], 100 - mean));
}
