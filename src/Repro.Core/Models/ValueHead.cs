using Repro.Core.Models.Safetensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>A linear value head with bias on hidden states, in single precision also where the model computes in half. It has no
/// dropout.</summary>
public sealed class ValueHead : NamedModule
{
    private readonly Linear _summary;

    /// <summary>Name of the file that heads are written to.</summary>
    public const string FileName = "value_head.safetensors";

    private const string Prefix = "v_head.";

    private ValueHead(WeightSource source, long width)
        : base(nameof(ValueHead))
    {
        _summary = new Linear(source, "summary", width, 1, bias: true);
        register_module("summary", _summary);
    }

    /// <summary>A fresh head.</summary>
    /// <param name="config">Sizes of the model it stands on.</param>
    /// <param name="seed">Seed of its weights.</param>
    /// <param name="device">Where to; the CPU by default.</param>
    /// <param name="start">How it is drawn.</param>
    public static ValueHead Create(ModelConfig config, long seed, Device? device = null, ValueHeadStart start = ValueHeadStart.Normal)
    {
        ArgumentNullException.ThrowIfNull(config);
        using var source = new FreshWeights(ScalarType.Float32, device ?? CPU, config.InitializerRange, seed);
        var head = new ValueHead(source, config.HiddenSize);
        foreach (var parameter in head.parameters())
        {
            parameter.DetachFromDisposeScope();
        }

        if (start != ValueHeadStart.Normal)
        {
            head.Redraw(start == ValueHeadStart.Zero ? 0 : 1 / Math.Sqrt(config.HiddenSize), seed);
        }

        return head;
    }

    /// <summary>Reads the head that <see cref="Save"/> wrote.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="config">Sizes of the model it stands on.</param>
    /// <param name="device">Where to; the CPU by default.</param>
    /// <exception cref="ReproException">The file is absent, not valid or of another size.</exception>
    public static ValueHead Load(string folder, ModelConfig config, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var head = Create(config, 0, device);
        try
        {
            using var file = SafetensorsFile.Open(Path.Combine(folder, FileName));
            using var noGrad = no_grad();
            foreach (var (name, parameter) in head.named_parameters())
            {
                if (!file.Entries.TryGetValue(Prefix + name, out var entry) || !entry.Shape.SequenceEqual(parameter.shape))
                {
                    throw new ReproException(
                        $"{file.Path}: tensor '{Prefix + name}' of shape [{InvariantText.Join(", ", parameter.shape)}] was expected, "
                            + $"found {(entry is null ? "none" : $"[{InvariantText.Join(", ", entry.Shape)}]")}.");
                }

                using var read = file.Read(Prefix + name);
                parameter.copy_(read);
            }

            return head;
        }
        catch
        {
            head.Dispose();
            throw;
        }
    }

    /// <summary>The parameters by their names in checkpoints.</summary>
    public IReadOnlyDictionary<string, Parameter> Parameters() =>
        named_parameters().ToDictionary(pair => Prefix + pair.name, pair => pair.parameter, StringComparer.Ordinal);

    /// <summary>Writes the head.</summary>
    /// <param name="folder">The folder; it is created.</param>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        SafetensorsWriter.Write(Path.Combine(folder, FileName), Parameters().ToDictionary(pair => pair.Key, pair => (Tensor)pair.Value));
    }

    /// <summary>Values [..] of hidden states [.., width].</summary>
    /// <param name="hidden">What <see cref="DecoderModel.Hidden"/> gives.</param>
    public Tensor Values(Tensor hidden)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        using var scope = NewDisposeScope();
        return _summary.Forward(hidden.to(ScalarType.Float32)).squeeze(-1).MoveToOuterDisposeScope();
    }

    private void Redraw(double bound, long seed)
    {
        using var noGrad = no_grad();
        using var generator = new Generator(unchecked((ulong)seed));
        foreach (var parameter in parameters())
        {
            using var drawn = rand(parameter.shape, dtype: ScalarType.Float32, generator: generator);
            using var centred = drawn.mul(2 * bound).sub_(bound);
            parameter.copy_(centred);
        }
    }
}

/// <summary>How a fresh value head is drawn. Its bias is 0 except for <see cref="Uniform"/>.</summary>
public enum ValueHeadStart
{
    /// <summary>Weights and bias uniform within 1 / sqrt(width), as linear layers of PyTorch start.</summary>
    Uniform,

    /// <summary>Weights normal with the deviation of the model's configuration.</summary>
    Normal,

    /// <summary>All 0: every value starts at 0.</summary>
    Zero,
}
