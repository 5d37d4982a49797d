namespace Repro.Core.Data.Collation;

/// <summary>Where padding stands in a row.</summary>
public enum PaddingSide
{
    /// <summary>In front: rows end together, as generation needs it.</summary>
    Left,

    /// <summary>Behind: rows begin together.</summary>
    Right,
}
