using System.Text.Json;
using Repro.Core.Models;
using Repro.Experiments.Claims;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Models;

/// <summary>
/// Every architecture and every rope scaling against logits of an independent float64 pass in Python, written from the published formulas
/// (<c>bench/python/model_fixtures.py</c>). The weights are stored in bfloat16, float16 and float32.
/// </summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class PublishedFormulaTests
{
    // Logits of up to 10 with 12 digits.
    private const double Bound = 1e-9;

    private static string Root => Path.Combine(RepositoryRoot.Find(), "fixtures", "models");

    public static TheoryData<string> Models() =>
        new(Directory.EnumerateDirectories(Root).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_are_those_of_the_formulas(string name)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModel.Load(Path.Combine(Root, name), ScalarType.Float64);
        var (ids, expected) = Expected(name);
        Distance(model.Logits(ids, ones_like(ids)), expected).Should().BeLessThan(Bound);

        // Padding on the left, and in single precision, changes nothing.
        var padded = cat([full([1, 3], 4, dtype: ScalarType.Int64), ids], 1);
        var mask = cat([zeros([1, 3], dtype: ScalarType.Int64), ones_like(ids)], 1);
        Distance(model.Logits(padded, mask).narrow(1, 3, ids.shape[1]), expected).Should().BeLessThan(Bound);
        using var single = LanguageModel.Load(Path.Combine(Root, name));
        Distance(single.Logits(ids, ones_like(ids)).to(ScalarType.Float64), expected).Should().BeLessThan(1e-4);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_step_behind_a_cache_gives_the_same(string name)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        using var model = LanguageModel.Load(Path.Combine(Root, name), ScalarType.Float64);
        var (ids, expected) = Expected(name);
        var count = ids.shape[1];
        using var cache = new KeyValueCache(model.Config, 1, count, model.Dtype, model.Device);
        model.Hidden(ids.narrow(1, 0, count - 2), ones([1, count - 2], ScalarType.Int64), null, cache);
        var plan = model.Plan(ones([1, count], ScalarType.Int64));
        for (var at = count - 2; at < count; at++)
        {
            Distance(model.LogitsOf(model.Step(ids.narrow(1, at, 1), plan, cache)), expected.narrow(1, at, 1)).Should().BeLessThan(Bound);
        }
    }

    /// <summary>A short row beside a long one: padding stands in front of the prompt, and both go on past the windows.</summary>
    [Theory]
    [MemberData(nameof(Models))]
    public void Steps_of_padded_rows_give_the_same(string name)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        using var model = LanguageModel.Load(Path.Combine(Root, name), ScalarType.Float64);
        var (ids, expected) = Expected(name);
        const long Short = 3;
        var (all, padding) = (ids.shape[1], ids.shape[1] - 6 - Short);
        var padded = cat([full([1, padding], 4, ScalarType.Int64), ids.narrow(1, 0, Short)], 1);
        var prompts = cat([ids.narrow(1, 0, Short + padding), padded], 0);
        var mask = ones([2, all], ScalarType.Int64);
        mask[1].narrow(0, 0, padding).zero_();
        using var cache = new KeyValueCache(model.Config, 2, all, model.Dtype, model.Device);
        var first = model.Logits(prompts, mask.narrow(1, 0, Short + padding), null, cache);
        Distance(first[1].narrow(0, padding, Short), expected[0].narrow(0, 0, Short)).Should().BeLessThan(Bound);
        var plan = model.Plan(mask);
        for (var at = Short + padding; at < all; at++)
        {
            var tokens = stack([ids[0, at], ids[0, at - padding]]).unsqueeze(1);
            var found = model.LogitsOf(model.Step(tokens, plan, cache)).squeeze(1);
            Distance(found, stack([expected[0, at], expected[0, at - padding]])).Should().BeLessThan(Bound);
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_model_that_is_written_again_is_the_same(string name)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = LanguageModel.Load(Path.Combine(Root, name), ScalarType.Float64);
        model.Save(folder.Path);
        using var read = LanguageModel.Load(folder.Path, ScalarType.Float64);
        var (ids, _) = Expected(name);
        read.Logits(ids, ones_like(ids)).Equals(model.Logits(ids, ones_like(ids))).Should().BeTrue();
        read.Config.Should().BeEquivalentTo(model.Config, options => options.Excluding(config => config.Generation));
    }

    [Fact]
    public void The_pass_is_able_to_tell_models_apart()
    {
        using var scope = NewDisposeScope();
        var all = Directory.EnumerateDirectories(Root).Select(folder => Expected(Path.GetFileName(folder)).Logits).ToList();
        all.Should().HaveCountGreaterThan(18);
        all.Skip(1).Should().OnlyContain(logits => Distance(logits, all[0]) > 0.1);
    }

    private static (Tensor Ids, Tensor Logits) Expected(string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Root, name, "logits.json")));
        long[] ids = [.. json.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt64())];
        double[] logits = [.. json.RootElement.GetProperty("logits").EnumerateArray().SelectMany(row =>
            row.EnumerateArray()).Select(value => value.GetDouble())];
        return (tensor(ids).unsqueeze(0), tensor(logits).view(1, ids.Length, -1));
    }

    private static double Distance(Tensor a, Tensor b) => (a - b).abs().max().item<double>();
}
