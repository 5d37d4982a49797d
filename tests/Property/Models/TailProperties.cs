using FsCheck.Fluent;
using Repro.Core;
using Repro.Core.Models;
using Repro.Core.Models.Adapters;
using Repro.Core.Models.Heads;
using Repro.Core.Models.Layers;
using Repro.Tests.Properties.Shared;
using Repro.Tests.Shared;
using static TorchSharp.torch;

namespace Repro.Tests.Properties.Models;

/// <summary>A pass that is asked for the last columns alone gives what a whole pass has there.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class TailProperties
{
    private const double Tolerance = 1e-4;

    [Fact]
    public void The_last_columns_are_those_of_a_whole_pass()
    {
        var models = ModelTexts.LanguageModels();
        Check.That(
            "tail = narrowed whole pass",
            from text in ModelTexts.Text(10)
            from left in Gen.Choose(0, 4)
            from right in Gen.Choose(0, 4)
            from first in Gen.Choose(0, left + text.Length + right - 1)
            from architecture in Gen.Elements(ModelTexts.Architectures)
            select (text, left, right, first, architecture),
            input =>
            {
                using var scope = NewDisposeScope();
                using var ungraded = no_grad();
                var model = models[input.architecture];
                var (ids, mask) = ModelTexts.Row(input.text, input.left, input.right, pad: 3);
                var whole = model.Hidden(ids, mask);
                var expected = whole.narrow(1, input.first, whole.shape[1] - input.first);
                ModelTexts.Distance(model.Hidden(ids, mask, first: input.first), expected).Should().BeLessThan(Tolerance);
                if (input.right == 0)
                {
                    // What a cache holds afterwards is complete: one more token says the same.
                    using var full = new KeyValueCache(model.Config, 1, ids.shape[1] + 1, model.Dtype, model.Device);
                    using var tail = new KeyValueCache(model.Config, 1, ids.shape[1] + 1, model.Dtype, model.Device);
                    model.Hidden(ids, mask, null, full);
                    model.Hidden(ids, mask, null, tail, input.first);
                    var (next, longer) = (tensor(new long[] { 5 }, [1, 1]), cat([mask, ones_like(mask).narrow(1, 0, 1)], 1));
                    ModelTexts.Distance(model.Hidden(next, longer, null, tail), model.Hidden(next, longer, null, full)).Should().BeLessThan(Tolerance);
                }
            });
        models.Values.ToList().ForEach(model => model.Dispose());
    }

    [Fact]
    public void Gradients_of_losses_on_the_last_columns_are_those_of_a_whole_pass()
    {
        var models = ModelTexts.LanguageModels();
        foreach (var model in models.Values)
        {
            model.Adapters.Add("policy", new LoraSettings { Rank = 2, Alpha = 4, Targets = ["all-linear"] }, 3);
            using var quiet = no_grad();
            foreach (var (name, parameter) in model.Adapters.Parameters("policy"))
            {
                parameter.add_(0.1);
            }
        }

        Check.That(
            "gradients of a tail = those of a whole pass",
            from text in ModelTexts.Text(8)
            from left in Gen.Choose(0, 3)
            from first in Gen.Choose(0, Math.Max(0, left + text.Length - 2))
            from checkpointed in Gen.Elements(true, false)
            from architecture in Gen.Elements(ModelTexts.Architectures)
            where left + text.Length >= 2
            select (text, left, first, checkpointed, architecture),
            input =>
            {
                using var scope = NewDisposeScope();
                var model = models[input.architecture];
                var (ids, mask) = ModelTexts.Row(input.text, input.left, 0, pad: 3);
                var counted = arange(ids.shape[1], dtype: ScalarType.Int64).gt(input.first).unsqueeze(0);
                List<double[]> Gradients(long first)
                {
                    model.zero_grad();
                    Tensor Loss(Tensor hidden) => new HeadLogProbs(model).Backward(hidden, ids, counted, logProbs => logProbs.square().sum());
                    if (input.checkpointed)
                    {
                        model.BackwardCheckpointed(ids, mask, Loss, first: first);
                    }
                    else
                    {
                        Loss(model.Hidden(ids, mask, first: first));
                    }

                    return [.. model.Adapters.Parameters("policy").OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair =>
                    {
                        using var gradient = pair.Value.grad;
                        return gradient is null ? [] : gradient.to(ScalarType.Float64).flatten().data<double>().ToArray();
                    })];
                }

                var (whole, tail) = (Gradients(0), Gradients(input.first));
                for (var i = 0; i < whole.Count; i++)
                {
                    // The last block has no gradient for what only columns before the first one would ask.
                    var scale = 1 + whole[i].Select(Math.Abs).DefaultIfEmpty(0).Max();
                    whole[i].Zip(tail[i], (a, b) => Math.Abs(a - b) / scale).DefaultIfEmpty(0).Max().Should().BeLessThan(Tolerance);
                    tail[i].Should().HaveCount(whole[i].Length);
                }
            });
        models.Values.ToList().ForEach(model =>
        {
            model.zero_grad();
            model.Dispose();
        });
    }

    [Fact]
    public void A_column_outside_the_batch_and_a_token_predicted_before_the_first_column_are_refused()
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        var models = ModelTexts.LanguageModels();
        var model = models[ModelArchitecture.Llama];
        var (ids, mask) = ModelTexts.Row([1, 2, 3, 4]);
        FluentActions.Invoking(() => model.Hidden(ids, mask, first: 4)).Should().Throw<ArgumentException>().WithMessage("*within the 4*found 4*");
        FluentActions.Invoking(() => model.Hidden(ids, mask, first: -1)).Should().Throw<ArgumentException>();
        var tail = model.Hidden(ids, mask, first: 2);
        var counted = tensor(new[] { false, false, true, true }, [1, 4]);
        FluentActions.Invoking(() => new HeadLogProbs(model).Of(tail, ids, counted)).Should().Throw<ReproException>().WithMessage("*last 2 of 4 columns*predicted before*");
        models.Values.ToList().ForEach(own => own.Dispose());
    }
}
