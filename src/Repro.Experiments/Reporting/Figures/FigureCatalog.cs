using System.Globalization;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Reporting.Figures;

/// <summary>All figures of this assembly.</summary>
internal static class FigureCatalog
{
    /// <summary>Draws every figure whose results are there, in page order.</summary>
    /// <param name="results">Results with evidence.</param>
    /// <param name="inputs">What the specs read.</param>
    /// <param name="mechanisms">The claims on mechanisms among them, each of which has a figure of its seeds.</param>
    public static IReadOnlyList<Figure> Draw(IEnumerable<ClaimResult> results, ExperimentInputs inputs, MechanismList mechanisms)
    {
        var context = new FigureContext(results.ToDictionary(r => r.Claim.Id, StringComparer.Ordinal), inputs);
        return
        [
            .. typeof(FigureCatalog).Assembly.GetTypes()
                .Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(IFigureSource)))
                .Select(t => (IFigureSource)Activator.CreateInstance(t)!)
                .OrderBy(s => s.Order)
                .ThenBy(s => s.GetType().Name, StringComparer.Ordinal)
                .Select(s => s.Draw(context))
                .OfType<Figure>(),
            .. SeedFigures.Draw(mechanisms),
            .. CurveFigures.Draw(inputs),
            .. PhaseFigures.Draw(mechanisms),
        ];
    }
}

/// <summary>Draws one figure from the evidence. Implementations are found by reflection; they need a parameterless constructor.</summary>
internal interface IFigureSource
{
    /// <summary>Position on the page; smaller comes first.</summary>
    int Order { get; }

    /// <summary>The figure, or null when the results it needs are not there.</summary>
    /// <param name="context">What may be drawn.</param>
    Figure? Draw(FigureContext context);
}

/// <summary>What a figure may draw: evidence, and the printed tables and released facts that the evidence rests on.</summary>
/// <param name="Results">Results by claim id, all with evidence.</param>
/// <param name="Inputs">What the specs read.</param>
internal sealed record FigureContext(IReadOnlyDictionary<string, ClaimResult> Results, ExperimentInputs Inputs)
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
