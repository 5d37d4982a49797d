namespace Repro.Tests.Unit.Torch;

/// <summary>Tests that make tensors: live-tensor counters, seeds and thread counts belong to the process, so they run one after the
/// other.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TensorCollection
{
    public const string Name = "tensors";
}
