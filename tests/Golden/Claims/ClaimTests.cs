using Repro.Experiments.Claims;

namespace Repro.Tests.Golden.Claims;

/// <summary>Each claim with a spec: today's verdict and numbers equal the golden ones.</summary>
public sealed class ClaimTests(ClaimTests.Experiment experiment) : IClassFixture<ClaimTests.Experiment>
{
    /// <summary>A contradicted claim passes; a change of verdict or number fails.</summary>
    [ClaimTests]
    public void Verdict_and_numbers_are_golden(string claimId)
    {
        var result = experiment.Runner.Run(experiment.Inputs.Catalog.Get(claimId));
        result.Error.Should().BeNull();
        experiment.Golden.Compare(result).Should().BeEmpty("{0} says: {1}", result.Verdict, result.Evidence!.Explanation);
    }

    /// <summary>What all claim tests share.</summary>
    public sealed class Experiment
    {
        /// <summary>Loads the inputs once.</summary>
        public Experiment()
        {
            var root = RepositoryRoot.Find();
            Inputs = ExperimentInputs.Load(root);
            Runner = new SpecRunner(Inputs, SpecRegistry.Load());
            Golden = new GoldenStore(Path.Combine(root, "fixtures", "golden"));
        }

        /// <summary>What the specs read.</summary>
        public ExperimentInputs Inputs { get; }

        /// <summary>Runs specs.</summary>
        public SpecRunner Runner { get; }

        /// <summary>The committed verdicts.</summary>
        public GoldenStore Golden { get; }
    }
}
