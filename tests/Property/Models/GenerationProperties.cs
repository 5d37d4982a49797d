using FsCheck.Fluent;
using Repro.Core.Models;
using Repro.Core.Models.Generation;
using Repro.Core.Models.Layers;
using Repro.Tests.Properties.Shared;
using Repro.Tests.Shared;
using static TorchSharp.torch;

namespace Repro.Tests.Properties.Models;

/// <summary>Generation with kept keys and values against whole passes.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class GenerationProperties
{
    private const double Tolerance = 1e-4;

    [Fact]
    public void Each_generated_token_is_the_best_of_a_whole_pass()
    {
        var models = ModelTexts.LanguageModels();
        Check.That(
            "cached = uncached generation",
            from prompts in ModelTexts.Texts(4, 8)
            from fresh in Gen.Choose(1, 6)
            from architecture in Gen.Elements(ModelTexts.Architectures)
            select (prompts, fresh, architecture),
            input =>
            {
                using var ungraded = no_grad();
                var model = models[input.architecture];
                var generated = TextGenerator.Generate(model, input.prompts, new GenerationSettings { MaximumNewTokens = input.fresh });
                for (var row = 0; row < input.prompts.Length; row++)
                {
                    generated.Responses[row].Should().HaveCount(input.fresh);
                    var text = input.prompts[row];
                    foreach (var token in generated.Responses[row])
                    {
                        using var scope = NewDisposeScope();
                        var (ids, mask) = ModelTexts.Row(text);
                        var logits = model.Logits(ids, mask)[0, text.Length - 1];

                        // Rounding may turn a tie around, so that the token must be among the best only.
                        ((double)(logits.max() - logits[token]).item<float>()).Should().BeLessThan(Tolerance, Invariant($"row {row} after {text.Length} tokens"));
                        text = [.. text, token];
                    }
                }
            });
        models.Values.ToList().ForEach(model => model.Dispose());
    }

    [Fact]
    public void A_cache_filled_in_any_parts_gives_the_logits_of_a_whole_pass()
    {
        var models = ModelTexts.LanguageModels();
        Check.That(
            "any cut of a text",
            from text in ModelTexts.Text(12)
            from cuts in Gen.ArrayOf(Gen.Elements(true, false), text.Length)
            from left in Gen.Choose(0, 3)
            from architecture in Gen.Elements(ModelTexts.Architectures)
            select (text, cuts, left, architecture),
            input =>
            {
                using var scope = NewDisposeScope();
                using var ungraded = no_grad();
                var model = models[input.architecture];
                var (ids, mask) = ModelTexts.Row(input.text, input.left);
                var length = ids.shape[1];
                using var cache = new KeyValueCache(model.Config, 1, length, model.Dtype, model.Device);
                var parts = new List<Tensor>();
                for (var i = 0; i < input.text.Length; i++)
                {
                    if (i == input.text.Length - 1 || input.cuts[i])
                    {
                        var end = input.left + i + 1;
                        parts.Add(model.Logits(ids.narrow(1, cache.Length, end - cache.Length), mask.narrow(1, 0, end), null, cache));
                    }
                }

                ModelTexts.Distance(cat(parts, 1), model.Logits(ids, mask)).Should().BeLessThan(Tolerance);
            });
        models.Values.ToList().ForEach(model => model.Dispose());
    }

    [Fact]
    public void A_drawn_row_depends_on_its_own_seed_only()
    {
        using var model = LanguageModel.Create(Unit.Models.TinyModels.Config(ModelArchitecture.Qwen2), 11);
        Check.That(
            "draws of a row",
            from prompts in ModelTexts.Texts(4, 6)
            from seed in Gen.Choose(0, 1_000_000)
            from row in Gen.Choose(0, prompts.Length - 1)
            select (prompts, seed, row),
            input =>
            {
                var settings = new GenerationSettings
                {
                    MaximumNewTokens = 4,
                    Sample = true,
                    TopK = 8,
                    RepetitionPenalty = 1.3,
                    Seeds = [.. input.prompts.Select((_, i) => (long)input.seed + i)],
                };
                var together = TextGenerator.Generate(model, input.prompts, settings);
                var alone = TextGenerator.Generate(model, [input.prompts[input.row]], settings with { Seeds = [input.seed + input.row] });
                alone.Responses[0].Should().Equal(together.Responses[input.row]);
            });
    }
}
