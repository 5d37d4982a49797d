using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Repro.Core.Models;
using Repro.Core.Training;
using Repro.Core.Training.Policies;
using static TorchSharp.torch;

namespace Repro.GpuProbe;

/// <summary>Runs the parts that are asked for, one after the other; each has the device to itself.</summary>
internal sealed class Probe(ProbeOptions options)
{
    private static readonly JsonSerializerOptions Naming = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly Device _device = DeviceNames.Find(options.Device);
    private readonly JsonObject _report = [];
    private double? _ceiling;
    private long _weights;

    internal JsonObject Run()
    {
        (_report["libtorch"], _report["device"], _report["size"]) = (__version__, options.Device, options.Size);
        if (Has("matmul"))
        {
            _ceiling = MatmulProbe.OperationsPerSecond(_device, options.Size == "7b" ? 8192 : 256);
            _report["matmul_tflops"] = _ceiling / 1e12;
            Say($"bf16 product: {_ceiling / 1e12:F1} TFLOP/s");
        }

        if (Has("operators"))
        {
            var cost = OperatorProbe.Microseconds(_device);
            _report["operator_microseconds"] = cost;
            Say($"adding two 64x64 tensors: {cost:F2} microseconds");
        }

        Generate();
        var folder = Directory.CreateTempSubdirectory("repro-probe-");
        try
        {
            var stages = new Stages(options, folder.FullName);
            Train("sft", stages.Sft, 4);
            Train("dpo", stages.Dpo, 6);
            Train("ppo", stages.Ppo, null);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        return _report;
    }

    private bool Has(string part) => options.Parts.Contains(part);

    private void Generate()
    {
        var clock = new Clock(_device);
        LanguageModel model = null!;
        _report["creation_seconds"] = clock.Seconds(() =>
            model = LanguageModel.Create(ProbeModel.Config(options.Size), 1, ScalarType.BFloat16, _device, onDevice: true));
        using var owned = model;
        _weights = ProbeModel.MultipliedWeights(model);
        _report["parameters"] = model.BaseParameters().Values.Sum(parameter => parameter.numel());
        _report["multiplied_weights"] = _weights;
        Say($"model made");
        foreach (var rows in Has("decode") ? options.Decode : [])
        {
            var figures = DecodeProbe.Measure(model, rows, options);
            Add("decode", figures);
            Say($"decoding {rows} rows: {figures.GreedyTokensPerSecond:F1} tokens/s greedy, {figures.SampledTokensPerSecond:F1} sampled");
        }
    }

    // The operations of a weight and token that the method needs; null where a step is no single pass.
    private void Train(string name, Func<ITrainer> make, int? operations)
    {
        if (!Has(name))
        {
            return;
        }

        var figures = TrainingProbe.Measure(options.KeepActivations ? name : name + ", checkpointed", _device, make, options.Steps);
        if (operations is { } needed && _ceiling is { } ceiling)
        {
            figures = figures.Against(_weights, needed, ceiling, !options.KeepActivations);
        }

        Add("training", figures);
        Say($"{figures.Name}: {figures.TokensPerSecond:F0} tokens/s, utilisation {figures.Utilisation:P1}");
    }

    private void Add<T>(string list, T figures) =>
        (_report[list] ??= new JsonArray()).AsArray().Add(JsonSerializer.SerializeToNode(figures, Naming));

    private void Say(FormattableString text) =>
        Console.Error.WriteLine(Invariant($"{_watch.Elapsed.TotalSeconds,7:F1} s  ") + text.ToString(CultureInfo.InvariantCulture));
}
