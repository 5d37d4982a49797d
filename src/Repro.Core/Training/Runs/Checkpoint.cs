using System.Text.Json.Nodes;

namespace Repro.Core.Training.Runs;

/// <summary>A whole checkpoint on disk.</summary>
/// <param name="Step">Number of steps that were done.</param>
/// <param name="Folder">Its folder.</param>
/// <param name="Values">What <see cref="ITrainer.StateValues"/> gave, under <c>trainer</c>, and the tokens so far.</param>
internal sealed record Checkpoint(long Step, string Folder, JsonObject Values)
{
    internal const string TensorFile = "tensors.safetensors";

    internal const string ValueFile = "values.json";

    internal const string MarkerFile = "complete.json";

    internal string Tensors => Path.Combine(Folder, TensorFile);

    internal JsonObject Trainer => Values["trainer"] as JsonObject ?? throw new ReproException($"{Path.Combine(Folder, ValueFile)}: the values of the trainer are missing.");

    internal long Tokens => Values["tokens"] is JsonValue value && value.TryGetValue(out long tokens) ? tokens : throw new ReproException($"{Path.Combine(Folder, ValueFile)}: 'tokens' is missing.");
}
