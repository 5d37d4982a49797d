using Repro.Experiments.Claims;
using static Repro.Experiments.Crs.Comparisons;

namespace Repro.Experiments.Crs;

/// <summary>CRS Table 20: preference_rlhf against crs_rlhf_025 by dataset.</summary>
public sealed class Table20SubsetWinRates : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
        new SubsetWinRates(20, Crs025AgainstPreference, Model.Crs025)
            .Specs((c, mean) => (c.Table("crs/table-16")["crs_rlhf_025", "preference_rlhf"], mean));
}
