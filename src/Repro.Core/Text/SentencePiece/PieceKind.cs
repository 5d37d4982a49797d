namespace Repro.Core.Text.SentencePiece;

/// <summary>Kinds of pieces, numbered as in <c>tokenizer.model</c>.</summary>
internal enum PieceKind : byte
{
    /// <summary>Text.</summary>
    Normal = 1,

    /// <summary>Stands for what the vocabulary lacks.</summary>
    Unknown = 2,

    /// <summary>Begin, end and the like; never matches text.</summary>
    Control = 3,

    /// <summary>Text that is always one piece.</summary>
    UserDefined = 4,

    /// <summary>A step on the way to longer pieces, split again if it is left over.</summary>
    Unused = 5,

    /// <summary>One byte of text that the vocabulary lacks.</summary>
    Byte = 6,
}
