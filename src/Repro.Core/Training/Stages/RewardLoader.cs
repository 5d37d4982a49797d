using Repro.Core.Data.Formats;
using Repro.Core.Models;
using Repro.Core.Text.Chat;
using Repro.Core.Training.Rollouts;
using static TorchSharp.torch;

namespace Repro.Core.Training.Stages;

/// <summary>Makes reward functions from settings. Adapters go onto the base that is given, whole models are loaded beside it.</summary>
/// <param name="baseModel">A model whose base weights do not change.</param>
/// <param name="input">What reward models read.</param>
/// <param name="dtype">Element type of whole models.</param>
internal sealed class RewardLoader(LanguageModel baseModel, ScoringInput input, ScalarType dtype) : IDisposable
{
    private const string AdapterFile = "adapter_config.json";

    private readonly List<IDisposable> _owned = [];

    /// <summary>Frees what was loaded; the base stays.</summary>
    public void Dispose() => _owned.ForEach(item => item.Dispose());

    internal IRewardFunction Load(RewardSettings settings) => settings switch
    {
        ModelRewardSettings model => Load(model, "reward"),
        CombinedRewardSettings combined => new CombinedReward(Load(combined.Preference, "preference_reward"), Load(combined.Absolute, "absolute_reward"), combined.Weight),
        AnswerRewardSettings answer => new RuleReward(rollout =>
            rollout.Prompt.Reference is { } reference && GradeSchoolMath.FinalAnswer(rollout.Text) == reference ? answer.Right : answer.Wrong),
        _ => throw new ArgumentException($"A reward of kind {settings.GetType().Name} is not known.", nameof(settings)),
    };

    /// <summary>The reward models of settings, by their keys.</summary>
    internal static IEnumerable<(string Key, ModelRewardSettings Model)> Models(RewardSettings settings) => settings switch
    {
        ModelRewardSettings model => [("reward.path", model)],
        CombinedRewardSettings combined => [("reward.preference.path", combined.Preference), ("reward.absolute.path", combined.Absolute)],
        _ => [],
    };

    /// <summary>What a folder holds, in one line.</summary>
    internal static string Describe(string folder)
    {
        if (File.Exists(Path.Combine(folder, AdapterFile)))
        {
            return AdapterRewardModel.HasHead(folder) ? "an adapter with a head" : throw new ReproException($"{folder}: the adapter has no head (score.weight); it is no reward model.");
        }

        _ = ModelConfigFile.Read(Path.Combine(folder, ModelConfigFile.Name));
        return "a whole score model";
    }

    /// <summary>Loads a reward model; it is freed with this.</summary>
    /// <param name="folder">A PEFT folder with a head, or the folder of a whole score model.</param>
    /// <param name="role">Name of the adapter on the base.</param>
    internal IRewardModel Judge(string folder, string role)
    {
        if (File.Exists(Path.Combine(folder, AdapterFile)))
        {
            var adapter = AdapterRewardModel.Load(baseModel, role, folder);
            _owned.Add(adapter);
            return adapter;
        }

        var model = ScoreModel.Load(folder, dtype, baseModel.Device);
        _owned.Add(model);
        return model;
    }

    private ModelReward Load(ModelRewardSettings settings, string role) => Reward(Judge(settings.Path, role), settings);

    private ModelReward Reward(IRewardModel model, ModelRewardSettings settings) =>
        new(model, ScoredText.AsChat(input), settings.Bounded, settings.Rows, baseModel.Config.PadToken is { } pad and >= 0 ? pad : 0, baseModel.Device);
}
