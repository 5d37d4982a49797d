using Repro.Core;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Training;
using Repro.Core.Training.Policies;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using Repro.Tests.Unit.Training.Rollouts;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Policies;

[NoLiveTensors]
public sealed class PolicyPairTests
{
    private static readonly RandomStreams _streams = new(5);

    /// <summary>Whatever form the policy has, its reference says what the policy said before training. Where an adapter is trained beside
    /// whole modules the reference is a second model, which keeps the adapter that the policy started from.</summary>
    [Theory]
    [InlineData("weights")]
    [InlineData("fresh adapter")]
    [InlineData("adapter of a folder")]
    [InlineData("adapter of a folder and a whole module")]
    public void The_reference_is_the_policy_as_it_was_before_training(string form)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        ModelConfigFile.Write(Path.Combine(folder.Path, ModelConfigFile.Name), TinyPolicies.Config(), false);
        var settings = new ModelSettings { Path = folder.Path, Fresh = true };
        var adapter = Path.Combine(folder.Path, "adapter");
        using (var start = PolicyPair.SharedBase(TrainedModel.Load(settings with { Lora = TinyPolicies.Lora }, _streams)))
        {
            TinyPolicies.Disturb(start, 0.5);
            Directory.CreateDirectory(adapter);
            start.Policy.Language.Adapters.Save(start.Policy.Adapter!, adapter, null);
        }

        using var policies = PolicyPair.Load(
            form switch
            {
                "weights" => settings,
                "fresh adapter" => settings with { Lora = TinyPolicies.Lora },
                "adapter of a folder" => settings with { Adapter = adapter },
                _ => settings with { Adapter = adapter, TrainedWhole = ["lm_head"] },
            },
            _streams);
        var before = Logits(policies.Policy.Language);
        using (no_grad())
        {
            foreach (var (_, parameter) in policies.Policy.TrainedParameters())
            {
                parameter.add_(0.1);
            }
        }

        using (policies.UseReference())
        {
            Logits(policies.Reference).Equals(before).Should().BeTrue();
        }

        Logits(policies.Policy.Language).Equals(before).Should().BeFalse();
    }

    [Fact]
    public void A_reference_that_would_be_trained_or_is_missing_is_refused()
    {
        using var model = LanguageModel.Create(TinyPolicies.Config(), 3);
        model.Adapters.Add("policy", TinyPolicies.Lora, 4);
        var policy = TrainedModel.InMemory(model, "policy");
        FluentActions.Invoking(() => PolicyPair.SharedBase(policy, "policy"))
            .Should().Throw<ReproException>().WithMessage("*same adapter 'policy'*");
        using var alone = PolicyPair.WithoutReference(policy);
        alone.Invoking(pair => pair.Reference).Should().Throw<ReproException>().WithMessage("*needs a reference*");
    }

    private static Tensor Logits(LanguageModel model)
    {
        using var ungraded = no_grad();
        var ids = tensor(new long[] { 1, 2, 3 }, [1, 3]);
        return model.LogitsOf(model.Hidden(ids, ones_like(ids)));
    }
}
