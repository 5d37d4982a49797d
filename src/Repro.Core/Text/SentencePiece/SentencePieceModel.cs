using Repro.Core.Text.Bpe;

namespace Repro.Core.Text.SentencePiece;

/// <summary>What a <c>tokenizer.model</c> with a BPE model holds.</summary>
/// <param name="Pieces">Pieces and their ids.</param>
/// <param name="Scores">Score of each piece; the highest merges first.</param>
/// <param name="Kinds">Kind of each piece.</param>
/// <param name="Settings">Trainer and normalizer settings that matter for encoding.</param>
internal sealed record SentencePieceModel(TokenTable Pieces, float[] Scores, PieceKind[] Kinds, SentencePieceSettings Settings);
