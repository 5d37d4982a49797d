using System.Runtime.InteropServices;

namespace Repro.Core.Training.Runs;

/// <summary>The file operations that a run's durability rests on; a seam, so that tests can make each of them fail.</summary>
internal interface IRunFiles
{
    /// <summary>Opens a new file for writing, replacing one that is there.</summary>
    Stream Create(string path);

    /// <summary>Opens a file for reading and writing, at its end.</summary>
    Stream Append(string path);

    /// <summary>Brings what was written to the disk itself.</summary>
    void Sync(Stream stream);

    /// <summary>Brings the names in a folder to the disk itself.</summary>
    void SyncFolder(string path);

    /// <summary>Renames a file over another.</summary>
    void MoveFile(string from, string to);

    /// <summary>Renames a folder; the new name must be free.</summary>
    void MoveFolder(string from, string to);

    /// <summary>Makes a folder with those above it.</summary>
    void CreateFolder(string path);

    /// <summary>Removes a folder with everything in it, if it is there.</summary>
    void DeleteFolder(string path);
}

/// <summary>The file system.</summary>
internal sealed partial class DiskFiles : IRunFiles
{
    public Stream Create(string path) => new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read);

    public Stream Append(string path)
    {
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        stream.Seek(0, SeekOrigin.End);
        return stream;
    }

    public void Sync(Stream stream) => ((FileStream)stream).Flush(flushToDisk: true);

    public void SyncFolder(string path)
    {
        // .NET opens no folders, and elsewhere than on Unix names need no flush of their own.
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Open(path, 0);
        if (descriptor < 0)
        {
            throw new IOException(Invariant($"{path}: the folder cannot be opened (error {Marshal.GetLastPInvokeError()})."));
        }

        var status = Fsync(descriptor);
        var error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (status != 0)
        {
            throw new IOException(Invariant($"{path}: the folder cannot be flushed (error {error})."));
        }
    }

    public void MoveFile(string from, string to) => File.Move(from, to, overwrite: true);

    public void MoveFolder(string from, string to) => Directory.Move(from, to);

    public void CreateFolder(string path) => Directory.CreateDirectory(path);

    public void DeleteFolder(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
