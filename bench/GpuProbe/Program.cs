using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Hardware;
using Repro.Core.Models;
using Repro.Core.Training.Shared;
using Repro.GpuProbe;
using static TorchSharp.torch;

// See ProbeOptions.Usage.
try
{
    var options = ProbeOptions.Parse(args);
    Console.WriteLine(Run(options).ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
    return 0;
}
catch (ReproException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}

static JsonObject Run(ProbeOptions options)
{
    var device = DeviceNames.Find(options.Device);
    var naming = new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    var report = new JsonObject { ["libtorch"] = __version__, ["device"] = options.Device, ["size"] = options.Size };
    var watch = Stopwatch.StartNew();
    void Say(string text) => Console.Error.WriteLine($"{watch.Elapsed.TotalSeconds,7:F1} s  {text}");
    double? ceiling = null;
    if (options.Parts.Contains("matmul"))
    {
        ceiling = MatmulProbe.OperationsPerSecond(device, options.Size == "7b" ? 8192 : 256);
        report["matmul_tflops"] = ceiling / 1e12;
        Say($"bf16 product: {ceiling / 1e12:F1} TFLOP/s");
    }

    if (options.Parts.Contains("operators"))
    {
        var cost = OperatorProbe.Microseconds(device);
        report["operator_microseconds"] = cost;
        Say($"adding two 64x64 tensors: {cost:F2} microseconds");
    }

    var clock = new Clock(device);
    LanguageModel model = null!;
    report["creation_seconds"] = clock.Seconds(() => model = LanguageModel.Create(ProbeModel.Config(options.Size), 1, ScalarType.BFloat16, device, onDevice: true));
    using var owned = model;
    var weights = ProbeModel.MultipliedWeights(model);
    report["parameters"] = model.BaseParameters().Values.Sum(parameter => parameter.numel());
    report["multiplied_weights"] = weights;
    report["model_bytes"] = DeviceMemory.Of(device)?.Allocated;
    Say("model made");
    foreach (var rows in options.Parts.Contains("decode") ? options.Decode : [])
    {
        var figures = DecodeProbe.Measure(model, rows, options);
        (report["decode"] ??= new JsonArray()).AsArray().Add(JsonSerializer.SerializeToNode(figures, naming));
        Say($"decoding {rows} rows: {figures.GreedyTokensPerSecond:F1} tokens/s greedy, {figures.SampledTokensPerSecond:F1} sampled");
    }

    if (options.Parts.Contains("sft"))
    {
        using var work = new SftWork(model, options.Rows, options.Length, !options.KeepActivations);
        report["trained_scalars"] = work.TrainedScalars;
        var figures = TrainingProbe.Measure(options.KeepActivations ? "sft" : "sft, checkpointed", device, work.Step, options.Steps);
        figures = ceiling is { } most ? figures.Against(weights, most, !options.KeepActivations) : figures;
        report["training"] = new JsonArray(JsonSerializer.SerializeToNode(figures, naming));
        Say($"{figures.Name}: {figures.TokensPerSecond:F0} tokens/s, utilisation {figures.Utilisation:P1}, peak {figures.PeakAllocated / 1e9:F1} GB");
    }

    return report;
}
