using Repro.Tests.Shared;
using Repro.Tests.Shared.Cuda;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch.Cuda;

/// <summary>Operators that the pipeline is made of: values and gradients on the CUDA device equal those on the CPU.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class CudaOperatorTests
{
    private const double Bound = 2e-5;

    // Of a [4, 6] and b [4, 6] in single precision, i [4, 6] in int64 from 0 to 5, and m [4, 6] of bool.
    private static readonly Dictionary<string, Func<Tensor, Tensor, Tensor, Tensor, Tensor>> Cases = new(StringComparer.Ordinal)
    {
        ["arithmetic"] = (a, b, i, m) => ((a + b) * (a - b) / (b.abs() + 1)).add(b, alpha: 0.5).sub(2).neg(),
        ["scalars"] = (a, b, i, m) => (2 * a) + (3 - b) + (1 / (a.square() + 1)) + a.pow(2),
        ["in place"] = (a, b, i, m) => a.clone().mul_(2).add_(b).sub_(0.5).div_(3).clamp_(-1, 1),
        ["exponentials"] = (a, b, i, m) => a.exp() + b.sigmoid() + a.tanh() + (b.abs() + 1).log() + a.expm1() + b.abs().log1p() + a.square().add(1).sqrt().rsqrt(),
        ["rounding"] = (a, b, i, m) => a.mul(3).round() + b.floor() + a.ceil() + b.trunc(),
        ["comparison"] = (a, b, i, m) => a.lt(b).logical_or(a.ge(0.3)).logical_and(m.logical_not()).logical_xor(a.ne(b)),
        ["choice"] = (a, b, i, m) => where(m, a, b) + a.masked_fill(m, -3) + maximum(a, b) + minimum(a, b) + a.clamp_min(0),
        ["sums"] = (a, b, i, m) => a.sum(1L) + b.mean([1]) + a.var([1L]) + b.std(1L) + a.cumsum(1).select(1, 3),
        ["whole sums"] = (a, b, i, m) => stack([a.sum(), b.mean(), a.max(), b.min(), a.norm(), m.sum().to(a.dtype)]),
        ["extremes"] = (a, b, i, m) => a.max(1).values + b.min(1).values + a.amax([1]) + b.argmax(1) + a.argmin(1),
        ["logarithms of sums"] = (a, b, i, m) => a.logsumexp(1) + b.log_softmax(1).select(1, 2) + a.softmax(1).select(1, 0),
        ["sorting"] = (a, b, i, m) => a.sort(1).Values + b.sort(1, true).Values + a.topk(3, 1).values.sum(1L, true) + a.argsort(1),
        ["gathering"] = (a, b, i, m) => a.gather(1, i) + b.index_select(0, i.select(1, 0).clamp_max(3)).index_select(1, i.select(0, 1)) + a.take_along_dim(i, 1),
        ["scattering"] = (a, b, i, m) => a.scatter(1, i.narrow(1, 0, 1), b.narrow(1, 0, 1)) + a.scatter_add(1, i, b) + a.index_copy(0, i.narrow(0, 0, 1).narrow(1, 0, 1).reshape(1).clamp_max(3), b.narrow(0, 0, 1)) + a.index_add(1, arange(6, device: a.device), b, 1),
        ["indexing"] = (a, b, i, m) => a[TensorIndex.Colon, TensorIndex.Slice(1, 5, 2)].sum(1L) + a[i.select(1, 1).clamp_max(3)].mean([1]) + b[TensorIndex.Ellipsis, -1] + a[0, 1],
        ["masked reading"] = (a, b, i, m) => a[m].sum() + a.masked_select(m).mean() + b[m.nonzero().select(1, 0)].sum(),
        ["masked writing"] = (a, b, i, m) => Written(a, b, m),
        ["shape"] = (a, b, i, m) => cat([a, b], 1).view(4, 2, 6).transpose(1, 2).permute(2, 0, 1).reshape(2, 24).unsqueeze(0).expand(3, -1, -1).squeeze(0).flip(2).contiguous(),
        ["parts"] = (a, b, i, m) => a.split(3, 1)[1] + b.chunk(2, 1)[0] + a.narrow(1, 2, 3) + stack([a.select(0, 0), b.select(0, 1)]).sum(0L).narrow(0, 0, 3),
        ["repetition"] = (a, b, i, m) => a.repeat(2, 1).sum(0L) + b.repeat_interleave(2, 0).mean([0]) + a.roll(1, 1).sum(0L),
        ["triangles"] = (a, b, i, m) => a.tril(1) + b.triu() + eye(4, 6, device: a.device),
        ["products"] = (a, b, i, m) => a.matmul(b.t()) + a.mm(b.t()) + einsum("ij,kj->ik", a, b) + a.unsqueeze(0).bmm(b.t().unsqueeze(0)).squeeze(0),
        ["dtypes"] = (a, b, i, m) => a.to(ScalarType.Float64).mul(b).to(ScalarType.Float32) + i.to(ScalarType.Float32) + m + a.to(ScalarType.BFloat16).to(ScalarType.Float32),
        ["whole numbers"] = (a, b, i, m) => i.mul(7).remainder(5) + i.bitwise_and(3) + i.div(2, RoundingMode.floor) + i.cumsum(0) + bincount(i.flatten()),
        ["searching"] = (a, b, i, m) => searchsorted(a.sort(1).Values, b, right: true),
        ["distinct"] = (a, b, i, m) => i.unique().output,
        ["numbers that are none"] = (a, b, i, m) => (a / 0).nan_to_num(1, 2, -2) + a.div(0).isinf() + a.isnan() + (a / a).isfinite(),
        ["quantiles"] = (a, b, i, m) => a.quantile(tensor(0.4f, device: a.device), 1) + b.median(),
        ["activations"] = (a, b, i, m) => nn.functional.silu(a) + nn.functional.gelu(b) + nn.functional.gelu(a, GELU.Approximate.tanh) + nn.functional.relu(b) + nn.functional.logsigmoid(a) + nn.functional.softplus(b),
        ["layers"] = (a, b, i, m) => nn.functional.layer_norm(a, [6], b[0], b[1]) + nn.functional.linear(a, b.t().matmul(b), a[0]) + nn.functional.normalize(b),
        ["embedding"] = (a, b, i, m) => b.t().index_select(0, i.reshape(-1)).view(4, 6, 4).sum(2L) + a,
        ["cross entropy"] = (a, b, i, m) => nn.functional.cross_entropy(a, i.select(1, 0)) + nn.functional.nll_loss(b.log_softmax(1), i.select(1, 2)),
        ["distances"] = (a, b, i, m) => nn.functional.mse_loss(a, b) + nn.functional.l1_loss(a, b) + nn.functional.smooth_l1_loss(a, b) + nn.functional.binary_cross_entropy_with_logits(a, b.sigmoid()) + nn.functional.kl_div(a.log_softmax(1), b.softmax(1)),
        ["attention"] = (a, b, i, m) => nn.functional.scaled_dot_product_attention(a.view(1, 2, 3, 4), b.view(1, 2, 3, 4), (a * b).view(1, 2, 3, 4), is_casual: true).reshape(4, 6),
        ["masked attention"] = (a, b, i, m) => nn.functional.scaled_dot_product_attention(
            a.view(1, 2, 3, 4), b.view(1, 2, 3, 4), (a * b).view(1, 2, 3, 4), zeros(1, 1, 3, 3, device: a.device).masked_fill(ones(3, 3, device: a.device).triu(1).gt(0), double.NegativeInfinity)).reshape(4, 6),
        ["decomposition"] = (a, b, i, m) => linalg.cholesky(a.matmul(a.t()) + (5 * eye(4, device: a.device))) + linalg.inv(b.matmul(b.t()) + (3 * eye(4, device: a.device))),
    };

    public static TheoryData<string> Names => new(Cases.Keys);

    [CudaTheory]
    [MemberData(nameof(Names))]
    public void ValuesAndGradientsAreThoseOfTheCpu(string name)
    {
        using var scope = NewDisposeScope();
        var expected = Run(Cases[name], CPU);
        var found = Run(Cases[name], CUDA);
        found.Count.Should().Be(expected.Count);
        foreach (var (value, wanted) in found.Zip(expected))
        {
            value.is_cuda.Should().BeTrue();
            value.dtype.Should().Be(wanted.dtype);
            value.shape.Should().Equal(wanted.shape);
            Compare(value.clone().Values(), wanted.clone().Values());
        }
    }

    // The result, and the gradients of its weighted sum where it has any.
    private static List<Tensor> Run(Func<Tensor, Tensor, Tensor, Tensor, Tensor> work, Device device)
    {
        using var generator = new Generator(5);
        Tensor Leaf() => randn([4L, 6L], generator: generator).to(device).requires_grad_();
        var (a, b) = (Leaf(), Leaf());
        var i = randint(0, 6, [4L, 6L], generator: generator).to(device);
        var m = rand([4L, 6L], generator: generator).lt(0.6).to(device);
        var result = work(a, b, i, m);
        var all = new List<Tensor> { result.detach() };
        if (result.requires_grad)
        {
            result.mul(arange(result.numel(), dtype: ScalarType.Float32, device: device).view(result.shape).cos()).sum().backward();
            all.AddRange(new[] { a.grad, b.grad }.OfType<Tensor>());
        }

        return all;
    }

    private static Tensor Written(Tensor a, Tensor b, Tensor m)
    {
        var result = a.clone();
        result[m] = tensor(7f, device: a.device);
        result[TensorIndex.Colon, TensorIndex.Single(0)] = b.select(1, 0);
        result[0, 3] = tensor(2f);
        result.index_put_(b.select(0, 0).sum(), tensor(1L, device: a.device), tensor(2L, device: a.device));
        return result;
    }

    private static void Compare(double[] found, double[] expected)
    {
        found.Should().HaveCount(expected.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            var same = found[i].Equals(expected[i]) || Math.Abs(found[i] - expected[i]) <= Bound * Math.Max(1, Math.Abs(expected[i]));
            same.Should().BeTrue($"element {i} is {found[i]} on the device and {expected[i]} on the CPU");
        }
    }
}
