using Repro.Tests.Shared;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch.NN;

/// <summary>The same seed draws the same initial values as in Python.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class InitialisationAgainstPythonTests
{
    public static TheoryData<string> Cases => new(TorchFixture.CaseNames("initialisation"));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Agrees(string name)
    {
        using var scope = NewDisposeScope();
        var expected = TorchFixture.Numbers(TorchFixture.Read("initialisation").GetProperty("cases").GetProperty(name));
        TorchFixture.ShouldAgree(TorchFixture.Numbers(Make(name)), expected, name);
    }

    private static Tensor Make(string name) => name switch
    {
        "linear.weight" => Seeded(1, () => nn.Linear(5, 3)).weight,
        "linear.bias" => Seeded(1, () => nn.Linear(5, 3)).bias!,
        "embedding.weight" => Seeded(2, () => nn.Embedding(6, 3, padding_idx: -2)).weight!,
        "xavier_uniform" => Seeded(3, () => nn.init.xavier_uniform_(empty(4, 3), 2)),
        "xavier_normal" => Seeded(4, () => nn.init.xavier_normal_(empty(4, 3))),
        "kaiming_uniform" => Seeded(5, () => nn.init.kaiming_uniform_(empty(4, 3, 2), nonlinearity: nn.init.NonlinearityType.ReLU)),
        "kaiming_normal" => Seeded(
            6, () => nn.init.kaiming_normal_(empty(4, 3), mode: nn.init.FanInOut.FanOut, nonlinearity: nn.init.NonlinearityType.Linear)),
        "normal" => Seeded(7, () => nn.init.normal_(empty(7), 1, 0.5)),
        "uniform" => Seeded(8, () => nn.init.uniform_(empty(7), -1, 3)),
        "trunc_normal" => Seeded(9, () => nn.init.trunc_normal_(empty(7), 0.5, 2, -1, 1.5)),
        "dropout" => Seeded(10, () => nn.functional.dropout(ones(24), 0.4)),
        _ => throw new ArgumentException($"The fixture has a case '{name}' that this test does not know."),
    };

    private static T Seeded<T>(long seed, Func<T> make)
    {
        manual_seed(seed);
        return make();
    }
}
