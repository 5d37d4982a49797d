using Repro.Core.Training.Runs;

namespace Repro.Tests.Unit.Training.Runs;

/// <summary>A file system that fails at one of its operations, and at every one after that: a kill, or a disk that is full.</summary>
/// <param name="failAt">Which operation fails, from 1; it may be half done.</param>
/// <param name="failure">What is thrown.</param>
internal sealed class FaultyFiles(int failAt, Func<Exception> failure) : IRunFiles
{
    private readonly DiskFiles _disk = new();

    /// <summary>Operations so far.</summary>
    internal int Operations { get; private set; }

    public Stream Create(string path)
    {
        Count();
        return new FaultyStream(this, _disk.Create(path));
    }

    public Stream Append(string path)
    {
        Count();
        return new FaultyStream(this, _disk.Append(path));
    }

    public void Sync(Stream stream)
    {
        Count();
        _disk.Sync(((FaultyStream)stream).Inner);
    }

    public void SyncFolder(string path)
    {
        Count();
        _disk.SyncFolder(path);
    }

    public void MoveFile(string from, string to)
    {
        Count();
        _disk.MoveFile(from, to);
    }

    public void MoveFolder(string from, string to)
    {
        Count();
        _disk.MoveFolder(from, to);
    }

    public void CreateFolder(string path)
    {
        Count();
        _disk.CreateFolder(path);
    }

    public void DeleteFolder(string path)
    {
        // A kill may come with half of the folder gone.
        if (Operations + 1 == failAt && Directory.Exists(path) && Directory.EnumerateFiles(path).Order().FirstOrDefault() is { } first)
        {
            File.Delete(first);
        }

        Count();
        _disk.DeleteFolder(path);
    }

    private void Count()
    {
        if (++Operations >= failAt)
        {
            throw failure();
        }
    }

    private sealed class FaultyStream(FaultyFiles owner, Stream inner) : Stream
    {
        internal Stream Inner => inner;

        public override bool CanRead => inner.CanRead;

        public override bool CanSeek => inner.CanSeek;

        public override bool CanWrite => inner.CanWrite;

        public override long Length => inner.Length;

        public override long Position
        {
            get => inner.Position;
            set => inner.Position = value;
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

        public override void SetLength(long value) => inner.SetLength(value);

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (owner.Operations + 1 == owner.FailAt)
            {
                inner.Write(buffer[..(buffer.Length / 2)]);
                inner.Flush();
            }

            owner.Count();
            inner.Write(buffer);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }

    private int FailAt => failAt;
}
