namespace TorchSharp;

/// <summary>How a tensor is written as text.</summary>
public enum TensorStringStyle
{
    /// <summary>Shape, dtype and device only.</summary>
    Metadata,

    /// <summary>Rows and columns under a line of metadata.</summary>
    Julia,

    /// <summary>Nested brackets.</summary>
    Numpy,

    /// <summary>Metadata and nested braces.</summary>
    CSharp,

    /// <summary>The style set for the process.</summary>
    Default,
}
