using Repro.Core.Models.Safetensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Models.Weights;

/// <summary>Parameters read from the safetensors of a folder; shapes are compared before memory is taken.</summary>
internal sealed class LoadedWeights(SafetensorsFolder folder, ScalarType dtype, Device device) : WeightSource(dtype, device)
{
    // GPT-2's first checkpoints name tensors without it.
    private const string OptionalPrefix = "transformer.";

    private static readonly string[] _computedSuffixes = [".rotary_emb.inv_freq", ".attn.bias", ".attn.masked_bias"];

    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    internal override Parameter TakeAs(ScalarType type, string name, WeightKind kind, params long[] shape)
    {
        var stored = name.StartsWith(OptionalPrefix, StringComparison.Ordinal) && !folder.Contains(name) ? name[OptionalPrefix.Length..] : name;
        if (!folder.Contains(stored))
        {
            throw new ReproException($"{folder.Folder}: the configuration asks for tensor '{name}' of shape [{InvariantText.Join(", ", shape)}], which is not there.");
        }

        var entry = folder.Entry(stored);
        if (!entry.Shape.SequenceEqual(shape))
        {
            throw new ReproException($"{folder.Folder}: tensor '{name}' has shape [{InvariantText.Join(", ", entry.Shape)}], the configuration asks for [{InvariantText.Join(", ", shape)}].");
        }

        _taken.Add(stored);
        var target = empty(shape, dtype: type, device: Device);
        folder.CopyTo(stored, target);
        return new Parameter(target);
    }

    internal override void RequireTied(string name, Parameter parameter)
    {
        if (!folder.Contains(name))
        {
            return;
        }

        _taken.Add(name);

        using var scope = NewDisposeScope();
        if (!folder.Entry(name).Shape.SequenceEqual(parameter.shape) || !folder.Read(name).to(parameter.dtype, parameter.device).Equals(parameter.detach()))
        {
            throw new ReproException(
                $"{folder.Folder}: the configuration ties '{name}' to the embeddings, but the folder holds other numbers for it; equal ones were expected, or 'tie_word_embeddings' false.");
        }
    }

    /// <exception cref="ReproException">The folder has tensors that nothing took.</exception>
    internal void RequireAllTaken(params string[] ignored)
    {
        var left = folder.Names
            .Where(name => !_taken.Contains(name) && !ignored.Contains(name) && !_computedSuffixes.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal).ToList();
        if (left.Count > 0)
        {
            throw new ReproException($"{folder.Folder}: the configuration has no place for {left.Count} tensors, the first of them '{left[0]}'.");
        }
    }
}
