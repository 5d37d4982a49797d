using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Rows of a table (num_embeddings, embedding_dims) by index: (*) gives (*, embedding_dims).</summary>
public sealed class Embedding : nn.Module<Tensor, Tensor>
{
    private readonly EmbeddingOptions _options;
    private Parameter? _weight;

    internal Embedding(long count, long size, EmbeddingOptions options, Device? device, ScalarType? dtype)
        : base(nameof(Embedding))
    {
        (Device on, ScalarType type) = GetDefaultDeviceAndType(device, dtype);
        _options = options.Within(count);
        var table = new Parameter(empty(count, size, dtype: type, device: on));
        nn.init.normal_(table);
        if (_options.PaddingIndex is long padding)
        {
            using (no_grad())
            using (Tensor row = table.select(0, padding))
            {
                row.zero_();
            }
        }

        weight = table;
    }

    internal Embedding(Parameter table, EmbeddingOptions options)
        : base(nameof(Embedding))
    {
        _options = options.Within(table.shape[0]);
        weight = table;
    }

    public Parameter? weight
    {
        get => _weight;
        set
        {
            _weight = value;
            ConditionallyRegisterParameter(nameof(weight), value);
        }
    }

    /// <summary>Looks indices up.</summary>
    /// <exception cref="InvalidOperationException">The module has no table.</exception>
    public override Tensor forward(Tensor input)
    {
        Parameter table = _weight ?? throw new InvalidOperationException("The embedding has no weight.");
        if (_options.MaximalNorm is double norm)
        {
            using (no_grad())
            {
                Ops.EmbeddingRenormInPlace.InPlace(table, input, norm, _options.NormType);
            }
        }

        return Ops.Embedding.One(table, input, _options.PaddingIndex ?? -1, _options.ScaleGradientByFrequency, _options.Sparse);
    }
}
