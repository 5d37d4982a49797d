using System.Runtime.InteropServices;
using Repro.Tests.Shared;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class LinearAlgebraTests : IDisposable
{
    private readonly Tensor _a = tensor(new double[,] { { 4, 1 }, { 1, 3 } });
    private readonly Tensor _v = tensor(new double[] { 1, 2 });

    public void Dispose()
    {
        _a.Dispose();
        _v.Dispose();
    }

    [Fact]
    public void Products()
    {
        _a.mm(_a).ShouldBe([2, 2], 17, 7, 7, 10);
        _a.matmul(_v).ShouldBe([2], 6, 7);
        _a.mv(_v).ShouldBe(6, 7);
        _v.dot(_v).ShouldBe(5);
        _v.outer(_v).ShouldBe([2, 2], 1, 2, 2, 4);
        _a.addmm(_a, _a, beta: 2, alpha: 1).ShouldBe([2, 2], 25, 9, 9, 16);
        einsum("ij,j->i", _a, _v).ShouldBe(6, 7);
        _a.tensordot(_a, 1).ShouldBe([2, 2], 17, 7, 7, 10);
        using var product = _a.kron(_a);
        product.shape.Should().Equal(4, 4);
        using var scope = NewDisposeScope();
        var batch = _a.expand(3, 2, 2);
        batch.bmm(batch).sum(0L).ShouldBe([2, 2], 51, 21, 21, 30);
        // What is added counts for nothing then, even where it is no number.
        full_like(batch, double.NaN).baddbmm(batch, batch, beta: 0).sum(0L).ShouldBe([2, 2], 51, 21, 21, 30);
        batch.baddbmm(batch, batch, beta: 0, alpha: 2).sum(0L).ShouldBe([2, 2], 102, 42, 42, 60);
    }

    [Fact]
    public void AProductOfShapesThatDoNotFitThrowsAndTheProcessLives()
    {
        using var wide = ones(2, 5);
        using var tall = ones(3, 2);
        wide.Invoking(x => x.matmul(tall)).Should().Throw<ExternalException>()
            .WithMessage("mat1 and mat2 shapes cannot be multiplied (2x5 and 3x2)");
        wide.Invoking(x => x.mm(tall)).Should().Throw<ExternalException>();
        wide.Invoking(x => x.mm(_v)).Should().Throw<ExternalException>();
        _a.mm(_a).ShouldBe(17, 7, 7, 10);
    }

    [Fact]
    public void Decompositions()
    {
        linalg.det(_a).ShouldBe(11);
        linalg.slogdet(_a).ShouldBe([1], [Math.Log(11)]);
        linalg.inv(_a).ShouldBe([2, 2], 3 / 11.0, -1 / 11.0, -1 / 11.0, 4 / 11.0);
        linalg.solve(_a, _v).ShouldBe(1 / 11.0, 7 / 11.0);
        linalg.cholesky(_a).ShouldBe([2, 2], 2, 0, 0.5, Math.Sqrt(2.75));
        linalg.eigvalsh(_a).ShouldBe((7 - Math.Sqrt(5)) / 2, (7 + Math.Sqrt(5)) / 2);
        linalg.svdvals(_a).ShouldBe((7 + Math.Sqrt(5)) / 2, (7 - Math.Sqrt(5)) / 2);
        using var scope = NewDisposeScope();
        var (u, s, vh) = linalg.svd(_a);
        u.mm(s.diag()).mm(vh).ShouldBe([2, 2], 4, 1, 1, 3);
        var (q, r) = linalg.qr(_a);
        q.mm(r).ShouldBe([2, 2], 4, 1, 1, 3);
        q.mm(q.t()).ShouldBe([2, 2], 1, 0, 0, 1);
        linalg.pinv(_a).mm(_a).ShouldBe([2, 2], 1, 0, 0, 1);
        linalg.matrix_rank(_a).ShouldBe(2);
    }

    [Fact]
    public void NormsOfVectorsAndMatrices()
    {
        linalg.norm(_v).ShouldBe(Math.Sqrt(5));
        linalg.norm(_v, 1).ShouldBe(3);
        linalg.norm(_a, "fro").ShouldBe(Math.Sqrt(27));
        linalg.matrix_norm(_a).ShouldBe(Math.Sqrt(27));
        linalg.vector_norm(_a, 2, [1]).ShouldBe(Math.Sqrt(17), Math.Sqrt(10));
        linalg.multi_dot([_a, _a, _v]).ShouldBe(31, 27);
        cdist(_a, _a).ShouldBe([2, 2], 0, Math.Sqrt(13), Math.Sqrt(13), 0);
    }

    [Fact]
    public void ASingularMatrixHasNoInverse()
    {
        using var singular = ones(2, 2);
        var act = () => linalg.inv(singular);
        act.Should().Throw<ExternalException>().WithMessage("*singular*");
    }
}
