using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Models;
using Repro.Core.Training;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using Repro.Tests.Unit.Training.Ppo;
using Repro.Tests.Unit.Training.Rollouts;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training;

/// <summary>A step of the optimizer happens whole or not at all, and messages count steps from 1 as the metrics of a run do.</summary>
[NoLiveTensors]
public sealed class GradientStepTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_step_that_is_not_applied_leaves_no_gradient_and_no_memory(bool applied)
    {
        using var scope = NewDisposeScope();
        using var model = TrainedModel.InMemory(LanguageModel.Create(TinyPolicies.Config(), 3));
        using var optimizer = new TrainingOptimizer(model.TrainedParameters(), PpoRuns.Adam(0.01));
        var before = model.Language.HeadWeight.detach().clone();
        var memory = new Counter { Count = 5 };
        using (var update = new OptimizerStep(optimizer, 0, memory))
        {
            Backward(model);
            memory.Count++;
            if (applied)
            {
                update.Apply().Should().BePositive();
            }
        }

        model.TrainedParameters().Should().OnlyContain(entry => ReferenceEquals(entry.Parameter.grad, null));
        memory.Count.Should().Be(applied ? 6 : 5);
        model.Language.HeadWeight.detach().Equals(before).Should().Be(!applied);
    }

    [Fact]
    public void Messages_count_steps_from_one()
    {
        using var scope = NewDisposeScope();
        using var model = TrainedModel.InMemory(LanguageModel.Create(TinyPolicies.Config(), 3));
        using var optimizer = new TrainingOptimizer(model.TrainedParameters(), PpoRuns.Adam(0.01));
        using var update = new OptimizerStep(optimizer, 0);
        update.Invoking(own => own.RequireFinite(double.NaN)).Should().Throw<ReproException>().WithMessage("The loss at step 1 is NaN;*");
        Backward(model);
        optimizer.ScaleGradients(double.PositiveInfinity);
        update.Invoking(own => own.Apply()).Should().Throw<ReproException>().WithMessage("The gradient norm at step 1 is *");
    }

    private static void Backward(TrainedModel model)
    {
        var ids = tensor(new long[] { 1, 2, 3 }, [1, 3]);
        var forward = model.Forward(ids, ones_like(ids));
        var head = new HeadLogProbs(model.Language).Forward(forward.Hidden, ids, ones_like(ids, ScalarType.Bool));
        head.LogProbs.sum().backward();
        head.Backward();
        forward.Backward();
    }

    private sealed class Counter : IStateful
    {
        public int Count { get; set; }

        public JsonObject StateValues() => new() { ["count"] = Count };

        public void RestoreValues(JsonObject? values) => Count = values!["count"]!.GetValue<int>();
    }
}
