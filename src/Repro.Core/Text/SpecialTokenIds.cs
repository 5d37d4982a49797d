namespace Repro.Core.Text;

/// <summary>Which ids play a part in training and generation; null where a tokenizer has none.</summary>
/// <param name="Begin">Begin of text.</param>
/// <param name="End">End of text or of a turn.</param>
/// <param name="Pad">Padding; may equal <paramref name="End"/>, so never derive a mask from it.</param>
/// <param name="Unknown">Stands for text outside the vocabulary.</param>
public sealed record SpecialTokenIds(int? Begin = null, int? End = null, int? Pad = null, int? Unknown = null);
