using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Chat;
using Repro.Core.Models;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Models;

/// <summary>A model is known again by the hashes of its files.</summary>
public sealed class ModelIdentityTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Weights_are_hashed_as_sha256sum_would_twice()
    {
        _folder.Write("model.safetensors", "weights");
        WeightHash.Compute(_folder.Path, new FileHashes()).Should().Be(Hash($"{Hash("weights")}  model.safetensors\n"));
        _folder.Write("adapter_model.safetensors", "adapter");
        WeightHash.Compute(_folder.Path, new FileHashes()).Should().Be(
            Hash($"{Hash("weights")}  model.safetensors\n"), "a model is read before an adapter beside it");
        File.Delete(Path.Combine(_folder.Path, "model.safetensors"));
        WeightHash.Compute(_folder.Path, new FileHashes()).Should().Be(Hash($"{Hash("adapter")}  adapter_model.safetensors\n"));
        File.Delete(Path.Combine(_folder.Path, "adapter_model.safetensors"));
        WeightHash.Compute(_folder.Path, new FileHashes()).Should().BeNull();
    }

    [Fact]
    public void Of_a_model_in_parts_those_of_its_index_count_and_nothing_else()
    {
        _folder.Write("model-00001-of-00002.safetensors", "one");
        _folder.Write("model-00002-of-00002.safetensors", "two");
        _folder.Write("consolidated.safetensors", "the same again");
        _folder.Write("model.safetensors.index.json",
            """{"weight_map": {"b": "model-00002-of-00002.safetensors", "a": "model-00001-of-00002.safetensors"}}""");
        var expected = Hash($"{Hash("one")}  model-00001-of-00002.safetensors\n{Hash("two")}  model-00002-of-00002.safetensors\n");
        WeightHash.Compute(_folder.Path, new FileHashes()).Should().Be(expected);
        WeightHash.Compute([("model-00002-of-00002.safetensors", Hash("two")), ("model-00001-of-00002.safetensors", Hash("one"))])
            .Should().Be(expected);
        File.Delete(Path.Combine(_folder.Path, "model-00002-of-00002.safetensors"));
        var read = () => WeightHash.Compute(_folder.Path, new FileHashes());
        read.Should().Throw<ReproException>().WithMessage("*model-00002-of-00002.safetensors*");
    }

    [Fact]
    public void A_file_is_hashed_again_when_its_size_or_time_is_another()
    {
        var path = _folder.Write("a.bin", "one");
        var time = File.GetLastWriteTimeUtc(path);
        var files = new FileHashes();
        files.Of(path).Should().Be(Hash("one"));
        File.WriteAllText(path, "two");
        File.SetLastWriteTimeUtc(path, time);
        files.Of(path).Should().Be(Hash("one"), "neither size nor time tells");
        new FileHashes().Of(path).Should().Be(Hash("two"), "what is kept ends with the object");
        File.SetLastWriteTimeUtc(path, time.AddSeconds(2));
        files.Of(path).Should().Be(Hash("two"));
        File.WriteAllText(path, "three");
        File.SetLastWriteTimeUtc(path, time.AddSeconds(2));
        files.Of(path).Should().Be(Hash("three"));
        var read = () => files.Of(path + "x");
        read.Should().Throw<ReproException>().WithMessage($"{path}x: cannot be read*");
        var stopped = () => new FileHashes().Of(path, new CancellationToken(canceled: true));
        stopped.Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void A_record_comes_back_as_it_was_written()
    {
        var identity = new ModelIdentity("runs/a", new string('a', 64), new string('b', 64), null, new string('c', 64));
        ModelIdentity.Read(JsonNode.Parse(identity.ToJson().ToJsonString()), "x").Should().Be(identity);
        ModelIdentity.Read(null, "x").Should().BeNull();
        identity.Own.Should().Be(identity.Adapter);
        (identity with { Adapter = null }).Own.Should().Be(identity.Weights);
    }

    [Theory]
    [InlineData("""[]""", "x: an object with 'model' and 'weights' was expected")]
    [InlineData("""{"weights": "a"}""", "x: an object with 'model' and 'weights' was expected")]
    [InlineData("""{"model": "m"}""", "x: 'weights' must be a SHA-256, found nothing")]
    [InlineData("""{"model": "m", "weights": "ABC"}""", "x: 'weights' must be a SHA-256 of 64 digits, found 'ABC'")]
    public void Anything_else_is_refused(string json, string message)
    {
        var read = () => ModelIdentity.Read(JsonNode.Parse(json), "x");
        read.Should().Throw<ReproException>().WithMessage(message);
    }

    /// <summary>What a run writes into its folder is the template that it was trained with, with or without the begin token.</summary>
    [Fact]
    public void A_template_has_one_hash_in_a_folder_and_in_memory()
    {
        var template = ChatForms.Template(ChatForm.Qwen2);
        _folder.Write(ChatForms.FileName, template.Source);
        ChatForms.HashOf(_folder.Path).Should().Be(ChatForms.HashOf(template));
        const string Begin = "{% if bos_token %}{{ bos_token }}{% endif %}";
        template.Source.Should().StartWith(Begin);
        _folder.Write(ChatForms.FileName, template.Source[Begin.Length..] + "\r\n");
        ChatForms.HashOf(_folder.Path).Should().Be(ChatForms.HashOf(template));
        _folder.Write(ChatForms.FileName, template.Source + " ");
        ChatForms.HashOf(_folder.Path).Should().NotBe(ChatForms.HashOf(template));
        ChatForms.HashOf(Path.Combine(_folder.Path, "none")).Should().BeNull();
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
