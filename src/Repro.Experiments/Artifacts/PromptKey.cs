using System.Security.Cryptography;
using System.Text;

namespace Repro.Experiments.Artifacts;

/// <summary>Names a prompt without holding its text: the first 16 hexadecimal digits of the SHA-256 of the bare instruction.</summary>
internal static class PromptKey
{
    private const string UserTag = "<|im_start|>user\n";
    private const string AssistantTag = "<|im_end|>\n<|im_start|>assistant\n";

    /// <summary>The key of an instruction, with or without chat tags.</summary>
    internal static string Of(string instruction) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Bare(instruction)))[..8]);

    /// <summary>The instruction without chat tags and surrounding white space.</summary>
    internal static string Bare(string instruction) =>
        instruction.Replace(UserTag, string.Empty, StringComparison.Ordinal).Replace(AssistantTag, string.Empty, StringComparison.Ordinal).Trim();

    /// <summary>Whether the instruction is one user message followed by the opening tag of the assistant.</summary>
    internal static bool IsSingleUserMessage(string instruction) =>
        instruction.Split(UserTag).Length == 2 && instruction.EndsWith(AssistantTag, StringComparison.Ordinal);
}
