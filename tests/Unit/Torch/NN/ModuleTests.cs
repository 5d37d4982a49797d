using Repro.Tests.Shared;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch.NN;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class ModuleTests
{
    [Fact]
    public void FieldsAreRegisteredUnderTheirNamesInOrder()
    {
        using var model = new TinyDecoder(7, 4, 2, 1, 3);
        model.named_parameters().Select(entry => entry.name).Should().Equal(
            "tokens.weight",
            "positions.weight",
            "blocks.0.norm1.weight",
            "blocks.0.norm1.bias",
            "blocks.0.qkv.weight",
            "blocks.0.out.weight",
            "blocks.0.out.bias",
            "blocks.0.norm2.weight",
            "blocks.0.norm2.bias",
            "blocks.0.up.weight",
            "blocks.0.up.bias",
            "blocks.0.down.weight",
            "blocks.0.down.bias",
            "norm.weight",
            "norm.bias",
            "head.weight");
        model.named_children().Select(entry => entry.name).Should().Equal("tokens", "positions", "blocks", "norm", "head");
        model.named_modules().Select(entry => entry.name).Should().Contain(["blocks.0", "blocks.0.qkv"]).And.HaveCount(12);
        model.get_parameter("blocks.0.qkv.weight")!.shape.Should().Equal(12, 4);
        model.get_parameter("blocks.1.qkv.weight").Should().BeNull();
        model.has_parameter("head.weight").Should().BeTrue();
        model.has_parameter("head.bias").Should().BeFalse();
        model.parameters().Should().OnlyContain(parameter => parameter.requires_grad && parameter.is_leaf);
        model.GetName().Should().Be(nameof(TinyDecoder));
    }

    [Fact]
    public void ASharedParameterComesOnceButIsInTheStateUnderBothNames()
    {
        using var model = new Tied();
        model.parameters().Should().ContainSingle();
        model.state_dict().Keys.Should().Equal("first.weight", "second.weight");
        model.to(ScalarType.Float64);
        model.parameters().Should().ContainSingle("conversion keeps the tie");
        model.First.weight.dtype.Should().Be(ScalarType.Float64);
        ReferenceEquals(model.First.weight, model.Second.weight).Should().BeTrue();
    }

    [Fact]
    public void BuffersAreStateButNotParameters()
    {
        using var model = new WithBuffers();
        model.parameters().Should().BeEmpty();
        model.named_buffers().Select(entry => entry.name).Should().Equal("kept", "passing", "counter");
        model.named_buffers(include_nonpersistent: false).Select(entry => entry.name).Should().Equal("kept", "counter");
        model.state_dict().Keys.Should().Equal("kept", "counter");
        model.get_buffer("passing")!.numel().Should().Be(2);
    }

    [Fact]
    public void ConversionChangesFloatingPointTensorsOnlyAndTheFieldsFollow()
    {
        using var model = new WithBuffers();
        using var linear = nn.Linear(3, 2);
        model.half();
        model.Kept.dtype.Should().Be(ScalarType.Float16);
        model.Counter.dtype.Should().Be(ScalarType.Int64);
        ReferenceEquals(model.get_buffer("kept"), model.Kept).Should().BeTrue();
        linear.to(ScalarType.Float64).Should().BeSameAs(linear);
        linear.weight.dtype.Should().Be(ScalarType.Float64);
        linear.weight.requires_grad.Should().BeTrue();
        linear.bfloat16().bias!.dtype.Should().Be(ScalarType.BFloat16);
        var old = linear.weight;
        linear.@float().cpu().weight.dtype.Should().Be(ScalarType.Float32);
        old.IsInvalid.Should().BeTrue("nothing may go on with parameters that the module no longer has");
    }

    [Fact]
    public void TrainingModeReachesEveryModule()
    {
        using var model = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Dropout(1)));
        using var input = ones(1, 2);
        model.training.Should().BeTrue();
        model.eval();
        model.modules().Should().OnlyContain(module => !module.training);
        using (var output = model.call(input))
        {
            TorchFixture.Numbers(output).Should().Contain(value => value != 0);
        }

        model.train();
        model.modules().Should().OnlyContain(module => module.training);
        using var dropped = model.call(input);
        TorchFixture.Numbers(dropped).Should().OnlyContain(value => value == 0);
    }

    [Fact]
    public void HooksSeeAndChangeInputAndResult()
    {
        using var scope = NewDisposeScope();
        using var linear = nn.Linear(nn.Parameter(ones(1, 1)));
        var seen = new List<string>();
        var before = linear.register_forward_pre_hook((module, input) => input.add(1));
        var after = linear.register_forward_hook((module, input, result) => result.mul(10));
        var watching = linear.register_forward_pre_hook(module => seen.Add(module.GetName()));
        linear.call(ones(1, 1)).item<float>().Should().Be(20);
        linear.forward(ones(1, 1)).item<float>().Should().Be(1, "hooks belong to call");
        before.remove();
        after.remove();
        watching.remove();
        linear.call(ones(1, 1)).item<float>().Should().Be(1);
        seen.Should().Equal("Linear");
    }

    [Fact]
    public void GradientsAreForgottenOrZeroed()
    {
        using var linear = nn.Linear(2, 1);
        using (NewDisposeScope())
        {
            linear.call(ones(1, 2)).sum().backward();
            linear.weight.grad.Should().NotBeNull();
            linear.zero_grad(set_to_none: false);
            TorchFixture.Numbers(linear.weight.grad!).Should().Equal(0, 0);
            linear.zero_grad();
            linear.weight.grad.Should().BeNull();
        }
    }

    [Fact]
    public void ApplyVisitsChildrenBeforeParents()
    {
        using var model = nn.Sequential(("inner", nn.Sequential(("leaf", nn.ReLU()))));
        var names = new List<string>();
        model.apply(module => names.Add(module.GetName())).Should().BeSameAs(model);
        names.Should().Equal("ReLU", "Sequential", "Sequential");
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b")]
    public void AModuleNameIsNeitherEmptyNorDotted(string name)
    {
        using var list = nn.ModuleDict<nn.Module>();
        using var child = nn.ReLU();
        FluentActions.Invoking(() => list.Add(name, child)).Should().Throw<ArgumentException>().WithMessage($"*'{name}'*");
    }

    [Fact]
    public void ANameIsTakenOnce()
    {
        using var list = nn.ModuleDict(("one", nn.ReLU()));
        FluentActions.Invoking(() => list.Add("one", nn.ReLU())).Should().Throw<InvalidOperationException>().WithMessage("*'one'*");
        FluentActions.Invoking(() => nn.ReLU().register_module("x", nn.ReLU())).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void ListsRenumberWhatTheyHold()
    {
        using var list = nn.ModuleList(nn.Linear(1, 1, false), nn.Linear(2, 1, false));
        using var removed = list[0];
        list.Insert(0, nn.Linear(3, 1, false));
        list.Remove(removed).Should().BeTrue();
        list.append(nn.Linear(4, 1, false));
        list.named_parameters().Select(entry => (entry.name, entry.parameter.shape[1])).Should().Equal(("0.weight", 3), ("1.weight", 2), ("2.weight", 4));
        list.Count.Should().Be(3);
    }

    [Fact]
    public void ASequenceCanBeCut()
    {
        using var model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1));
        var part = model[1..];
        part.Count.Should().Be(2);
        model[(null, 1)][0].Should().BeSameAs(model[0]);
        part.named_parameters().Select(entry => entry.name).Should().Equal("1.weight", "1.bias");
    }

    [Fact]
    public void AParameterTakesTheTensorOver()
    {
        var data = ones(2);
        using var parameter = nn.Parameter(data, requires_grad: false);
        data.IsInvalid.Should().BeTrue();
        parameter.requires_grad.Should().BeFalse();
        using var leaf = ones(2, requires_grad: true);
        using var computed = nn.Parameter(leaf.mul(2));
        computed.is_leaf.Should().BeTrue();
        computed.requires_grad.Should().BeTrue();
        FluentActions.Invoking(() => nn.Parameter(data)).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void ADisposedModuleHoldsNothing()
    {
        var model = new TinyDecoder(7, 4, 2, 1, 3);
        var weight = model.get_parameter("head.weight")!;
        model.Dispose();
        weight.IsInvalid.Should().BeTrue();
        model.parameters().Should().BeEmpty();
    }

    [Fact]
    public void BadArgumentsAreNamed()
    {
        using var scope = NewDisposeScope();
        FluentActions.Invoking(() => nn.Dropout(1.5)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*[0, 1]*");
        FluentActions.Invoking(() => nn.Embedding(3, 2, padding_idx: 3)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*3 rows*");
        FluentActions.Invoking(() => nn.Linear(nn.Parameter(ones(2, 3)), nn.Parameter(ones(3)))).Should().Throw<ArgumentException>().WithMessage("*[2, 3]*[3]*");
        FluentActions.Invoking(() => nn.init.xavier_uniform_(ones(3))).Should().Throw<ArgumentException>().WithMessage("*two dimensions*");
        FluentActions.Invoking(() => nn.functional.scaled_dot_product_attention(ones(1, 2, 2), ones(1, 2, 2), ones(1, 2, 2), ones(2, 2), is_casual: true))
            .Should().Throw<ArgumentException>();
    }

    private sealed class Tied : nn.Module<Tensor, Tensor>
    {
        private readonly Linear first;
        private readonly Linear second;

        public Tied()
            : base(nameof(Tied))
        {
            first = nn.Linear(2, 2, hasBias: false);
            second = nn.Linear(first.weight);
            RegisterComponents();
        }

        public Linear First => first;

        public Linear Second => second;

        public override Tensor forward(Tensor input) => second.call(first.call(input));
    }

    private sealed class WithBuffers : nn.Module
    {
        private readonly Tensor counter = zeros(1, dtype: ScalarType.Int64);
        private readonly Tensor kept = ones(2);

        public WithBuffers()
            : base(nameof(WithBuffers))
        {
            register_buffer("kept", kept);
            register_buffer("passing", ones(2), persistent: false);
            RegisterComponents();
        }

        public Tensor Kept => kept;

        public Tensor Counter => counter;
    }
}
