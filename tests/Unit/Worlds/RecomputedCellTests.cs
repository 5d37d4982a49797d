using Repro.Core;
using Repro.Experiments.Claims;
using Repro.Experiments.Worlds;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Worlds;

/// <summary>
/// A sample of the committed runs is made again, the base model of a seed and one run on it. Training is chaotic across processors, so that
/// results lie in bands; on the processor that wrote them the bits are equal.
/// </summary>
public sealed class RecomputedCellTests
{
    private const long Seed = 5;

    [Fact]
    public void A_sample_of_committed_runs_comes_out_alike()
    {
        using var folder = new TemporaryFolder();
        var store = new CellStore(folder.Path);
        var experiment = new AdaptiveOffline();
        var cell = experiment.Cell(new OfflineArm(OfflineMethod.AdaptiveTokens, 0.25, 0.5), Seed);
        Compare(store.Get(cell, default), Committed("E4").Find(cell.Key)!, "step20");
        Compare(store.Get(BaseModels.Cell(Seed), default), Committed("B").Find(BaseModels.Cell(Seed).Key)!, "start");
    }

    /// <summary>The committed runs of arms with the same labels were made one by one.</summary>
    [Fact]
    public void Committed_runs_are_equal_where_their_labels_are_and_nowhere_else()
    {
        var (experiment, committed) = (new RewardModels(), Committed("E1"));
        foreach (var seed in SeedSet.Fixture.Seeds)
        {
            string Values(RewardArm arm) => InvariantText.Join(" ", committed.Find(experiment.Cell(arm, seed).Key)!.Values.Values);
            RewardModels.Arms.Select(Values).Should().Equal(RewardModels.Arms.Select(arm => Values(arm.Trained)));
            RewardModels.Arms.Select(Values).Distinct().Should().HaveCount(RewardModels.Arms.Select(arm => arm.Trained).Distinct().Count());
        }
    }

    private static void Compare(CellResult found, CellResult committed, string name)
    {
        found.Values.Keys.Should().BeEquivalentTo(committed.Values.Keys);
        found.Values[name + "/quality"].Should().BeApproximately(committed.Values[name + "/quality"], 0.05);
        found.Values[name + "/copy_loss"].Should().BeApproximately(committed.Values[name + "/copy_loss"], 0.02);
        found.Values[name + "/kl"].Should().BeApproximately(committed.Values[name + "/kl"], 0.3);
    }

    private static ExperimentResults Committed(string id)
    {
        var path = Path.Combine(RepositoryRoot.Find(), "fixtures", "results", id + ".json");
        return ExperimentResults.Read(File.ReadAllText(path), path);
    }
}
