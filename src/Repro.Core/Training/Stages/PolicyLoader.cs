using Repro.Core.Models;
using Repro.Core.Training.Rollouts;
using Repro.Core.Training.Shared;

namespace Repro.Core.Training.Stages;

/// <summary>
/// Loads a policy with its reference. With an adapter, fresh or going on, one base in memory serves both; a policy that is trained whole gets a frozen
/// second model.
/// </summary>
internal sealed class PolicyLoader : IDisposable
{
    private const string ReferenceRole = "reference";

    private PolicyLoader(TrainedModel trained, PolicyModels models)
    {
        (Trained, Models) = (trained, models);
    }

    internal TrainedModel Trained { get; }

    internal PolicyModels Models { get; }

    /// <summary>The model whose base weights never change.</summary>
    internal LanguageModel Frozen => Models.ReferenceModel;

    internal static PolicyLoader Load(ModelSettings settings, RandomStreams streams)
    {
        var trained = TrainedModel.Load(settings, streams);
        try
        {
            return new PolicyLoader(trained, Pair(trained, settings, streams));
        }
        catch
        {
            trained.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (!ReferenceEquals(Models.Model, Models.ReferenceModel))
        {
            Models.ReferenceModel.Dispose();
        }

        Trained.Dispose();
    }

    private static PolicyModels Pair(TrainedModel trained, ModelSettings settings, RandomStreams streams)
    {
        if (settings.TrainedWhole.Count > 0)
        {
            throw new ReproException("model.trained_whole: a policy shares these modules with its reference, so they cannot be trained.");
        }

        if (trained.Adapter is not { } role)
        {
            return new PolicyModels(trained.Language, null, TrainedModel.LoadFrozen(settings, streams), null);
        }

        if (settings.Adapter is not { } folder)
        {
            return PolicyModels.OnOneBase(trained.Language, role);
        }

        // The policy goes on from an adapter: the reference is that adapter as it was.
        trained.Language.Adapters.Load(ReferenceRole, folder);
        trained.Language.Adapters.Active = role;
        return PolicyModels.OnOneBase(trained.Language, role, ReferenceRole);
    }
}
