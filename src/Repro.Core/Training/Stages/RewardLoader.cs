using Repro.Core.Adaptive;
using Repro.Core.Chat;
using Repro.Core.Models;
using Repro.Core.Rewards;
using Repro.Core.Training.Planning;
using static TorchSharp.torch;

namespace Repro.Core.Training.Stages;

/// <summary>Makes reward functions from settings.</summary>
/// <param name="judges">Loads reward models.</param>
/// <param name="input">What they read.</param>
internal sealed class RewardLoader(RewardModelLoader judges, ScoringInput input)
{
    internal IRewardFunction Load(RewardSettings settings) => settings switch
    {
        ModelRewardSettings model => Load(model, "reward"),
        CombinedRewardSettings combined => new CombinedReward(Load(combined.Preference, "preference_reward"), Load(combined.Absolute, "absolute_reward"), combined.Weight),
        RuleRewardSettings rule => new RuleReward(rule.Score),
        _ => throw new ArgumentException($"A reward of kind {settings.GetType().Name} is not known.", nameof(settings)),
    };

    /// <summary>The reward models of settings, by their keys.</summary>
    internal static IEnumerable<(string Key, ModelRewardSettings Model)> Models(RewardSettings settings) => settings switch
    {
        ModelRewardSettings model => [("reward.path", model)],
        CombinedRewardSettings combined => [("reward.preference.path", combined.Preference), ("reward.absolute.path", combined.Absolute)],
        _ => [],
    };

    private ModelReward Load(ModelRewardSettings settings, string role)
    {
        var config = judges.Base.Config;
        return new ModelReward(
            judges.Load(settings.Path, role), RewardInput.AsChat(input), settings.Bounded, settings.Rows, config.PadToken is { } pad and >= 0 ? pad : 0, judges.Base.Device);
    }
}

/// <summary>Loads reward models: adapters go onto the base that is given, whole models beside it.</summary>
/// <param name="baseModel">A model whose base weights do not change.</param>
/// <param name="dtype">Element type of whole models.</param>
internal sealed class RewardModelLoader(LanguageModel baseModel, ScalarType dtype) : IDisposable
{
    private const string AdapterFile = "adapter_config.json";

    private readonly List<IDisposable> _owned = [];

    internal LanguageModel Base => baseModel;

    /// <summary>Frees what was loaded; the base stays.</summary>
    public void Dispose() => _owned.ForEach(item => item.Dispose());

    /// <summary>Whether a folder holds an adapter, which needs a base.</summary>
    internal static bool IsAdapter(string folder) => File.Exists(Path.Combine(folder, AdapterFile));

    /// <summary>What a folder holds, in one line.</summary>
    internal static string Describe(string folder)
    {
        if (IsAdapter(folder))
        {
            return AdapterRewardModel.HasHead(folder)
                ? "an adapter with a head"
                : throw new ReproException($"{folder}: the adapter has no head (score.weight); it is no reward model.");
        }

        _ = ModelConfigFile.Read(Path.Combine(folder, ModelConfigFile.Name));
        return "a whole score model";
    }

    /// <summary>Checks what an adaptive form needs.</summary>
    internal static void Check(PlanBuilder plan, AdaptiveFormSettings? adaptive)
    {
        if (adaptive is not null)
        {
            plan.Check("adaptive", () =>
            {
                adaptive.Check();
                return (adaptive, adaptive.RewardModel is { } folder ? $"token rewards of {Describe(folder)}" : "token rewards of the policy itself");
            });
        }
    }

    /// <summary>The reward model of an adaptive form, where it has one.</summary>
    /// <exception cref="ReproException">The settings contradict themselves, or a file is not valid.</exception>
    internal IRewardModel? TokenRewards(AdaptiveFormSettings? adaptive)
    {
        adaptive?.Check();
        return adaptive?.RewardModel is { } folder ? Load(folder, "token_reward") : null;
    }

    /// <summary>Loads a reward model; it is freed with this.</summary>
    /// <param name="folder">A PEFT folder with a head, or the folder of a whole score model.</param>
    /// <param name="role">Name of the adapter on the base.</param>
    internal IRewardModel Load(string folder, string role)
    {
        if (IsAdapter(folder))
        {
            var adapter = AdapterRewardModel.Load(baseModel, role, folder);
            _owned.Add(adapter);
            return adapter;
        }

        var model = ScoreModel.Load(folder, dtype, baseModel.Device);
        _owned.Add(model);
        return model;
    }
}
