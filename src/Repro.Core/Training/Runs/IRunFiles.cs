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
