using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>A module without parameters, buffers and submodules: nothing to move, nothing to save.</summary>
public abstract class ParameterLessModule<T1, T2, TResult> : nn.Module<T1, T2, TResult>, IParameterLessModule
{
    protected ParameterLessModule(string name)
        : base(name)
    {
    }

    /// <summary>Refused: such a module holds no tensors.</summary>
    public override void register_buffer(string name, Tensor tensor, bool persistent = true)
        => throw new InvalidOperationException($"{GetName()} holds no buffers.");

    /// <summary>Refused: such a module holds no tensors.</summary>
    public override void register_parameter(string name, Parameter param)
        => throw new InvalidOperationException($"{GetName()} holds no parameters.");

    /// <summary>Refused: such a module holds no modules.</summary>
    public override void register_module(string name, nn.Module submodule)
        => throw new InvalidOperationException($"{GetName()} holds no submodules.");

    protected internal override nn.Module _to(Device device, ScalarType dtype, bool non_blocking) => this;

    protected internal override nn.Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking) => this;

    protected internal override nn.Module _to(ScalarType dtype, bool non_blocking) => this;
}
