namespace Repro.GpuProbe;

/// <summary>What was seen of generation.</summary>
/// <param name="Rows">Sequences side by side.</param>
/// <param name="Prompt">Tokens of a prompt.</param>
/// <param name="New">Timed tokens of a sequence.</param>
/// <param name="FirstSeconds">Prompts and the first four tokens.</param>
/// <param name="GreedyTokensPerSecond">Of all rows, the best token taken.</param>
/// <param name="SampledTokensPerSecond">Of all rows, drawn within top-p 0.95.</param>
internal sealed record DecodeFigures(
    int Rows, int Prompt, int New, double FirstSeconds, double GreedyTokensPerSecond, double SampledTokensPerSecond);
