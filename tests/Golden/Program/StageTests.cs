using System.Text.RegularExpressions;
using Repro.Core;
using Repro.Core.Configuration;
using Repro.Core.Training;
using Repro.Core.Training.Planning;
using Repro.Core.Training.Registry;
using Repro.Experiments.Claims;
using Repro.Experiments.Cli;
using Repro.Tests.Shared;

namespace Repro.Tests.Golden.Program;

/// <summary>What the settings of the stages become: every default said, and the plan that <c>train --dry</c> shows.</summary>
public sealed partial class StageTests
{
    private static readonly string Configs = Path.Combine(RepositoryRoot.Find(), "configs");

    /// <summary>Folder and name of every file under <c>configs</c> that is one of a stage.</summary>
    public static TheoryData<string, string> Files
    {
        get
        {
            var stages = Directory.EnumerateFiles(Configs, "*.yaml", SearchOption.AllDirectories)
                .Where(file => File.ReadLines(file).Any(line => line.StartsWith("stage:", StringComparison.Ordinal)))
                .Order(StringComparer.Ordinal);
            var data = new TheoryData<string, string>();
            foreach (var file in stages)
            {
                data.Add(Path.GetFileName(Path.GetDirectoryName(file)!), Path.GetFileNameWithoutExtension(file));
            }

            return data;
        }
    }

    /// <summary>What a run writes as <c>resolved.yaml</c>.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public Task Resolved_settings(string folder, string name)
    {
        string[] names = ["MODEL", "DATA", "RATINGS", "REWARD", "PREFERENCE", "ABSOLUTE"];
        var variables = names.ToDictionary(variable => variable, variable => Path.Combine(Configs, variable));
        var (_, config) = StageRegistry.Default()
            .Read(Path.Combine(Configs, folder, $"{name}.yaml"), new ConfigReader(variables: variables));
        return Verify(WithoutFolder(ConfigWriter.Write(config), Configs), "yaml").UseParameters(folder, name);
    }

    /// <summary>Steps, tokens, memory and operations of small stages.</summary>
    [Theory]
    [InlineData("sft", "data: [{format: gsm8k, path: gsm8k.jsonl}]\nbatch_size: 4")]
    [InlineData("rm-preference", "data: [{format: hh, path: hh.jsonl}]\nbatch_size: 4")]
    [InlineData("dpo", "data: [{format: hh, path: hh.jsonl}]\nbatch_size: 4")]
    [InlineData("kto", "data: [{format: unpaired-preference, path: unpaired-preference.jsonl}]\nbatch_size: 2")]
    [InlineData("ppo", "data: [{format: gsm8k, path: gsm8k.jsonl}]\nreward: {kind: answer}\nmax_new_tokens: 8\nbatch_size: 2")]
    public async Task Plan(string stage, string settings)
    {
        using var folder = new TemporaryFolder();
        folder.CopyFrom(Path.Combine(RepositoryRoot.Find(), "fixtures", "data"), string.Empty);
        var prepare = folder.Write("prepare.yaml", """
            data: [{format: gsm8k, path: gsm8k.jsonl}, {format: hh, path: hh.jsonl}]
            vocabulary_size: 300
            model: {hidden_size: 128, intermediate_size: 352, layers: 4, heads: 4}
            """);
        await ProgramTests.Run("prepare", prepare, "--out", Path.Combine(folder.Path, "model"));
        var file = folder.Write(
            "stage.yaml",
            $"stage: {stage}\nseed: 3\nmodel: {{path: model, fresh: true}}\n{settings}\noptimizer: {{learning_rate: 0.01}}\n");
        var (kind, config) = StageRegistry.Default().Read(file, new ConfigReader());
        var plan = kind.Plan(config, CancellationToken.None);
        using var table = new StringWriter();
        PlanTable.Write(Terminal.For(table), WithoutMachine(plan, folder.Path), new DeviceRate(1e12, "1 TFLOP/s, an example"));
        await Verify(ProgramTests.Clean(table.ToString())).UseParameters(stage);
    }

    private static StagePlan WithoutMachine(StagePlan plan, string folder) => plan with
    {
        Checks =
        [
            .. plan.Checks.Select(check =>
                check with
                {
                    Subject = WithoutFolder(check.Subject, folder),
                    Finding = FreeMemory().Replace(WithoutFolder(check.Finding, folder), "MiB of this machine's"),
                }),
        ],
        Data = [.. plan.Data.Select(line => WithoutFolder(line, folder))],
    };

    // Paths below a folder of this machine become paths without it; the quotation marks go that only some paths need.
    private static string WithoutFolder(string text, string folder) =>
        Regex.Replace(text, $"\"?{Regex.Escape(folder)}[/\\\\]+([^\"\\n]*)\"?", match => match.Groups[1].Value.Replace('\\', '/'));

    [GeneratedRegex("MiB of [0-9,.]+")]
    private static partial Regex FreeMemory();
}
