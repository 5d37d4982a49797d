namespace Repro.Core.Text.Chat;

/// <summary>A part of a conversation in the form that a model reads.</summary>
/// <param name="Text">Its text.</param>
/// <param name="IsSpecial">A special token of the tokenizer; other parts are plain text whatever they hold.</param>
/// <param name="Message">Index of the message it belongs to; the number of messages for a prompt to answer, -1 for what comes before all of them.</param>
/// <param name="CarriesLoss">The model learns to write it: the text of an assistant and the token that ends it.</param>
public readonly record struct ChatPart(string Text, bool IsSpecial, int Message, bool CarriesLoss);
