using System.Globalization;
using System.Text;
using Repro.Experiments.Cli;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Training.Stages;

/// <summary>Data, settings and a fresh model small enough to run every stage in a test.</summary>
internal sealed class SmallWorld : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    internal SmallWorld()
    {
        static string Turns(int i) => Invariant($"\\n\\nHuman: Say {i}\\n\\nAssistant:");
        var problems = new StringBuilder();
        var pairs = new StringBuilder();
        var ratings = new StringBuilder("message,reply,score\n");
        for (var i = 0; i < 40; i++)
        {
            problems.AppendLine(
                CultureInfo.InvariantCulture,
                $$"""{"question": "What is {{i}} plus {{i}}?", "answer": "It is {{i}}+{{i}}.\n#### {{2 * i}}"}""");
            pairs.AppendLine(
                CultureInfo.InvariantCulture,
                $$"""{"chosen": "{{Turns(i)}} Here it is: {{i}}", "rejected": "{{Turns(i)}} no {{i}}"}""");
            ratings.AppendLine(CultureInfo.InvariantCulture, $"\"['Say {i}']\",Here it is: {i},{(i % 10) / 10.0}");
        }

        _folder.Write("gsm8k.jsonl", problems.ToString());
        _folder.Write("hh.jsonl", pairs.ToString());
        _folder.Write("ratings.csv", ratings.ToString());
        _folder.Write("prepare.yaml", """
            data:
              - {format: gsm8k, path: gsm8k.jsonl}
              - {format: hh, path: hh.jsonl}
            vocabulary_size: 300
            model: {hidden_size: 16, intermediate_size: 24, layers: 2, heads: 2}
            """);
        _folder.Write("sft.yaml", """
            stage: sft
            seed: 3
            model: {path: model, fresh: true}
            data:
              - {format: gsm8k, path: gsm8k.jsonl, split: {held_out: 0.1}}
            batch_size: 8
            micro_batch_size: 4
            epochs: 4
            optimizer: {learning_rate: 0.01, maximum_gradient_norm: 1}
            schedule: {kind: cosine, warmup_ratio: 0.1}
            run: {checkpoint_every: 2, evaluate_every: 5}
            """);
        _folder.Write("rm-preference.yaml", """
            stage: rm-preference
            seed: 3
            model: {path: base/final, lora: {rank: 2, alpha: 4, targets: [all-linear]}}
            data: [{format: hh, path: hh.jsonl, split: {held_out: 0.2}}]
            batch_size: 8
            optimizer: {learning_rate: 0.01}
            """);
        _folder.Write("kto.yaml", """
            stage: kto
            seed: 3
            model: {path: model, fresh: true, lora: {rank: 2, alpha: 4, targets: [all-linear]}}
            data: [{format: hh, path: hh.jsonl, split: {held_out: 0.2}}]
            batch_size: 8
            micro_batch_size: 4
            loss: {beta: 0.5, desirable_weight: 1.2}
            optimizer: {learning_rate: 0.01}
            """);
        _folder.Write("rm-absolute.yaml", """
            stage: rm-absolute
            seed: 3
            model: {path: base/final, lora: {rank: 2, alpha: 4, targets: [all-linear]}}
            data: [{format: augmented-ratings, path: ratings.csv, split: {held_out: 0.2}}]
            batch_size: 8
            loss: {kind: logistic}
            optimizer: {learning_rate: 0.01}
            """);
        _folder.Write("ppo.yaml", """
            stage: ppo
            seed: 3
            model: {path: base/final, lora: {rank: 2, alpha: 4, targets: [q_proj, v_proj]}}
            data: [{format: hh, path: hh.jsonl, split: {held_out: 0.1}}]
            reward:
              kind: combined
              preference: {path: preference/final}
              absolute: {path: absolute/final}
              weight: 0.25
            batch_size: 8
            ppo_epochs: 2
            max_new_tokens: 4
            optimizer: {learning_rate: 0.001}
            run: {maximum_steps: 2}
            """);
    }

    internal string Folder => _folder.Path;

    internal string File(string name) => Path.Combine(_folder.Path, name);

    /// <summary>Runs a verb and gives what it wrote; a failure shows its message.</summary>
    internal string Run(params string[] arguments)
    {
        var (code, output, error) = Try(arguments);
        code.Should().Be(0, "{0} said: {1}{2}", string.Join(' ', arguments), output, error);
        return output;
    }

    internal static (int Code, string Output, string Error) Try(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = CommandLine.RunAsync(arguments, output, error).GetAwaiter().GetResult();
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>Tokenizer, sizes and a first trained model under <c>base</c>.</summary>
    internal void MakeBase()
    {
        Run("prepare", File("prepare.yaml"), "--out", File("model"));
        Run("train", File("sft.yaml"), "--out", File("base"), "--set", "run.maximum_steps=3");
    }

    public void Dispose() => _folder.Dispose();
}
