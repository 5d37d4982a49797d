namespace Repro.Core.Text;

/// <summary>A token of an encoded text.</summary>
/// <param name="Id">Token id.</param>
/// <param name="Token">The token as the vocabulary writes it.</param>
/// <param name="Start">First code point of the original text that it stands for.</param>
/// <param name="End">End (exclusive) in code points; equal to <paramref name="Start"/> for tokens of the template.</param>
/// <param name="IsTemplate">Added by the template, not found in the text.</param>
public readonly record struct TokenSpan(int Id, string Token, int Start, int End, bool IsTemplate = false);
