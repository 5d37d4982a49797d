using System.Reflection;
using System.Runtime.InteropServices;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using TorchSharp.Interop;

namespace Repro.Tests.Unit.Compat.Engine;

/// <summary>The table of operators of the stand-in for TorchSharp, against the LibTorch that it was built for.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class OperatorTableTests
{
    [Fact]
    public void EveryNamedOperatorExistsInThisLibTorch()
    {
        // In every class of the assembly. The public attention is newer than LibTorch 1.13, which has it under its private name.
        var all = typeof(Op).Assembly.GetTypes().Where(type => !type.ContainsGenericParameters).SelectMany(Operators).ToArray();
        all.Length.Should().BeGreaterThan(500);
        all.Where(op => !op.Exists).SelectMany(op => op.Names).Should().BeSubsetOf(["scaled_dot_product_attention", "_scaled_dot_product_attention"]);
    }

    [Fact]
    public void AFieldIsNamedAsItsOperator()
    {
        foreach (var (name, op) in Table().Where(entry => entry.Op.Exists))
        {
            var schema = op.Schema;
            var full = schema["aten::".Length..schema.IndexOf('(', StringComparison.Ordinal)];
            op.Names.Should().Contain(full);
            name.Should().Be(op.Names[0].Replace('.', '_'), "the first name is the one that the field is called by");
        }
    }

    [Fact]
    public void AnUnknownOperatorIsNamedInTheError()
    {
        var op = new Op("no_such_operator");
        op.Exists.Should().BeFalse();
        op.Invoking(o => o.One(1L)).Should().Throw<ExternalException>().WithMessage("*no_such_operator*");
    }

    [Fact]
    public void TheFirstNameThatExistsIsTaken()
    {
        var op = new Op("no_such_operator", "relu");
        op.Exists.Should().BeTrue();
        op.Schema.Should().StartWith("aten::relu(");
    }

    [Fact]
    public void TooManyArgumentsAreAnError()
    {
        using var x = TorchSharp.torch.ones(1);
        Aten.relu.Invoking(op => op.One(x, 1L, 2L)).Should().Throw<ExternalException>().WithMessage("*too many arguments*relu*");
    }

    [Fact]
    public void AMissingArgumentIsAnError()
    {
        using var x = TorchSharp.torch.ones(1);
        Aten.gather.Invoking(op => op.One(x, 0L)).Should().Throw<ExternalException>().WithMessage("*no default*gather*");
    }

    private static IEnumerable<Op> Operators(Type type) =>
        type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            .Where(field => field.FieldType == typeof(Op))
            .Select(field => (Op)field.GetValue(null)!);

    private static IEnumerable<(string Name, Op Op)> Table() =>
        typeof(Aten).GetFields(BindingFlags.Static | BindingFlags.Public).Select(field => (field.Name, (Op)field.GetValue(null)!));
}
