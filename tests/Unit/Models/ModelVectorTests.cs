using System.Text.Json;
using Repro.Core.Models;
using Repro.Core.Models.Safetensors;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Models;

/// <summary>Every checkpoint of the vectors, every case; an unknown one fails.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
[Trait("Suite", "Vectors")]
public sealed class ModelVectorTests
{
    private const double LogitBound = 1e-4;

    public static TheoryData<string> Checkpoints()
    {
        var data = new TheoryData<string>();
        foreach (var name in VectorFolder.Folders("models"))
        {
            data.Add(name);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void Every_case_agrees_with_the_peer(string name)
    {
        var folder = VectorFolder.Path("models", name);
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "cases.json")));
        document.RootElement.GetProperty("schema").GetInt32().Should().Be(1);
        foreach (var element in document.RootElement.GetProperty("cases").EnumerateArray())
        {
            using var scope = NewDisposeScope();
            Check(folder, element);
        }
    }

    // What a case holds says what it is about, whatever its name.
    private static void Check(string folder, JsonElement element)
    {
        var outputs = element.GetProperty("outputs").EnumerateObject().Select(output => output.Name).ToList();
        if (outputs.Count == 0)
        {
            CheckSameTensors(folder, element.GetProperty("note").GetString()!);
        }
        else if (File.Exists(Path.Combine(folder, "adapter_config.json")))
        {
            CheckAdapter(folder, element);
        }
        else if (outputs.Contains("scores"))
        {
            CheckScores(folder, element);
        }
        else if (outputs.Any(name => name.StartsWith("logits", StringComparison.Ordinal)))
        {
            CheckLogits(folder, element);
        }
        else if (outputs.Contains("loss_after_one_step"))
        {
            CheckTrainStep(folder, element);
        }
        else if (outputs.Contains("sequences"))
        {
            CheckGreedy(folder, element);
        }
        else
        {
            throw new InvalidDataException($"{folder}: a case with the outputs {string.Join(", ", outputs)} is not known.");
        }
    }

    private static void CheckLogits(string folder, JsonElement element)
    {
        using var model = LanguageModel.Load(folder);
        var (ids, mask) = Batch(element);
        var checkedOutputs = 0;
        foreach (var output in element.GetProperty("outputs").EnumerateObject())
        {
            var positions = output.Name switch
            {
                "logits_without_position_ids" => arange(ids.shape[1], dtype: ScalarType.Int64).unsqueeze(0).expand(ids.shape).contiguous(),
                "logits_with_position_ids_from_mask" => VectorTensor.Read(
                    element.GetProperty("inputs").GetProperty("position_ids_from_mask"), ScalarType.Float32),
                _ => null,
            };
            if (output.Name.StartsWith("logits", StringComparison.Ordinal))
            {
                ShouldAgree(model.Logits(ids, mask, positions), output.Value, mask);
                checkedOutputs++;
                if (output.Name == "logits_with_position_ids_from_mask")
                {
                    ShouldAgree(model.Logits(ids, mask), output.Value, mask);
                }
            }
        }

        checkedOutputs.Should().BePositive();
        if (element.GetProperty("outputs").TryGetProperty("hidden_states_row0", out var states))
        {
            // The last of them is behind the final norm.
            var last = VectorTensor.Read(states.EnumerateArray().Last(), ScalarType.Float32);
            ((double)(model.Hidden(ids, mask)[0] - last).abs().masked_fill(mask[0].eq(0).unsqueeze(-1), 0).max().item<float>())
                .Should().BeLessThan(LogitBound);
        }
    }

    private static void CheckScores(string folder, JsonElement element)
    {
        using var model = ScoreModel.Load(folder);
        var (ids, mask) = Batch(element);
        var outputs = element.GetProperty("outputs");
        ShouldAgree(model.TokenScores(ids, mask), outputs.GetProperty("score_of_every_token"), mask);
        var expected = VectorTensor.Doubles(outputs.GetProperty("scores"));
        using var config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "config.json")));
        ShouldBeNear(model.ScoresBeforeFirstPad(ids, mask, config.RootElement.GetProperty("pad_token_id").GetInt32()), expected);

        // By the mask a text goes on behind a padding id inside of it; the peer's own scores of tokens say what stands at its end.
        var every = VectorTensor.Doubles(outputs.GetProperty("score_of_every_token"));
        var masks = mask.data<long>().ToArray();
        var count = (int)ids.shape[1];
        ShouldBeNear(
            model.Scores(ids, mask),
            [
                .. Enumerable.Range(0, expected.Length)
                    .Select(row => every[(row * count) + Array.LastIndexOf(masks[(row * count)..((row + 1) * count)], 1)]),
            ]);
    }

    private static void ShouldBeNear(Tensor found, double[] expected)
    {
        var values = found.contiguous().data<float>().ToArray();
        values.Should().HaveCount(expected.Length);
        foreach (var (value, wanted) in values.Zip(expected))
        {
            ((double)value).Should().BeApproximately(wanted, LogitBound);
        }
    }

    private static void CheckTrainStep(string folder, JsonElement element)
    {
        using var model = LanguageModel.Load(folder);
        var (ids, mask) = Batch(element);
        var labels = VectorTensor.Read(element.GetProperty("inputs").GetProperty("labels"), ScalarType.Float32);
        var outputs = element.GetProperty("outputs");
        var loss = Loss(model.Logits(ids, mask), labels);
        Close(loss.item<float>(), outputs.GetProperty("loss"));
        loss.backward();
        var parameters = model.BaseParameters();
        parameters.Keys.Should().BeEquivalentTo(outputs.GetProperty("grad_norms").EnumerateObject().Select(member => member.Name));
        var total = 0.0;
        foreach (var member in outputs.GetProperty("grad_norms").EnumerateObject())
        {
            var norm = parameters[member.Name].grad!.norm().item<float>();
            total += norm * norm;
            Close(norm, member.Value);
        }

        Close((float)Math.Sqrt(total), outputs.GetProperty("grad_norm_total"));
        foreach (var member in outputs.GetProperty("grads_of_1d_parameters").EnumerateObject())
        {
            foreach (var (found, expected) in parameters[member.Name].grad!.data<float>().ToArray().Zip(VectorTensor.Doubles(member.Value)))
            {
                ((double)found).Should().BeApproximately(expected, 1e-5 + (1e-3 * Math.Abs(expected)), member.Name);
            }
        }

        var options = element.GetProperty("params");
        (options.GetProperty("optimizer").GetString(), options.GetProperty("weight_decay_on").GetString())
            .Should().Be(("AdamW", "all parameters"));
        options.GetProperty("gradient_clipping").ValueKind.Should().Be(JsonValueKind.Null);
        double Option(string option) => options.GetProperty(option).GetDouble();
        var betas = options.GetProperty("betas");
        using var optimizer = optim.AdamW(
            model.parameters(), Option("lr"), betas[0].GetDouble(), betas[1].GetDouble(), Option("eps"), Option("weight_decay"));
        optimizer.step();
        Close(Loss(model.Logits(ids, mask), labels).item<float>(), outputs.GetProperty("loss_after_one_step"));
    }

    private static void CheckGreedy(string folder, JsonElement element)
    {
        using var model = LanguageModel.Load(folder);
        var (ids, mask) = Batch(element);
        var options = element.GetProperty("params");
        options.GetProperty("do_sample").GetBoolean().Should().BeFalse();
        var settings = new GenerationSettings
        {
            MaxNewTokens = options.GetProperty("max_new_tokens").GetInt32(),
            RepetitionPenalty = options.GetProperty("repetition_penalty").GetDouble(),
            PenaltySeesPadding = true,
            StopTokens = [options.GetProperty("eos_token_id").GetInt32()],
            PadToken = options.GetProperty("pad_token_id").GetInt32(),
        };
        var rows = TextGenerator.Generate(model, ids, mask, settings);
        var expected = VectorTensor.Doubles(element.GetProperty("outputs").GetProperty("sequences")).Select(id => (long)id);
        rows.Sequences.SelectMany(row => row).Should().Equal(expected);
    }

    private static void CheckAdapter(string folder, JsonElement element)
    {
        var options = element.GetProperty("params");
        using var model = LanguageModel.Load(Path.Combine(folder, options.GetProperty("base").GetString()!));
        model.eval();
        var (ids, mask) = Batch(element);
        var outputs = element.GetProperty("outputs");
        var plain = model.Logits(ids, mask).detach();
        model.Adapters.Load("peer", folder);
        var logits = model.Logits(ids, mask);
        ShouldAgree(logits, outputs.GetProperty("logits"), mask);

        var labels = ids.masked_fill(mask.eq(0), -100);
        var loss = Loss(logits, labels);
        Close(loss.item<float>(), outputs.GetProperty("loss"));
        loss.backward();
        var parameters = model.Adapters.Parameters("peer");
        foreach (var member in outputs.GetProperty("lora_grad_norms").EnumerateObject())
        {
            Close(parameters[member.Name].grad!.norm().item<float>(), member.Value);
        }

        parameters.Values.Sum(parameter => parameter.numel()).Should().Be(outputs.GetProperty("trainable_parameters").GetInt64());
        model.parameters().Where(parameter => parameter.requires_grad).Should().HaveCount(parameters.Count);

        model.Adapters.Merge();
        ShouldAgree(model.Logits(ids, mask), outputs.GetProperty("logits"), mask);
        var rows = VectorTensor.Read(outputs.GetProperty("merged_layer0_q_proj_weight_first_2_rows"), ScalarType.Float32);
        var merged = model.BaseParameters()["model.layers.0.self_attn.q_proj.weight"].narrow(0, 0, rows.shape[0]);
        merged.shape.Should().Equal(rows.shape);
        foreach (var (found, expected) in merged.detach().contiguous().data<float>().ToArray().Zip(VectorComparison.Doubles(rows)))
        {
            ((double)found).Should().BeApproximately(expected, 1e-6);
        }

        using (model.Adapters.Disable())
        {
            model.Logits(ids, mask).detach().Equals(plain).Should().BeTrue("the base is the reference policy");
        }

        model.Adapters.IsMerged.Should().BeTrue();
    }

    private static void CheckSameTensors(string folder, string note)
    {
        const string sameAs = "same tensors as ";
        note.Should().StartWith(sameAs);
        var other = note[sameAs.Length..].Split(';')[0];
        using var shards = SafetensorsFolder.Open(folder);
        using var single = SafetensorsFolder.Open(VectorFolder.Path("models", other));
        shards.Names.Should().BeEquivalentTo(single.Names);
        foreach (var name in single.Names)
        {
            shards.Read(name).Equals(single.Read(name)).Should().BeTrue();
        }

        using var model = LanguageModel.Load(folder);
        model.BaseParameters().Keys.Should().BeEquivalentTo(single.Names);
    }

    private static Tensor Loss(Tensor logits, Tensor labels)
    {
        var vocabulary = logits.shape[2];
        var shifted = logits.narrow(1, 0, logits.shape[1] - 1).reshape(-1, vocabulary);
        return nn.functional.cross_entropy(shifted, labels.narrow(1, 1, labels.shape[1] - 1).reshape(-1));
    }

    private static (Tensor Ids, Tensor Mask) Batch(JsonElement element)
    {
        var inputs = element.GetProperty("inputs");
        return (
            VectorTensor.Read(inputs.GetProperty("input_ids"), ScalarType.Float32),
            VectorTensor.Read(inputs.GetProperty("attention_mask"), ScalarType.Float32));
    }

    private static void Close(float found, JsonElement expected) =>
        ((double)found)
            .Should().BeApproximately(VectorTensor.Doubles(expected)[0], 1e-4 * Math.Max(1, Math.Abs(VectorTensor.Doubles(expected)[0])));

    private static void ShouldAgree(Tensor found, JsonElement expected, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var wanted = VectorTensor.Read(expected, ScalarType.Float32).view(mask.shape[0], mask.shape[1], -1);
        found.isfinite().all().item<bool>().Should().BeTrue();
        var real = (found - wanted).abs() * mask.ne(0).unsqueeze(-1);
        ((double)real.max().item<float>()).Should().BeLessThan(LogitBound);
    }
}
