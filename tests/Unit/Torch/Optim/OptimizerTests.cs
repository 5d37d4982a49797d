using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch.NN;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch.Optim;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class OptimizerTests
{
    public static TheoryData<string> Names => ["Adam", "AdamW", "SGD", "RMSProp"];

    [Theory]
    [MemberData(nameof(Names))]
    public void AResumedRunGoesOnExactly(string name)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "optimiser");
        using var straight = Model();
        using var resumed = Model();
        using var first = Make(name, straight);
        Steps(straight, first, 3);
        first.save_state_dict(path);
        resumed.load_state_dict(straight.state_dict());
        using var second = Make(name, resumed);
        second.ParamGroups.First().LearningRate = 9;
        second.load_state_dict(path);
        second.ParamGroups.First().LearningRate.Should().Be(0.1);
        Steps(straight, first, 2);
        Steps(resumed, second, 2);
        TorchFixture.Numbers(resumed.weight).Should().Equal(TorchFixture.Numbers(straight.weight));
        first.state_dict().State[0].ApproximatelyEquals(second.state_dict().State[0]).Should().BeTrue();

        using var third = Make(name, resumed);
        third.load_state_dict(first.state_dict());
        third.state_dict().State[0].ApproximatelyEquals(second.state_dict().State[0]).Should().BeTrue();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ADamagedStateIsOneClearError(string name)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "optimiser");
        using var model = Model();
        using var optimiser = Make(name, model);
        Steps(model, optimiser, 1);
        optimiser.save_state_dict(path);
        var whole = File.ReadAllBytes(path);
        foreach (var length in new[] { 0, 3, whole.Length / 2, whole.Length - 1 })
        {
            File.WriteAllBytes(path, whole[..length]);
            FluentActions.Invoking(() => optimiser.load_state_dict(path)).Should().Throw<InvalidDataException>().WithMessage($"'{path}'*");
        }

        FluentActions.Invoking(() => optimiser.load_state_dict("no/such/state")).Should().Throw<FileNotFoundException>().WithMessage("*no/such/state*");
    }

    [Fact]
    public void TheStateOfAnotherOptimiserIsRefused()
    {
        using var model = Model();
        using var adam = optim.Adam(model.parameters());
        using var adamW = optim.AdamW(model.parameters());
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        adam.save_state_dict(writer);
        stream.Position = 0;
        using var reader = new BinaryReader(stream);
        FluentActions.Invoking(() => adamW.load_state_dict(reader)).Should().Throw<InvalidDataException>().WithMessage("*'Adam'*'AdamW'*");
    }

    [Fact]
    public void GroupsHaveTheirOwnOptions()
    {
        using var scope = NewDisposeScope();
        var left = nn.Parameter(ones(1));
        var right = nn.Parameter(ones(1));
        using var optimiser = optim.SGD([new SGD.ParamGroup([left], 0.5), new SGD.ParamGroup { Parameters = [right] }], 0.25);
        left.grad = ones(1);
        right.grad = ones(1);
        optimiser.step();
        left.item<float>().Should().Be(0.5f);
        right.item<float>().Should().Be(0.75f, "a group without options takes those of the optimiser");
        FluentActions.Invoking(() => optimiser.add_param_group(new SGD.ParamGroup([right], 0.1))).Should().Throw<ArgumentException>().WithMessage("*twice*");
        var frozen = nn.Parameter(ones(1));
        optimiser.add_param_group(new SGD.ParamGroup([frozen], 0.1));
        optimiser.parameters().Should().HaveCount(3);
        optimiser.step();
        frozen.item<float>().Should().Be(1, "a parameter without gradient stays");
    }

    [Fact]
    public void AParameterThatGetsItsGradientLaterStartsItsOwnCount()
    {
        using var scope = NewDisposeScope();
        var early = nn.Parameter(zeros(1));
        var late = nn.Parameter(zeros(1));
        using var optimiser = optim.Adam([early, late], lr: 0.1);
        early.grad = ones(1);
        optimiser.step();
        late.grad = ones(1);
        optimiser.step();
        late.item<float>().Should().BeApproximately(-0.1f, 1e-6f, "the first step of Adam is the rate whatever the gradient");
        optimiser.state_dict().State.Cast<Adam.State>().Select(state => state.step).Should().Equal(2, 1);
    }

    [Fact]
    public void AClosureRunsWithGradientAndItsLossIsReturned()
    {
        using var scope = NewDisposeScope();
        var parameter = nn.Parameter(tensor(new[] { 3f }));
        using var optimiser = optim.SGD([parameter], 0.1);
        using var noGradient = no_grad();
        var loss = optimiser.step(() =>
        {
            optimiser.zero_grad();
            var value = parameter.mul(parameter);
            value.backward();
            return value;
        });
        loss!.item<float>().Should().Be(9);
        parameter.item<float>().Should().BeApproximately(2.4f, 1e-6f);
    }

    [Fact]
    public void ZeroGradFillsWithZeros()
    {
        using var scope = NewDisposeScope();
        var parameter = nn.Parameter(ones(2));
        using var optimiser = optim.SGD([parameter], 0.1);
        optimiser.zero_grad();
        parameter.grad.Should().BeNull();
        parameter.grad = ones(2);
        optimiser.zero_grad();
        TorchFixture.Numbers(parameter.grad!).Should().Equal(0, 0);
    }

    [Fact]
    public void AnUpdateIsSeenByTheGraphThatNeedsTheOldValue()
    {
        using var scope = NewDisposeScope();
        var parameter = nn.Parameter(ones(4));
        using var optimiser = optim.AdamW([parameter], lr: 0.1);
        var square = parameter.mul(parameter).sum();
        parameter.grad = ones(4);
        optimiser.step();
        FluentActions.Invoking(() => square.backward()).Should().Throw<System.Runtime.InteropServices.ExternalException>().WithMessage("*inplace operation*");
    }

    [Theory]
    [InlineData(-1.0, 0.9, 0.0, "learning rate")]
    [InlineData(0.1, 1.0, 0.0, "beta1")]
    [InlineData(0.1, 0.9, -0.1, "weight decay")]
    public void BadHyperparametersAreNamed(double rate, double beta1, double decay, string what)
    {
        using var model = Model();
        FluentActions.Invoking(() => optim.AdamW(model.parameters(), rate, beta1, weight_decay: decay)).Should().Throw<ArgumentException>().WithMessage($"*{what}*");
    }

    [Fact]
    public void TheDefaultsAreThoseOfTorchSharp()
    {
        using var model = Model();
        using var optimiser = optim.AdamW(model.parameters());
        var options = (AdamW.Options)optimiser.state_dict().Options.Single();
        (options.LearningRate, options.beta1, options.beta2, options.eps, options.weight_decay).Should().Be((1e-3, 0.9, 0.999, 1e-8, 0));
    }

    private static Linear Model()
    {
        var model = nn.Linear(3, 2, hasBias: false);
        TorchFixture.Fill(model);
        return model;
    }

    private static OptimizerHelper Make(string name, Linear model) => name switch
    {
        "Adam" => optim.Adam(model.parameters(), 0.1, amsgrad: true),
        "AdamW" => optim.AdamW(model.parameters(), 0.1, weight_decay: 0.1),
        "SGD" => optim.SGD(model.parameters(), 0.1, 0.9),
        _ => optim.RMSProp(model.parameters(), 0.1, momentum: 0.5, centered: true),
    };

    private static void Steps(Linear model, OptimizerHelper optimiser, int count)
    {
        for (var i = 0; i < count; i++)
        {
            using var scope = NewDisposeScope();
            model.zero_grad();
            var loss = nn.functional.mse_loss(model.call(TorchFixture.Waves([4, 3], 0.3)), TorchFixture.Waves([4, 2], 0.7));
            loss.backward();
            optimiser.step();
        }
    }
}
