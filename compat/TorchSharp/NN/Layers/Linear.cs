using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>x Wᵀ + b with W (out, in) and b (out).</summary>
public sealed class Linear : nn.Module<Tensor, Tensor>
{
    private Parameter _weight;
    private Parameter? _bias;

    internal Linear(long inputSize, long outputSize, bool hasBias, Device? device, ScalarType? dtype)
        : base(nameof(Linear))
    {
        (Device on, ScalarType type) = GetDefaultDeviceAndType(device, dtype);
        in_features = inputSize;
        out_features = outputSize;
        _weight = Register(nameof(weight), new Parameter(empty(outputSize, inputSize, dtype: type, device: on)));
        _bias = hasBias ? Register(nameof(bias), new Parameter(empty(outputSize, dtype: type, device: on))) : null;
        ResetParameters();
    }

    internal Linear(Parameter weight, Parameter? bias)
        : base(nameof(Linear))
    {
        ArgumentNullException.ThrowIfNull(weight);
        if (weight.shape.Length != 2 || (bias is not null && !bias.shape.SequenceEqual([weight.shape[0]])))
        {
            throw new ArgumentException("A weight (out, in) and a bias (out) are expected, got "
                + $"{StateFile.Text(weight.shape)} and {(bias is null ? "none" : StateFile.Text(bias.shape))}.", nameof(weight));
        }

        out_features = weight.shape[0];
        in_features = weight.shape[1];
        _weight = Register(nameof(weight), weight);
        _bias = bias is null ? null : Register(nameof(bias), bias);
    }

    public long in_features { get; set; }

    public long out_features { get; set; }

    public Parameter weight
    {
        get => _weight;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _weight = value;
            ConditionallyRegisterParameter(nameof(weight), value);
        }
    }

    public Parameter? bias
    {
        get => _bias;
        set
        {
            _bias = value;
            ConditionallyRegisterParameter(nameof(bias), value);
        }
    }

    public override Tensor forward(Tensor tensor) => Ops.Linear.One(tensor, _weight, _bias);

    // Both uniform within 1 / √in: for the weight that is Kaiming with a slope of √5.
    private void ResetParameters()
    {
        nn.init.kaiming_uniform_(_weight, Math.Sqrt(5));
        if (_bias is not null)
        {
            double bound = in_features > 0 ? 1 / Math.Sqrt(in_features) : 0;
            nn.init.uniform_(_bias, -bound, bound);
        }
    }

    private Parameter Register(string component, Parameter parameter)
    {
        register_parameter(component, parameter);
        return parameter;
    }
}
