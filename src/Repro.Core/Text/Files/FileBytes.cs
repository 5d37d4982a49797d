namespace Repro.Core.Text.Files;

/// <summary>Reads whole files.</summary>
internal static class FileBytes
{
    /// <summary>All bytes of a file.</summary>
    /// <exception cref="ReproException">It cannot be read.</exception>
    public static byte[] Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ReproException($"{path} cannot be read: {e.Message}", e);
        }
    }
}
