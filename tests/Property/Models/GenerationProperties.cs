using FsCheck.Xunit;
using Repro.Core.Models;
using Repro.Tests.Properties.Shared;
using Repro.Tests.Shared;
using static TorchSharp.torch;

namespace Repro.Tests.Properties.Models;

/// <summary>Generation with kept keys and values against whole passes.</summary>
[Collection(TensorCollection.Name)]
[Properties(Arbitrary = new[] { typeof(ModelTexts) })]
public sealed class GenerationProperties : TensorProperties
{
    private const double Tolerance = 1e-4;

    private readonly Dictionary<ModelArchitecture, LanguageModel> _models;

    public GenerationProperties()
    {
        _models = ModelTexts.LanguageModels();
    }

    [Property]
    public void Each_generated_token_is_the_best_of_a_whole_pass(Prompts input)
    {
        using var ungraded = no_grad();
        var model = _models[input.Architecture];
        var generated = TextGenerator.Generate(model, input.Texts, new GenerationSettings { MaxNewTokens = input.Fresh });
        for (var row = 0; row < input.Texts.Length; row++)
        {
            generated.Responses[row].Should().HaveCount(input.Fresh);
            var text = input.Texts[row];
            foreach (var token in generated.Responses[row])
            {
                using var scope = NewDisposeScope();
                var (ids, mask) = ModelTexts.Row(text);
                var logits = model.Logits(ids, mask)[0, text.Length - 1];

                // Rounding may turn a tie around, so that the token must be among the best only.
                ((double)(logits.max() - logits[token]).item<float>())
                    .Should().BeLessThan(Tolerance, Invariant($"row {row} after {text.Length} tokens"));
                text = [.. text, token];
            }
        }
    }

    [Property]
    public void A_cache_filled_in_any_parts_gives_the_logits_of_a_whole_pass(CutText input)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        var model = _models[input.Architecture];
        var (ids, mask) = ModelTexts.Row(input.Ids, input.Left);
        var length = ids.shape[1];
        using var cache = new KeyValueCache(model.Config, 1, length, model.Dtype, model.Device);
        var parts = new List<Tensor>();
        for (var i = 0; i < input.Ids.Length; i++)
        {
            if (i == input.Ids.Length - 1 || input.Cuts[i])
            {
                var end = input.Left + i + 1;
                parts.Add(model.Logits(ids.narrow(1, cache.Length, end - cache.Length), mask.narrow(1, 0, end), null, cache));
            }
        }

        ModelTexts.Distance(cat(parts, 1), model.Logits(ids, mask)).Should().BeLessThan(Tolerance);
    }

    [Property]
    public void A_drawn_row_depends_on_its_own_seed_only(SeededPrompts input)
    {
        var settings = new GenerationSettings
        {
            MaxNewTokens = 4,
            Sample = true,
            TopK = 8,
            RepetitionPenalty = 1.3,
            Seeds = [.. input.Texts.Select((_, i) => (long)input.Seed + i)],
        };
        var model = _models[ModelArchitecture.Qwen2];
        var together = TextGenerator.Generate(model, input.Texts, settings);
        var alone = TextGenerator.Generate(model, [input.Texts[input.Row]], settings with { Seeds = [input.Seed + input.Row] });
        alone.Responses[0].Should().Equal(together.Responses[input.Row]);
    }

    protected override void Release() => _models.Values.ToList().ForEach(model => model.Dispose());
}
