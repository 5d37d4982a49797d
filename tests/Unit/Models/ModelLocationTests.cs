using Repro.Core;
using Repro.Core.Models;
using Repro.Core.Models.Safetensors;
using Repro.Core.Tokenization;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Models;

/// <summary>Folders that people name where a model is wanted.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class ModelLocationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_single_file_counts_before_an_index_that_was_left_over()
    {
        using var scope = NewDisposeScope();
        Save(_folder.Path);
        File.WriteAllText(Path.Combine(_folder.Path, SafetensorsFolder.IndexName),
            """{"weight_map":{"lm_head.weight":"model-00001-of-00002.safetensors"}}""");
        using var model = LanguageModel.Load(_folder.Path);
    }

    [Fact]
    public void A_folder_of_the_Hugging_Face_cache_is_a_model_folder()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var scope = NewDisposeScope();
        var cache = Cache("models--someone--tiny", "abc", "def");
        File.WriteAllText(Path.Combine(cache, "refs", "main"), "def");
        using var model = LanguageModel.Load(cache);
        ModelLocation.Find(cache).Should().Be(Path.Combine(cache, "snapshots", "def"));

        // The length of a link is that of its path, here far below the file's.
        var weights = Path.Combine(cache, "snapshots", "def", SafetensorsFolder.SingleName);
        new FileInfo(weights).Length.Should().BeLessThan(1000);
        LinkedFile.Length(weights).Should().Be(new FileInfo(Path.Combine(cache, "blobs", SafetensorsFolder.SingleName)).Length);

        File.WriteAllText(Path.Combine(cache, "refs", "main"), "../../elsewhere");
        FluentActions.Invoking(() => ModelLocation.Find(cache)).Should().Throw<ReproException>().WithMessage("*refs*main*../../elsewhere*");
        File.Delete(Path.Combine(cache, "refs", "main"));
        FluentActions.Invoking(() =>
            ModelLocation.Find(cache)).Should().Throw<ReproException>().WithMessage("*2 snapshots and no refs/main*");
        Directory.Delete(Path.Combine(cache, "snapshots", "abc"), recursive: true);
        ModelLocation.Find(cache).Should().EndWith("def");
    }

    [Fact]
    public void A_link_that_leads_in_circles_is_refused()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Save(_folder.Path);
        var weights = Path.Combine(_folder.Path, SafetensorsFolder.SingleName);
        File.Delete(weights);
        File.CreateSymbolicLink(weights, weights);
        FluentActions.Invoking(() => SafetensorsFile.Open(weights)).Should().Throw<ReproException>().WithMessage("*cannot be read*");
    }

    [Fact]
    public void A_run_leads_to_its_final_model()
    {
        using var scope = NewDisposeScope();
        var run = Path.Combine(_folder.Path, "run");
        Save(Path.Combine(run, "final"));
        using var read = LanguageModel.Load(run);
        ModelLocation.Find(run).Should().Be(Path.Combine(run, "final"));
    }

    /// <summary>Its tokenizer is not what is missing.</summary>
    [Fact]
    public void A_run_that_has_not_finished_is_called_so()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "resolved.yaml"), "stage: sft\n");
        var message = $"{_folder.Path}: this run has not finished, so there is no model under 'final' yet; 'train' with --resume goes on*";
        FluentActions.Invoking(() => TokenizerLoader.Load(_folder.Path)).Should().Throw<ReproException>().WithMessage(message);
        FluentActions.Invoking(() => LanguageModel.Load(_folder.Path)).Should().Throw<ReproException>().WithMessage(message);
    }

    private static void Save(string folder)
    {
        using var model = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Llama), 3);
        model.Save(folder);
    }

    private string Cache(string name, params string[] snapshots)
    {
        var cache = Path.Combine(_folder.Path, name);
        var blobs = Path.Combine(cache, "blobs");
        Save(blobs);
        Directory.CreateDirectory(Path.Combine(cache, "refs"));
        foreach (var snapshot in snapshots)
        {
            var folder = Directory.CreateDirectory(Path.Combine(cache, "snapshots", snapshot)).FullName;
            foreach (var file in Directory.EnumerateFiles(blobs))
            {
                File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(file)),
                    Path.Combine("..", "..", "blobs", Path.GetFileName(file)));
            }
        }

        return cache;
    }
}
