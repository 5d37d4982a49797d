using Repro.Core;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Models;

/// <summary>Adapter folders that are damaged or meant for another model: one message, and the model stays as it was.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class HostileAdapterTests : IDisposable
{
    private const string Weights = "adapter_model.safetensors";
    private const string Settings = "adapter_config.json";

    private readonly TemporaryFolder _folder = new();
    private readonly LanguageModel _model = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Llama), 3);

    public HostileAdapterTests()
    {
        _model.Adapters.Add("good", new LoraSettings { Rank = 2, Alpha = 4, Targets = ["q_proj", "v_proj"] }, 1);
        _model.Adapters.Save("good", _folder.Path);
        _model.Adapters.Remove("good");
    }

    private string WeightsPath => Path.Combine(_folder.Path, Weights);

    private string SettingsPath => Path.Combine(_folder.Path, Settings);

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void The_folder_itself_loads()
    {
        _model.Adapters.Load("good", _folder.Path);
        _model.Adapters.Names.Should().Equal("good");
        _model.Adapters.Remove("good");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(-1)]
    public void Truncated_weights_are_refused(int length)
    {
        var bytes = File.ReadAllBytes(WeightsPath);
        File.WriteAllBytes(WeightsPath, bytes[..(length < 0 ? bytes.Length + length : length)]);
        Refused($"*{Weights}*");
    }

    [Theory]
    [InlineData("\"r\":2", "\"r\":3", "*lora_A.weight' of shape ?3, 16? was expected, found ?2, 16?*")]
    [InlineData("\"r\":2", "\"r\":0", "*'r' must*")]
    [InlineData("\"r\":2", "\"r\":-2", "*'r' must*")]
    [InlineData("\"r\":2", "\"r\":2.5", "*'r' must*")]
    [InlineData("\"lora_alpha\":4", "\"lora_alpha\":-4", "*'lora_alpha'*")]
    [InlineData("[\"q_proj\",\"v_proj\"]", "[\"nowhere\"]", "*tensor '*' has no place in the model*")]
    [InlineData("[\"q_proj\",\"v_proj\"]", "[]", "*'target_modules' must name*")]
    [InlineData("[\"q_proj\",\"v_proj\"]", "[\"q_proj\"]", "*v_proj*no place in the model*")]
    [InlineData("[\"q_proj\",\"v_proj\"]", "[\"q_proj\",\"v_proj\",\"o_proj\"]", "*o_proj*was expected, found none*")]
    [InlineData("\"LORA\"", "\"IA3\"", "*'peft_type' must be LORA*")]
    [InlineData("\"LORA\"", "[1]", "*'peft_type'*")]
    [InlineData("{", "[", "*")]
    [InlineData("\"LORA\"", "\"\\ud800\"", "*not valid Unicode*")]
    [InlineData("\"none\"", "\"all\"", "*'bias' must be none*")]
    public void Settings_that_do_not_fit_are_refused(string from, string to, string message)
    {
        var text = File.ReadAllText(SettingsPath);
        text.Should().Contain(from);
        File.WriteAllText(SettingsPath, text.Replace(from, to, StringComparison.Ordinal));
        Refused(message);
    }

    [Fact]
    public void The_adapter_of_another_model_is_refused()
    {
        using (var wide = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Llama) with { HiddenSize = 32, HeadSize = 8 }, 3))
        {
            wide.Adapters.Add("wide", new LoraSettings { Rank = 2, Alpha = 4, Targets = ["q_proj", "v_proj"] }, 1);
            wide.Adapters.Save("wide", _folder.Path);
        }

        Refused("*shape ?2, 16? was expected, found ?2, 32?*");
        using (var other = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Gpt2), 3))
        {
            other.Adapters.Add("other", new LoraSettings { Rank = 2, Alpha = 4, Targets = ["c_attn"] }, 1);
            other.Adapters.Save("other", _folder.Path);
        }

        Refused("*c_attn*no place in the model*");
    }

    [Theory]
    [InlineData(Weights)]
    [InlineData(Settings)]
    public void A_missing_file_is_named(string name)
    {
        File.Delete(Path.Combine(_folder.Path, name));
        Refused($"*{name}*");
    }

    [Fact]
    public void Mutated_folders_load_or_are_refused()
    {
        var (weights, settings) = (File.ReadAllBytes(WeightsPath), File.ReadAllBytes(SettingsPath));
        var random = new Random(7);
        var (loaded, refused) = (0, 0);
        for (var i = 0; i < 1500; i++)
        {
            var (data, text) = (weights.ToArray(), settings.ToArray());
            var target = random.Next(2) == 0 ? data.AsSpan(0, Math.Min(data.Length, 600)) : text;
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                target[random.Next(target.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(WeightsPath, random.Next(10) == 0 ? data[..random.Next(data.Length)] : data);
            File.WriteAllBytes(SettingsPath, text);
            try
            {
                _model.Adapters.Load("drawn", _folder.Path);
                _model.Adapters.Remove("drawn");
                loaded++;
            }
            catch (ReproException)
            {
                refused++;
            }

            _model.Adapters.Names.Should().BeEmpty();
        }

        loaded.Should().BePositive("changes of numbers are valid");
        refused.Should().BePositive();
    }

    private void Refused(string message)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        var (ids, mask) = (tensor(new long[] { 5, 17, 33 }).unsqueeze(0), ones(1, 3, ScalarType.Int64));
        var before = _model.Logits(ids, mask);
        _model.Adapters.Invoking(adapters => adapters.Load("bad", _folder.Path)).Should().Throw<ReproException>().WithMessage(message);
        _model.Adapters.Names.Should().BeEmpty();
        _model.Logits(ids, mask).Equals(before).Should().BeTrue("a refused adapter leaves the model as it was");
    }
}
