using Repro.Core.Adaptive;
using Repro.Core.Chat;
using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Core.Rewards;
using Repro.Core.Training.Planning;
using Repro.Core.Training.Policies;
using static TorchSharp.torch;

namespace Repro.Core.Training.Stages;

/// <summary>Makes reward functions from settings.</summary>
/// <param name="models">Loads reward models.</param>
/// <param name="length">How prompt and response are cut for them.</param>
internal sealed class RewardLoader(RewardModelLoader models, PairTruncation length)
{
    internal IRewardFunction Load(RewardSettings settings) => settings switch
    {
        ModelRewardSettings model => Load("reward.path", model, "reward"),
        CombinedRewardSettings combined => new CombinedReward(
            Load("reward.preference.path", combined.Preference, "preference_reward"),
            Load("reward.absolute.path", combined.Absolute, "absolute_reward"),
            combined.Weight),
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

    private ModelReward Load(string key, ModelRewardSettings settings, string role)
    {
        var (model, text) = models.Load(key, settings.Path, settings.Template, role, length);
        var input = new ScoringInput(text.Tokenizer, text.Template, text.Cut(length));
        return new ModelReward(
            model,
            RewardInput.AsChat(input),
            settings.Bounded,
            settings.Rows,
            text.Config.PadToken is { } pad and >= 0 ? pad : 0,
            models.Device);
    }
}

/// <summary>Loads reward models: adapters go onto the base that is given, whole models beside it.</summary>
/// <param name="baseModel">A model whose base weights do not change.</param>
/// <param name="dtype">Element type of whole models.</param>
/// <param name="policy">Whose responses are scored.</param>
/// <param name="notes">Takes what was found about each reward model.</param>
internal sealed class RewardModelLoader(LanguageModel baseModel, ScalarType dtype, PolicyText policy, ReadNotes notes) : IDisposable
{
    private const string AdapterFile = "adapter_config.json";
    private const string TokenRewardKey = "adaptive.reward_model";

    private readonly List<IDisposable> _owned = [];

    internal Device Device => baseModel.Device;

    /// <summary>Frees what was loaded; the base stays.</summary>
    public void Dispose() => _owned.ForEach(item => item.Dispose());

    /// <summary>Whether a folder holds an adapter, which needs a base.</summary>
    internal static bool IsAdapter(string folder) => File.Exists(Path.Combine(ModelLocation.Find(folder), AdapterFile));

    /// <summary>Checks the reward models that score whole responses.</summary>
    internal static void Check(PlanBuilder plan, SampledStageConfig config)
    {
        if (plan.Policy(config.Template) is not { } policy)
        {
            return;
        }

        foreach (var (key, reward) in RewardLoader.Models(config.Reward))
        {
            plan.Check(key, () => (reward, RewardModelText.Open(reward.Path, reward.Template, policy).Describe(config.ScoredLength)));
        }
    }

    /// <summary>Checks what an adaptive form needs.</summary>
    internal static void Check(PlanBuilder plan, AdaptiveFormSettings? adaptive, string? template)
    {
        if (adaptive is null)
        {
            return;
        }

        plan.Check("adaptive", () =>
        {
            adaptive.Check();
            if (adaptive.RewardModel is not { } folder)
            {
                return (adaptive, "token rewards of the policy itself");
            }

            if (plan.Policy(template) is not { } policy)
            {
                return (adaptive, "token rewards of a reward model, not checked without the policy");
            }

            var text = RewardModelText.Open(folder, null, policy);
            text.RequireTokensOfPolicy(TokenRewardKey);
            return (adaptive, $"token rewards of {text.Finding}");
        });
    }

    /// <summary>The reward model of an adaptive form, where it has one.</summary>
    /// <exception cref="ReproException">The settings contradict themselves, a file is not valid, or its tokens are not the
    /// policy's.</exception>
    internal IRewardModel? TokenRewards(AdaptiveFormSettings? adaptive)
    {
        adaptive?.Check();
        if (adaptive?.RewardModel is not { } folder)
        {
            return null;
        }

        var text = Open(TokenRewardKey, folder, null);
        text.RequireTokensOfPolicy(TokenRewardKey);
        notes.Remark($"{TokenRewardKey}: {text.Folder}: {text.Finding}");
        return Load(text, "token_reward");
    }

    /// <summary>Loads a reward model; it is freed with this.</summary>
    /// <param name="key">The setting that names it.</param>
    /// <param name="folder">A PEFT folder with a head, or the folder of a whole score model.</param>
    /// <param name="template">The template that it reads; null for its own.</param>
    /// <param name="role">Name of the adapter on the base.</param>
    /// <param name="length">How texts are cut.</param>
    internal (IRewardModel Model, RewardModelText Text) Load(
        string key, string folder, string? template, string role, PairTruncation length)
    {
        var text = Open(key, folder, template);
        notes.Remark($"{key}: {text.Folder}: {text.Describe(length)}");
        return (Load(text, role), text);
    }

    // A plan names the key beside what it found; a run says it in the message.
    private RewardModelText Open(string key, string folder, string? template)
    {
        try
        {
            return RewardModelText.Open(folder, template, policy);
        }
        catch (ReproException failure)
        {
            throw new ReproException($"{key}: {failure.Message}", failure);
        }
    }

    private IRewardModel Load(RewardModelText text, string role)
    {
        if (text.IsAdapter)
        {
            var adapter = AdapterRewardModel.Load(baseModel, role, text.Folder);
            _owned.Add(adapter);
            return adapter;
        }

        var model = ScoreModel.Load(text.Folder, dtype, baseModel.Device);
        _owned.Add(model);
        return model;
    }
}
