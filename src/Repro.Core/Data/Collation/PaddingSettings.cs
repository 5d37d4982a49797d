namespace Repro.Core.Data.Collation;

/// <summary>How ragged rows become a rectangle.</summary>
/// <param name="Id">Id at padded positions, not negative; masks do not depend on it, so it may also be that of a real token.</param>
/// <param name="Side">Where the padding stands.</param>
/// <param name="MultipleOf">The common length is a multiple of this.</param>
public sealed record PaddingSettings(int Id, PaddingSide Side = PaddingSide.Right, int MultipleOf = 1);
