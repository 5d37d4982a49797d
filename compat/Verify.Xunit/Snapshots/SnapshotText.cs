using System.Text;

namespace VerifyTests.Snapshots;

/// <summary>Text files as snapshots keep them: UTF-8, lines that end in <c>\n</c>.</summary>
internal static class SnapshotText
{
    public static string Normalize(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');

    public static string Read(string path) => Normalize(File.ReadAllText(path, Encoding.UTF8));

    public static void Write(string path, string text, bool byteOrderMark)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text, new UTF8Encoding(byteOrderMark));
    }

    /// <summary>Whether a verified text stands for a received one: editors like to end a file with a line break.</summary>
    public static bool AreEqual(string received, string verified) =>
        received == verified || (verified.EndsWith('\n') && received == verified[..^1]);
}
