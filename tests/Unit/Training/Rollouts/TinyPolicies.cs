using Repro.Core.Batching;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Training.Policies;
using TorchSharp;

namespace Repro.Tests.Unit.Training.Rollouts;

/// <summary>Policies over few tokens, so that every response can be listed.</summary>
internal static class TinyPolicies
{
    internal static ModelConfig Config(int vocabulary = 6, int width = 16) => new()
    {
        Architecture = ModelArchitecture.Llama,
        VocabularySize = vocabulary,
        HiddenSize = width,
        IntermediateSize = 2 * width,
        Layers = 1,
        Heads = 2,
        KeyValueHeads = 2,
        HeadSize = width / 2,
        MaximumPositions = 32,
        NormEpsilon = 1e-5,
        InitializerRange = 0.2,
    };

    internal static LoraSettings Lora { get; } = new() { Rank = 2, Alpha = 4, Targets = ["all-linear"] };

    /// <summary>One base with a fresh adapter, the reference being the base.</summary>
    internal static PolicyPair OnOneBase(ModelConfig config, long seed = 3)
    {
        var model = LanguageModel.Create(config, seed);
        model.Adapters.Add("policy", Lora, seed + 1);
        return PolicyPair.SharedBase(TrainedModel.InMemory(model, "policy"));
    }

    /// <summary>Two models, both trained and held in memory.</summary>
    internal static PolicyPair TwoModels(LanguageModel policy, LanguageModel reference) =>
        PolicyPair.SecondModel(TrainedModel.InMemory(policy), () => reference);

    /// <summary>Moves the policy away from the reference.</summary>
    internal static void Disturb(PolicyPair policies, double by)
    {
        using var scope = torch.NewDisposeScope();
        using var ungraded = torch.no_grad();
        using var generator = new torch.Generator(5);
        foreach (var (name, parameter) in policies.Policy.TrainedParameters())
        {
            if (name.Contains("lora_B", StringComparison.Ordinal))
            {
                parameter.add_(torch.randn(parameter.shape, generator: generator) * by);
            }
        }
    }

    internal static IReadOnlyList<RolloutPrompt> Prompts(int count) =>
        [
            .. Enumerable.Range(0, count)
                .Select(row => new RolloutPrompt([.. Enumerable.Range(0, 1 + (row % 3)).Select(i => (long)((row + i) % 5))])),
        ];
}
