using System.Globalization;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Reporting.Figures;

/// <summary>What a figure may draw: evidence, and the printed tables and released facts that the evidence rests on.</summary>
/// <param name="Results">Results by claim id, all with evidence.</param>
/// <param name="Inputs">What the specs read.</param>
public sealed record FigureContext(IReadOnlyDictionary<string, ClaimResult> Results, ExperimentInputs Inputs)
{
    /// <summary>Whether all claims have results.</summary>
    /// <param name="claimIds">Claim ids.</param>
    public bool Has(params IEnumerable<string> claimIds) => claimIds.All(Results.ContainsKey);

    /// <summary>The evidence of a claim.</summary>
    /// <param name="claimId">A claim id.</param>
    public Evidence Evidence(string claimId) => Results[claimId].Evidence!;

    /// <summary>A recomputed number of a claim.</summary>
    /// <param name="claimId">A claim id.</param>
    /// <param name="name">Name of the number.</param>
    public double Number(string claimId, string name) => Convert.ToDouble(Evidence(claimId).Recomputed[name], CultureInfo.InvariantCulture);

    /// <summary>A printed table.</summary>
    /// <param name="name">Name without extension, such as <c>adr/table-1</c>.</param>
    public PublishedTable Table(string name)
    {
        var path = Path.Combine(Inputs.PublishedFolder, $"{name}.yaml");
        return PublishedTable.Parse(path, name, File.ReadAllText(path), new UsageLog());
    }

    /// <summary>Facts of a released file.</summary>
    /// <typeparam name="TFacts">What kind of file it is.</typeparam>
    /// <param name="path">Path relative to the release.</param>
    public TFacts Artifact<TFacts>(string path)
        where TFacts : class, IFacts<TFacts> => Inputs.Artifacts.Read<TFacts>(path).Facts;
}
