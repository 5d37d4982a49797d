using System.Numerics;

namespace Repro.Core.Training.Runs.TensorBoard;

/// <summary>The checksum of TFRecord files: CRC-32C, rotated by 15 bits and shifted by a constant, so that a checksum over checksums stays useful.</summary>
internal static class MaskedCrc
{
    private const uint Shift = 0xa282ead8;

    /// <summary>CRC-32C (Castagnoli) of some bytes.</summary>
    internal static uint Plain(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }

    /// <summary>The masked form.</summary>
    internal static uint Of(ReadOnlySpan<byte> bytes) => unchecked(BitOperations.RotateRight(Plain(bytes), 15) + Shift);
}
