using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Modules one after the other, each fed with the result of the one before it.</summary>
public class Sequential : nn.Module<Tensor, Tensor>
{
    private readonly List<nn.IModule<Tensor, Tensor>> _modules = [];

    protected internal Sequential(params (string name, nn.Module<Tensor, Tensor> submodule)[] modules)
        : base(nameof(Sequential))
    {
        foreach ((string child, nn.Module<Tensor, Tensor> module) in modules)
        {
            append(child, module);
        }
    }

    /// <summary>Modules named "0", "1", and so on.</summary>
    protected internal Sequential(params nn.Module<Tensor, Tensor>[] modules)
        : base(nameof(Sequential))
    {
        foreach (nn.Module<Tensor, Tensor> module in modules)
        {
            append(module);
        }
    }

    public int Count => _modules.Count;

    public nn.IModule<Tensor, Tensor> this[int index] => _modules[index];

    /// <summary>A sequence of some of the modules: the modules themselves, not copies.</summary>
    public Sequential this[Range index]
    {
        get
        {
            (int start, int length) = index.GetOffsetAndLength(Count);
            return Slice(start, start + length);
        }
    }

    /// <summary>A sequence from start up to end, which is left out; null means from the first or to the last.</summary>
    public Sequential this[(int? start, int? end) index] => Slice(index.start ?? 0, index.end ?? Count);

    public Sequential append(nn.IModule<Tensor, Tensor> module)
        => append(Count.ToString(System.Globalization.CultureInfo.InvariantCulture), module);

    /// <exception cref="ArgumentException">The object is no module.</exception>
    public Sequential append(string name, nn.IModule<Tensor, Tensor> module)
    {
        add_module(name, module as nn.Module ?? throw new ArgumentException("Only modules can be appended.", nameof(module)));
        _modules.Add(module);
        return this;
    }

    /// <summary>Runs the modules; results in between are released as soon as nothing needs them.</summary>
    public override Tensor forward(Tensor tensor)
    {
        if (Count == 0)
        {
            return tensor.alias();
        }

        Tensor current = tensor;
        foreach (nn.IModule<Tensor, Tensor> module in _modules)
        {
            Tensor next = module.call(current);
            if (!ReferenceEquals(current, tensor) && !ReferenceEquals(current, next))
            {
                current.Dispose();
            }

            current = next;
        }

        return current;
    }

    private Sequential Slice(int start, int end)
    {
        var slice = new Sequential(Array.Empty<nn.Module<Tensor, Tensor>>());
        for (int i = start; i < end; i++)
        {
            slice.append(_modules[i]);
        }

        return slice;
    }
}
