using FsCheck.Xunit;
using Repro.Core;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Tests.Properties.Shared;
using Repro.Tests.Shared;
using static TorchSharp.torch;

namespace Repro.Tests.Properties.Models;

/// <summary>A pass that is asked for the last columns alone gives what a whole pass has there.</summary>
[Collection(TensorCollection.Name)]
[Properties(Arbitrary = new[] { typeof(ModelTexts) })]
public sealed class TailProperties : TensorProperties
{
    // In double precision: where parts of a gradient cancel, single precision leaves more of its rounding than of the gradient.
    private const double Tolerance = 1e-9;

    private readonly Dictionary<ModelArchitecture, LanguageModel> _models;

    public TailProperties()
    {
        _models = ModelTexts.LanguageModels(ScalarType.Float64);
        using var quiet = no_grad();
        foreach (var model in _models.Values)
        {
            model.Adapters.Add("policy", new LoraSettings { Rank = 2, Alpha = 4, Targets = ["all-linear"] }, 3);
            model.Adapters.Parameters("policy").Values.ToList().ForEach(parameter => parameter.add_(0.1));
        }
    }

    [Property]
    public void The_last_columns_are_those_of_a_whole_pass(PaddedText input)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        var model = _models[input.Architecture];
        var (ids, mask) = ModelTexts.Row(input.Ids, input.Left, input.Right, pad: 3);
        var whole = model.Hidden(ids, mask);
        var expected = whole.narrow(1, input.First, whole.shape[1] - input.First);
        ModelTexts.Distance(model.Hidden(ids, mask, first: input.First), expected).Should().BeLessThan(Tolerance);
        if (input.Right == 0)
        {
            // What a cache holds afterwards is complete: one more token says the same.
            using var full = new KeyValueCache(model.Config, 1, ids.shape[1] + 1, model.Dtype, model.Device);
            using var tail = new KeyValueCache(model.Config, 1, ids.shape[1] + 1, model.Dtype, model.Device);
            model.Hidden(ids, mask, null, full);
            model.Hidden(ids, mask, null, tail, input.First);
            var (next, longer) = (tensor(new long[] { 5 }, [1, 1]), cat([mask, ones_like(mask).narrow(1, 0, 1)], 1));
            ModelTexts.Distance(model.Hidden(next, longer, null, tail), model.Hidden(next, longer, null, full))
                .Should().BeLessThan(Tolerance);
        }
    }

    [Property]
    public void Gradients_of_losses_on_the_last_columns_are_those_of_a_whole_pass(LossOfTail input)
    {
        using var scope = NewDisposeScope();
        var model = _models[input.Architecture];
        var (ids, mask) = ModelTexts.Row(input.Ids, input.Left, 0, pad: 3);
        var completionMask = arange(ids.shape[1], dtype: ScalarType.Int64).gt(input.First).unsqueeze(0);
        List<double[]> Gradients(long first)
        {
            model.zero_grad();
            var forward = model.Forward(ids, mask, first: first, checkpointing: input.Checkpointed);
            var head = new HeadLogProbs(model).Forward(forward.Hidden, ids, completionMask);
            head.LogProbs.square().sum().backward();
            head.Backward();
            forward.Backward();
            return [.. model.Adapters.Parameters("policy").OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair =>
            {
                using var gradient = pair.Value.grad;
                return gradient is null ? [] : gradient.to(ScalarType.Float64).flatten().data<double>().ToArray();
            })];
        }

        var (whole, tail) = (Gradients(0), Gradients(input.First));
        for (var i = 0; i < whole.Count; i++)
        {
            // The last block has no gradient for what only columns before the first one would ask.
            var scale = 1 + whole[i].Select(Math.Abs).DefaultIfEmpty(0).Max();
            whole[i].Zip(tail[i], (a, b) => Math.Abs(a - b) / scale).DefaultIfEmpty(0).Max().Should().BeLessThan(Tolerance);
            tail[i].Should().HaveCount(whole[i].Length);
        }
    }

    [Fact]
    public void A_column_outside_the_batch_and_a_token_predicted_before_the_first_column_are_refused()
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        var model = _models[ModelArchitecture.Llama];
        var (ids, mask) = ModelTexts.Row([1, 2, 3, 4]);
        FluentActions.Invoking(() => model.Hidden(ids, mask, first: 4))
            .Should().Throw<ArgumentException>().WithMessage("*within the 4*found 4*");
        FluentActions.Invoking(() => model.Hidden(ids, mask, first: -1)).Should().Throw<ArgumentException>();
        var tail = model.Hidden(ids, mask, first: 2);
        var completionMask = tensor(new[] { false, false, true, true }, [1, 4]);
        FluentActions.Invoking(() => new HeadLogProbs(model).Compute(tail, ids, completionMask))
            .Should().Throw<ReproException>().WithMessage("*last 2 of 4 columns*predicted before*");
    }

    protected override void Release()
    {
        foreach (var model in _models.Values)
        {
            model.zero_grad();
            model.Dispose();
        }
    }
}
