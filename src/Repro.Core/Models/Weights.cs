using Repro.Core.Models.Safetensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>Where a model under construction takes its parameters from.</summary>
internal abstract class WeightSource(ScalarType dtype, Device device)
{
    internal ScalarType Dtype => dtype;

    internal Device Device => device;

    /// <summary>A parameter of that name and shape.</summary>
    /// <exception cref="ReproException">The source has no such tensor, or one of another shape.</exception>
    internal Parameter Take(string name, WeightKind kind, params long[] shape) => TakeAs(Dtype, name, kind, shape);

    /// <summary>
    /// Notes that the embeddings serve under a second name as well. A source may hold a tensor of that name only if it has the same
    /// numbers: some writers store it twice, and where the copies differ nobody can tell which one was trained.
    /// </summary>
    /// <param name="name">The second name.</param>
    /// <param name="embeddings">Name of the embeddings.</param>
    /// <param name="loaded">The embeddings as they were taken.</param>
    /// <exception cref="ReproException">It has others.</exception>
    internal virtual void RequireTied(string name, string embeddings, Parameter loaded)
    {
    }

    /// <summary>As <see cref="Take"/>, in an element type of its own.</summary>
    internal abstract Parameter TakeAs(ScalarType type, string name, WeightKind kind, params long[] shape);
}

/// <summary>What a parameter is, which decides how it starts where it is not loaded.</summary>
internal enum WeightKind
{
    /// <summary>Normal with the configuration's deviation.</summary>
    Matrix,

    /// <summary>Ones.</summary>
    Gain,

    /// <summary>Zeros; gains that are stored as their difference from 1 start like this too.</summary>
    Bias,
}

/// <summary>Parameters drawn from a seed; on the meta device, whose tensors have shapes and no numbers, nothing is drawn.</summary>
/// <param name="dtype">Element type.</param>
/// <param name="device">Where to.</param>
/// <param name="deviation">Standard deviation of the matrices.</param>
/// <param name="seed">The seed.</param>
/// <param name="onDevice">Whether matrices are drawn where and as they are kept. A seed then means the same weights only on the same kind
/// of device.</param>
internal sealed class FreshWeights(
    ScalarType dtype, Device device, double deviation, long seed, bool onDevice = false) : WeightSource(dtype, device), IDisposable
{
    private readonly Generator? _generator =
        device.type == DeviceType.META ? null : new(unchecked((ulong)seed), onDevice ? device : CPU);

    public void Dispose() => _generator?.Dispose();

    internal override Parameter TakeAs(ScalarType type, string name, WeightKind kind, params long[] shape) => new(kind switch
    {
        WeightKind.Gain => ones(shape, dtype: type, device: Device),
        WeightKind.Bias => zeros(shape, dtype: type, device: Device),
        _ when _generator is null => empty(shape, dtype: type, device: Device),
        _ => onDevice ? empty(shape, dtype: type, device: Device).normal_(0, deviation, _generator) : Drawn(type, shape),
    });

    // Drawn on the CPU in single precision, so that a seed means the same weights everywhere.
    private Tensor Drawn(ScalarType type, long[] shape)
    {
        using var drawn = randn(shape, dtype: ScalarType.Float32, generator: _generator, device: CPU);
        drawn.mul_(deviation);
        return drawn.to(type, Device, copy: true);
    }
}

/// <summary>
/// Parameters read from the safetensors of a folder; shapes are compared before memory is taken. On the meta device names and shapes are
/// all that is compared, so that a plan refuses what loading would refuse.
/// </summary>
internal sealed class LoadedWeights(SafetensorsFolder folder, ScalarType dtype, Device device) : WeightSource(dtype, device)
{
    // GPT-2's first checkpoints name tensors without it.
    private const string OptionalPrefix = "transformer.";

    private static readonly string[] _computedSuffixes = [".rotary_emb.inv_freq", ".attn.bias", ".attn.masked_bias"];

    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    internal override Parameter TakeAs(ScalarType type, string name, WeightKind kind, params long[] shape)
    {
        var stored = Stored(name);
        if (!folder.Contains(stored))
        {
            throw new ReproException(
                $"{folder.Folder}: the configuration asks for tensor '{name}' of shape "
                    + $"[{InvariantText.Join(", ", shape)}], which is not there.");
        }

        var entry = folder.Entry(stored);
        if (!entry.Shape.SequenceEqual(shape))
        {
            throw new ReproException(
                $"{folder.Folder}: tensor '{name}' has shape [{InvariantText.Join(", ", entry.Shape)}], "
                    + $"the configuration asks for [{InvariantText.Join(", ", shape)}].");
        }

        _taken.Add(stored);
        var target = empty(shape, dtype: type, device: Device);
        folder.CopyTo(stored, target);
        return new Parameter(target);
    }

    internal override void RequireTied(string name, string embeddings, Parameter loaded)
    {
        if (!folder.Contains(name))
        {
            return;
        }

        _taken.Add(name);

        using var scope = NewDisposeScope();
        if (!folder.Entry(name).Shape.SequenceEqual(loaded.shape) || !Equal(folder.Read(name), embeddings, loaded))
        {
            throw new ReproException(
                $"{folder.Folder}: the configuration ties '{name}' to the embeddings, but the folder holds other numbers for it; "
                    + "equal ones were expected, or 'tie_word_embeddings' false.");
        }
    }

    /// <exception cref="ReproException">The folder has tensors that nothing took.</exception>
    internal void RequireAllTaken(params string[] ignored)
    {
        var left = folder.Names
            .Where(
                name =>
                    !_taken.Contains(name) && !ignored.Contains(name)
                        && !_computedSuffixes.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal).ToList();
        if (left.Count > 0)
        {
            throw new ReproException(
                $"{folder.Folder}: the configuration has no place for {left.Count} tensors, the first of them '{left[0]}'.");
        }
    }

    // The meta device has no numbers to compare with: the embeddings are read for it.
    private bool Equal(Tensor second, string embeddings, Parameter loaded) => Device.type == DeviceType.META
        ? second.to(Dtype).Equals(folder.Read(Stored(embeddings)).to(Dtype))
        : second.to(loaded.dtype, Device).Equals(loaded.detach());

    private string Stored(string name) =>
        name.StartsWith(OptionalPrefix, StringComparison.Ordinal) && !folder.Contains(name) ? name[OptionalPrefix.Length..] : name;
}
