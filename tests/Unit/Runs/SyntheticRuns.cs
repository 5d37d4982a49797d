using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Configuration;
using Repro.Core.Models;
using Repro.Core.Training.Registry;
using Repro.Experiments.Claims;
using Repro.Experiments.Runs;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Runs;

/// <summary>A folder of run folders whose curves are written by the test: the right verdict is known.</summary>
internal sealed class SyntheticRuns : IDisposable
{
    /// <summary>How the thesis drew answers, as generate records it.</summary>
    internal const string ThesisSampling = """{"temperature":0.8,"top_p":0.9,"top_k":0,"max_new_tokens":512,"seed":1}""";

    /// <summary>How ADR drew them.</summary>
    internal const string AdrSampling = """{"temperature":0.95,"top_p":0.99,"top_k":100,"max_new_tokens":2048,"seed":1}""";

    private static readonly string Root = RepositoryRoot.Find();
    private static readonly ExperimentInputs Inputs = ExperimentInputs.Load(Root, "fixtures");
    private readonly TemporaryFolder _folder = new();

    /// <summary>Hash of the one file of the weights that all runs begin with; a run of the name start has made them.</summary>
    private static readonly string StartHash = Convert.ToHexStringLower(SHA256.HashData("weights of start"u8));

    internal string Folder => _folder.Path;

    internal string File(string name) => Path.Combine(Folder, name);

    /// <summary>What generate, score and bench run record of the model that a run made, or of the one that all began with.</summary>
    /// <param name="name">The run; <c>base</c> or <c>sft</c> without a run of that name for the start.</param>
    internal JsonObject Made(string name) => new ModelIdentity(
        File(name),
        Directory.Exists(File($"{name}/final")) ? WeightHash.Compute(File($"{name}/final"), new FileHashes())!
            : WeightHash.Compute([("model.safetensors", StartHash)]),
        null, null, null).ToJson();

    /// <summary>A finished run with the settings of a paper and those over it.</summary>
    /// <param name="name">Its folder.</param>
    /// <param name="config">The file under configs.</param>
    /// <param name="set">Settings over those of the paper.</param>
    /// <param name="curves">Value of each metric by step.</param>
    /// <param name="steps">Number of steps.</param>
    /// <param name="weights">Bytes of the model; those of Llama-2-7B in 16 bits.</param>
    internal void Add(
        string name, string config, string[]? set = null, Dictionary<string, Func<int, double>>? curves = null, int steps = 400,
        long weights = 13_500_000_000)
    {
        var variables = new Dictionary<string, string>
        {
            ["MODEL"] = "/models/base",
            ["DATA"] = "/data",
            ["PREFERENCE"] = File("a/final"),
            ["ABSOLUTE"] = File("b/final"),
            ["REWARD"] = File("o/final"),
            ["RATINGS"] = "/data/ratings.csv",
        };
        var path = Path.Combine(Root, "configs", $"{config}.yaml");
        var (_, read) = StageRegistry.Default().Read(path, new ConfigReader(set ?? [], variables));
        Directory.CreateDirectory(File($"{name}/final"));
        System.IO.File.WriteAllText(File($"{name}/resolved.yaml"), ConfigWriter.Write(read));
        System.IO.File.WriteAllText(File($"{name}/final/step"), Invariant($"{steps}\n"));
        System.IO.File.WriteAllText(File($"{name}/final/model.safetensors"), $"weights of {name}");
        var start = new JsonObject { ["key"] = "model.path", ["bytes"] = weights, ["sha256"] = StartHash };
        var files = new JsonObject { ["/models/base/model.safetensors"] = start };
        System.IO.File.WriteAllText(File($"{name}/environment.json"),
            new JsonObject { ["sessions"] = new JsonArray(), ["files"] = files }.ToJsonString());
        System.IO.File.WriteAllLines(File($"{name}/metrics.jsonl"), Enumerable.Range(1, steps).Select(step => Line(step, curves ?? [])));
    }

    /// <summary>Both reward models, as the variables of <see cref="Add"/> name them.</summary>
    internal SyntheticRuns AddRewardModels()
    {
        Add("a", "crs/rm-preference", steps: 5);
        Add("b", "crs/rm-absolute", steps: 5);
        return this;
    }

    internal RunCollection Read() => RunCollection.Read(Folder);

    internal ClaimResult Verify(string claim, SyntheticRelease? release = null, RunCollection? runs = null)
    {
        var registry = SpecRegistry.From(FullTier.Groups(runs ?? Read()));
        var inputs = release is null ? Inputs : Inputs with { Artifacts = release.Source, ReleaseHashes = null };
        return new SpecRunner(inputs, registry).Run(Inputs.Catalog.Get(claim));
    }

    /// <summary>Noise without a trend, the same in every call.</summary>
    internal static double Noise(int step, int seed) => Math.Sin((step * 12.9898) + (seed * 78.233)) * 0.5;

    public void Dispose() => _folder.Dispose();

    private static string Line(int step, Dictionary<string, Func<int, double>> curves) => new JsonObject
    {
        ["step"] = step,
        ["kind"] = "train",
        ["seconds"] = 1,
        ["tokens"] = 100,
        ["metrics"] = new JsonObject(curves.Select(curve => KeyValuePair.Create(curve.Key, (JsonNode?)curve.Value(step)))),
    }.ToJsonString();
}
