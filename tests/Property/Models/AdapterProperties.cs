using FsCheck.Fluent;
using Repro.Core.Models.Adapters;
using Repro.Tests.Properties.Shared;
using Repro.Tests.Shared;
using static TorchSharp.torch;

namespace Repro.Tests.Properties.Models;

/// <summary>Low-rank adapters, merged and not.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class AdapterProperties
{
    [Fact]
    public void A_merged_adapter_says_what_it_says_unmerged_and_unmerging_gives_the_bits_back()
    {
        var models = ModelTexts.LanguageModels();
        Check.That(
            "merged = unmerged",
            from text in ModelTexts.Text(10)
            from rank in Gen.Choose(1, 4)
            from alpha in Gen.Choose(1, 16)
            from stabilised in Gen.Elements(true, false)
            from seed in Gen.Choose(0, 1_000_000)
            from architecture in Gen.Elements(ModelTexts.Architectures)
            select (text, rank, alpha, stabilised, seed, architecture),
            input =>
            {
                using var scope = NewDisposeScope();
                using var ungraded = no_grad();
                var model = models[input.architecture];
                var (ids, mask) = ModelTexts.Row(input.text);
                var plain = model.Logits(ids, mask);
                model.Adapters.Add("drawn", new LoraSettings { Rank = input.rank, Alpha = input.alpha, Targets = ["all-linear"], RankStabilized = input.stabilised }, input.seed);
                using var generator = new Generator((ulong)input.seed);
                foreach (var (name, parameter) in model.Adapters.Parameters("drawn").Where(pair => pair.Key.Contains("lora_B", StringComparison.Ordinal)))
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
            });
        models.Values.ToList().ForEach(model => model.Dispose());
    }
}
