namespace Repro.Core.Data.Formats;

/// <summary>How the prompt column of augmented ratings is read.</summary>
public enum PromptReading
{
    /// <summary>The column is a list of turns in text form: user and assistant in turn.</summary>
    Turns,

    /// <summary>Every character of the column's text is a turn, brackets and quotes included: a slip by which a published model was trained.</summary>
    Shredded,
}
