namespace Repro.Tests.Properties.Shared;

/// <summary>Properties of whole models: live-tensor counters belong to the process, so they run one after the other.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TensorCollection
{
    public const string Name = "tensors";
}
