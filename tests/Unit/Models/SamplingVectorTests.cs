using System.Text.Json;
using Repro.Core.Models;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Models;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
[Trait("Suite", "Vectors")]
public sealed class SamplingVectorTests
{
    [Fact]
    public void Every_case_agrees_with_the_peer()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(VectorFolder.Path("sampling", "logits_processing.json")));
        var cases = document.RootElement.GetProperty("cases").EnumerateArray().ToList();
        cases.Should().NotBeEmpty();
        foreach (var element in cases)
        {
            using var scope = NewDisposeScope();
            var inputs = element.GetProperty("inputs");
            var logits = VectorTensor.Read(inputs.GetProperty("logits"), ScalarType.Float32);
            var ids = VectorTensor.Read(inputs.GetProperty("input_ids"), ScalarType.Float32);
            var found = LogitsProcessing.Apply(logits, ids, Settings(element.GetProperty("params")));
            var id = element.GetProperty("id").GetString();
            Compare(found, element.GetProperty("outputs").GetProperty("final_logits"), id);
            Compare(found.softmax(-1), element.GetProperty("outputs").GetProperty("final_probabilities"), id);
        }
    }

    private static void Compare(Tensor found, JsonElement expected, string? id)
    {
        found.numel().Should().Be(VectorTensor.Doubles(expected).Length, id);
        foreach (var (value, wanted) in found.contiguous().data<float>().ToArray().Zip(VectorTensor.Doubles(expected)))
        {
            if (double.IsInfinity(wanted))
            {
                ((double)value).Should().Be(wanted, id);
            }
            else
            {
                ((double)value).Should().BeApproximately(wanted, 2e-7 + (2e-5 * Math.Abs(wanted)), id);
            }
        }
    }

    private static GenerationSettings Settings(JsonElement parameters)
    {
        var settings = new GenerationSettings { MaxNewTokens = 1 };
        foreach (var parameter in parameters.EnumerateObject())
        {
            var value = parameter.Value;
            settings = parameter.Name switch
            {
                "temperature" => settings with { Temperature = value.GetDouble() },
                "top_k" => settings with { TopK = value.GetInt32() },
                "top_p" => settings with { TopP = value.GetDouble() },
                "min_tokens_to_keep" => settings with { MinimumKept = value.GetInt32() },
                "repetition_penalty" => settings with { RepetitionPenalty = value.GetDouble() },
                "no_repeat_ngram_size" => settings with { NoRepeatNgram = value.GetInt32() },
                "min_length" => settings with { MinimumLength = value.GetInt32() },
                "eos_token_id" => settings with { StopTokens = [value.GetInt32()] },
                "typical_p" => settings with { TypicalP = value.GetDouble() },
                "epsilon_cutoff" => settings with { EpsilonCutoff = value.GetDouble() },
                var other => throw new InvalidDataException($"parameter '{other}' is not known."),
            };
        }

        return settings;
    }
}
