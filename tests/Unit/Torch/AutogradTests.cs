using System.Runtime.InteropServices;
using Repro.Tests.Shared;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class AutogradTests
{
    [Fact]
    public void BackwardFillsTheGradientsOfLeaves()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1f, 2f, 3f }, requires_grad: true);
        x.is_leaf.Should().BeTrue();
        x.grad.Should().BeNull();
        (x * x).sum().backward();
        x.grad!.ShouldBe(2, 4, 6);

        // A second pass adds to what is there.
        (x * 3).sum().backward();
        x.grad!.ShouldBe(5, 7, 9);
        x.grad = null;
        x.grad.Should().BeNull();
    }

    [Fact]
    public void AGradientCanBeGivenAndRead()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, requires_grad: true);
        (x * 2).backward([tensor(new[] { 1f, 10f })]);
        x.grad!.ShouldBe(2, 20);
        x.grad = ones(2);
        x.grad!.ShouldBe(1, 1);
        x.Invoking(t => t.grad = ones(3)).Should().Throw<ExternalException>().WithMessage("*shape*[3]*[2]*");
    }

    [Fact]
    public void GradLeavesTheLeavesAlone()
    {
        using var scope = NewDisposeScope();
        var x = tensor(2.0, requires_grad: true);
        var y = tensor(5.0, requires_grad: true);
        var z = x.pow(3) * y;
        var gradients = autograd.grad([z], [x, y]);
        gradients[0].ShouldBe(60);
        gradients[1].ShouldBe(8);
        x.grad.Should().BeNull();
    }

    [Fact]
    public void SecondDerivativesNeedTheGraphOfTheFirst()
    {
        using var scope = NewDisposeScope();
        var x = tensor(2.0, requires_grad: true);
        var first = autograd.grad([x.pow(3)], [x], create_graph: true)[0];
        first.ShouldBeStill(12);
        autograd.grad([first], [x])[0].ShouldBe(12);
    }

    [Fact]
    public void AnUnusedInputIsAnErrorUnlessAllowed()
    {
        using var scope = NewDisposeScope();
        var x = tensor(2.0, requires_grad: true);
        var unused = tensor(2.0, requires_grad: true);
        var act = () => autograd.grad([x * 2], [x, unused]);
        act.Should().Throw<ExternalException>().WithMessage("*not have been used*");
        autograd.grad([x * 2], [x, unused], allow_unused: true)[1].Should().BeNull();
    }

    [Fact]
    public void ASecondBackwardNeedsTheGraphRetained()
    {
        using var scope = NewDisposeScope();
        var x = tensor(2.0, requires_grad: true);
        var y = x * x;
        y.backward(retain_graph: true);
        y.backward();
        x.grad!.ShouldBe(8);
        y.Invoking(t => t.backward()).Should().Throw<ExternalException>();
    }

    [Fact]
    public void BackwardOfManyElementsNeedsAGradient()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, requires_grad: true);
        var y = x * 2;
        y.Invoking(t => t.backward()).Should().Throw<ExternalException>().WithMessage("grad can be implicitly created only for scalar outputs");
    }

    [Fact]
    public void BackwardCanBeLimitedToInputs()
    {
        using var scope = NewDisposeScope();
        var x = tensor(2.0, requires_grad: true);
        var y = tensor(3.0, requires_grad: true);
        autograd.backward(x * y, inputs: [x]);
        x.grad!.ShouldBe(3);
        y.grad.Should().BeNull();
    }

    [Fact]
    public void ModesNestAndComeBack()
    {
        is_grad_enabled().Should().BeTrue();
        using (no_grad())
        {
            is_grad_enabled().Should().BeFalse();
            using (enable_grad())
            {
                is_grad_enabled().Should().BeTrue();
            }

            is_grad_enabled().Should().BeFalse();
            using (set_grad_enabled(true))
            {
                is_grad_enabled().Should().BeTrue();
            }
        }

        is_grad_enabled().Should().BeTrue();
        using (inference_mode())
        {
            is_inference_mode_enabled().Should().BeTrue();
            is_grad_enabled().Should().BeFalse();
        }

        is_inference_mode_enabled().Should().BeFalse();
        is_grad_enabled().Should().BeTrue();
    }

    [Fact]
    public void NothingIsRecordedWithoutGradients()
    {
        using var x = ones(2, requires_grad: true);
        using var recorded = x * 2;
        recorded.requires_grad.Should().BeTrue();
        recorded.is_leaf.Should().BeFalse();
        using (no_grad())
        {
            using var silent = x * 2;
            silent.requires_grad.Should().BeFalse();
        }

        using var cut = recorded.detach();
        cut.requires_grad.Should().BeFalse();
        cut.ShouldBeStill(2, 2);
    }

    [Fact]
    public void ALeafThatNeedsGradientsCannotBeChangedInPlace()
    {
        using var x = ones(2, requires_grad: true);
        x.Invoking(t => t.add_(1)).Should().Throw<ExternalException>().WithMessage("*leaf*in-place*");
        using (no_grad())
        {
            x.add_(1);
        }

        x.requires_grad_(false).ShouldBeStill(2, 2);
    }

    [Fact]
    public void OnlyFloatingPointTensorsHaveGradients()
    {
        using var x = tensor(new[] { 1L });
        x.Invoking(t => t.requires_grad = true).Should().Throw<ExternalException>().WithMessage("*floating point*");
    }

    [Fact]
    public void TheGradientOfAResultIsKeptOnRequest()
    {
        using var scope = NewDisposeScope();
        var x = tensor(3.0, requires_grad: true);
        var y = x * 2;
        y.retain_grad();
        (y * y).backward();
        y.grad!.ShouldBe(12);
    }

    [Fact]
    public void AnomalyModeNamesTheFaultyOperator()
    {
        using var scope = NewDisposeScope();
        using var mode = autograd.detect_anomaly();
        AnomalyMode.IsEnabled.Should().BeTrue();
        var x = zeros(1, requires_grad: true);
        var y = (x.sqrt() * 0).sum();
        y.Invoking(t => t.backward()).Should().Throw<ExternalException>().WithMessage("*SqrtBackward0*nan*");
        mode.Dispose();
        AnomalyMode.IsEnabled.Should().BeFalse();
    }

    [Fact]
    public void JacobiansHaveTheShapeOfResultAndInput()
    {
        using var x = tensor(new[] { 1.0, 2.0 });
        using var y = tensor(new[] { 3.0 });
        autograd.functional.jacobian(t => t.pow(2), x).ShouldBe([2, 2], 2, 0, 0, 4);
        var both = autograd.functional.jacobian(t => t[0] * t[1], x, y).ToArray();
        both[0].ShouldBe([2, 2], 3, 0, 0, 3);
        both[1].ShouldBe([2, 1], 1, 2);
        autograd.functional.jacobian(t => [t.sum(), y], x).Should().HaveCount(2).And.Subject.DisposeAll();
    }
}
