using System.Text.Json;
using Repro.Experiments.Claims;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch.NN;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch.Optim;

/// <summary>
/// Numbers of public peers: optimiser steps and clipped gradients. REPRO_VECTORS names their folder, otherwise ../shared/vectors
/// beside the repository is read; without either there is nothing to compare.
/// </summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class PeerVectorTests
{
    private const string Absent = "absent";

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var file in new[] { "optimizer_steps", "clip_grad_norm" })
            {
                if (Folder is null)
                {
                    cases.Add(file, Absent);
                    continue;
                }

                foreach (var entry in Read(file))
                {
                    cases.Add(file, entry.GetProperty("id").GetString()!);
                }
            }

            return cases;
        }
    }

    private static string? Folder
    {
        get
        {
            var named = Environment.GetEnvironmentVariable("REPRO_VECTORS");
            var folder = Path.Combine(string.IsNullOrEmpty(named) ? Path.Combine(RepositoryRoot.Find(), "..", "shared", "vectors") : named, "optim");
            return Directory.Exists(folder) ? folder : null;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Agrees(string file, string id)
    {
        if (id == Absent)
        {
            Folder.Should().BeNull("the peer vectors are absent: set REPRO_VECTORS to compare with them");
            return;
        }

        using var scope = NewDisposeScope();
        var entry = Read(file).Single(candidate => candidate.GetProperty("id").GetString() == id);
        if (file == "clip_grad_norm")
        {
            Clip(entry);
        }
        else
        {
            Step(entry);
        }
    }

    private static void Step(JsonElement entry)
    {
        var settings = entry.GetProperty("params");
        var inputs = entry.GetProperty("inputs");
        var expected = entry.TryGetProperty("outputs_f64", out var exact) ? exact : entry.GetProperty("outputs");
        var parameters = new[] { nn.Parameter(Make(inputs.GetProperty("p0"))), nn.Parameter(Make(inputs.GetProperty("p1"))) };
        using var optimiser = Optimiser(settings, parameters);
        for (var step = 0; inputs.TryGetProperty($"grad_step{step}_p0", out _); step++)
        {
            for (var i = 0; i < parameters.Length; i++)
            {
                parameters[i].grad = Make(inputs.GetProperty($"grad_step{step}_p{i}"));
            }

            if (settings.GetProperty("clip_max_norm").ValueKind == JsonValueKind.Number)
            {
                var norm = nn.utils.clip_grad_norm_(parameters, settings.GetProperty("clip_max_norm").GetDouble());
                norm.Should().BeApproximately(Number(expected.GetProperty($"grad_norm_before_clip_step{step}")), 1e-5);
            }

            if (optimiser is null)
            {
                // The transformers AdamW: decay after the update, eps before the bias correction. TorchSharp has no such optimiser.
                settings.GetProperty("optimizer").GetString().Should().Be("HFAdamW");
                return;
            }

            optimiser.step();
            for (var i = 0; i < parameters.Length; i++)
            {
                ShouldAgree(parameters[i], expected.GetProperty($"p{i}_after_step{step}"), $"p{i} after step {step}");
            }
        }
    }

    private static OptimizerHelper? Optimiser(JsonElement settings, Parameter[] parameters)
    {
        double Get(string key) => settings.GetProperty(key).GetDouble();
        double Beta(int i) => settings.GetProperty("betas")[i].GetDouble();
        var amsgrad = settings.TryGetProperty("amsgrad", out var flag) && flag.GetBoolean();
        return settings.GetProperty("optimizer").GetString() switch
        {
            "AdamW" => optim.AdamW(parameters, Get("lr"), Beta(0), Beta(1), Get("eps"), Get("weight_decay"), amsgrad),
            "Adam" => optim.Adam(parameters, Get("lr"), Beta(0), Beta(1), Get("eps"), Get("weight_decay"), amsgrad),
            "SGD" => optim.SGD(parameters, Get("lr"), Get("momentum"), 0, Get("weight_decay")),
            "HFAdamW" => null,
            var other => throw new ArgumentException($"The vectors have an optimiser '{other}' that this test does not know."),
        };
    }

    private static void Clip(JsonElement entry)
    {
        var settings = entry.GetProperty("params");
        var expected = entry.TryGetProperty("outputs_f64", out var exact) ? exact : entry.GetProperty("outputs");
        var parameters = entry.GetProperty("inputs").EnumerateObject().Select(input =>
        {
            var gradient = Make(input.Value);
            var parameter = nn.Parameter(zeros_like(gradient));
            parameter.grad = gradient;
            return parameter;
        }).ToArray();
        var type = settings.GetProperty("norm_type");
        var norm = nn.utils.clip_grad_norm_(
            parameters, settings.GetProperty("max_norm").GetDouble(), type.ValueKind == JsonValueKind.String ? double.PositiveInfinity : type.GetDouble());
        var total = Number(expected.GetProperty("total_norm_before"));
        norm.Should().BeApproximately(total, 2e-5 * Math.Abs(total));
        for (var i = 0; i < parameters.Length; i++)
        {
            ShouldAgree(parameters[i].grad!, expected.GetProperty($"clipped{i}"), $"clipped {i}");
        }
    }

    private static void ShouldAgree(Tensor actual, JsonElement expected, string what)
    {
        var wanted = TorchFixture.Numbers(expected.GetProperty("data"));
        var found = TorchFixture.Numbers(actual);
        for (var i = 0; i < wanted.Length; i++)
        {
            found[i].Should().BeApproximately(wanted[i], (2e-5 * Math.Abs(wanted[i])) + 2e-7, $"{what}[{i}]");
        }
    }

    private static double Number(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number ? value.GetDouble() : value.GetProperty("data")[0].GetDouble();

    private static Tensor Make(JsonElement value) => tensor(
        TorchFixture.Numbers(value.GetProperty("data")).Select(number => (float)number).ToArray(),
        value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()).ToArray());

    private static JsonElement[] Read(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder!, file + ".json")));
        return document.RootElement.Clone().GetProperty("cases").EnumerateArray().ToArray();
    }
}
