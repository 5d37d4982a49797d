using Repro.Core.Training.Shared;

namespace Repro.Core.Training.Dpo;

/// <summary>A preferred and a rejected text, each whole: prompt and response.</summary>
/// <param name="Chosen">The preferred one; its response is what carries loss.</param>
/// <param name="Rejected">The rejected one, likewise.</param>
public sealed record TokenPair(TokenRow Chosen, TokenRow Rejected)
{
    /// <summary>Tokens at the start that both have in common.</summary>
    public int CommonPrefix => Chosen.Ids.AsSpan().CommonPrefixLength(Rejected.Ids);

    /// <summary>Tokens of both.</summary>
    public int Tokens => Chosen.Ids.Length + Rejected.Ids.Length;
}
