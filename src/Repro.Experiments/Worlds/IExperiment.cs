using Repro.Core;

namespace Repro.Experiments.Worlds;

/// <summary>A training experiment: arms that are run for each seed and compared within it.</summary>
internal interface IExperiment
{
    /// <summary>Short name, such as <c>E4</c>.</summary>
    string Id { get; }

    /// <summary>What is compared.</summary>
    string Title { get; }

    /// <summary>Version of what the arms do, with the numbers that decide it.</summary>
    string Version { get; }

    /// <summary>The runs of a seed, base model apart.</summary>
    IEnumerable<Cell> Cells(long seed);
}

/// <summary>All experiments, the cheapest and most wanted first.</summary>
internal static class ExperimentList
{
    public static readonly IReadOnlyList<IExperiment> All = [new BaseExperiment(), new AdaptiveOffline(), new AdaptiveOnline(),
        new PpoGrid(), new ProcessOutcome(), new RewardModels(), new OnlineReference(), new DoubleLora()];

    /// <summary>Experiments behind findings of ours, which decide no claim; they are run with the study.</summary>
    public static readonly IReadOnlyList<IExperiment> Findings = [new KlFrontier(), new DpoPhase()];

    /// <summary>All of both.</summary>
    public static readonly IReadOnlyList<IExperiment> Everything = [.. All, .. Findings];

    /// <summary>The experiment of a name.</summary>
    /// <exception cref="ReproException">There is none.</exception>
    public static IExperiment Find(string id) =>
        Everything.FirstOrDefault(experiment => string.Equals(experiment.Id, id, StringComparison.OrdinalIgnoreCase))
        ?? throw new ReproException(
            $"unknown experiment '{id}'; expected {string.Join(", ", Everything.Select(experiment => experiment.Id))}");
}

/// <summary>B: the base models alone.</summary>
internal sealed class BaseExperiment : IExperiment
{
    /// <inheritdoc/>
    public string Id => "B";

    /// <inheritdoc/>
    public string Title => "base models";

    /// <inheritdoc/>
    public string Version => BaseModels.Cell(0).Key.Version;

    /// <inheritdoc/>
    public IEnumerable<Cell> Cells(long seed) => [BaseModels.Cell(seed)];
}
