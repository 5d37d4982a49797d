using System.Collections.Concurrent;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;

namespace Repro.Tests.Golden.Claims;

/// <summary>Each claim with a spec: what it gives today is what was accepted. A contradicted claim passes; what fails is a
/// change.</summary>
public sealed class ClaimTests(ClaimTests.Experiment experiment) : IClassFixture<ClaimTests.Experiment>
{
    /// <summary>One claim, as <c>verify --strict</c> compares it.</summary>
    [ClaimTests]
    public void Verdict_and_evidence_are_golden(string claimId)
    {
        var result = experiment.Run(claimId);
        result.Error.Should().BeNull();
        experiment.Golden.Compare(result).Should().BeEmpty("{0} says: {1}", result.Verdict, result.Evidence!.Explanation);
    }

    /// <summary>The file of a group, which holds nothing but its claims. On a mismatch <c>fixtures/golden/GROUP.received.json</c> is
    /// written.</summary>
    [ClaimTests(Groups = true)]
    public Task The_file_of_the_group_is_golden(string group) =>
        Verify(experiment.Golden.Text(group, experiment.OfGroup(group)), extension: "json").UseDirectory(experiment.Folder).UseFileName(group);

    /// <summary>What all tests of claims share.</summary>
    public sealed class Experiment
    {
        private readonly ConcurrentDictionary<string, ClaimResult> _results = new(StringComparer.Ordinal);
        private readonly ExperimentInputs _inputs;
        private readonly SpecRegistry _registry = SpecRegistry.Load();
        private readonly SpecRunner _runner;

        /// <summary>Loads the inputs once.</summary>
        public Experiment()
        {
            var root = RepositoryRoot.Find();
            _inputs = ExperimentInputs.Load(root);
            _runner = new SpecRunner(_inputs, _registry);
            Folder = Path.Combine(root, "fixtures", "golden");
            Golden = new GoldenStore(Folder);
        }

        /// <summary>Where the accepted files are.</summary>
        public string Folder { get; }

        /// <summary>The accepted evidence.</summary>
        internal GoldenStore Golden { get; }

        /// <summary>The result of a claim, which runs once.</summary>
        public ClaimResult Run(string claimId) => _results.GetOrAdd(claimId, id => _runner.Run(_inputs.Catalog.Get(id)));

        /// <summary>The results of all claims of a group that have a spec.</summary>
        public IEnumerable<ClaimResult> OfGroup(string group) => _inputs.Catalog.Claims.Where(c => c.Group == group && _registry.Find(c.Id) is not null).Select(c => Run(c.Id));
    }
}
