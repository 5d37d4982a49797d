namespace Repro.Core.Text.Chat;

/// <summary>A conversation as tokens.</summary>
/// <param name="Ids">Token ids [time].</param>
/// <param name="LossMask">1 where the token is one that the model learns to write, else 0 [time]; not shifted.</param>
/// <param name="Messages">Index of the message of each token [time], as in <see cref="ChatPart.Message"/>.</param>
public sealed record ChatTokens(int[] Ids, byte[] LossMask, int[] Messages);
