using System.Buffers.Binary;
using Repro.Tests.Shared;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch.NN;

/// <summary>Saving and loading: exact, and one clear message for a file that does not fit.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class StateTests
{
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void AFileGivesEveryBitBack(ScalarType dtype)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "state");
        using var saved = Model(dtype, 1);
        using var loaded = Model(dtype, 2);
        saved.save(path);
        var read = new Dictionary<string, bool>();
        loaded.load(path, loadedParameters: read);
        ShouldEqual(saved, loaded);
        read.Should().HaveCount(6).And.OnlyContain(entry => entry.Value);
    }

    [Fact]
    public void ADictionaryGivesEveryBitBack()
    {
        using var from = Model(ScalarType.Float32, 1);
        using var to = Model(ScalarType.Float32, 2);
        var (missing, unexpected) = to.load_state_dict(from.state_dict());
        missing.Should().BeEmpty();
        unexpected.Should().BeEmpty();
        ShouldEqual(from, to);
    }

    [Fact]
    public void TheFormatIsCountNameDtypeShapeBytes()
    {
        using var linear = nn.Linear(nn.Parameter(tensor(new[] { 1.5f, -2f }, [1, 2])));
        using var stream = new MemoryStream();
        linear.save(stream);
        var expected = new List<byte> { 1, 6 };
        expected.AddRange("weight"u8.ToArray());
        expected.AddRange([6, 2, 1, 2]);
        var bytes = new byte[8];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, 1.5f);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4), -2f);
        expected.AddRange(bytes);
        stream.ToArray().Should().Equal(expected);
    }

    [Fact]
    public void EveryCutOfAFileIsOneClearErrorAndChangesNothing()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "state");
        using var linear = nn.Linear(2, 2);
        linear.save(path);
        var whole = File.ReadAllBytes(path);
        var before = TorchFixture.Numbers(linear.weight);
        using (no_grad())
        {
            linear.weight.add_(1);
        }

        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            FluentActions.Invoking(() => linear.load(path)).Should().Throw<InvalidDataException>($"{length} bytes are left").WithMessage($"'{path}': The state*");
        }

        TorchFixture.Numbers(linear.weight).Should().Equal(before.Select(value => (double)((float)value + 1f)));
        File.WriteAllBytes(path, whole);
        linear.load(path);
        TorchFixture.Numbers(linear.weight).Should().Equal(before);
    }

    [Fact]
    public void AnAbsentFileIsNamed()
    {
        using var linear = nn.Linear(1, 1);
        FluentActions.Invoking(() => linear.load("no/such/state")).Should().Throw<FileNotFoundException>().WithMessage("*'no/such/state'*");
    }

    [Fact]
    public void AnotherShapeNamesTheKey()
    {
        using var stream = new MemoryStream();
        using var saved = nn.Linear(3, 2);
        using var other = nn.Linear(4, 2);
        saved.save(stream);
        stream.Position = 0;
        FluentActions.Invoking(() => other.load(stream)).Should().Throw<ArgumentException>().WithMessage("'weight' has shape [2, 3]*expects [2, 4]*");
        FluentActions.Invoking(() => other.load_state_dict(saved.state_dict())).Should().Throw<ArgumentException>().WithMessage("'weight' has shape [2, 3]*expects [2, 4]*");
    }

    [Fact]
    public void AnotherDtypeNamesTheKey()
    {
        using var stream = new MemoryStream();
        using var saved = nn.Linear(3, 2, dtype: ScalarType.Float64);
        using var other = nn.Linear(3, 2);
        saved.save(stream);
        stream.Position = 0;
        FluentActions.Invoking(() => other.load(stream)).Should().Throw<ArgumentException>().WithMessage("'weight' has dtype Float64*expects Float32*");
    }

    [Fact]
    public void OtherNamesAreListedAndMayBeAllowedOrSkipped()
    {
        using var from = nn.Linear(2, 2);
        using var to = nn.ModuleDict(("part", nn.Linear(2, 2)));
        var state = from.state_dict();
        FluentActions.Invoking(() => to.load_state_dict(state)).Should().Throw<InvalidOperationException>()
            .WithMessage("*missing [part.weight, part.bias], unexpected [weight, bias]*");
        var (missing, unexpected) = to.load_state_dict(state, strict: false);
        missing.Should().Equal("part.weight", "part.bias");
        unexpected.Should().Equal("weight", "bias");

        using var stream = new MemoryStream();
        from.save(stream, skip: ["bias"]);
        stream.Position = 0;
        using var target = nn.Linear(2, 2);
        var bias = TorchFixture.Numbers(target.bias!);
        var read = new Dictionary<string, bool>();
        target.load(stream, strict: false, loadedParameters: read);
        read.Should().Equal(new Dictionary<string, bool> { ["weight"] = true, ["bias"] = false });
        TorchFixture.Numbers(target.weight).Should().Equal(TorchFixture.Numbers(from.weight));
        TorchFixture.Numbers(target.bias!).Should().Equal(bias);
    }

    private static nn.Module Model(ScalarType dtype, int seed)
    {
        var model = nn.Sequential(("first", nn.Linear(3, 5)), ("norm", nn.LayerNorm(5)), ("last", nn.Linear(5, 2)));
        TorchFixture.Fill(model, seed);
        return model.to(dtype);
    }

    private static void ShouldEqual(nn.Module left, nn.Module right)
    {
        var expected = left.state_dict();
        var actual = right.state_dict();
        actual.Keys.Should().Equal(expected.Keys);
        foreach (var (key, value) in expected)
        {
            actual[key].bytes.SequenceEqual(value.bytes).Should().BeTrue(key);
        }
    }
}
