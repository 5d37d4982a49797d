using static TorchSharp.torch;

namespace Repro.Core.Models.Layers;

/// <summary>A level in the names of a checkpoint, with nothing to compute.</summary>
internal sealed class ModuleGroup(string name) : NamedModule(name)
{
    internal T Add<T>(string child, T module)
        where T : nn.Module
    {
        register_module(child, module);
        return module;
    }
}
