using System.Text.Json.Serialization;

namespace Repro.Core.Training.Stages;

/// <summary>The form in which conversations are written for a model.</summary>
public enum ChatForm
{
    /// <summary>ChatML with a line break behind every turn.</summary>
    [JsonStringEnumMemberName("chatml")]
    ChatMl,

    /// <summary>ChatML with the system message of Qwen2.</summary>
    Qwen2,

    /// <summary>Tags of prompter and assistant.</summary>
    TurnTags,

    /// <summary>Llama 2 chat.</summary>
    Llama2,

    /// <summary>Llama 3 chat.</summary>
    Llama3,
}
