using System.Security.Cryptography;

namespace Repro.Core.Training.Runs;

/// <summary>Hashes what goes through to another stream.</summary>
/// <param name="inner">Where the bytes go; not disposed here.</param>
internal sealed class HashingStream(Stream inner) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _written;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _written;

    public override long Position
    {
        get => _written;
        set => throw new NotSupportedException("The stream only goes forward.");
    }

    /// <summary>Size and hash of everything so far.</summary>
    internal FileSeal Seal() => new(_written, Convert.ToHexStringLower(_hash.GetCurrentHash()));

    public override void Flush() => inner.Flush();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        inner.Write(buffer);
        _hash.AppendData(buffer);
        _written += buffer.Length;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("The stream is for writing.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("The stream only goes forward.");

    public override void SetLength(long value) => throw new NotSupportedException("The stream only goes forward.");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }
}
