namespace Repro.Core.Text.Chat;

/// <summary>Who speaks in a message.</summary>
public enum ChatRole
{
    /// <summary>Sets the frame, before the first user message.</summary>
    System,

    /// <summary>The human.</summary>
    User,

    /// <summary>The model.</summary>
    Assistant,
}
