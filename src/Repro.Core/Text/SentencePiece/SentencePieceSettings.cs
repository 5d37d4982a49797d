namespace Repro.Core.Text.SentencePiece;

/// <summary>Settings of a <c>tokenizer.model</c> with the defaults of its format.</summary>
internal sealed record SentencePieceSettings
{
    /// <summary>1 unigram, 2 BPE, 3 word, 4 character.</summary>
    public int ModelType { get; set; } = 1;

    /// <summary>Text outside the vocabulary becomes byte pieces.</summary>
    public bool ByteFallback { get; set; }

    /// <summary>The mark of a space goes to the end of a word instead of its start.</summary>
    public bool SpaceAsSuffix { get; set; }

    /// <summary>Id of the begin piece, or negative.</summary>
    public int BeginId { get; set; } = 1;

    /// <summary>Id of the end piece, or negative.</summary>
    public int EndId { get; set; } = 2;

    /// <summary>Id of the padding piece, or negative.</summary>
    public int PadId { get; set; } = -1;

    /// <summary>What the unknown piece decodes to.</summary>
    public string UnknownSurface { get; set; } = " \u2047 ";

    /// <summary>A mark of a space goes in front of every text.</summary>
    public bool AddDummyPrefix { get; set; } = true;

    /// <summary>Spaces at the ends go, runs become one.</summary>
    public bool RemoveExtraSpaces { get; set; } = true;

    /// <summary>Spaces become U+2581.</summary>
    public bool EscapeSpaces { get; set; } = true;

    /// <summary>Bytes of the compiled normalization rules; 0 for identity.</summary>
    public int CharacterMapBytes { get; set; }
}
