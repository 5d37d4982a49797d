using System.Collections.Concurrent;
using Repro.Experiments.Claims;

namespace Repro.Tests.Golden.Claims;

/// <summary>What the claims give today. A claim runs once on a source of released files for all tests of a process, when the first of them
/// asks for it.</summary>
internal sealed class TodaysResults
{
    private static readonly ConcurrentDictionary<string, TodaysResults> _bySource = new(StringComparer.Ordinal);

    private readonly Dictionary<string, Lazy<ClaimResult>> _results;

    private TodaysResults(ExperimentInputs inputs)
    {
        var registry = SpecRegistry.Load();
        var runner = new SpecRunner(inputs, registry);
        Inputs = inputs;
        _results = inputs.Catalog.Claims.Where(claim => registry.Find(claim.Id) is not null)
            .ToDictionary(claim => claim.Id, claim => new Lazy<ClaimResult>(() => runner.Run(claim)), StringComparer.Ordinal);
    }

    /// <summary>Results on the committed facts.</summary>
    public static TodaysResults OnFacts { get; } = On("fixtures");

    /// <summary>What the specs read.</summary>
    public ExperimentInputs Inputs { get; }

    /// <summary>Results on a source of released files.</summary>
    /// <param name="artifacts">As in <see cref="ExperimentInputs.Load"/>.</param>
    public static TodaysResults On(string? artifacts)
    {
        var inputs = ExperimentInputs.Load(RepositoryRoot.Find(), artifacts);
        return _bySource.GetOrAdd(inputs.Artifacts.Description, _ => new TodaysResults(inputs));
    }

    /// <summary>The result of a claim; of one without a spec, what it says.</summary>
    public ClaimResult Of(string claimId) => _results.TryGetValue(claimId, out var result)
        ? result.Value
        : ClaimResult.Unchecked(Inputs.Catalog.Get(claimId));

    /// <summary>What <see cref="Of"/> gives for each claim of a group.</summary>
    public IEnumerable<ClaimResult> OfGroup(string group) =>
        Inputs.Catalog.Claims.Where(claim => claim.Group == group).Select(claim => Of(claim.Id));

    /// <summary>The results of all claims with a spec that are chosen, in catalogue order.</summary>
    public IReadOnlyList<ClaimResult> Where(Func<Claim, bool> chosen) =>
        [.. Inputs.Catalog.Claims.Where(claim => _results.ContainsKey(claim.Id) && chosen(claim)).Select(claim => Of(claim.Id))];
}
