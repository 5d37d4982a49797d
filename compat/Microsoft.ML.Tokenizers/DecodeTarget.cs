using System.Buffers;

namespace Microsoft.ML.Tokenizers;

/// <summary>Writes decoded text into a caller's buffer.</summary>
internal static class DecodeTarget
{
    public static OperationStatus Write(string text, int ids, Span<char> destination, out int idsConsumed, out int charsWritten)
    {
        if (text.AsSpan().TryCopyTo(destination))
        {
            idsConsumed = ids;
            charsWritten = text.Length;
            return OperationStatus.Done;
        }

        idsConsumed = 0;
        charsWritten = 0;
        return OperationStatus.DestinationTooSmall;
    }
}
