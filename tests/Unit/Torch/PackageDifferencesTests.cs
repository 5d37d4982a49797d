using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch;

/// <summary>
/// Where TorchSharp 0.107 answers otherwise than PyTorch. The project uses none of these; CONTRIBUTING lists them for those who would. A
/// test that fails here after an update says that the difference is gone and its line in CONTRIBUTING may go.
/// </summary>
[Collection(TensorCollection.Name)]
public sealed class PackageDifferencesTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    [Fact]
    public void Hardtanh_does_not_clamp() =>
        Values(nn.functional.hardtanh(tensor([-3f, 3f]))).Should().Equal([-3f, 3f], "PyTorch gives -1 and 1");

    [Fact]
    public void Nanmean_without_a_dtype_throws() =>
        FluentActions.Invoking(() => tensor([1f, float.NaN]).nanmean()).Should().Throw<Exception>();

    [Fact]
    public void The_biased_variance_of_all_elements_is_the_unbiased_one() =>
        tensor([1f, 3f]).var(unbiased: false).item<float>().Should().Be(2, "PyTorch gives 1");

    [Fact]
    public void A_parameters_first_tensor_counts_as_alive_for_ever()
    {
        var before = Tensor.TotalCount;
        new TorchSharp.Modules.Parameter(ones(2)).Dispose();
        _scope.DisposeEverything();
        Tensor.TotalCount.Should().BeGreaterThan(before);
    }

    [Fact]
    public void Buffers_that_are_not_persistent_are_left_out_of_named_buffers()
    {
        using var module = new WithBuffer();
        module.named_buffers().Should().BeEmpty();
    }

    [Fact]
    public void The_rate_of_a_plateau_scheduler_stays_the_first()
    {
        using var weight = new TorchSharp.Modules.Parameter(ones(1));
        using var optimiser = optim.SGD([weight], 1.0);
        var scheduler = optim.lr_scheduler.ReduceLROnPlateau(optimiser, patience: 0, factor: 0.5);
        for (var step = 0; step < 4; step++)
        {
            scheduler.step(1.0);
        }

        scheduler.get_last_lr().Should().Equal(1.0);
        optimiser.ParamGroups.Single().LearningRate.Should().BeLessThan(1);
    }

    [Fact]
    public void A_cut_file_of_a_state_is_no_clear_error()
    {
        using var folder = new Shared.TemporaryFolder();
        using var linear = nn.Linear(3, 3);
        var path = Path.Combine(folder.Path, "state.dat");
        linear.save(path);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..20]);
        FluentActions.Invoking(() => linear.load(path)).Should().Throw<Exception>().Which.Message.Should().NotContain("weight");
    }

    [Fact]
    public void The_version_is_that_of_the_package_whatever_is_loaded() => __version__.Should().StartWith("2.10");

    public void Dispose() => _scope.Dispose();

    private static float[] Values(Tensor tensor) => tensor.data<float>().ToArray();

    private sealed class WithBuffer : nn.Module
    {
        public WithBuffer()
            : base(nameof(WithBuffer)) => register_buffer("steps", ones(1), persistent: false);
    }
}
