using FsCheck.Xunit;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Tests.Properties.Shared;
using Repro.Tests.Shared;
using static TorchSharp.torch;

namespace Repro.Tests.Properties.Models;

/// <summary>Low-rank adapters, merged and not.</summary>
[Collection(TensorCollection.Name)]
[Properties(Arbitrary = new[] { typeof(ModelTexts) })]
public sealed class AdapterProperties : TensorProperties
{
    private readonly Dictionary<ModelArchitecture, LanguageModel> _models;

    public AdapterProperties()
    {
        _models = ModelTexts.LanguageModels();
    }

    [Property]
    public void A_merged_adapter_says_what_it_says_unmerged_and_unmerging_gives_the_bits_back(AdaptedText input)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        var model = _models[input.Architecture];
        var (ids, mask) = ModelTexts.Row(input.Ids);
        var plain = model.Logits(ids, mask);
        var settings = new LoraSettings
        {
            Rank = input.Rank,
            Alpha = input.Alpha,
            Targets = ["all-linear"],
            RankStabilized = input.Stabilised,
        };
        model.Adapters.Add("drawn", settings, input.Seed);
        using var generator = new Generator((ulong)input.Seed);
        foreach (var (name, parameter)
            in model.Adapters.Parameters("drawn").Where(pair => pair.Key.Contains("lora_B", StringComparison.Ordinal)))
        {
            parameter.copy_(randn(parameter.shape, generator: generator) * 0.1);
        }

        var adapted = model.Logits(ids, mask);
        model.Adapters.Merge();
        var merged = model.Logits(ids, mask);
        model.Adapters.Unmerge();
        var again = model.Logits(ids, mask);
        model.Adapters.Remove("drawn");
        ModelTexts.Distance(merged, adapted).Should().BeLessThan(1e-3 * Math.Max(1, adapted.abs().max().item<float>()));
        again.Equals(adapted).Should().BeTrue("unmerging restores the bits");
        model.Logits(ids, mask).Equals(plain).Should().BeTrue("removing leaves the base");
        ModelTexts.Distance(adapted, plain).Should().BePositive("the adapter must do something");
    }

    protected override void Release() => _models.Values.ToList().ForEach(model => model.Dispose());
}
