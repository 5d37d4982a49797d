using System.Globalization;
using Repro.Core;

namespace Repro.GpuProbe;

/// <summary>What to measure.</summary>
internal sealed record ProbeOptions
{
    internal const string Usage =
        """
        Repro.GpuProbe [--device cuda|cpu] [--size 7b|small] [--parts matmul,operators,decode,sft,dpo,ppo]
                       [--rows 4] [--length 2048] [--steps 3]
                       [--keep-activations] [--decode 1,64] [--prompt 128] [--new 64] [--responses 32]
        Makes a random Qwen2 in bf16 on the device, times generation and training steps, and prints JSON.
        """;

    private static readonly string[] All = ["matmul", "operators", "decode", "sft", "dpo", "ppo"];

    public string Device { get; init; } = "cuda";

    public string Size { get; init; } = "7b";

    public IReadOnlyList<string> Parts { get; init; } = All;

    /// <summary>Rows, or pairs, of a training step.</summary>
    public int Rows { get; init; } = 4;

    /// <summary>Tokens of a row.</summary>
    public int Length { get; init; } = 2048;

    /// <summary>Timed steps, after one that is not.</summary>
    public int Steps { get; init; } = 3;

    /// <summary>Whether activations are kept for the backward pass instead of computed again.</summary>
    public bool KeepActivations { get; init; }

    /// <summary>Batch sizes of generation.</summary>
    public IReadOnlyList<int> Decode { get; init; } = [1, 64];

    /// <summary>Tokens of a prompt.</summary>
    public int Prompt { get; init; } = 128;

    /// <summary>New tokens that are timed, and tokens of a response of PPO.</summary>
    public int New { get; init; } = 64;

    /// <summary>Responses of a step of PPO.</summary>
    public int Responses { get; init; } = 32;

    /// <exception cref="ReproException">An argument is not known or not valid.</exception>
    internal static ProbeOptions Parse(string[] args)
    {
        var options = new ProbeOptions();
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i];
            string Value() => ++i < args.Length ? args[i] : throw new ReproException($"{name} needs a value.\n{Usage}");
            options = name switch
            {
                "--device" => options with { Device = Value() },
                "--size" => options with { Size = Value() },
                "--parts" => options with { Parts = Value().Split(',') },
                "--rows" => options with { Rows = Positive(name, Value()) },
                "--length" => options with { Length = Positive(name, Value()) },
                "--steps" => options with { Steps = Positive(name, Value()) },
                "--keep-activations" => options with { KeepActivations = true },
                "--decode" => options with { Decode = [.. Value().Split(',').Select(part => Positive(name, part))] },
                "--prompt" => options with { Prompt = Positive(name, Value()) },
                "--new" => options with { New = Positive(name, Value()) },
                "--responses" => options with { Responses = Positive(name, Value()) },
                _ => throw new ReproException($"'{name}' is not known.\n{Usage}"),
            };
        }

        if (options.Parts.FirstOrDefault(part => !All.Contains(part)) is { } unknown)
        {
            throw new ReproException($"There is no part '{unknown}'; there are {string.Join(", ", All)}.");
        }

        return options;
    }

    private static int Positive(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number : throw new ReproException($"{name} needs a positive whole number, found '{value}'.");
}
